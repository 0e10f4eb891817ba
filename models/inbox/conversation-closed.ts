import type { ClientSession } from 'mongoose';
import { Types } from '../ids.ts';
import type { Models } from '../index.ts';
import { outgoingId, recordOutgoing } from '../webhooks/outgoing-event.ts';
import type { Conversation } from './conversation.ts';

/** Tells the workspace's programs that conversations of one contact have just been closed. */
export async function tellClosed(
  models: Models,
  closed: Pick<Conversation, '_id' | 'workspaceId' | 'contactId' | 'channelId'>[],
  { byBlock }: { byBlock: boolean },
  session: ClientSession,
): Promise<void> {
  const at = new Date();
  const events = closed.map(({ _id: conversationId, workspaceId, contactId, channelId }) => ({
    _id: outgoingId(conversationId, new Types.ObjectId().toString()),
    workspaceId,
    type: 'conversation.closed' as const,
    data: { conversationId, contactId, channelId, byBlock },
    at,
  }));
  await recordOutgoing(models, events, session);
}
