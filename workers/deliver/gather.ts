import { naturalBatch } from '../../config/natural-batch.ts';
import type { DeliverJob } from '../../models/jobs.ts';

/**
 * One worker runs many jobs at once only to gather them: each waits here until the delivery before
 * it has been written, and all that have gathered are written together. MongoDB is several times
 * faster with a thousand documents at once than with thirty.
 */
export function gatherJobs(
  deliver: (jobs: DeliverJob[]) => Promise<void>,
  bounds: { maxEvents: number; concurrency: number },
): (job: DeliverJob) => Promise<void> {
  return naturalBatch(
    async (jobs: DeliverJob[]) => {
      await deliver(jobs);
      return jobs.map(() => undefined);
    },
    {
      name: 'deliver',
      size: ({ deliveries, refused = [] }) => ({
        events: deliveries.reduce((sum, { events }) => sum + events.length, refused.length),
        // The gateway bounded each job's bytes, and the concurrency bounds the number of jobs.
        bytes: 0,
      }),
      maxEvents: bounds.maxEvents,
      maxBytes: Number.POSITIVE_INFINITY,
      maxWaitingBytes: Number.POSITIVE_INFINITY,
      concurrency: bounds.concurrency,
    },
  );
}
