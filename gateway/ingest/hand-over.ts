import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import { describeError, type Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import { NotReplicated, type RedisStore } from '../../config/redis.ts';
import { carry, span } from '../../config/tracing.ts';
import { spooled } from '../../models/delivery/spool.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import type { Models } from '../../models/index.ts';
import { type DeliverJob, deliverJobOptions, QUEUES } from '../../models/jobs.ts';

/** Resolves when the batch is durable; throws when nobody could take it. */
export type HandOver = (batch: Batch) => Promise<void>;

/** A batch that may be handed over again brings its id, so that it is stored once all the same. */
export type Batch = Omit<DeliverJob, 'batchId'> & { batchId?: string };

/** A hand-over that is not confirmed by then has failed, and the next way is taken. */
const DEADLINE_MS = 2_000;

export interface HandOverDeps {
  queue: Queue<DeliverJob>;
  redis: RedisStore;
  mongo: MongoStore;
  models: Models;
  log: Logger;
  onBatch(events: number): void;
  onSpooled(): void;
}

/**
 * Makes a batch durable: as one BullMQ job, or, when Redis does not take it, as one row of the spool in
 * MongoDB. It may end up in both when Redis was only slow to answer; the worker knows it by its id.
 */
export function createHandOver(deps: HandOverDeps): HandOver {
  const { log, onBatch } = deps;
  return async ({ batchId = randomUUID(), ...batch }) => {
    const { deliveries, settled, refused } = batch;
    if (deliveries.length + settled.length + (refused?.length ?? 0) === 0) return;
    const since = performance.now();
    const job: DeliverJob = { batchId, ...batch };
    const events = deliveries.reduce((sum, { events }) => sum + events.length, 0);
    const to = await span('hand over', async (note) => {
      const to = await keep(job, deps);
      note({ 'videur.batch_id': batchId, 'videur.to': to, 'videur.events': events });
      return to;
    });
    if (events > 0) onBatch(events);
    log.info('batch.handed_over', {
      batchId,
      to,
      events,
      settled: settled.reduce((sum, { count }) => sum + count, 0),
      refused: refused?.reduce((sum, { count }) => sum + count, 0),
      ms: Math.round(performance.now() - since),
    });
  };
}

async function keep(job: DeliverJob, deps: HandOverDeps): Promise<'queue' | 'spool'> {
  const { queue, redis, log, onSpooled } = deps;
  try {
    await redis.run(async () => {
      if (!redis.followed) throw new NotReplicated();
      await queue.add(QUEUES.deliver.name, job, deliverJobOptions(job));
      await redis.replicated();
    }, DEADLINE_MS);
    return 'queue';
  } catch (error) {
    // Whatever Redis has against it, the batch is not to be lost for that.
    if (!redis.isAway(error) && !(error instanceof NotReplicated))
      log.error('queue.refused', { batchId: job.batchId, ...describeError(error) });
    await spool(job, deps);
    onSpooled();
    return 'spool';
  }
}

async function spool(job: DeliverJob, { mongo, models }: HandOverDeps): Promise<void> {
  try {
    await mongo.run(
      () => models.spool.collection.insertOne(spooled(job, carry()) as never),
      DEADLINE_MS,
    );
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
