import { z } from 'zod';
import type {
  Attachment,
  Content,
  MessageStatus,
  ParsedEvent,
  Profile,
  SettledEvent,
  StoredEvent,
  Urn,
} from '../models/event.ts';
import type { ChannelAdapter } from './adapter.ts';
import { SendError } from './http.ts';
import { hasMetaSignature, metaChallenge, signerOf } from './meta.ts';
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
  take,
} from './read.ts';
import { secretList } from './signature.ts';

/**
 * WhatsApp Cloud API. A delivery may hold several accounts (`entry`), each several changes, each
 * several messages, echoes and statuses, of several senders and in any mixture.
 *
 * - messages: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
 * - statuses: …/webhooks/reference/messages/status
 * - echoes of what was sent from the phone app: …/webhooks/reference/smb_message_echoes
 * - user ids: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
 *
 * **Identities.** A user id (`US.1349…`) is `whatsapp:US.1349…`; so is the parent user id
 * (`US.ENT.1181…`), which names the same person across linked business portfolios; a phone number is
 * `tel:+…`, shared with every phone channel. All that are given are kept, the user id first: the
 * phone number may be left out of later deliveries once the person has a user name.
 */

const credentials = z.strictObject({
  phoneNumberId: id,
  appId: id,
  appSecret: secretList,
  verifyToken: secretList,
  accessToken: secretList,
  apiBaseUrl,
});
export type WhatsAppCredentials = z.infer<typeof credentials>;

/**
 * "Webhooks payloads can be up to 3MB":
 * https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks. One more, for what they count as
 * a megabyte.
 */
const BODY_LIMIT = 4 * 1024 * 1024;

/** No valid event is shorter: `{"id":"x","status":"x","timestamp":"1"}`. */
const MAX_EVENTS = BODY_LIMIT / 32;

/** Seconds since 1970: a string in messages and statuses; the page on echoes calls it an integer. */
const seconds = z.union([
  z.string().regex(/^\d{1,11}$/),
  z.int().nonnegative().max(99_999_999_999),
]);

/** `from` and `to` are a phone number or, for who has none to show, a user id. */
const messageSchema = z.object({
  id,
  timestamp: seconds,
  type: z.string().optional(),
  from: id.nullish(),
  from_user_id: id.nullish(),
  from_parent_user_id: id.nullish(),
});
const echoSchema = z.object({
  id,
  timestamp: seconds,
  type: z.string().optional(),
  to: id.nullish(),
  to_user_id: id.nullish(),
  to_parent_user_id: id.nullish(),
});
const statusSchema = z.object({ id, timestamp: seconds, status: z.string() });
const contactSchema = z.object({
  wa_id: hint,
  user_id: hint,
  parent_user_id: hint,
  profile: z.object({ name: label }).optional().catch(undefined),
});
type Contact = z.infer<typeof contactSchema>;

/**
 * `played`: the recipient played our voice message, which is more than read. `delivered` is left out
 * when a message was read at once. Both from the page on statuses.
 */
const STATUSES = new Map<string, MessageStatus>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['played', 'read'],
  ['failed', 'failed'],
]);

/** Changes that carry messages; the others (templates, account, history, …) have nothing for the inbox. */
const FIELDS = new Set<unknown>(['messages', 'smb_message_echoes']);

export const whatsapp: ChannelAdapter<WhatsAppCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify: (delivery, { appSecret }) => hasMetaSignature(delivery, appSecret),

  challenge: (delivery, { verifyToken }) => metaChallenge(delivery, verifyToken),

  account: ({ appId, phoneNumberId, appSecret }) => ({
    appId,
    accountId: phoneNumberId,
    signer: signerOf(appSecret),
  }),

  parse({ body }) {
    const envelope = readJson(body);
    if (envelope === undefined) return [invalid('not_json')];
    if (!isObject(envelope) || !Array.isArray(envelope.entry)) return [invalid('bad_envelope')];
    if (envelope.object !== 'whatsapp_business_account') return [ignored('other_object')];

    const events: ParsedEvent[] = [];
    eachOf(envelope.entry, events, MAX_EVENTS, (entry) => {
      if (!isObject(entry) || !Array.isArray(entry.changes)) {
        events.push(invalid('bad_entry'));
        return;
      }
      eachOf(entry.changes, events, MAX_EVENTS, (change) => readChange(change, events));
    });
    return events.length > 0 ? events : [ignored('empty')];
  },

  reaches: (urn) => urn.startsWith('whatsapp:') || urn.startsWith('tel:'),

  async send() {
    throw new SendError('unsupported');
  },
};

function readChange(change: unknown, events: ParsedEvent[]): void {
  if (!isObject(change)) {
    events.push(invalid('bad_change'));
    return;
  }
  if (!FIELDS.has(change.field)) {
    events.push(ignored('other_field'));
    return;
  }
  const { value } = change;
  if (!isObject(value)) {
    events.push(invalid('bad_change'));
    return;
  }
  const first = events.length;
  const contacts = indexContacts(value.contacts);
  const items = (list: unknown, read: (item: Json) => StoredEvent | SettledEvent) =>
    eachOf(list, events, MAX_EVENTS, (item) =>
      events.push(isObject(item) ? read(item) : invalid('bad_item')),
    );
  items(value.messages, (item) => readMessage(item, contacts));
  items(value.message_echoes, (item) => readEcho(item, contacts));
  items(value.statuses, readStatus);
  // Errors that belong to no message of ours or theirs.
  if (value.errors !== undefined) events.push(ignored('provider_error'));
  if (events.length === first) events.push(ignored('empty'));

  const account = accountOf(value);
  if (account === undefined) return;
  for (let i = first; i < events.length; i++) (events[i] as ParsedEvent).account = account;
}

/** Without it a delivery to an app's address belongs to no channel; one to a channel's address does. */
function accountOf({ metadata }: Json): string | undefined {
  const account = isObject(metadata) ? metadata.phone_number_id : undefined;
  return typeof account === 'string' && account !== '' ? account : undefined;
}

function readMessage(item: Json, contacts: Contacts): StoredEvent | SettledEvent {
  // WhatsApp's own notice, such as a changed number: the person has said nothing.
  if (item.type === 'system') return ignored('system');
  const message = take(messageSchema, item);
  if (!message) return invalid('bad_message');
  const { from, from_user_id, from_parent_user_id } = message;
  const contact = find(contacts, from_user_id, from);
  const identities = identitiesOf(from_user_id, from_parent_user_id, from, contact);
  if (identities.length === 0) return invalid('no_sender');
  const content = contentOf(item, message.type);
  if (!content) return invalid('bad_content');
  const profile = profileOf(identities, contact);
  const at = Number(message.timestamp) * 1000;
  return { kind: 'message', eventId: message.id, at, identities, profile, content };
}

function readEcho(item: Json, contacts: Contacts): StoredEvent | SettledEvent {
  const echo = take(echoSchema, item);
  if (!echo) return invalid('bad_echo');
  const { to, to_user_id, to_parent_user_id } = echo;
  const contact = find(contacts, to_user_id, to);
  const identities = identitiesOf(to_user_id, to_parent_user_id, to, contact);
  if (identities.length === 0) return invalid('no_recipient');
  const content = contentOf(item, echo.type);
  if (!content) return invalid('bad_content');
  return { kind: 'echo', eventId: echo.id, at: Number(echo.timestamp) * 1000, identities, content };
}

function readStatus(item: Json): StoredEvent | SettledEvent {
  const update = take(statusSchema, item);
  if (!update) return invalid('bad_status');
  const status = STATUSES.get(update.status);
  if (!status) return ignored('other_status');
  return {
    kind: 'status',
    eventId: `${update.id}:${update.status}`,
    at: Number(update.timestamp) * 1000,
    messageId: update.id,
    status,
  };
}

// Senders

type Contacts = ReadonlyMap<string, Contact> | undefined;

/** `contacts` by phone number and by user id: their order says nothing about that of the messages. */
function indexContacts(list: unknown): Contacts {
  if (!Array.isArray(list)) return undefined;
  const contacts = new Map<string, Contact>();
  for (const item of list) {
    const contact = isObject(item) ? take(contactSchema, item) : undefined;
    if (contact?.wa_id) contacts.set(contact.wa_id, contact);
    if (contact?.user_id) contacts.set(contact.user_id, contact);
  }
  return contacts;
}

const find = (
  contacts: Contacts,
  userId: string | null | undefined,
  address: string | null | undefined,
): Contact | undefined =>
  (userId ? contacts?.get(userId) : undefined) ?? (address ? contacts?.get(address) : undefined);

/** The number of a person: digits, in echoes and by some senders with a `+`. */
const PHONE = /^\+?([1-9]\d{4,14})$/;
/** Anything that can be part of a URN: nothing that is blank or not to be seen. */
const SEEN = /^[^\s\p{C}]+$/u;

/** Whatever is not a phone number is an id of WhatsApp's. */
function addressUrn(address: string): Urn | undefined {
  const phone = PHONE.exec(address);
  return phone ? `tel:+${phone[1]}` : userUrn(address);
}

const userUrn = (userId: string): Urn | undefined =>
  SEEN.test(userId) ? `whatsapp:${userId}` : undefined;

/** All that is known of the person, once each. No closures and no copies: every message comes by. */
function identitiesOf(
  userId: string | null | undefined,
  parentId: string | null | undefined,
  address: string | null | undefined,
  contact: Contact | undefined,
): Urn[] {
  const urns: Urn[] = [];
  const user = userId ?? contact?.user_id;
  const parent = parentId ?? contact?.parent_user_id;
  if (user) add(urns, userUrn(user));
  if (parent) add(urns, userUrn(parent));
  if (address) add(urns, addressUrn(address));
  if (contact?.wa_id && contact.wa_id !== address) add(urns, addressUrn(contact.wa_id));
  return urns;
}

function add(urns: Urn[], urn: Urn | undefined): void {
  if (urn !== undefined && !urns.includes(urn)) urns.push(urn);
}

/** WhatsApp gives one name, not two. */
function profileOf(urns: Urn[], contact: Contact | undefined): Profile {
  const name = contact?.profile?.name;
  const profile: Profile = {};
  if (name) profile.firstName = name;
  for (const urn of urns) {
    if (urn.startsWith('tel:')) profile.phone = urn.slice('tel:'.length);
  }
  return profile;
}

// Content

const UNSUPPORTED: Content = { type: 'unsupported' };

/** The part of a message that has its type's name; `undefined` when a known kind cannot be read. */
function contentOf(item: Json, type: string | undefined): Content | undefined {
  const reader = type === undefined ? undefined : READERS.get(type);
  return type !== undefined && reader ? reader(item[type]) : UNSUPPORTED;
}

const textSchema = z.object({ body: z.string() });
const mediaSchema = z.object({ id, mime_type: hint, filename: hint, caption: hint });
const locationSchema = z.object({
  latitude: z.number(),
  longitude: z.number(),
  name: hint,
  address: hint,
});
const cardSchema = z.object({
  name: z.object({ formatted_name: hint }).optional().catch(undefined),
  phones: z
    .array(z.object({ phone: hint }))
    .optional()
    .catch(undefined),
});
const interactiveSchema = z.object({
  type: z.string(),
  button_reply: z.object({ title: z.string() }).optional(),
  list_reply: z.object({ title: z.string() }).optional(),
  nfm_reply: z.object({ body: hint }).optional(),
});
const buttonSchema = z.object({ text: z.string() });
const reactionSchema = z.object({ emoji: hint });

const media =
  (type: Attachment['type']) =>
  (part: unknown): Content | undefined => {
    const file = take(mediaSchema, part);
    if (!file) return undefined;
    const attachment: Attachment = { type, id: file.id };
    if (file.mime_type) attachment.mimeType = file.mime_type;
    if (file.filename) attachment.name = file.filename;
    const content: Content = { type: 'attachment', attachments: [attachment] };
    if (file.caption) content.text = file.caption;
    return content;
  };

const READERS = new Map<string, (part: unknown) => Content | undefined>([
  [
    'text',
    (part) => {
      const text = take(textSchema, part);
      return text && { type: 'text', text: text.body };
    },
  ],
  ['image', media('image')],
  ['video', media('video')],
  ['audio', media('audio')],
  ['voice', media('audio')],
  ['document', media('file')],
  ['sticker', media('sticker')],
  [
    'location',
    (part) => {
      const place = take(locationSchema, part);
      if (!place) return undefined;
      const position = `${place.latitude},${place.longitude}`;
      return { type: 'location', text: lines(place.name, place.address, position) };
    },
  ],
  [
    'contacts',
    (part) => {
      const cards = take(z.array(cardSchema), part);
      if (!cards) return undefined;
      const text = lines(
        ...cards.flatMap((card) => [
          card.name?.formatted_name,
          ...(card.phones ?? []).map(({ phone }) => phone),
        ]),
      );
      return { type: 'contacts', text };
    },
  ],
  [
    'interactive',
    (part) => {
      const reply = take(interactiveSchema, part);
      if (!reply) return undefined;
      if (reply.button_reply) return { type: 'reply', text: reply.button_reply.title };
      if (reply.list_reply) return { type: 'reply', text: reply.list_reply.title };
      if (!reply.nfm_reply) return UNSUPPORTED;
      return { type: 'reply', ...(reply.nfm_reply.body ? { text: reply.nfm_reply.body } : {}) };
    },
  ],
  [
    'button',
    (part) => {
      const button = take(buttonSchema, part);
      return button && { type: 'reply', text: button.text };
    },
  ],
  [
    // Without an emoji a reaction was taken back.
    'reaction',
    (part) => {
      const reaction = take(reactionSchema, part);
      return reaction && { type: 'reaction', ...(reaction.emoji ? { text: reaction.emoji } : {}) };
    },
  ],
]);

const lines = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join('\n');
