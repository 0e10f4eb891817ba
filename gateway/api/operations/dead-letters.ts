import { z } from 'zod';
import type { DeadLetter } from '../../../models/delivery/dead-letter.ts';
import type { StoredEvent } from '../../../models/delivery/event.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

type ById = { id: ObjectId };

/** Events that could not be stored, newest first: where from, of what kind and why, never what they say. */
export async function listDeadLetters(
  { workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const rows = await models.deadLetters
    .find({ workspaceId, ...olderThan(query) }, { event: 0 })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<DeadLetter[]>();
  return { status: 200, body: pageOf(rows, query.limit, deadLetterJson, ({ _id }) => _id) };
}

/**
 * Hands the event over once more, as of when it was received. When it is stored the dead letter is
 * gone; when it fails again it is here again, with one attempt more.
 */
export async function retryDeadLetter(
  { workspaceId, params }: ApiRequest<ById>,
  { models, handOver }: ApiDeps,
): Promise<Result> {
  const letter = await models.deadLetters
    .findOneAndUpdate(
      { _id: params.id, workspaceId },
      { retriedAt: new Date() },
      { returnDocument: 'after' },
    )
    .lean<DeadLetter>();
  if (!letter) throw new ApiError('not_found');
  const event = JSON.parse(letter.event) as StoredEvent;
  await handOver({
    // Asked twice for the same attempt, it is made once.
    batchId: `${letter._id}.${letter.attempts}`,
    deadLetterId: letter._id.toString(),
    settled: [],
    deliveries: [
      {
        workspaceId: letter.workspaceId.toString(),
        channelId: letter.channelId.toString(),
        receivedAt: letter.receivedAt.getTime(),
        events: [event],
      },
    ],
  });
  return { status: 202, body: deadLetterJson(letter) };
}

/** Discards the event for good. Its outcome stays `dead_lettered`. */
export async function discardDeadLetter(
  { workspaceId, params }: ApiRequest<ById>,
  { models }: ApiDeps,
): Promise<Result> {
  const { deletedCount } = await models.deadLetters.deleteOne({ _id: params.id, workspaceId });
  if (deletedCount === 0) throw new ApiError('not_found');
  return { status: 204 };
}

export const deadLetterOut = z
  .strictObject({
    id: idOut,
    channelId: idOut,
    kind: z.string(),
    eventId: z.string(),
    reason: z.string(),
    attempts: z.int(),
    receivedAt: timeOut,
    failedAt: timeOut,
    retriedAt: timeOut.nullable(),
  })
  .meta({ id: 'DeadLetter' });

function deadLetterJson(letter: DeadLetter) {
  const { _id, channelId, kind, eventId, reason, attempts, receivedAt, failedAt, retriedAt } =
    letter;
  return { id: _id, channelId, kind, eventId, reason, attempts, receivedAt, failedAt, retriedAt };
}
