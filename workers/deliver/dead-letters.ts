import { describeError } from '../../config/logger.ts';
import type { ChannelEvents, StoredEvent } from '../../models/delivery/event.ts';
import type { Tally } from '../../models/delivery/outcome.ts';
import type { OutcomeCounter } from '../../models/delivery/outcome-counter.ts';
import { Types, toObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';

/**
 * Sets a batch of one event aside, in one transaction with its outcome and the batch's id: delivered
 * again, it is known. A dead letter that failed again stays the one it was.
 */
export async function bringToDeadLetters(
  models: Models,
  job: DeliverJob,
  error: unknown,
  counter: OutcomeCounter,
): Promise<void> {
  const [from] = job.deliveries;
  const [event] = from?.events ?? [];
  if (!from || !event) throw error;
  const reason = reasonOf(error);
  const known = toObjectId(job.deadLetterId ?? '');
  await models.db.transaction(async (session) => {
    if (known)
      await models.deadLetters.updateOne(
        { _id: known },
        { $set: { reason, failedAt: new Date(), retriedAt: null }, $inc: { attempts: 1 } },
        { session },
      );
    else {
      await models.deadLetters.create([letterOf(from, event, reason)], { session });
      await counter.count([tallyOf(from, 1)], session);
    }
    await models.deliveredBatches.create([{ _id: job.batchId, at: new Date(), finished: true }], {
      session,
    });
  });
}

/** Takes back the outcome of a dead letter that is delivered after all: an event has exactly one. */
export function revivedTally({ deadLetterId, deliveries: [from] }: DeliverJob): Tally[] {
  return deadLetterId && from ? [tallyOf(from, -1)] : [];
}

function letterOf(from: ChannelEvents, event: StoredEvent, reason: string) {
  return {
    workspaceId: new Types.ObjectId(from.workspaceId),
    channelId: new Types.ObjectId(from.channelId),
    receivedAt: new Date(from.receivedAt),
    kind: event.kind,
    eventId: event.eventId,
    event: JSON.stringify(event),
    reason,
    attempts: 1,
    failedAt: new Date(),
  };
}

function tallyOf({ workspaceId, channelId, receivedAt: at }: ChannelEvents, count: number): Tally {
  return { workspaceId, channelId, outcome: 'dead_lettered', reason: null, count, at };
}

/** Error texts quote what they are about, so only kind and code are kept. */
function reasonOf(error: unknown): string {
  const { error: kind, code } = describeError(error);
  return code === undefined ? String(kind) : `${kind} ${code}`;
}
