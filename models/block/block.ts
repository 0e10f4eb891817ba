import { setTimeout as delay } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { describeError, type Logger } from '../../config/logger.ts';
import type { RedisStore } from '../../config/redis.ts';
import {
  type Actor,
  type Block,
  type BlockSource,
  type Contact,
  PERIODS_KEPT,
} from '../contacts/contact.ts';
import { type ObjectId, Types } from '../ids.ts';
import type { Models } from '../index.ts';
import { delayUntil, EFFECTS, type EffectJob, effectJobOptions } from '../jobs.ts';
import { outgoingId, recordOutgoing } from '../webhooks/outgoing-event.ts';
import { noticeBlock } from '../workflows/workflow-notice.ts';
import type { BlockAction, BlockChange } from './block-change.ts';
import type { Blocklist } from './blocklist.ts';
import { awaitDeliveries } from './delivery-fence.ts';
import { allowInteraction, endInteraction, followConversations } from './interaction.ts';
import { PENDING_KNOWN_MS } from './pending-changes.ts';
import { awaitSends } from './send-fence.ts';

/** Side effects that are not in the queue by then are left to the relay. */
const QUEUE_DEADLINE_MS = 2_000;

export interface BlockDeps {
  models: Models;
  blocklist: Blocklist;
  redis: RedisStore;
  effects: Queue<EffectJob>;
  log: Logger;
}

export interface BlockRequest {
  workspaceId: ObjectId;
  contactId: ObjectId;
  by: Actor;
  source: BlockSource;
  reason?: string | null;
  expiresAt?: Date | null;
}

/** The contact as it is now, and whether this call made it so; `null` when there is no such contact. */
export type BlockResult = { contact: Contact; changed: boolean } | null;

/**
 * Blocks a contact. When this answers, no message of any of its identities can reach the inbox any
 * more, none of ours leaves for it, and its conversations are in the blocked inbox. Blocking a blocked
 * contact changes nothing.
 */
export async function block(deps: BlockDeps, request: BlockRequest): Promise<BlockResult> {
  const state: Block = {
    id: new Types.ObjectId(),
    since: new Date(),
    by: request.by,
    source: request.source,
    reason: request.reason ?? null,
    expiresAt: request.expiresAt ?? null,
  };
  return await change(deps, request, 'blocked', state, {
    where: { blocked: null },
    set: () => ({ $set: { blocked: state } }),
  });
}

/**
 * Unblocks a contact; with `onlyBlock`, only when that block is still the one in force. Messages that
 * were received meanwhile do not come back.
 */
export async function unblock(
  deps: BlockDeps,
  request: BlockRequest & { onlyBlock?: ObjectId },
): Promise<BlockResult> {
  const { models } = deps;
  const current = await models.contacts
    .findOne({ _id: request.contactId, workspaceId: request.workspaceId })
    .lean<Contact>();
  if (!current) return null;
  const state = current.blocked;
  if (!state || (request.onlyBlock && !state.id.equals(request.onlyBlock))) {
    await settle(deps, current);
    return { contact: current, changed: false };
  }
  return await change(deps, request, 'unblocked', state, {
    where: { 'blocked.id': state.id },
    set: (now) => ({
      $set: { blocked: null },
      $push: { pastBlocks: { $each: [{ since: state.since, until: now }], $slice: -PERIODS_KEPT } },
    }),
  });
}

/**
 * State, audit entry, outbox row, conversations and messages still to be sent in one transaction, then
 * everything that follows from it.
 */
async function change(
  deps: BlockDeps,
  request: BlockRequest,
  action: BlockAction,
  state: Block,
  update: { where: object; set: (now: Date) => object },
): Promise<BlockResult> {
  const { models } = deps;
  const { workspaceId, contactId, by, source } = request;
  const who = { _id: contactId, workspaceId };
  const row = await models.db.transaction(async (session): Promise<BlockChange | null> => {
    const at = action === 'blocked' ? state.since : new Date();
    const changed = await models.contacts.updateOne({ ...who, ...update.where }, update.set(at), {
      session,
    });
    if (changed.modifiedCount === 0) return null;
    const follow = action === 'blocked' ? endInteraction : allowInteraction;
    await follow(models, contactId, session);
    const entry = {
      workspaceId,
      contactId,
      blockId: state.id,
      action,
      at,
      expiresAt: state.expiresAt,
    };
    const reason = action === 'blocked' ? state.reason : (request.reason ?? null);
    await models.blockHistory.create([{ ...entry, by, source, reason }], { session });
    await noticeBlock(models, entry, session);
    const outgoing = {
      _id: outgoingId(state.id.toString(), action),
      workspaceId,
      type: `contact.${action}`,
      data: { contactId, blockId: state.id, action },
      at,
    } as const;
    await recordOutgoing(models, [outgoing], session);
    const [written] = await models.blockChanges.create([entry], { session });
    return written?.toObject() ?? null;
  });
  if (row) {
    const completed = await complete(deps, row);
    // Redis may hold the old set: the answer comes when no gateway trusts it any more.
    if (!completed && action === 'unblocked') await delay(PENDING_KNOWN_MS);
  }
  // Somebody else has blocked the contact: this answer too promises that nothing comes any more.
  else if (action === 'blocked') await awaitFences(models, { ...request, action });
  const contact = await models.contacts.findOne(who).lean<Contact>();
  return contact && { contact, changed: row !== null };
}

/**
 * Somebody else has unblocked the contact, and perhaps died before Redis knew: this answer too promises
 * that nothing is refused any more.
 */
async function settle(deps: BlockDeps, { _id }: Contact): Promise<void> {
  const rows = await deps.models.blockChanges.find({ contactId: _id }).lean();
  for (const row of rows) if (!(await complete(deps, row))) await delay(PENDING_KNOWN_MS);
}

/**
 * Completes what others have left of this contact's changes; false when something is still left. Then
 * Redis may block identities that the contact no longer blocks.
 */
export async function completeAll(deps: BlockDeps, contactId: ObjectId): Promise<boolean> {
  const rows = await deps.models.blockChanges.find({ contactId }).lean();
  const completed = await Promise.all(rows.map((row) => complete(deps, row)));
  return completed.every(Boolean);
}

/**
 * What follows from a stored change, in an order that each step relies on: the fences, so that nothing
 * read before the change is stored or sent after it, whether Redis is there or not, and conversations
 * that were made meanwhile; Redis, so that the door knows; then the side effects, which find all that was
 * stored before the change.
 * Safe to run again from the start: the relay does, when a crash or an outage left the row. False when
 * it was left.
 */
export async function complete(deps: BlockDeps, row: BlockChange): Promise<boolean> {
  const { models, blocklist, log } = deps;
  // Without it nothing can be answered: the call fails, and calling again finds the contact blocked.
  await awaitFences(models, row);
  try {
    await blocklist.follow(row.contactId);
    await queueEffects(deps, [row]);
    await models.blockChanges.deleteOne({ _id: row._id });
    log.info(`contact.${row.action}`, { ...jobOf(row), ms: Date.now() - row.at.getTime() });
    return true;
  } catch (error) {
    // The state is stored and the worker's second look obeys it: the relay finishes the rest.
    log.warn('block.unfinished', { blockId: row.blockId.toString(), ...describeError(error) });
    return false;
  }
}

type Change = Omit<BlockChange, '_id'>;

/** Queues what follows from these changes. What is queued already, or ran lately, is not there twice. */
export async function queueEffects(
  { redis, effects }: Pick<BlockDeps, 'redis' | 'effects'>,
  changes: Change[],
): Promise<void> {
  const jobs = changes.flatMap((change) => {
    const data = jobOf(change);
    const ends = change.action === 'blocked' && change.expiresAt;
    return EFFECTS.filter((effect) => effect !== 'expire' || ends).map((name) => ({
      name,
      data,
      opts: effectJobOptions(name, data, name === 'expire' ? delayUntil(change.expiresAt) : 0),
    }));
  });
  await redis.run(() => effects.addBulk(jobs), QUEUE_DEADLINE_MS);
}

function jobOf({ workspaceId, contactId, blockId, action }: Change): EffectJob {
  return {
    workspaceId: workspaceId.toString(),
    contactId: contactId.toString(),
    blockId: blockId.toString(),
    action,
  };
}

async function awaitFences(
  models: Models,
  { workspaceId, contactId, action }: Pick<BlockChange, 'workspaceId' | 'contactId' | 'action'>,
): Promise<void> {
  await Promise.all([
    awaitDeliveries(models, workspaceId.toString()),
    action === 'blocked' && awaitSends(models, contactId),
  ]);
  await followConversations(models, contactId);
}
