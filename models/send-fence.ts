import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectId } from './ids.ts';
import type { Models } from './index.ts';

/**
 * How soon after it has read that its contact is not blocked a message must leave; it never does later.
 * So a block need not wait for longer, whatever hangs: a name that is looked up, a connection, a provider.
 */
export const LEAVE_WITHIN_MS = 3_000;
/** From the last look at the clock to the bytes in the hands of the system. */
const MARGIN_MS = 500;
const LOOK_EVERY_MS = 10;

/**
 * Resolves when no message to this contact can leave any more that was read as not blocked before this
 * moment. Such a message is marked `sending` before its contact is read, so it is seen here. Clocks are
 * not compared: each side measures its own time, this one the longer.
 */
export async function awaitSends(
  models: Models,
  contactId: ObjectId,
  patienceMs = LEAVE_WITHIN_MS + MARGIN_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  const sending = { contactId, status: 'sending' };
  const inHand = await models.messages.collection
    .find(sending, { projection: { _id: 1 } })
    .toArray();
  if (inHand.length === 0) return;
  const same = { _id: { $in: inHand.map(({ _id }) => _id) }, status: 'sending' };
  while (performance.now() < deadline) {
    if ((await models.messages.collection.countDocuments(same, { limit: 1 })) === 0) return;
    await delay(LOOK_EVERY_MS);
  }
}
