import { adapters } from '../../channels/index.ts';
import type { Channel } from '../../models/channel/channel.ts';
import type { Contact } from '../../models/contacts/contact.ts';
import { stableId } from '../../models/ids.ts';
import type { Conversation } from '../../models/inbox/conversation.ts';
import type { Message } from '../../models/inbox/message.ts';
import { conversationOf } from './conversation.ts';
import { type StepContext, StepFailed } from './progress.ts';

/** Stores a message to the contact on its way out, as the API does. Its job is added afterwards. */
export async function storeMessage(text: string, context: StepContext): Promise<Message> {
  const { models, run, session, now } = context;
  const conversation = await conversationOf(context);
  await assertSendable(conversation, context);
  const { _id: conversationId, workspaceId, channelId, contactId } = conversation;
  const _id = stableId('workflow', run._id.toString(), String(run.steps.length));
  const message: Message = {
    _id,
    ...{ workspaceId, channelId, conversationId, contactId },
    direction: 'out',
    type: 'text',
    text,
    at: now,
    receivedAt: now,
    status: 'queued',
    eventId: _id,
    sender: { type: 'workflow', id: run.workflowId.toString() },
    outbox: { dueAt: now, attempts: 0 },
  };
  await models.messages.create([message], { session });
  return message;
}

async function assertSendable(
  { workspaceId, channelId, contactId }: Conversation,
  { models, session }: StepContext,
): Promise<void> {
  const channel = await models.channels
    .findOne({ _id: channelId, workspaceId }, { type: 1 }, { session })
    .lean<Channel>();
  if (!channel) throw new StepFailed('channel_deleted');
  const contact = await models.contacts
    .findById(contactId, { identities: 1 }, { session })
    .lean<Contact>();
  const adapter = adapters[channel.type];
  if (!contact?.identities.some((urn) => adapter.reaches(urn, channelId.toString())))
    throw new StepFailed('contact_unreachable');
}
