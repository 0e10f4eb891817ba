import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import { withDeadline } from '../../config/deadline.ts';
import type { Logger } from '../../config/logger.ts';
import { type DeliverJob, deliverJobOptions, QUEUES } from '../../models/jobs.ts';

export type HandOver = (batch: Omit<DeliverJob, 'batchId'>) => Promise<void>;

/** A hand-over that is not confirmed by then has failed; the provider sends it again. */
const DEADLINE_MS = 2_000;

/** Makes a batch durable as one BullMQ job. Resolves when Redis has confirmed it. */
export function createHandOver(
  queue: Queue<DeliverJob>,
  log: Logger,
  onBatch: (events: number) => void,
): HandOver {
  return async ({ deliveries, settled, refused }) => {
    if (deliveries.length + settled.length + (refused?.length ?? 0) === 0) return;
    const since = performance.now();
    const job: DeliverJob = {
      batchId: randomUUID(),
      deliveries,
      settled,
      ...(refused && { refused }),
    };
    await withDeadline(queue.add(QUEUES.deliver, job, deliverJobOptions(job)), DEADLINE_MS);
    const events = deliveries.reduce((sum, { events }) => sum + events.length, 0);
    if (events > 0) onBatch(events);
    log.info('batch.handed_over', {
      batchId: job.batchId,
      events,
      settled: settled.reduce((sum, { count }) => sum + count, 0),
      refused: refused?.reduce((sum, { count }) => sum + count, 0),
      ms: Math.round(performance.now() - since),
    });
  };
}
