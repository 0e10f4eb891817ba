import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';

/**
 * How soon after it has read that its contact is not blocked a message must leave; it never does later.
 * So a block need not wait for longer, whatever hangs: a name that is looked up, a connection, a provider.
 */
export const LEAVE_WITHIN_MS = 3_000;
/** From the last look at the clock to the bytes in the hands of the system. */
const MARGIN_MS = 500;
const LOOK_EVERY_MS = 10;

/**
 * Resolves when nothing can leave for this contact any more, a message or a workflow's request, that was
 * read as not blocked before this moment. It is marked as in hand before its contact is read, or in the
 * same transaction, so it is seen here. Clocks are not compared: each side measures its own time, this
 * one the longer.
 */
export async function awaitSends(
  models: Models,
  contactId: ObjectId,
  patienceMs = LEAVE_WITHIN_MS + MARGIN_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  await Promise.all([
    awaitMarked(models.messages, { contactId, status: 'sending' }, deadline),
    awaitMarked(models.workflowRuns, { contactId, phase: 'request' }, deadline),
  ]);
}

/** Waits until what is marked now no longer is. */
async function awaitMarked(
  { collection }: Pick<Models['messages'] | Models['workflowRuns'], 'collection'>,
  marked: { contactId: ObjectId; status: string } | { contactId: ObjectId; phase: string },
  deadline: number,
): Promise<void> {
  const inHand = await collection.find(marked, { projection: { _id: 1 } }).toArray();
  if (inHand.length === 0) return;
  const same = { ...marked, _id: { $in: inHand.map(({ _id }) => _id) } };
  while (performance.now() < deadline) {
    if ((await collection.countDocuments(same, { limit: 1 })) === 0) return;
    await delay(LOOK_EVERY_MS);
  }
}
