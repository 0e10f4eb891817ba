import { z } from 'zod';
import type {
  Attachment,
  Content,
  Group,
  MessageStatus,
  ParsedEvent,
  Profile,
  SettledEvent,
  StoredEvent,
  Urn,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Outgoing } from './adapter.ts';
import { readAnswer, SendError } from './http.ts';
import {
  lines,
  MAX_EVENTS,
  metaAccount,
  metaCredentials,
  metaWebhook,
  postMessage,
  readEntries,
  SEEN,
} from './meta.ts';
import {
  eachOf,
  hint,
  id,
  ignored,
  invalid,
  isObject,
  type Json,
  label,
  MAX_ID,
  take,
} from './read.ts';

/**
 * WhatsApp Cloud API. A delivery may hold several accounts (`entry`), each several changes, each
 * several messages, echoes and statuses, of several senders and in any mixture.
 *
 * - messages: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
 * - statuses: …/webhooks/reference/messages/status
 * - what was taken back or changed: …/webhooks/reference/messages/revoke and …/edit
 * - groups: …/webhooks/reference/messages/group
 * - what another agent of the business leads: …/webhooks/reference/standby
 * - echoes of what was sent from the phone app: …/webhooks/reference/smb_message_echoes
 * - user ids: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
 *
 * **Identities.** A user id (`US.1349…`) is `whatsapp:US.1349…`; so is the parent user id
 * (`US.ENT.1181…`), which names the same person across linked business portfolios; a phone number is
 * `tel:+…`, shared with every phone channel. All that are given are kept, the user id first: the
 * phone number may be left out of later deliveries once the person has a user name. A group is
 * `whatsapp:group/ID`.
 */

const credentials = z.strictObject({ phoneNumberId: id, ...metaCredentials });
export type WhatsAppCredentials = z.infer<typeof credentials>;

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
const FIELDS = new Set<unknown>(['messages', 'smb_message_echoes', 'standby']);

export const whatsapp: ChannelAdapter<WhatsAppCredentials> = {
  credentials,
  ...metaWebhook,

  account: (given) => metaAccount(given, given.phoneNumberId),

  parse: ({ body }) =>
    readEntries(body, 'whatsapp_business_account', ({ changes }, events) => {
      if (Array.isArray(changes)) {
        eachOf(changes, events, MAX_EVENTS, (change) => readChange(change, events));
      } else events.push(invalid('bad_entry'));
    }),

  reaches: (urn) => urn.startsWith('whatsapp:') || urn.startsWith('tel:'),

  async send(message, context) {
    const request = {
      messaging_product: 'whatsapp',
      ...recipientOf(message.to),
      ...wordsOrFile(message),
      // Comes back with the statuses.
      biz_opaque_callback_data: message.key,
    };
    const response = await postMessage(context.credentials.phoneNumberId, request, context);
    return { messageId: readAnswer(answerSchema, response).messages[0].id };
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

/** Meta always tells it. An event without one is kept only where there is a single channel for it. */
function accountOf({ metadata }: Json): string | undefined {
  const account = isObject(metadata) ? metadata.phone_number_id : undefined;
  return typeof account === 'string' && account !== '' ? account : undefined;
}

function readMessage(item: Json, contacts: Contacts): StoredEvent | SettledEvent {
  // WhatsApp's own notice, such as a changed number: the person has said nothing.
  if (item.type === 'system') return ignored('system');
  if (item.type === 'revoke') return readRevoke(item);
  const message = take(messageSchema, item);
  if (!message) return invalid('bad_message');
  const { from, from_user_id, from_parent_user_id } = message;
  const contact = find(contacts, from_user_id, from);
  const identities = identitiesOf(from_user_id, from_parent_user_id, from, contact);
  const group = groupOf(item);
  if (identities.length === 0 && group) identities.push(group.identity);
  if (identities.length === 0) return invalid('no_sender');
  const timed = { eventId: message.id, at: Number(message.timestamp) * 1000 };
  const where = group && { group };
  if (item.type === 'edit') {
    const edit = editOf(item.edit);
    if (!edit) return invalid('bad_edit');
    return { kind: 'edit', ...timed, ...edit, identities, ...where };
  }
  const content = contentOf(item, message.type);
  if (!content) return invalid('bad_content');
  const profile = profileOf(identities, contact);
  return { kind: 'message', ...timed, identities, profile, content, ...where };
}

function readEcho(item: Json, contacts: Contacts): StoredEvent | SettledEvent {
  if (item.type === 'revoke') return readRevoke(item);
  // New words of ours: only a contact's are kept as an edit.
  if (item.type === 'edit') return ignored('own_edit');
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

const revokeSchema = z.object({
  id,
  timestamp: seconds,
  revoke: z.object({ original_message_id: id }),
});

function readRevoke(item: Json): StoredEvent | SettledEvent {
  const taken = take(revokeSchema, item);
  if (!taken) return invalid('bad_revoke');
  const { id: eventId, timestamp, revoke } = taken;
  const at = Number(timestamp) * 1000;
  return { kind: 'deletion', eventId, at, messageId: revoke.original_message_id };
}

const editSchema = z.object({
  original_message_id: id,
  message: z.looseObject({ type: z.string() }),
});

/** Which message, and all that it now says: with its media, also when only the caption is new. */
function editOf(part: unknown): { messageId: string; content: Content } | undefined {
  const edit = take(editSchema, part);
  const content = edit && contentOf(edit.message, edit.message.type);
  return content && { messageId: edit.original_message_id, content };
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
/** Whatever is not a phone number is an id of WhatsApp's. */
function addressUrn(address: string): Urn | undefined {
  const phone = PHONE.exec(address);
  return phone ? `tel:+${phone[1]}` : userUrn(address);
}

const userUrn = (userId: string): Urn | undefined =>
  SEEN.test(userId) ? `whatsapp:${userId}` : undefined;

const GROUP = 'group/';

function groupOf({ group_id }: Json): Group | undefined {
  if (typeof group_id !== 'string' || group_id.length > MAX_ID || !SEEN.test(group_id)) return;
  return { identity: `whatsapp:${GROUP}${group_id}` };
}

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

/**
 * The part of a message that has its type's name, and what it answers; `undefined` when a known kind
 * cannot be read. `errors` of an unsupported one say no more than that it is.
 */
function contentOf(item: Json, type: string | undefined): Content | undefined {
  const reader = type === undefined ? undefined : READERS.get(type);
  const content = type !== undefined && reader ? reader(item[type]) : UNSUPPORTED;
  if (!content || item.context === undefined || content.replyTo !== undefined) return content;
  const replyTo = take(contextSchema, item.context)?.id;
  return replyTo === undefined ? content : { ...content, replyTo };
}

const maybeId = id.optional().catch(undefined);
const contextSchema = z.object({ id: maybeId });
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
const amount = z.number().optional().catch(undefined);
const reactionSchema = z.object({ message_id: maybeId, emoji: hint });
const orderSchema = z.object({
  text: hint,
  product_items: z
    .array(
      z.object({
        product_retailer_id: hint,
        quantity: amount,
        item_price: amount,
        currency: hint,
      }),
    )
    .catch([]),
});

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
      if (!reaction) return undefined;
      const content: Content = { type: 'reaction' };
      if (reaction.emoji) content.text = reaction.emoji;
      if (reaction.message_id) content.replyTo = reaction.message_id;
      return content;
    },
  ],
  [
    'order',
    (part) => {
      const order = take(orderSchema, part);
      if (!order) return undefined;
      const items = order.product_items.map(({ product_retailer_id: product, ...item }) =>
        product === undefined
          ? undefined
          : [`${item.quantity ?? 1} × ${product}`, item.item_price, item.currency]
              .filter((word) => word !== undefined)
              .join(' '),
      );
      const text = lines(order.text, ...items);
      return text ? { type: 'text', text } : UNSUPPORTED;
    },
  ],
]);

// What is sent: https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/message-api

const answerSchema = z.object({ messages: z.tuple([z.object({ id })]).rest(z.unknown()) });

/** `US.1349…`, also of a parent (`US.ENT.1181…`). */
const USER_ID = /^[A-Z]{2}\./;

/** A phone number or a group is `to`, a user id `recipient`. */
function recipientOf(urn: Urn): Json {
  const name = urn.slice(urn.indexOf(':') + 1);
  if (name.startsWith(GROUP)) return { recipient_type: 'group', to: name.slice(GROUP.length) };
  return { recipient_type: 'individual', [USER_ID.test(name) ? 'recipient' : 'to']: name };
}

const SENT_AS = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'document',
  sticker: 'sticker',
};
const WITH_CAPTION = new Set(['image', 'video', 'document']);

function wordsOrFile({ text, attachment }: Outgoing): Json {
  if (!attachment) {
    if (!text) throw new SendError('unsupported');
    return { type: 'text', text: { body: text } };
  }
  const { url: link, name } = attachment;
  const type = SENT_AS[attachment.type];
  if (link === undefined || (text && !WITH_CAPTION.has(type))) throw new SendError('unsupported');
  const file = {
    link,
    ...(text && { caption: text }),
    ...(name && type === 'document' && { filename: name }),
  };
  return { type, [type]: file };
}
