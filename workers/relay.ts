import { describeError } from '../config/logger.ts';
import { type BlockDeps, complete } from '../models/block.ts';
import { expire } from './block/expire.ts';

const LOOK_EVERY_MS = 1_000;
/** Whoever made the change gets this long to complete it before the relay does. */
const GRACE_MS = 5_000;
const AT_ONCE = 100;

/**
 * Finishes what a crash or an outage left: blocks and unblocks in the outbox, and blocks that are
 * over and whose job to end them is gone, as after a Redis that lost its data.
 */
export function startRelay(deps: BlockDeps): { stop(): Promise<void> } {
  let working = Promise.resolve();
  const { models, log } = deps;
  const sweep = async () => {
    const due = new Date(Date.now() - GRACE_MS);
    const rows = await models.blockChanges
      .find({ at: { $lt: due } })
      .sort({ at: 1 })
      .limit(AT_ONCE)
      .lean();
    for (const row of rows) await complete(deps, row);
    const overdue = await models.contacts
      .find({ 'blocked.expiresAt': { $type: 'date', $lt: due } }, { workspaceId: 1, blocked: 1 })
      .limit(AT_ONCE)
      .lean();
    for (const { _id, workspaceId, blocked } of overdue)
      await expire(deps, {
        workspaceId: workspaceId.toString(),
        contactId: _id.toString(),
        blockId: blocked?.id.toString() ?? '',
      });
    if (rows.length + overdue.length > 0)
      log.info('relay.swept', { changes: rows.length, overdue: overdue.length });
  };
  const timer = setInterval(() => {
    working = working
      .then(sweep)
      .catch((error: unknown) => log.warn('relay.failed', describeError(error)));
  }, LOOK_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await working;
    },
  };
}
