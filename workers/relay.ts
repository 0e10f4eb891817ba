import { describeError } from '../config/logger.ts';
import type { MongoStore } from '../config/mongo.ts';
import { type BlockDeps, complete } from '../models/block.ts';
import { expire } from './block/expire.ts';
import { everyWhile } from './sweep.ts';

const LOOK_EVERY_MS = 1_000;
/** Whoever made the change gets this long to complete it before the relay does. */
const GRACE_MS = 5_000;
const AT_ONCE = 100;

/**
 * Finishes what a crash or an outage left: blocks and unblocks in the outbox, and blocks that are
 * over and whose job to end them is gone, as after a Redis that lost its data.
 */
export function startRelay(deps: BlockDeps & { mongo: MongoStore }): { stop(): Promise<void> } {
  const { mongo, redis, log } = deps;
  return everyWhile(mongo, LOOK_EVERY_MS, async () => {
    try {
      const due = new Date(Date.now() - GRACE_MS);
      const changes = redis.available ? await completeChanges(deps, due) : 0;
      const overdue = await endOverdueBlocks(deps, due);
      if (changes + overdue > 0) log.info('relay.swept', { changes, overdue });
    } catch (error) {
      log.warn('relay.failed', describeError(error));
    }
  });
}

async function completeChanges(deps: BlockDeps, due: Date): Promise<number> {
  const rows = await deps.models.blockChanges
    .find({ at: { $lt: due } })
    .sort({ at: 1 })
    .limit(AT_ONCE)
    .lean();
  for (const row of rows) await complete(deps, row);
  return rows.length;
}

async function endOverdueBlocks(deps: BlockDeps, due: Date): Promise<number> {
  const overdue = await deps.models.contacts
    .find({ 'blocked.expiresAt': { $type: 'date', $lt: due } }, { workspaceId: 1, blocked: 1 })
    .limit(AT_ONCE)
    .lean();
  for (const { _id, workspaceId, blocked } of overdue)
    await expire(deps, {
      workspaceId: workspaceId.toString(),
      contactId: _id.toString(),
      blockId: blocked?.id.toString() ?? '',
    });
  return overdue.length;
}
