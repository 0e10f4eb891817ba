import type { Logger } from '../config/logger.ts';
import type { MongoStore } from '../config/mongo.ts';
import { resume } from '../config/tracing.ts';
import type { SpooledBatch } from '../models/delivery/spool.ts';
import type { Models } from '../models/index.ts';
import type { DeliverJob } from '../models/jobs.ts';
import { everyWhile } from './sweep.ts';

const LOOK_EVERY_MS = 500;
/** A worker that died with a batch in hand leaves it to the others after this time. */
const TAKE_MS = 30_000;

export interface SpoolDeps {
  models: Models;
  mongo: MongoStore;
  log: Logger;
  /** The same way as for a job of the queue. */
  deliver: (job: DeliverJob, signal: AbortSignal) => Promise<void>;
  /** Batches in hand at once. */
  concurrency: number;
}

/**
 * Delivers what gateways wrote into MongoDB because Redis did not take it, whether Redis is back or
 * not. A batch that is in the queue too, or is taken twice, is recognised by its id.
 */
export function startSpool(deps: SpoolDeps): { stop(): Promise<void> } {
  const { mongo, log } = deps;
  return everyWhile(mongo, { name: 'spool', everyMs: LOOK_EVERY_MS, log }, async (signal) => {
    const free = { takenUntil: { $lt: new Date() } };
    if (!(await deps.models.spool.exists(free))) return;
    const drained = await Promise.all(
      Array.from({ length: deps.concurrency }, () => drain(deps, signal)),
    );
    const batches = drained.reduce((sum, count) => sum + count, 0);
    if (batches > 0) log.info('spool.drained', { batches });
  });
}

/** One batch after the other until there is none that is free. */
async function drain({ models, deliver }: SpoolDeps, signal: AbortSignal): Promise<number> {
  for (let batches = 0; ; batches += 1) {
    if (signal.aborted) return batches;
    const taken = await take(models);
    if (!taken) return batches;
    const job = JSON.parse(taken.job) as DeliverJob;
    await resume(taken.trace, 'spool', () => deliver(job, signal));
    await models.spool.deleteOne({ _id: taken._id });
  }
}

async function take(models: Models): Promise<SpooledBatch | null> {
  const now = Date.now();
  return await models.spool
    .findOneAndUpdate(
      { takenUntil: { $lt: new Date(now) } },
      { takenUntil: new Date(now + TAKE_MS) },
      { sort: { takenUntil: 1, at: 1 } },
    )
    .lean();
}
