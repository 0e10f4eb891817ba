import type { Outgoing } from '../../channels/adapter.ts';
import { type HttpCall, SendError } from '../../channels/http.ts';
import { adapters } from '../../channels/index.ts';
import { describeError } from '../../config/logger.ts';
import { type Channel, openCredentials, webhookUrlOf } from '../../models/channel.ts';
import type { Contact } from '../../models/contact.ts';
import { type ObjectId, stableId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { Message } from '../../models/message.ts';
import { LEAVE_WITHIN_MS } from '../../models/send-fence.ts';
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
  const to = contact.identities.find((urn) => adapter.reaches(urn, channelId));
  if (to === undefined) throw new Unsendable('contact_unreachable');
  const outgoing = await outgoingOf(models, message, to);
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
 * soon after that or not at all: see `models/send-fence.ts`. All of them have one deadline.
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

/** The contact as it is now; throws when nothing may be sent to it. */
async function readContact(models: Models, { _id, contactId }: Message): Promise<Contact> {
  const find = (id?: ObjectId) =>
    models.contacts.findById(id, { identities: 1, blocked: 1 }).lean<Contact>();
  // Merged into another since the message was read, it has taken the message along.
  const contact =
    (await find(contactId)) ??
    (await find((await models.messages.findById(_id, { contactId: 1 }).lean())?.contactId));
  if (!contact) throw new Unsendable('contact_unreachable');
  if (contact.blocked) throw new Unsendable('contact_blocked');
  return contact;
}

async function outgoingOf(models: Models, message: Message, to: string): Promise<Outgoing> {
  const { _id, conversationId, text, attachments } = message;
  const last = await models.messages
    .findOne({ conversationId, direction: 'in' }, { eventId: 1, providerMessageId: 1, thread: 1 })
    .sort({ receivedAt: -1, _id: -1 })
    .lean<Message>();
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
