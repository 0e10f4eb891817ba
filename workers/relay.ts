import { describeError } from '../config/logger.ts';
import { type BlockDeps, complete } from '../models/block.ts';

const LOOK_EVERY_MS = 1_000;
/** Whoever made the change gets this long to complete it before the relay does. */
const GRACE_MS = 5_000;

/** Completes blocks and unblocks that a crash or an outage left in the outbox. */
export function startRelay(deps: BlockDeps): { stop(): Promise<void> } {
  let working = Promise.resolve();
  const sweep = async () => {
    const due = { at: { $lt: new Date(Date.now() - GRACE_MS) } };
    const rows = await deps.models.blockChanges.find(due).sort({ at: 1 }).limit(100).lean();
    for (const row of rows) await complete(deps, row);
    if (rows.length > 0) deps.log.info('relay.swept', { changes: rows.length });
  };
  const timer = setInterval(() => {
    working = working
      .then(sweep)
      .catch((error: unknown) => deps.log.warn('relay.failed', describeError(error)));
  }, LOOK_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await working;
    },
  };
}
