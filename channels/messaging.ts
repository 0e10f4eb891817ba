import { z } from 'zod';
import type {
  Attachment,
  Content,
  ParsedEvent,
  SettledEvent,
  StoredEvent,
  Urn,
} from '../models/delivery/event.ts';
import type { Outgoing, SendContext, Sent } from './adapter.ts';
import { readAnswer, SendError } from './http.ts';
import { lines, MAX_EVENTS, type MetaCredentials, postMessage, readEntries, SEEN } from './meta.ts';
import { eachOf, hint, id, ignored, invalid, isObject, type Json, take } from './read.ts';

/**
 * The dialect that Messenger and Instagram share: `entry[]`, each of one account, with `messaging[]`
 * (or `standby[]`, when another app leads the conversation), each item one thing that happened.
 *
 * - https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
 * - https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks
 *
 * **Ids.** A message has one (`mid`). What happens to it later does not: its event's id is made of
 * the message's, of what happened and, where it may happen again, of when.
 */
export interface Dialect {
  object: 'page' | 'instagram';
  /** `messenger:PSID` or `instagram:IGSID`: who a person is to this account alone. */
  scheme: 'messenger' | 'instagram';
}

export function parseMessaging(
  body: Buffer,
  receivedAt: number,
  { object, scheme }: Dialect,
): ParsedEvent[] {
  return readEntries(body, object, (entry, events) => {
    const { id: account } = entry;
    if (typeof account !== 'string' || account === '') {
      events.push(invalid('bad_entry'));
      return;
    }
    const first = events.length;
    const from: Entry = { account, scheme, at: millisecondsOf(entry.time) ?? receivedAt };
    const read = (item: unknown) => {
      if (isObject(item)) readItem(item, from, events);
      else events.push(invalid('bad_item'));
    };
    eachOf(entry.messaging, events, MAX_EVENTS, read);
    eachOf(entry.standby, events, MAX_EVENTS, read);
    eachOf(entry.changes, events, MAX_EVENTS, (change) => {
      if (!isObject(change)) events.push(invalid('bad_change'));
      else if (isMessaging(change.field)) read(change.value);
      else events.push(ignored('other_field'));
    });
    if (events.length === first) events.push(ignored('empty'));
    for (let i = first; i < events.length; i++) (events[i] as ParsedEvent).account = account;
  });
}

/**
 * Instagram's dashboard tests with `changes` (of an account `0`) what it sends as `messaging`. The
 * other fields are of posts and comments.
 */
const isMessaging = (field: unknown): boolean =>
  typeof field === 'string' && /^(messages?|messaging|standby)(_|$)/.test(field);

interface Entry {
  account: string;
  scheme: Dialect['scheme'];
  /** When Meta sent this, in milliseconds. */
  at: number;
}

/** A number, or one as text. "Sometimes" it is in seconds, and always in Instagram's test. */
const timeSchema = z.union([
  z.int().nonnegative().max(8.64e15),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);
/** 1973 in milliseconds, the year 5138 in seconds. */
const SECONDS_BELOW = 1e11;

function millisecondsOf(value: unknown): number | undefined {
  const time = take(timeSchema, value);
  return time !== undefined && time < SECONDS_BELOW ? time * 1000 : time;
}

// Who

/** Meta's are below 200 characters; ours are made of them and may have 512. */
const shortId = id.max(400);
const maybeId = shortId.optional().catch(undefined);
const partySchema = z.object({ id: maybeId, user_ref: maybeId });

/** A website's visitor who has no id yet has a `user_ref`, which can be answered as well. */
const USER_REF = 'user_ref/';

function urnOf(party: unknown, { scheme }: Entry): Urn | undefined {
  const { id, user_ref } = take(partySchema, party) ?? {};
  const name = id ?? (user_ref && USER_REF + user_ref);
  return name && SEEN.test(name) ? `${scheme}:${name}` : undefined;
}

const isOwn = ({ sender }: Json, { account }: Entry): boolean =>
  isObject(sender) && sender.id === account;

// What happened

/** One item of `messaging[]`, and whose. */
interface Happening {
  item: Json;
  from: Entry;
  at: number;
}

type Read = (part: Json, happening: Happening) => StoredEvent | SettledEvent;

/** Nothing for the inbox: what an app or a page arranges, and where a person came from. */
const NOT_FOR_THE_INBOX = [
  'optin',
  'referral',
  'account_linking',
  'pass_thread_control',
  'take_thread_control',
  'request_thread_control',
  'app_roles',
];

function readItem(item: Json, from: Entry, events: ParsedEvent[]): void {
  const happening = { item, from, at: millisecondsOf(item.timestamp) ?? from.at };
  const { delivery } = item;
  if (isObject(delivery) && Array.isArray(delivery.mids) && delivery.mids.length > 0) {
    eachOf(delivery.mids, events, MAX_EVENTS, (mid) =>
      events.push(statusOf(mid, 'delivered', happening)),
    );
    return;
  }
  for (const [key, read] of READERS) {
    const part = item[key];
    if (part === undefined) continue;
    events.push(isObject(part) ? read(part, happening) : invalid('bad_item'));
    return;
  }
  events.push(ignored(NOT_FOR_THE_INBOX.find((key) => key in item) ?? 'other_event'));
}

const flag = z.union([z.boolean(), z.stringbool()]).optional().catch(undefined);
const messageSchema = z.object({
  mid: shortId,
  is_echo: flag,
  is_deleted: flag,
  is_unsupported: flag,
});

const readMessage: Read = (part, { item, from, at }) => {
  const message = take(messageSchema, part);
  if (!message) return invalid('bad_message');
  const { mid: eventId } = message;
  if (message.is_deleted) {
    return { kind: 'deletion', eventId: `${eventId}:deleted`, at, messageId: eventId };
  }
  // What the account itself wrote: its sender and its recipient are the other way round.
  const kind = message.is_echo || isOwn(item, from) ? 'echo' : 'message';
  const urn = urnOf(kind === 'echo' ? item.recipient : item.sender, from);
  if (!urn) return invalid(kind === 'echo' ? 'no_recipient' : 'no_sender');
  const content: Content = message.is_unsupported ? { type: 'unsupported' } : contentOf(part);
  return { kind, eventId, at, identities: [urn], content };
};

const editSchema = z.object({
  mid: shortId,
  text: hint,
  num_edit: z
    .union([z.int(), z.string().max(10)])
    .optional()
    .catch(undefined),
});

const readEdit: Read = (part, { item, from, at }) => {
  const edit = take(editSchema, part);
  if (!edit) return invalid('bad_edit');
  if (isOwn(item, from)) return ignored('own_event');
  if (edit.text === undefined) return ignored('no_text');
  const urn = urnOf(item.sender, from);
  if (!urn) return invalid('no_sender');
  return {
    kind: 'edit',
    eventId: `${edit.mid}:edit:${edit.num_edit ?? at}`,
    at,
    messageId: edit.mid,
    identities: [urn],
    content: { type: 'text', text: edit.text },
  };
};

const postbackSchema = z.object({ mid: maybeId, title: hint, payload: hint });

/** A pressed button. Before version 11 it has no id; on standby, no payload. */
const readPostback: Read = (part, { item, from, at }) => {
  const postback = take(postbackSchema, part);
  const urn = urnOf(item.sender, from);
  if (!postback) return invalid('bad_postback');
  if (!urn) return invalid('no_sender');
  const text = postback.title ?? postback.payload;
  return {
    kind: 'message',
    eventId: postback.mid ?? `${urn}:postback:${at}`,
    at,
    identities: [urn],
    content: { type: 'reply', ...(text && { text }) },
  };
};

const reactionSchema = z.object({ mid: shortId, action: z.string(), emoji: hint, reaction: hint });

/** `reaction` is the kind of emoji (`love`), for those that have none. */
const readReaction: Read = (part, { item, from, at }) => {
  const reaction = take(reactionSchema, part);
  if (!reaction) return invalid('bad_reaction');
  if (isOwn(item, from)) return ignored('own_event');
  const { mid, action } = reaction;
  if (action !== 'react' && action !== 'unreact') return ignored('other_reaction');
  const urn = urnOf(item.sender, from);
  if (!urn) return invalid('no_sender');
  const text = action === 'react' ? (reaction.emoji ?? reaction.reaction) : undefined;
  return {
    kind: 'message',
    eventId: `${mid}:${action}:${at}`,
    at,
    identities: [urn],
    content: { type: 'reaction', replyTo: mid, ...(text && { text }) },
  };
};

/** Messenger tells up to when; Instagram which message, and so may Messenger for what was delivered. */
const receipt =
  (status: 'delivered' | 'read'): Read =>
  (part, happening) => {
    const { item, from, at } = happening;
    if (isOwn(item, from)) return ignored('own_event');
    if (part.mid !== undefined) return statusOf(part.mid, status, happening);
    const until = millisecondsOf(part.watermark);
    const urn = urnOf(item.sender, from);
    if (until === undefined) return invalid('bad_status');
    if (!urn) return invalid('no_sender');
    const eventId = `${urn}:${status}:${until}`;
    return { kind: 'watermark', eventId, at, identities: [urn], status, until };
  };

function statusOf(
  given: unknown,
  status: 'delivered' | 'read',
  { at }: Happening,
): StoredEvent | SettledEvent {
  const messageId = take(shortId, given);
  if (messageId === undefined) return invalid('bad_status');
  return { kind: 'status', eventId: `${messageId}:${status}`, at, messageId, status };
}

const READERS: [key: string, read: Read][] = [
  ['message', readMessage],
  ['message_edit', readEdit],
  ['postback', readPostback],
  ['reaction', readReaction],
  ['delivery', receipt('delivered')],
  ['read', receipt('read')],
];

// Content

/** Only an address that a browser may follow: agents click on it. */
const link = z
  .url({ protocol: /^https?$/ })
  .max(4096)
  .optional()
  .catch(undefined);
const elementsSchema = z
  .array(z.object({ title: hint, subtitle: hint }))
  .optional()
  .catch(undefined);
const payloadSchema = z.object({
  url: link,
  title: hint,
  text: hint,
  sticker_id: z.union([z.number(), z.string()]).optional().catch(undefined),
  coordinates: z.object({ lat: z.number(), long: z.number() }).optional().catch(undefined),
  elements: elementsSchema,
  product: z.object({ elements: elementsSchema }).optional().catch(undefined),
});
type Payload = z.infer<typeof payloadSchema>;
const attachmentSchema = z.object({
  type: z.string(),
  title: hint,
  url: link,
  payload: payloadSchema.optional().catch(undefined),
});
/** More than a person can send at once. */
const MOST_ATTACHMENTS = 50;

/** What an attachment is to us: something to open, or words. */
interface Part {
  attachment?: Attachment;
  text?: string;
  isPlace?: boolean;
}

const MEDIA = new Map<string, Attachment['type']>([
  ['image', 'image'],
  ['video', 'video'],
  ['audio', 'audio'],
  ['file', 'file'],
  ['sticker', 'sticker'],
]);

function partOf(item: unknown): Part {
  const given = take(attachmentSchema, item);
  if (!given) return {};
  const payload: Partial<Payload> = given.payload ?? {};
  const title = given.title ?? payload.title;
  const url = payload.url ?? given.url;
  switch (given.type) {
    case 'location': {
      if (!payload.coordinates) return {};
      const { lat, long } = payload.coordinates;
      return { text: lines(title, `${lat},${long}`), isPlace: true };
    }
    // The preview of a link.
    case 'fallback':
      return { text: lines(title, url) };
    case 'template': {
      const elements = payload.elements ?? payload.product?.elements ?? [];
      const said = elements.flatMap((element) => [element.title, element.subtitle]);
      return { text: lines(title, payload.text, ...said) };
    }
    case 'like_heart':
      return { text: '❤️' };
    default:
      return url === undefined ? {} : { attachment: attachmentOf(given.type, url, title, payload) };
  }
}

/** Shares, posts, reels, stories: a page or a file of any kind, the address does not say. */
function attachmentOf(
  kind: string,
  url: string,
  name: string | undefined,
  { sticker_id }: Partial<Payload>,
): Attachment {
  const type = sticker_id === undefined ? (MEDIA.get(kind) ?? 'file') : 'sticker';
  return name === undefined ? { type, url } : { type, url, name };
}

const replySchema = z.object({ mid: maybeId, story: z.object({ id: maybeId }).optional() });

function contentOf(message: Json): Content {
  const items = Array.isArray(message.attachments) ? message.attachments : [];
  const parts = items.slice(0, MOST_ATTACHMENTS).map(partOf);
  const attachments = parts.flatMap(({ attachment }) => attachment ?? []);
  // The words of a preview are in the text already.
  const text = take(hint, message.text) ?? lines(...parts.map((part) => part.text));
  const content: Content = { type: 'unsupported' };
  if (message.quick_reply !== undefined) content.type = 'reply';
  else if (attachments.length > 0) content.type = 'attachment';
  else if (parts.some(({ isPlace }) => isPlace)) content.type = 'location';
  else if (text) content.type = 'text';
  if (text) content.text = text;
  if (attachments.length > 0) content.attachments = attachments;
  const reply = take(replySchema, message.reply_to);
  const replyTo = reply?.mid ?? reply?.story?.id;
  if (replyTo) content.replyTo = replyTo;
  return content;
}

// What is sent

const answerSchema = z.object({ message_id: id });

/** To whom, and text or one attachment by address: neither provider has captions. */
export const requestOf = (message: Outgoing, { scheme }: Dialect) => ({
  recipient: recipientOf(message.to.slice(scheme.length + 1)),
  message: wordsOrFile(message),
});

export async function sendMessaging(
  accountId: string,
  request: Json,
  context: SendContext<MetaCredentials>,
): Promise<Sent> {
  const response = await postMessage(accountId, request, context);
  return { messageId: readAnswer(answerSchema, response).message_id };
}

const recipientOf = (name: string): Json =>
  name.startsWith(USER_REF) ? { user_ref: name.slice(USER_REF.length) } : { id: name };

function wordsOrFile({ text, attachment }: Outgoing): Json {
  if (!attachment) {
    if (!text) throw new SendError('unsupported');
    return { text };
  }
  if (text || attachment.url === undefined) throw new SendError('unsupported');
  // Theirs are sent by number, ours is a picture.
  const type = attachment.type === 'sticker' ? 'image' : attachment.type;
  return { attachment: { type, payload: { url: attachment.url } } };
}
