import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { adapters } from '../../../channels/index.ts';
import { describeError } from '../../../config/logger.ts';
import { assertUnblocked } from '../../../models/block/unblocked.ts';
import type { Channel } from '../../../models/channel/channel.ts';
import type { Contact } from '../../../models/contacts/contact.ts';
import type { Attachment } from '../../../models/delivery/event.ts';
import { isDuplicateKey } from '../../../models/duplicate-key.ts';
import { stableId } from '../../../models/ids.ts';
import type { Conversation } from '../../../models/inbox/conversation.ts';
import type { Message } from '../../../models/inbox/message.ts';
import type { Models } from '../../../models/index.ts';
import { sendJobOf } from '../../../models/jobs.ts';
import { messageJson } from '../../../models/shapes.ts';
import { blockJson } from '../contacts/contacts.ts';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../shell/auth.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { decide } from './decide.ts';
import { ahead } from './time-ahead.ts';

/** As much as the most generous of the common providers takes; one that takes less refuses it. */
const MOST_TEXT = 4_096;
const MOST_URL = 2_048;
/** A job that is not in the queue by then is left to the relay. */
const QUEUE_DEADLINE_MS = 2_000;

const text = z
  .string()
  .max(MOST_TEXT)
  .refine((value) => value.trim() !== '', 'must not be empty');

/** The provider fetches it; we do not. */
const attachment = z.strictObject({
  type: z.enum(['image', 'video', 'audio', 'file']),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(MOST_URL),
  name: z.string().trim().min(1).max(200).optional(),
  mimeType: z
    .string()
    .max(100)
    .regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type')
    .optional(),
});

export const outgoingBody = z
  .strictObject({
    text: text.optional(),
    attachment: attachment.optional(),
    /** Not before; without it, now. */
    sendAt: ahead.optional(),
  })
  .refine((body) => body.text !== undefined || body.attachment !== undefined, {
    path: ['text'],
    message: 'either a text or an attachment is needed',
  });
type OutgoingBody = z.output<typeof outgoingBody>;

/**
 * Stores a message on its way out and has a worker send it. The stored row is what counts: without
 * Redis it is answered as well, and the workers' relay finds it.
 */
export async function sendMessage(
  request: ApiRequest<{ id: string }, unknown, OutgoingBody>,
  deps: ApiDeps,
): Promise<Result> {
  const { workspaceId, params } = request;
  const { models } = deps;
  const conversation = await models.conversations
    .findOne({ _id: params.id, workspaceId })
    .lean<Conversation>();
  if (!conversation) throw new ApiError('not_found');
  const _id = idOf(conversation, request.idempotencyKey);
  const known = await models.messages.findById(_id).lean<Message>();
  if (known) return { status: 200, body: messageJson(known) };
  await assertReachable(models, conversation);

  const message = rowOf(_id, conversation, request);
  try {
    await decide(deps, async (session) => {
      await assertUnblocked(models, conversation, session);
      await models.messages.create([message], { session });
    });
  } catch (error) {
    // The same key, at the same time.
    const first = isDuplicateKey(error) && (await models.messages.findById(_id).lean<Message>());
    if (!first) throw error;
    return { status: 200, body: messageJson(first) };
  }
  await enqueue(message, deps);
  deps.publish(workspaceId.toString(), [
    { type: 'message.stored', conversationId: conversation._id, messageId: _id },
  ]);
  return { status: 201, body: messageJson(message) };
}

/** The same key in the same conversation is the same message. */
function idOf(conversation: Conversation, key: string | undefined): string {
  return key === undefined ? stableId(randomUUID()) : stableId('sent', conversation._id, key);
}

/** What is known already to stop it is said at once; the worker looks again before it leaves. */
async function assertReachable(models: Models, conversation: Conversation): Promise<void> {
  const { workspaceId, channelId, contactId } = conversation;
  const [contact, channel] = await Promise.all([
    models.contacts.findOne({ _id: contactId, workspaceId }).lean<Contact>(),
    models.channels.findOne({ _id: channelId, workspaceId }, { type: 1 }).lean<Channel>(),
  ]);
  // A block goes before: whoever may unblock wants to know of it first.
  if (contact?.blocked)
    throw new ApiError('contact_blocked', { block: blockJson(contact.blocked) });
  if (!channel) throw new ApiError('channel_deleted');
  const adapter = adapters[channel.type];
  if (!contact?.identities.some((urn) => adapter.reaches(urn, channelId.toString())))
    throw new ApiError('contact_unreachable');
}

function rowOf(
  _id: string,
  { _id: conversationId, workspaceId, channelId, contactId }: Conversation,
  { auth, body }: Pick<ApiRequest<unknown, unknown, OutgoingBody>, 'auth' | 'body'>,
): Message {
  const now = new Date();
  return {
    _id,
    ...{ workspaceId, channelId, conversationId, contactId },
    direction: 'out',
    type: body.attachment ? 'attachment' : 'text',
    ...(body.text !== undefined && { text: body.text }),
    ...(body.attachment && { attachments: [body.attachment as Attachment] }),
    at: now,
    receivedAt: now,
    status: body.sendAt ? 'scheduled' : 'queued',
    ...(body.sendAt && { sendAt: body.sendAt }),
    eventId: _id,
    sender: actorOf(auth),
    outbox: { dueAt: body.sendAt ?? now, attempts: 0 },
  };
}

async function enqueue(message: Message, { queues, redis, log }: ApiDeps): Promise<void> {
  try {
    await redis.run(() => queues.send.addBulk([sendJobOf(message)]), QUEUE_DEADLINE_MS);
  } catch (error) {
    log.warn('send.unqueued', { messageId: message._id, ...describeError(error) });
  }
}
