import type { MongoStore } from '../config/mongo.ts';
import { type BlockDeps, complete, queueEffects } from '../models/block/block.ts';
import { Types } from '../models/ids.ts';
import { expire } from './block/expire.ts';
import { everyWhile } from './sweep.ts';

const LOOK_EVERY_MS = 1_000;
/** Whoever made the change gets this long to complete it before the relay does. */
const GRACE_MS = 5_000;
const AT_ONCE = 100;
/** What another Redis than before may lack: no replica that is further behind takes over. */
const MOST_LOST_MS = 10 * 60_000;

/**
 * Finishes what a crash or an outage left: blocks and unblocks in the outbox, side effects that a Redis
 * took along when another took its place, and blocks that are over and whose job to end them is gone.
 */
export function startRelay(deps: BlockDeps & { mongo: MongoStore }): { stop(): Promise<void> } {
  const { mongo, redis, log } = deps;
  const repeatAfterLoss = repeater(deps);
  return everyWhile(mongo, { name: 'relay', everyMs: LOOK_EVERY_MS, log }, async () => {
    const due = new Date(Date.now() - GRACE_MS);
    const repeated = redis.available ? await repeatAfterLoss() : 0;
    const changes = redis.available ? await completeChanges(deps, due) : 0;
    const overdue = await endOverdueBlocks(deps, due);
    if (repeated + changes + overdue > 0) log.info('relay.swept', { repeated, changes, overdue });
  });
}

/**
 * After a failover or a crash Redis may lack jobs that it took and whose outbox rows are gone. So, when
 * it is another than before, the side effects of all recent changes are queued once more.
 */
function repeater({ models, redis, effects }: BlockDeps): () => Promise<number> {
  let known = { runId: '', at: Date.now() };
  return async () => {
    const { runId } = redis;
    if (runId === undefined) return 0;
    const at = Date.now();
    let repeated = 0;
    let last = Types.ObjectId.createFromTime((known.at - MOST_LOST_MS) / 1_000);
    while (runId !== known.runId) {
      const changes = await models.blockHistory
        .find({ _id: { $gt: last } })
        .sort({ _id: 1 })
        .limit(AT_ONCE)
        .lean();
      if (changes.length === 0) break;
      await queueEffects({ redis, effects }, changes);
      repeated += changes.length;
      last = changes.at(-1)?._id ?? last;
    }
    known = { runId, at };
    return repeated;
  };
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
