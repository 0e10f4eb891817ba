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
  await models.conversations.collection.bulkWrite(
    [...touched].map(([_id, { at, inbound }]) => ({
      updateOne: {
        filter: { _id: _id as never, blocked: false },
        update: {
          $max: { lastMessageAt: at },
          ...(inbound && { $set: { status: 'open', snoozedUntil: null } }),
        },
      },
    })),
    { ordered: false },
  );
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
