import { createHash } from 'node:crypto';
import type { ChannelAdapter, Delivery } from '../../channels/adapter.ts';
import { boundaryOf } from '../../channels/form.ts';
import { TOLERANCE_SECONDS } from '../../channels/signature.ts';
import { describeError, type Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import { stableId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { OpenChannel } from './recipients.ts';

/**
 * Some proofs do not cover the body: who saw one delivery could send another body with its proof. So
 * a proof is bound to the first body that it comes with, for as long as it is good. The same body may
 * come again, as it does after a 503; what was taken already is recognised by its event id.
 *
 * Resolves to false when the delivery is to be refused. Throws when no store can tell.
 */
export type ReplayGuard = (
  delivery: Delivery,
  adapter: ChannelAdapter,
  channel: Pick<OpenChannel, 'id' | 'credentials'>,
) => Promise<boolean>;

const DEADLINE_MS = 2_000;
/** Longer than a proof is good: clocks differ. */
const SLACK_SECONDS = 60;

interface Use {
  /** Of the proof, in its channel. */
  key: string;
  /** A digest. */
  body: string;
  ttlMs: number;
}

export interface ReplayDeps {
  redis: RedisStore;
  mongo: MongoStore;
  models: Models;
  log: Logger;
}

export function createReplayGuard(deps: ReplayDeps): ReplayGuard {
  return async (delivery, adapter, { id: channelId, credentials }) => {
    const proof = await adapter.proofId?.(delivery, credentials);
    if (proof === undefined) return true;
    // It may be stamped that much ahead of our time.
    const seconds = (adapter.proofSeconds ?? TOLERANCE_SECONDS) + TOLERANCE_SECONDS;
    const use: Use = {
      key: `videur:{${channelId}}:proof:${stableId(proof)}`,
      body: digestOf(delivery),
      ttlMs: (seconds + SLACK_SECONDS) * 1000,
    };
    const same = (await boundTo(use, deps)) === use.body;
    if (!same) deps.log.warn('delivery.replayed', { channelId });
    return same;
  };
}

/** The body that the proof is bound to: this one, unless it came with another before. */
async function boundTo(use: Use, { redis, mongo, models, log }: ReplayDeps): Promise<string> {
  const { key, body, ttlMs } = use;
  try {
    const set = () => redis.client.set(key, body, 'PX', ttlMs, 'NX', 'GET');
    return (await redis.run(set, DEADLINE_MS)) ?? body;
  } catch (error) {
    if (!redis.isAway(error)) log.error('replay.refused', describeError(error));
    return await mongo.run(() => boundInMongo(use, models), DEADLINE_MS);
  }
}

async function boundInMongo({ key, body, ttlMs }: Use, { usedProofs }: Models): Promise<string> {
  const expiresAt = new Date(Date.now() + ttlMs);
  try {
    await usedProofs.collection.insertOne({ _id: key as never, body, expiresAt });
    return body;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const used = await usedProofs.findById(key).lean();
    return used?.body ?? body;
  }
}

/**
 * Of a form in parts without its boundary, which is drawn anew whenever a request is written. The
 * length of each piece is counted in, so that no other body has the same pieces.
 */
function digestOf(delivery: Delivery): string {
  const { body } = delivery;
  const hash = createHash('sha256');
  const boundary = Buffer.from(boundaryOf(delivery) ?? '');
  for (let start = 0; ; ) {
    const next = boundary.length > 0 ? body.indexOf(boundary, start) : -1;
    const piece = body.subarray(start, next < 0 ? body.length : next);
    hash.update(`${piece.length}:`).update(piece);
    if (next < 0) return hash.digest('base64url');
    start = next + boundary.length;
  }
}
