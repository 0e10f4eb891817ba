import type { Logger } from '../../config/logger.ts';
import { span } from '../../config/tracing.ts';
import { beginDelivery, DeliveryRevoked } from '../../models/block/delivery-fence.ts';
import { ChannelTypes } from '../../models/channel/channel-types.ts';
import type { Outcome } from '../../models/delivery/outcome.ts';
import { OutcomeCounter } from '../../models/delivery/outcome-counter.ts';
import { toObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import type { Publish } from '../../models/live.ts';
import { type Touched, touchConversations, touchedByStored } from './conversations.ts';
import { inHalves } from './halves.ts';
import { itemsOf } from './item.ts';
import { tellStored } from './live.ts';
import { Outdated } from './outdated.ts';
import { planDelivery } from './plan.ts';
import { readInbox } from './read-inbox.ts';
import { storePlan } from './store.ts';

/** Another worker was faster with the same message, contact or status so many times in a row. */
const MOST_ATTEMPTS = 20;

/**
 * Batches into the inbox. All that is new (conversations, messages, MAC, outcomes, the batches
 * themselves) is stored in one transaction; contacts before it and conversations that were there
 * after it, by writes that may be repeated. So a run that is cut off anywhere and made again ends in
 * the same state, and a batch that was stored is recognised by its id.
 */
export function createDeliver(
  models: Models,
  log: Logger,
  onReadable: (channelType: string, receivedAt: Date) => void = () => {},
  publish: Publish = () => {},
) {
  const types = new ChannelTypes(models);
  const counter = new OutcomeCounter(models, types);

  const attempt = async (jobs: DeliverJob[], assumeNew: boolean): Promise<void> => {
    const since = performance.now();
    const run = await beginDelivery(models, workspacesOf(jobs));
    try {
      const { fresh, cutOff } = await recognise(models, await inHalves(models, jobs));
      if (cutOff.length > 0)
        await finish(models, cutOff, await touchedByStored(models, itemsOf(cutOff)));
      if (fresh.length === 0) return;
      const items = itemsOf(fresh);
      const inbox = await span('read inbox', () => readInbox(models, items, { assumeNew }));
      const plan = planDelivery(items, inbox);
      await span('transaction', async (note) => {
        await storePlan(models, plan, { jobs: fresh, run, counter });
        note({ 'videur.events': items.length });
      });
      for (const { channelId, receivedAt } of plan.messages)
        onReadable(types.of(channelId.toString()), receivedAt);
      if (plan.touched.size > 0)
        await span('conversations', () => finish(models, fresh, plan.touched));
      tellStored(plan, publish);
      log.info('batch.delivered', {
        batchIds: fresh.map(({ batchId }) => batchId),
        ...countByOutcome(plan.tallies),
        ms: Math.round(performance.now() - since),
      });
    } finally {
      await run.end();
    }
  };

  return async (jobs: DeliverJob[]): Promise<void> => {
    for (let attempts = 1; ; attempts += 1) {
      try {
        // Nearly every message is new: the first attempt relies on it and lets the key say otherwise.
        await attempt(jobs, attempts === 1);
        return;
      } catch (error) {
        const again = error instanceof Outdated || error instanceof DeliveryRevoked;
        if (!again || attempts === MOST_ATTEMPTS) throw error;
      }
    }
  };
}

function workspacesOf(jobs: DeliverJob[]): string[] {
  return [...new Set(jobs.flatMap((job) => job.deliveries.map(({ workspaceId }) => workspaceId)))];
}

/** Which of these batches are new, and which were stored by a run that was cut off after it. */
async function recognise(
  models: Models,
  jobs: DeliverJob[],
): Promise<{ fresh: DeliverJob[]; cutOff: DeliverJob[] }> {
  const stored = await models.deliveredBatches
    .find({ _id: { $in: jobs.map(({ batchId }) => batchId) } })
    .lean();
  const finished = new Map(stored.map(({ _id, finished }) => [_id, finished]));
  // A job that BullMQ gives out again while its first run is still here.
  const once = [...new Map(jobs.map((job) => [job.batchId, job])).values()];
  const fresh = once.filter(({ batchId }) => !finished.has(batchId));
  return {
    fresh: await withoutDiscarded(models, fresh),
    cutOff: once.filter(({ batchId }) => finished.get(batchId) === false),
  };
}

/** A dead letter that somebody discarded while it was being tried again stays discarded. */
async function withoutDiscarded(models: Models, jobs: DeliverJob[]): Promise<DeliverJob[]> {
  const tried = jobs.flatMap(({ deadLetterId }) => toObjectId(deadLetterId ?? '') ?? []);
  if (tried.length === 0) return jobs;
  const there = await models.deadLetters.find({ _id: { $in: tried } }, { _id: 1 }).lean();
  const ids = new Set(there.map(({ _id }) => _id.toString()));
  return jobs.filter(({ deadLetterId }) => !deadLetterId || ids.has(deadLetterId));
}

async function finish(models: Models, jobs: DeliverJob[], touched: Touched): Promise<void> {
  await touchConversations(models, touched);
  const ids = jobs.map(({ batchId }) => batchId);
  await models.deliveredBatches.updateMany({ _id: { $in: ids } }, { finished: true });
}

function countByOutcome(
  tallies: { outcome: Outcome; count: number }[],
): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome, count } of tallies) counts[outcome] = (counts[outcome] ?? 0) + count;
  return counts;
}
