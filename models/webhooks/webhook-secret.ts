import { randomBytes } from 'node:crypto';
import { open, seal } from '../secret-box.ts';
import type { Webhook } from './webhook.ts';

const SECRET_BYTES = 32;
/** For so long after a rotation the old secret signs too, while receivers are given the new one. */
const ROTATION_MS = 24 * 3_600_000;
/** So many old ones at once. */
const MOST_OLD = 3;

/** Newest first; all but the first until their time (ms). */
type Kept = { secret: string; until?: number }[];

/** As Standard Webhooks writes a secret. It is shown once, and kept sealed. */
export function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export function sealSecret(secret: string, key: Buffer, webhookId: string): Buffer {
  return seal([{ secret }] satisfies Kept, key, webhookId);
}

/** With the new one before those that were there. */
export function sealRotated(
  webhook: Pick<Webhook, '_id' | 'sealed'>,
  secret: string,
  key: Buffer,
  now: number,
): Buffer {
  const old = keptBy(webhook, key, now)
    .slice(0, MOST_OLD)
    .map((kept) => ({ until: now + ROTATION_MS, ...kept }));
  return seal([{ secret }, ...old] satisfies Kept, key, webhook._id.toString());
}

/** All that sign now. */
export function openSecrets(
  webhook: Pick<Webhook, '_id' | 'sealed'>,
  key: Buffer,
  now: number,
): string[] {
  return keptBy(webhook, key, now).map(({ secret }) => secret);
}

function keptBy({ _id, sealed }: Pick<Webhook, '_id' | 'sealed'>, key: Buffer, now: number): Kept {
  const kept = open(bytesOf(sealed), key, _id.toString()) as Kept;
  return kept.filter(({ until }) => until === undefined || until > now);
}

/** `lean` reads a Buffer field as the driver's Binary. */
function bytesOf(sealed: Buffer): Buffer {
  return Buffer.isBuffer(sealed) ? sealed : Buffer.from((sealed as { buffer: Uint8Array }).buffer);
}
