import { z } from 'zod';
import type {
  Attachment,
  Content,
  Group,
  ParsedEvent,
  Profile,
  SettledEvent,
  StoredEvent,
  Urn,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Outgoing } from './adapter.ts';
import { assertAccepted, type HttpResponse, readAnswer, SendError } from './http.ts';
import {
  apiBaseUrl,
  eachOf,
  hint,
  ignored,
  invalid,
  isObject,
  type Json,
  label,
  readJson,
  take,
} from './read.ts';
import { isOneOf, secretList, secretListOf, secretsOf } from './signature.ts';
import { contentOf, isService } from './telegram-content.ts';

/**
 * Telegram Bot API: one update for each delivery. https://core.telegram.org/bots/api#update
 *
 * - The sender (`from`) is the identity, never the chat: a block on one member of a group leaves the
 *   group alone. Who speaks as a chat (an anonymous administrator, a channel) is that chat: `from` is
 *   then an account that all of them share.
 * - `message_id` is unique in its chat only and an edit keeps it, so an event's id is the `update_id`
 *   and a message's is `CHAT/MESSAGE`.
 * - What a business account talks in its own name, with a bot connected to it, has ids of that
 *   account: `CONNECTION/CHAT/MESSAGE`. They are unique and both sides' are in the updates, so there
 *   they are the events' ids as well, and an answer finds its way back through the connection.
 * - Nothing is signed: who knows the secret is believed.
 */

/** https://core.telegram.org/bots/api#setwebhook, `secret_token`. */
const secretToken = secretListOf(
  z.string().regex(/^[A-Za-z0-9_-]{1,256}$/),
  '1 to 256 characters of A-Z, a-z, 0-9, _ and -',
);

const credentials = z.strictObject({ botToken: secretList, secretToken, apiBaseUrl });
export type TelegramCredentials = z.infer<typeof credentials>;

/** Telegram states no limit. A text is at most 4,096 characters; the rest is metadata. */
const BODY_LIMIT = 1024 * 1024;

const updateSchema = z.object({ update_id: z.int() });

export const telegram: ChannelAdapter<TelegramCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify({ headers }, { secretToken: secrets }) {
    const given = headers['x-telegram-bot-api-secret-token'];
    return typeof given === 'string' && isOneOf(given, secrets);
  },

  parse({ body }, { receivedAt }) {
    const update = readJson(body);
    if (update === undefined) return [invalid('not_json')];
    if (!isObject(update)) return [invalid('bad_envelope')];
    const envelope = take(updateSchema, update);
    if (!envelope) return [invalid('bad_envelope')];
    return readUpdate(update, { eventId: String(envelope.update_id), receivedAt });
  },

  reaches: (urn) => TARGET.test(urn),

  async send(message, { credentials, call, now }) {
    const { botToken, apiBaseUrl = 'https://api.telegram.org' } = credentials;
    const [method, content] = requestOf(message);
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/bot${secretsOf(botToken)[0]}/${method}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...connectionOf(message),
        chat_id: Number(message.to.slice('telegram:'.length)),
        ...content,
      }),
    });
    assertSent(response, now());
    return { messageId: idOf(readAnswer(answerSchema, response).result) };
  },
};

// Who and where it is

const TARGET = /^telegram:-?[1-9]\d{0,15}$/;

const userSchema = z.object({ id: z.int(), first_name: label, last_name: label });
const chatSchema = z.object({ id: z.int(), type: z.string().optional(), title: label });
type User = z.infer<typeof userSchema>;
type Chat = z.infer<typeof chatSchema>;

const GROUPS = new Set<string | undefined>(['group', 'supergroup']);

interface Place {
  identities: Urn[];
  profile: Profile;
  group?: Group;
}

const urnOf = ({ id }: User | Chat): Urn => `telegram:${id}`;

/** The speaker is the chat that a person speaks `as`, the person, or the chat when it is not said. */
function placeOf(chat: Chat, from: User | undefined, as?: Chat): Place {
  const place: Place =
    from && !as
      ? { identities: [urnOf(from)], profile: profileOf(from) }
      : { identities: [urnOf(as ?? chat)], profile: profileOf({ first_name: (as ?? chat).title }) };
  if (GROUPS.has(chat.type)) {
    place.group = { identity: urnOf(chat), ...(chat.title ? { name: chat.title } : {}) };
  }
  return place;
}

function profileOf({ first_name, last_name }: Omit<User, 'id'>): Profile {
  const profile: Profile = {};
  if (first_name) profile.firstName = first_name;
  if (last_name) profile.lastName = last_name;
  return profile;
}

// What happened

/** What an update is read with. */
interface Received {
  eventId: string;
  receivedAt: number;
}
type Read = (item: unknown, received: Received) => StoredEvent | SettledEvent | ParsedEvent[];

/**
 * A post is what a channel tells its readers, our own channel as a rule: nobody has written to us.
 * The others (members, polls, payments, …) are about people who have said nothing.
 */
const UPDATES: [key: string, read: Read][] = [
  ['message', readMessage],
  ['edited_message', readEdit],
  ['business_message', readBusiness],
  ['edited_business_message', readEdit],
  ['deleted_business_messages', readDeletions],
  ['message_reaction', readReaction],
  ['callback_query', readCallback],
  ['channel_post', () => ignored('channel_post')],
  ['edited_channel_post', () => ignored('channel_post')],
];

function readUpdate(update: Json, received: Received): ParsedEvent[] {
  const [key, read] = UPDATES.find(([key]) => Object.hasOwn(update, key)) ?? [];
  if (key === undefined || !read) return [ignored('other_update')];
  return [read(update[key], received)].flat();
}

// Messages

const connectionId = z.string().regex(/^[\w-]{1,128}$/);
/** A message by its ids alone. */
const namedSchema = z.object({
  message_id: z.int(),
  chat: chatSchema,
  business_connection_id: connectionId.optional(),
});
type Named = z.infer<typeof namedSchema>;

const messageSchema = namedSchema.extend({
  date: seconds(),
  edit_date: seconds().optional(),
  from: userSchema.optional(),
  sender_chat: chatSchema.optional(),
  sender_business_bot: z.unknown().optional(),
  reply_to_message: z
    .object({ message_id: z.int(), forum_topic_created: z.unknown().optional() })
    .optional()
    .catch(undefined),
});
type Message = z.infer<typeof messageSchema>;

const idOf = ({ business_connection_id, chat, message_id }: Named): string =>
  [...(business_connection_id ? [business_connection_id] : []), chat.id, message_id].join('/');

interface Said {
  message: Message;
  messageId: string;
  place: Place;
  content: Content;
  /** The business account itself wrote it, by hand or through a bot. */
  ours: boolean;
}

function readSaid(item: unknown): Said | SettledEvent {
  const message = take(messageSchema, item);
  if (!message || !isObject(item)) return invalid('bad_message');
  if (isService(item)) return ignored('service');
  const content = contentOf(item);
  if (!content) return invalid('bad_content');
  const { chat, from, sender_chat, sender_business_bot, business_connection_id: own } = message;
  const reply = message.reply_to_message;
  // All that is said in a topic answers, in this form, the message that opened it.
  if (reply && reply.forum_topic_created === undefined) {
    content.replyTo = idOf({ ...message, message_id: reply.message_id });
  }
  // A business account's chat is with the person that it is named after.
  const ours =
    own !== undefined &&
    (sender_business_bot !== undefined || (from !== undefined && from.id !== chat.id));
  const place = placeOf(chat, from, sender_chat);
  return { message, messageId: idOf(message), place, content, ours };
}

function readMessage(item: unknown, { eventId }: Received): StoredEvent | SettledEvent {
  const said = readSaid(item);
  if ('reason' in said) return said;
  const { message, messageId, place, content } = said;
  return { kind: 'message', eventId, messageId, at: message.date * 1000, ...place, content };
}

function readBusiness(item: unknown): StoredEvent | SettledEvent {
  const said = readSaid(item);
  if ('reason' in said) return said;
  const { message, messageId: eventId, place, content, ours } = said;
  if (message.business_connection_id === undefined) return invalid('bad_message');
  const at = message.date * 1000;
  if (ours) return { kind: 'echo', eventId, at, identities: [urnOf(message.chat)], content };
  return { kind: 'message', eventId, at, ...place, content };
}

function readEdit(item: unknown, { eventId }: Received): StoredEvent | SettledEvent {
  const said = readSaid(item);
  if ('reason' in said) return said;
  if (said.ours) return ignored('own_message');
  const { message, messageId, content } = said;
  const { profile: _, ...place } = said.place;
  const at = (message.edit_date ?? message.date) * 1000;
  return { kind: 'edit', eventId, at, messageId, ...place, content };
}

const deletedSchema = z.object({
  business_connection_id: connectionId,
  chat: chatSchema,
  message_ids: z.array(z.unknown()),
});
/** No list of ids in a body of ours has more. */
const MAX_DELETIONS = BODY_LIMIT / 2;

/** When they were deleted is not said. */
function readDeletions(item: unknown, { eventId, receivedAt }: Received): ParsedEvent[] {
  const deleted = take(deletedSchema, item);
  if (!deleted) return [invalid('bad_deletion')];
  const events: ParsedEvent[] = [];
  eachOf(deleted.message_ids, events, MAX_DELETIONS, (id) => {
    const message_id = take(z.int(), id);
    events.push(
      message_id === undefined
        ? invalid('bad_deletion')
        : {
            kind: 'deletion',
            eventId: `${eventId}:${message_id}`,
            at: receivedAt,
            messageId: idOf({ ...deleted, message_id }),
          },
    );
  });
  return events.length > 0 ? events : [ignored('empty')];
}

const reactionSchema = namedSchema.extend({
  date: seconds(),
  user: userSchema.optional(),
  actor_chat: chatSchema.optional(),
  new_reaction: z.array(z.object({ type: z.string(), emoji: hint })),
});

/** All reactions of one person to one message, as they are now. */
function readReaction(item: unknown, { eventId }: Received): StoredEvent | SettledEvent {
  const reaction = take(reactionSchema, item);
  if (!reaction) return invalid('bad_reaction');
  const { chat, user, actor_chat, date, new_reaction } = reaction;
  const emoji = new_reaction
    .map((one) => (one.type === 'paid' ? '⭐' : (one.emoji ?? '')))
    .join('');
  const content: Content = {
    // A picture of somebody's own has no text. Without any reaction it was taken back.
    type: emoji || new_reaction.length === 0 ? 'reaction' : 'unsupported',
    ...(emoji ? { text: emoji } : {}),
    replyTo: idOf(reaction),
  };
  const place = placeOf(chat, user, actor_chat);
  return { kind: 'message', eventId, at: date * 1000, ...place, content };
}

const callbackSchema = z.object({
  from: userSchema,
  data: hint,
  message: namedSchema.optional(),
});

/** A pressed button. It carries no time of its own: `message.date` is when the button was sent. */
function readCallback(
  item: unknown,
  { eventId, receivedAt }: Received,
): StoredEvent | SettledEvent {
  const query = take(callbackSchema, item);
  if (!query) return invalid('bad_callback');
  const { from, data, message } = query;
  const content: Content = {
    type: 'reply',
    ...(data ? { text: data } : {}),
    ...(message ? { replyTo: idOf(message) } : {}),
  };
  // Under a message that was sent through another bot's window there is no chat to be known.
  const place = placeOf(message?.chat ?? { id: from.id, title: undefined }, from);
  return { kind: 'message', eventId, at: receivedAt, ...place, content };
}

// What is sent

/** The method, and the field that has the file's address. https://core.telegram.org/bots/api#available-methods */
const METHODS = new Map<Attachment['type'], [method: string, field: string]>([
  ['image', ['sendPhoto', 'photo']],
  ['video', ['sendVideo', 'video']],
  ['audio', ['sendAudio', 'audio']],
  ['file', ['sendDocument', 'document']],
]);

function requestOf({ text, attachment }: Outgoing): [method: string, content: Json] {
  if (!attachment) return ['sendMessage', { text }];
  const [method, field] = METHODS.get(attachment.type) ?? [];
  if (method === undefined || field === undefined || attachment.url === undefined) {
    throw new SendError('unsupported');
  }
  return [method, { [field]: attachment.url, ...(text === undefined ? {} : { caption: text }) }];
}

/** Through a business account, when it was that account that the person wrote to. */
function connectionOf({ to, inReplyTo }: Outgoing): Json {
  const [connection, chat, message] = inReplyTo?.messageId.split('/') ?? [];
  if (message === undefined || `telegram:${chat}` !== to) return {};
  return { business_connection_id: connection };
}

const answerSchema = z.object({ ok: z.literal(true), result: namedSchema });
const refusalSchema = z.object({
  error_code: z.int(),
  parameters: z
    .object({ retry_after: z.int().nonnegative().optional() })
    .optional()
    .catch(undefined),
});

/** 403: the person has blocked the bot, or the group has put it out. 404: there is no such bot. */
const REFUSALS = new Map<number, number>([
  [403, 400],
  [404, 401],
]);

/** https://core.telegram.org/bots/api#making-requests: how long to wait is in the body. */
function assertSent(response: HttpResponse, now: number): void {
  const status = REFUSALS.get(response.status) ?? response.status;
  const refusal = take(refusalSchema, readJson(Buffer.from(response.body)));
  const wait = refusal?.parameters?.retry_after;
  const headers = wait === undefined ? {} : { 'retry-after': String(wait) };
  assertAccepted(
    { ...response, status, headers: { ...response.headers, ...headers } },
    now,
    refusal?.error_code.toString(),
  );
}

function seconds() {
  return z.int().nonnegative().max(99_999_999_999);
}
