import type { ChannelEvents } from '../../models/delivery/event.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';

/** How many things of a batch can be stored apart: its events, and all that is only counted as one. */
export function sizeOf(job: DeliverJob): number {
  const events = job.deliveries.reduce((sum, { events }) => sum + events.length, 0);
  return events + (job.settled.length + (job.refused?.length ?? 0) > 0 ? 1 : 0);
}

/**
 * The two halves of a batch, each a batch with an id of its own that is always the same. What is only
 * counted goes with the second one.
 */
export function halvesOf(job: DeliverJob): [DeliverJob, DeliverJob] {
  const events = job.deliveries.flatMap((from) => from.events.map((event) => ({ from, event })));
  const half = Math.ceil(sizeOf(job) / 2);
  const { refused } = job;
  return [
    {
      batchId: `${job.batchId}.0`,
      deliveries: regroup(events.slice(0, half)),
      settled: [],
    },
    {
      batchId: `${job.batchId}.1`,
      deliveries: regroup(events.slice(half)),
      settled: job.settled,
      ...(refused && { refused }),
    },
  ];
}

function regroup(events: { from: ChannelEvents; event: ChannelEvents['events'][number] }[]) {
  const deliveries: ChannelEvents[] = [];
  let last: ChannelEvents | undefined;
  for (const { from, event } of events) {
    if (last !== from) deliveries.push({ ...from, events: [] });
    last = from;
    deliveries.at(-1)?.events.push(event);
  }
  return deliveries;
}

/** Batches that were split before, as their halves: a batch is stored in one way only. */
export async function inHalves(models: Models, jobs: DeliverJob[]): Promise<DeliverJob[]> {
  const split = await models.deliveredBatches
    .find({ _id: { $in: jobs.map(({ batchId }) => batchId) }, split: true }, { _id: 1 })
    .lean();
  if (split.length === 0) return jobs;
  const ids = new Set(split.map(({ _id }) => _id));
  const halves = await Promise.all(
    jobs.map((job) => (ids.has(job.batchId) ? inHalves(models, halvesOf(job)) : [job])),
  );
  return halves.flat();
}

/** From now on the batch is its halves. */
export async function split(models: Models, { batchId }: DeliverJob): Promise<void> {
  await models.deliveredBatches.updateOne(
    { _id: batchId },
    { $setOnInsert: { at: new Date(), finished: true, split: true } },
    { upsert: true },
  );
}
