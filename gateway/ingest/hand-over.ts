import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import { withDeadline } from '../../config/deadline.ts';
import type { Logger } from '../../config/logger.ts';
import { naturalBatch } from '../../config/natural-batch.ts';
import type { Settings } from '../../config/settings.ts';
import { type DeliverJob, deliverJobOptions, QUEUES } from '../../models/jobs.ts';
import { mergeTallies } from '../../models/outcome.ts';
import type { Arrival } from './arrival.ts';
import { countEvents } from './screen.ts';

export type HandOver = (arrival: Arrival) => Promise<void>;

/** A hand-over that is not confirmed by then has failed; the provider sends it again. */
const DEADLINE_MS = 2_000;

/**
 * Makes what is left durable: one BullMQ job for all deliveries that arrived while the previous job
 * was being written. Resolves when Redis has confirmed it; {@link Overloaded} when too much waits.
 */
export function createHandOver(
  queue: Queue<DeliverJob>,
  settings: Settings,
  log: Logger,
  onBatch: (events: number) => void,
): HandOver {
  const submit = naturalBatch(
    async (arrivals: Arrival[]) => {
      const since = performance.now();
      const job: DeliverJob = {
        batchId: randomUUID(),
        deliveries: arrivals.flatMap(({ deliveries }) => deliveries),
        settled: mergeTallies(arrivals.flatMap(({ settled }) => settled)),
      };
      await withDeadline(queue.add(QUEUES.deliver, job, deliverJobOptions(job)), DEADLINE_MS);
      const events = countEvents(job.deliveries);
      onBatch(events);
      log.info('batch.handed_over', {
        batchId: job.batchId,
        deliveries: arrivals.length,
        events,
        settled: job.settled.length,
        ms: Math.round(performance.now() - since),
      });
      return arrivals.map(() => undefined);
    },
    {
      size: ({ deliveries, settled, bytes }) => ({
        events: countEvents(deliveries) + settled.length,
        bytes,
      }),
      maxEvents: settings.INTAKE_MAX_BATCH_EVENTS,
      maxBytes: settings.INTAKE_MAX_BATCH_BYTES,
      maxWaitingBytes: settings.INTAKE_MAX_WAITING_BYTES,
    },
  );
  return async (arrival) => {
    if (arrival.deliveries.length > 0 || arrival.settled.length > 0) await submit(arrival);
  };
}
