import type { Outgoing } from '../../channels/adapter.ts';
import { type HttpCall, SendError } from '../../channels/http.ts';
import { adapters } from '../../channels/index.ts';
import { describeError } from '../../config/logger.ts';
import { LEAVE_WITHIN_MS } from '../../models/block/send-fence.ts';
import { type Channel, openCredentials, webhookUrlOf } from '../../models/channel/channel.ts';
import type { Contact } from '../../models/contacts/contact.ts';
import type { Urn } from '../../models/delivery/event.ts';
import { stableId } from '../../models/ids.ts';
import { conversationIds } from '../../models/inbox/conversation.ts';
import type { Message } from '../../models/inbox/message.ts';
import type { Models } from '../../models/index.ts';
import { withId } from '../../models/merge/merged.ts';
import type { SendDeps } from './deps.ts';
import { type Outcome, outcomeOf, Unsendable } from './outcome.ts';

/** Tries once to send a message that is marked `sending`. Never throws. */
export async function attempt(
  deps: SendDeps,
  message: Message,
  channel: Channel | null,
): Promise<Outcome> {
  const at = deps.now();
  let left = false;
  const onLeaving = () => {
    left = true;
  };
  try {
    if (!channel) throw new Unsendable('channel_deleted');
    return { sent: await send(deps, message, channel, onLeaving), at };
  } catch (error) {
    if (!(error instanceof SendError || error instanceof Unsendable))
      deps.log.error('send.broken', { messageId: message._id, ...describeError(error) });
    return outcomeOf(error, { ...attempted(message, channel, deps.now()), left });
  }
}

/** What an attempt left behind whose worker died: nobody has written down how it ended. */
export function outcomeOfDead(message: Message, channel: Channel | null, now: number): Outcome {
  return outcomeOf(new SendError('no_answer'), { ...attempted(message, channel, now), left: true });
}

function attempted({ outbox, receivedAt }: Message, channel: Channel | null, now: number) {
  return {
    idempotent: channel !== null && adapters[channel.type].idempotent === true,
    attempts: outbox?.attempts ?? 1,
    queuedAt: receivedAt.getTime(),
    now,
  };
}

/** Resolves to the provider's id of the message. */
async function send(
  deps: SendDeps,
  message: Message,
  channel: Channel,
  onLeaving: () => void,
): Promise<string> {
  const { models, tokens } = deps;
  const adapter = adapters[channel.type];
  const channelId = channel._id.toString();
  const contact = await readContact(models, message);
  const meant = await meantFor(models, message, contact);
  const last = await lastReceived(models, channelId, contact);
  const to = [...meant, ...(last?.identities ?? [])]
    .filter((urn) => contact.identities.includes(urn))
    .concat(contact.identities)
    .find((urn) => adapter.reaches(urn, channelId));
  if (to === undefined) throw new Unsendable('contact_unreachable');
  const answers = meant.length === 0 || last?.identities?.includes(to);
  const outgoing = outgoingOf(message, to, answers ? last : null);
  const context = {
    channelId,
    credentials: openCredentials(channel, deps.encryptionKey),
    webhookUrl: webhookUrlOf(channel, deps.publicBaseUrl),
    call: guardedCall(deps, message, onLeaving),
    now: deps.now,
  };
  // Sealed anew, credentials are others: tokens that the old ones gave are not theirs.
  const owner = stableId(channelId, channel.sealed.toString('base64'));
  const { messageId } = await tokens.during(owner, (remember) =>
    adapter.send(outgoing, { ...context, remember }),
  );
  return messageId;
}

/**
 * The way out for one attempt. Before each request the contact is read again, and the request leaves
 * soon after that or not at all: see `models/block/send-fence.ts`. All of them have one deadline.
 */
function guardedCall(
  { models, http, timeoutMs }: SendDeps,
  message: Message,
  onLeaving: () => void,
): HttpCall {
  const deadline = performance.now() + timeoutMs;
  return async (request) => {
    const now = performance.now();
    await readContact(models, message);
    return await http.call(request, {
      timeoutMs: deadline - now,
      mayLeave() {
        if (performance.now() > now + LEAVE_WITHIN_MS) return false;
        onLeaving();
        return true;
      },
    });
  };
}

/** The contact as it is now, or the one that it was merged into; throws when nothing may be sent to it. */
async function readContact(models: Models, { contactId }: Message): Promise<Contact> {
  const contact = await models.contacts
    .findOne(withId(contactId), { identities: 1, blocked: 1, mergedFrom: 1 })
    .lean<Contact>();
  if (!contact) throw new Unsendable('contact_unreachable');
  if (contact.blocked) throw new Unsendable('contact_blocked');
  return contact;
}

/** Which of the contact's identities a message was written to before its contact was merged. */
async function meantFor(
  models: Models,
  { _id, contactId, identities }: Message,
  contact: Contact,
): Promise<Urn[]> {
  if (contact._id.equals(contactId)) return identities ?? [];
  // Merged since the message was taken in hand.
  const now = await models.messages.findById(_id, { identities: 1 }).lean<Message>();
  return now?.identities ?? [];
}

/** What the contact wrote last: it is answered there, and to who wrote it. */
async function lastReceived(
  models: Models,
  channelId: string,
  contact: Contact,
): Promise<Message | null> {
  return await models.messages
    .findOne(
      { conversationId: { $in: conversationIds(channelId, contact) }, direction: 'in' },
      { eventId: 1, providerMessageId: 1, thread: 1, identities: 1 },
    )
    .sort({ receivedAt: -1, _id: -1 })
    .lean<Message>();
}

function outgoingOf(message: Message, to: string, last: Message | null): Outgoing {
  const { _id, text, attachments } = message;
  return {
    to,
    key: _id,
    ...(text !== undefined && { text }),
    ...(attachments?.[0] && { attachment: attachments[0] }),
    ...(last && {
      inReplyTo: {
        messageId: last.providerMessageId ?? last.eventId,
        ...(last.thread && { thread: last.thread }),
      },
    }),
  };
}
