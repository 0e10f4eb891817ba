import { randomUUID } from 'node:crypto';
import type { Dependency } from '../../config/dependency.ts';
import { describeError, type Logger } from '../../config/logger.ts';
import type { RedisStore } from '../../config/redis.ts';
import type { Urn } from '../delivery/event.ts';
import { type ObjectId, Types } from '../ids.ts';
import type { Models } from '../index.ts';
import { withId } from '../merge/merged.ts';

/**
 * Member of a set that is complete as of this run of Redis. After a restart or a failover the set may
 * be an older one, and the run another: then the set counts as incomplete until it has been made again.
 * No URN begins like this, so no sender can be it.
 */
const sentinelOf = (runId: string) => `*${runId}`;

/** A set that has not answered by then is not waited for. */
const READ_DEADLINE_MS = 2_000;
/** A rebuild that takes longer than this is taken over by the next one who needs the set. */
const REBUILD_LOCK_MS = 30_000;
const REBUILD_CHUNK = 5_000;

/**
 * Puts a rebuilt set in place unless an identity was added or removed since its contents were read:
 * KEYS set, generation, rebuilt; ARGV the generation that was read first ('' for none).
 */
const SWAP_IN = `
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then redis.call('DEL', KEYS[3]) return 0 end
redis.call('RENAME', KEYS[3], KEYS[1])
return 1`;

/** Who answered: Redis, MongoDB, or nobody (then the worker's second look decides alone). */
export type ScreeningSource = 'cache' | 'store' | 'none';

/** Which workspaces have a change that Redis may not have yet (`pending-changes.ts`). */
export interface Pending {
  has(workspaceId: string): boolean;
}
const NOTHING_PENDING: Pending = { has: () => false };

export interface BlocklistDeps {
  redis: RedisStore;
  mongo: Dependency;
  models: Models;
  log: Logger;
  pending?: Pending;
  onScreened?: (source: ScreeningSource) => void;
  onRebuilt?: (result: 'done' | 'failed') => void;
}

/**
 * The blocked identities of each workspace: a Redis set in front of MongoDB, which is the truth.
 * Redis can be flushed, evicted or away at any moment; then MongoDB answers.
 */
export class Blocklist {
  /** Workspaces whose set is being rebuilt by this process. */
  private readonly rebuilding = new Set<string>();

  private readonly redis: RedisStore;
  private readonly mongo: Dependency;
  private readonly models: Models;
  private readonly log: Logger;
  private readonly pending: Pending;
  private readonly onScreened: (source: ScreeningSource) => void;
  private readonly onRebuilt: (result: 'done' | 'failed') => void;

  constructor({ redis, mongo, models, log, pending, onScreened, onRebuilt }: BlocklistDeps) {
    this.redis = redis;
    this.mongo = mongo;
    this.models = models;
    this.log = log;
    this.pending = pending ?? NOTHING_PENDING;
    this.onScreened = onScreened ?? (() => {});
    this.onRebuilt = onRebuilt ?? (() => {});
  }

  /**
   * Which of these senders are blocked: one Redis command for all of them. When neither store can tell,
   * nobody is: what is handed over then meets the worker's second look, which refuses the blocked ones.
   */
  async blockedAmong(workspaceId: string, senders: Urn[]): Promise<Set<Urn>> {
    const cached = this.pending.has(workspaceId)
      ? undefined
      : await this.readCache(workspaceId, senders);
    const blocked = cached ?? (await this.readStore(workspaceId, senders));
    this.onScreened(cached ? 'cache' : blocked ? 'store' : 'none');
    return blocked ?? new Set();
  }

  /**
   * Makes the set say of this contact what MongoDB says. Reads again after writing: whoever writes
   * last has then seen the last state, in whatever order two changes of one contact reach Redis.
   */
  async follow(contactId: ObjectId): Promise<void> {
    for (let written: boolean | undefined; ; ) {
      const contact = await this.models.contacts
        .findOne(withId(contactId), { workspaceId: 1, identities: 1, blocked: 1 })
        .lean();
      if (!contact) return;
      const blocked = contact.blocked !== null;
      if (written === blocked) return;
      const keys = keysOf(contact.workspaceId.toString());
      await this.redis.run(async () => {
        const change = this.redis.client.multi().set(keys.generation, randomUUID());
        if (blocked) change.sadd(keys.set, ...contact.identities);
        else change.srem(keys.set, ...contact.identities);
        for (const [error] of (await change.exec()) ?? []) if (error) throw error;
      });
      written = blocked;
    }
  }

  private async readCache(workspaceId: string, senders: Urn[]): Promise<Set<Urn> | undefined> {
    const { runId } = this.redis;
    if (runId === undefined) return undefined;
    try {
      const { set } = keysOf(workspaceId);
      const [complete, ...found] = await this.redis.run(
        () => this.redis.client.smismember(set, sentinelOf(runId), ...senders),
        READ_DEADLINE_MS,
      );
      if (complete) return new Set(senders.filter((_, i) => found[i] === 1));
      this.rebuild(workspaceId, runId).catch((error) => {
        this.onRebuilt('failed');
        this.log.warn('blocklist.rebuild_failed', { workspaceId, ...describeError(error) });
      });
    } catch (error) {
      this.log.debug('blocklist.cache_away', { workspaceId, ...describeError(error) });
    }
    return undefined;
  }

  private async readStore(workspaceId: string, senders: Urn[]): Promise<Set<Urn> | undefined> {
    try {
      return await this.mongo.run(() => this.findBlocked(workspaceId, senders), READ_DEADLINE_MS);
    } catch (error) {
      if (!this.mongo.isAway(error)) throw error;
      return undefined;
    }
  }

  private async findBlocked(workspaceId: string, senders: Urn[]): Promise<Set<Urn>> {
    const blocked = await this.models.contacts.collection
      .find(
        {
          workspaceId: new Types.ObjectId(workspaceId),
          identities: { $in: senders },
          'blocked.since': { $exists: true },
        },
        { projection: { identities: 1 } },
      )
      .toArray();
    const asked = new Set(senders);
    return new Set(
      blocked.flatMap(({ identities }) => identities.filter((urn: Urn) => asked.has(urn))),
    );
  }

  /** One at a time, in this process and among all: the others screen in MongoDB meanwhile. */
  private async rebuild(workspaceId: string, runId: string): Promise<void> {
    if (this.rebuilding.has(workspaceId)) return;
    this.rebuilding.add(workspaceId);
    const { lock } = keysOf(workspaceId);
    const { client } = this.redis;
    try {
      const mine = await client.set(lock, '1', 'PX', REBUILD_LOCK_MS, 'NX');
      if (!mine) return;
      const since = Date.now();
      let identities: number | undefined;
      try {
        while (identities === undefined) identities = await this.tryRebuild(workspaceId, runId);
      } finally {
        await client.del(lock);
      }
      this.onRebuilt('done');
      this.log.info('blocklist.rebuilt', { workspaceId, identities, ms: Date.now() - since });
    } finally {
      this.rebuilding.delete(workspaceId);
    }
  }

  /** How many identities the set has now, or `undefined` when a change came in between. */
  private async tryRebuild(workspaceId: string, runId: string): Promise<number | undefined> {
    const keys = keysOf(workspaceId);
    const { client } = this.redis;
    const generation = (await client.get(keys.generation)) ?? '';
    const rebuilt = `${keys.set}:${randomUUID()}`;
    await client.multi().sadd(rebuilt, sentinelOf(runId)).pexpire(rebuilt, REBUILD_LOCK_MS).exec();
    let count = 0;
    let chunk: Urn[] = [];
    const write = async () => {
      if (chunk.length > 0) {
        const grown = client.multi().sadd(rebuilt, ...chunk);
        await grown.pexpire(rebuilt, REBUILD_LOCK_MS).pexpire(keys.lock, REBUILD_LOCK_MS).exec();
      }
      chunk = [];
    };
    const blocked = this.models.contacts.collection.find(
      { workspaceId: new Types.ObjectId(workspaceId), 'blocked.since': { $exists: true } },
      { projection: { identities: 1 } },
    );
    for await (const { identities } of blocked) {
      chunk.push(...identities);
      count += identities.length;
      if (chunk.length >= REBUILD_CHUNK) await write();
    }
    await write();
    const swap = client.multi().persist(rebuilt);
    swap.eval(SWAP_IN, 3, keys.set, keys.generation, rebuilt, generation);
    const swapped = (await swap.exec())?.[1];
    if (swapped?.[0]) throw swapped[0];
    return swapped?.[1] === 1 ? count : undefined;
  }
}

/** All keys of a workspace share a hash slot, so that one transaction may use them on a cluster. */
function keysOf(workspaceId: string) {
  const tag = `videur:{${workspaceId}}`;
  return { set: `${tag}:blocked`, generation: `${tag}:generation`, lock: `${tag}:rebuild` };
}
