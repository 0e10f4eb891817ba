import type { Models } from '../../models/index.ts';
import type { Item } from './item.ts';

/** Conversations that were there already: when they were written to, and whether by the contact. */
export type Touched = Map<string, { at: Date; inbound: boolean }>;

export function touch(touched: Touched, conversationId: string, at: Date, inbound: boolean): void {
  const known = touched.get(conversationId);
  touched.set(conversationId, {
    at: known && known.at > at ? known.at : at,
    inbound: inbound || known?.inbound === true,
  });
}

/**
 * Moves conversations to the top, and reopens those that the contact wrote to. Never those of a
 * blocked contact: an echo may be stored there, but it stays closed.
 */
export async function touchConversations(models: Models, touched: Touched): Promise<void> {
  if (touched.size === 0) return;
  const matched = await write(models, touched, '_id');
  // Some are a blocked contact's, or became part of another when contacts were merged.
  if (matched < touched.size) await write(models, touched, 'mergedFrom');
}

/** How many there were. */
async function write(models: Models, touched: Touched, key: '_id' | 'mergedFrom'): Promise<number> {
  const { matchedCount } = await models.conversations.collection.bulkWrite(
    [...touched].map(([id, { at, inbound }]) => ({
      updateOne: {
        filter: { [key]: id, blocked: false },
        update: {
          $max: { lastMessageAt: at },
          ...(inbound && { $set: { status: 'open', snoozedUntil: null } }),
        },
      },
    })),
    { ordered: false },
  );
  return matchedCount;
}

/** The same for messages that a delivery stored before it was cut off, but for those that it found there. */
export async function touchedByStored(models: Models, items: Item[]): Promise<Touched> {
  const own = items.filter(({ event }) => event.kind === 'message' || event.kind === 'echo');
  const received = new Set(own.map(({ from, messageId }) => `${messageId} ${from.receivedAt}`));
  const stored = await models.messages
    .find(
      { _id: { $in: own.map(({ messageId }) => messageId) } },
      { conversationId: 1, receivedAt: 1, direction: 1 },
    )
    .lean();
  const touched: Touched = new Map();
  for (const { _id, conversationId, receivedAt, direction } of stored)
    if (received.has(`${_id} ${receivedAt.getTime()}`))
      touch(touched, conversationId, receivedAt, direction === 'in');
  return touched;
}
