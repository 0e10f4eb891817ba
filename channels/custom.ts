import { z } from 'zod';
import {
  type Attachment,
  type Content,
  MESSAGE_STATUSES,
  type ParsedEvent,
  type Profile,
  type SettledEvent,
  type StoredEvent,
  type Urn,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Delivery, Outgoing } from './adapter.ts';
import { assertAccepted, readAnswer, SendError } from './http.ts';
import {
  apiBaseUrl,
  eachOf,
  hint,
  id,
  ignored,
  invalid,
  isObject,
  type Json,
  label,
  readJson,
  size,
  take,
  webAddress,
} from './read.ts';
import { isOneOf, type Secrets, secretList, secretsOf } from './signature.ts';
import { hasStandardSignature, standardHeaders, standardSecretList } from './standard-webhooks.ts';

/**
 * The escape hatch: anyone's own server, in the shape of respond.io's custom channel
 * (https://respond.io/help/custom-channel/custom-channel). A delivery is about one contact.
 *
 * - The identity is `contactId` alone: `tel:+…` for a phone number in E.164 with `+`, otherwise
 *   `custom:CHANNEL/ID`. The `phone` and `email` of `contact` are what that server believes of the
 *   person; they go to the profile and are never an identity, or a wrong entry there would block or
 *   merge a stranger.
 * - CHANNEL is our channel's id. The body's `channelId` is the other side's business and is not read.
 * - A status is `"status":"delivered"` or `"status":{"value":"delivered"}`: servers send both.
 * - `message_edited` and `message_deleted` are ours: `mId` is the message's, which stays the same.
 */

const credentials = z.strictObject({
  token: secretList,
  signingSecret: standardSecretList.optional(),
  apiBaseUrl,
});
export type CustomCredentials = z.infer<typeof credentials>;

/** Our own contract; the events of one contact. */
const BODY_LIMIT = 1024 * 1024;

/** No valid event is shorter: `{"type":"message_deleted","mId":"x","timestamp":1}`. */
const MAX_EVENTS = BODY_LIMIT / 32;

export const custom: ChannelAdapter<CustomCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify(delivery, { token, signingSecret }, now) {
    return signingSecret === undefined
      ? hasBearer(delivery, token)
      : hasStandardSignature(delivery, signingSecret, now);
  },

  parse({ body }, { channelId }) {
    const envelope = readJson(body);
    if (envelope === undefined) return [invalid('not_json')];
    if (!isObject(envelope) || !Array.isArray(envelope.events)) return [invalid('bad_envelope')];

    const contactId = take(contactIdSchema, envelope.contactId);
    const sender: Sender = {
      identities: contactId === undefined ? [] : [identityOf(contactId, channelId)],
      profile: profileOf(envelope.contact),
    };
    const events: ParsedEvent[] = [];
    eachOf(envelope.events, events, MAX_EVENTS, (item) =>
      events.push(isObject(item) ? readEvent(item, sender) : invalid('bad_item')),
    );
    return events.length > 0 ? events : [ignored('empty')];
  },

  reaches: (urn, channelId) => contactIdOf(urn, channelId) !== undefined,

  async send(message, { channelId, credentials, call, now }) {
    const { apiBaseUrl, token, signingSecret } = credentials;
    if (apiBaseUrl === undefined) throw new SendError('unsupported');
    const body = JSON.stringify({
      channelId,
      contactId: contactIdOf(message.to, channelId),
      message: messageOf(message),
    });
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/message`,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${secretsOf(token)[0]}`,
        'idempotency-key': message.key,
        ...(signingSecret && standardHeaders(message.key, body, signingSecret, now())),
      },
      body,
    });
    assertAccepted(response, now());
    return { messageId: readAnswer(answerSchema, response).mId };
  },
};

// Who is let in

function hasBearer({ headers }: Delivery, token: Secrets): boolean {
  const { authorization } = headers;
  if (typeof authorization !== 'string' || !/^bearer /i.test(authorization)) return false;
  return isOneOf(authorization.slice('bearer '.length), token);
}

// Who it is

/** respond.io's are at most 50 of `A-Za-z0-9_=+/@`; ours may be any that can be seen. */
const contactIdSchema = z
  .string()
  .max(200)
  .regex(/^[^\s\p{C}]+$/u);
const E164 = /^\+[1-9]\d{1,14}$/;

export const identityOf = (contactId: string, channelId: string): Urn =>
  E164.test(contactId) ? `tel:${contactId}` : `custom:${channelId}/${contactId}`;

function contactIdOf(urn: Urn, channelId: string): string | undefined {
  const own = `custom:${channelId}/`;
  if (urn.startsWith(own)) return urn.slice(own.length);
  return urn.startsWith('tel:') ? urn.slice('tel:'.length) : undefined;
}

const profileSchema = z.object({ firstName: label, lastName: label, phone: label, email: label });

function profileOf(contact: unknown): Profile {
  const fields = take(profileSchema, contact);
  const profile: Profile = {};
  if (fields?.firstName) profile.firstName = fields.firstName;
  if (fields?.lastName) profile.lastName = fields.lastName;
  if (fields?.phone) profile.phone = fields.phone;
  if (fields?.email) profile.email = fields.email;
  return profile;
}

// What happened

interface Sender {
  /** Empty when the delivery does not say who; a status needs nobody. */
  identities: Urn[];
  profile: Profile;
}

/** Milliseconds, as far as a `Date` goes. */
const timestamp = z.int().nonnegative().max(8.64e15);
const messageSchema = z.object({ mId: id, timestamp, message: z.object({ type: z.string() }) });
const deletionSchema = z.object({ mId: id, timestamp });
const statusSchema = z.object({
  mId: id,
  timestamp,
  status: z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)]),
});

function readEvent(item: Json, sender: Sender): StoredEvent | SettledEvent {
  switch (item.type) {
    case 'message':
    case 'message_echo':
    case 'message_edited':
      return readMessage(item, item.type, sender);
    case 'message_deleted':
      return readDeletion(item);
    case 'message_status':
      return readStatus(item);
    default:
      return typeof item.type === 'string' ? ignored('other_event') : invalid('bad_event');
  }
}

function readMessage(
  item: Json,
  type: 'message' | 'message_echo' | 'message_edited',
  { identities, profile }: Sender,
): StoredEvent | SettledEvent {
  const event = take(messageSchema, item);
  if (!event) return invalid('bad_message');
  if (identities.length === 0) return invalid('no_contact');
  const content = contentOf(event.message.type, item.message);
  if (!content) return invalid('bad_content');
  const { mId, timestamp: at } = event;
  if (type === 'message')
    return { kind: 'message', eventId: mId, at, identities, profile, content };
  if (type === 'message_echo') return { kind: 'echo', eventId: mId, at, identities, content };
  // A message may be changed more than once.
  const eventId = `${mId}:edited:${at}`;
  return { kind: 'edit', eventId, messageId: mId, at, identities, content };
}

function readDeletion(item: Json): StoredEvent | SettledEvent {
  const deletion = take(deletionSchema, item);
  if (!deletion) return invalid('bad_deletion');
  const { mId: messageId, timestamp: at } = deletion;
  return { kind: 'deletion', eventId: `${messageId}:deleted`, at, messageId };
}

function readStatus(item: Json): StoredEvent | SettledEvent {
  const update = take(statusSchema, item);
  if (!update) return invalid('bad_status');
  const status = MESSAGE_STATUSES.find((name) => name === update.status);
  if (!status) return ignored('other_status');
  const { mId: messageId, timestamp: at } = update;
  return { kind: 'status', eventId: `${messageId}:${status}`, at, messageId, status };
}

const textSchema = z.object({ text: z.string() });
const attachmentSchema = z.object({
  attachment: z.object({
    type: hint,
    url: webAddress,
    mimeType: hint,
    fileName: hint,
    size,
  }),
});
const ATTACHMENT_TYPES = new Map<string | undefined, Attachment['type']>([
  ['image', 'image'],
  ['video', 'video'],
  ['audio', 'audio'],
  ['sticker', 'sticker'],
]);

function contentOf(type: string, message: unknown): Content | undefined {
  if (type === 'text') {
    const part = take(textSchema, message);
    return part && { type: 'text', text: part.text };
  }
  if (type !== 'attachment') return { type: 'unsupported' };
  const file = take(attachmentSchema, message)?.attachment;
  if (!file) return undefined;
  const attachment: Attachment = { type: ATTACHMENT_TYPES.get(file.type) ?? 'file', url: file.url };
  if (file.mimeType) attachment.mimeType = file.mimeType;
  if (file.fileName) attachment.name = file.fileName;
  if (file.size !== undefined) attachment.size = file.size;
  return { type: 'attachment', attachments: [attachment] };
}

// What is sent

const answerSchema = z.object({ mId: id });

/** One thing a message, as it comes in: an attachment has no caption. */
function messageOf({ text, attachment }: Outgoing): Json {
  if (!attachment) return { type: 'text', text };
  if (text !== undefined || attachment.url === undefined) throw new SendError('unsupported');
  return { type: 'attachment', attachment: { type: attachment.type, url: attachment.url } };
}
