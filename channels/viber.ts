import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  MessageStatus,
  ParsedEvent,
  SettledEvent,
  StoredEvent,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Outgoing } from './adapter.ts';
import { readExactJson } from './exact-json.ts';
import { assertAccepted, type HttpResponse, SendError } from './http.ts';
import {
  apiBaseUrl,
  hint,
  ignored,
  invalid,
  isObject,
  type Json,
  label,
  lines,
  size,
  take,
  webAddress,
} from './read.ts';
import { sameText, secretList, secretsOf } from './signature.ts';

/**
 * Viber bots: one event for each delivery. https://developers.viber.com/docs/api/rest-bot-api/
 *
 * - `message_token` is a number of 64 bits, more than JavaScript's numbers hold: it is read as text.
 * - A user has another id with each bot.
 * - Viber also says `delivered` of what people write to us; the worker moves only messages of ours.
 * - What a callback is answered may be taken for a welcome message, so it is empty.
 */

const credentials = z.strictObject({
  authToken: secretList,
  /** Of the sender, shown above each message. */
  name: z.string().min(1).max(28),
  apiBaseUrl,
});
export type ViberCredentials = z.infer<typeof credentials>;

/** A message is at most 30 kB. */
const BODY_LIMIT = 256 * 1024;

export const viber: ChannelAdapter<ViberCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  /** Lower-case hex, under the token that also sends. */
  verify({ headers, body }, { authToken }) {
    const given = headers['x-viber-content-signature'];
    if (typeof given !== 'string') return false;
    return secretsOf(authToken).some((secret) =>
      sameText(given, createHmac('sha256', secret).update(body).digest('hex')),
    );
  },

  parse({ body }) {
    const callback = readExactJson(body);
    if (callback === undefined) return [invalid('not_json')];
    if (!isObject(callback) || typeof callback.event !== 'string') return [invalid('bad_envelope')];
    return [readCallback(callback.event, callback)];
  },

  reaches: (urn) => TARGET.test(urn),

  async send(message, { credentials, call, now }) {
    const { authToken, name, apiBaseUrl = 'https://chatapi.viber.com/pa' } = credentials;
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/send_message`,
      headers: {
        'content-type': 'application/json',
        'x-viber-auth-token': secretsOf(authToken)[0] ?? '',
      },
      body: JSON.stringify({
        receiver: message.to.slice('viber:'.length),
        sender: { name },
        ...messageOf(message),
      }),
    });
    assertAccepted(response, now());
    return { messageId: tokenOf(response, now()) };
  },
};

// What happened

/** What may be part of a URN: the ids are base64. */
const viberId = z.string().regex(/^[^\s\p{C}]{1,200}$/u);
const TARGET = /^viber:[^\s\p{C}]{1,200}$/u;

/** As {@link readExactJson} gives it, or as the text that some answers have. */
const token = z.union([z.int().transform(String), z.string().regex(/^-?\d{1,20}$/)]);

const eventSchema = z.object({
  timestamp: z.int().nonnegative().max(8.64e15),
  message_token: token,
});
const messageSchema = z.object({
  sender: z.object({ id: viberId, name: label }),
  message: z.object({ type: z.string().optional() }),
});

const STATUSES = new Map<string, MessageStatus>([
  ['delivered', 'delivered'],
  ['seen', 'read'],
  ['failed', 'failed'],
]);

/** `webhook` comes while the address is registered. The others are about a person who has said nothing. */
const NOT_KEPT = new Set(['webhook', 'subscribed', 'unsubscribed', 'conversation_started']);

function readCallback(event: string, callback: Json): ParsedEvent {
  if (event === 'message') return readMessage(callback);
  const status = STATUSES.get(event);
  if (status) return readStatus(callback, status);
  return ignored(NOT_KEPT.has(event) ? event : 'other_event');
}

function readMessage(callback: Json): StoredEvent | SettledEvent {
  const event = take(eventSchema, callback);
  const said = take(messageSchema, callback);
  if (!event || !said) return invalid('bad_message');
  const content = contentOf(said.message.type, callback.message);
  if (!content) return invalid('bad_content');
  const { id, name } = said.sender;
  return {
    kind: 'message',
    eventId: event.message_token,
    at: event.timestamp,
    identities: [`viber:${id}`],
    profile: name ? { firstName: name } : {},
    content,
  };
}

function readStatus(callback: Json, status: MessageStatus): StoredEvent | SettledEvent {
  const event = take(eventSchema, callback);
  if (!event) return invalid('bad_status');
  const { message_token: messageId, timestamp: at } = event;
  return { kind: 'status', eventId: `${messageId}:${status}`, at, messageId, status };
}

// Content

const textSchema = z.object({ text: z.string() });
const fileSchema = z.object({ media: webAddress, text: hint, file_name: hint, size });
const stickerSchema = z.object({ sticker_id: z.int() });
const cardSchema = z.object({ contact: z.object({ name: hint, phone_number: hint }) });
const linkSchema = z.object({ media: z.string().min(1) });
const locationSchema = z.object({ location: z.object({ lat: z.number(), lon: z.number() }) });

/** By address, which Viber keeps for a limited time. */
const media =
  (type: Attachment['type']) =>
  (message: unknown): Content | undefined => {
    const file = take(fileSchema, message);
    if (!file) return undefined;
    const attachment: Attachment = { type, url: file.media };
    if (file.file_name) attachment.name = file.file_name;
    if (file.size !== undefined) attachment.size = file.size;
    return {
      type: 'attachment',
      attachments: [attachment],
      ...(file.text ? { text: file.text } : {}),
    };
  };

const READERS = new Map<string, (message: unknown) => Content | undefined>([
  [
    'text',
    (message) => {
      const part = take(textSchema, message);
      return part && { type: 'text', text: part.text };
    },
  ],
  ['picture', media('image')],
  ['video', media('video')],
  ['file', media('file')],
  [
    'sticker',
    (message) => {
      const sticker = take(stickerSchema, message);
      if (!sticker) return undefined;
      const attachments: Attachment[] = [{ type: 'sticker', id: String(sticker.sticker_id) }];
      return { type: 'attachment', attachments };
    },
  ],
  [
    'contact',
    (message) => {
      const card = take(cardSchema, message)?.contact;
      return card && { type: 'contacts', text: lines(card.name, card.phone_number) };
    },
  ],
  [
    'url',
    (message) => {
      const link = take(linkSchema, message);
      return link && { type: 'text', text: link.media };
    },
  ],
  [
    'location',
    (message) => {
      const place = take(locationSchema, message)?.location;
      return place && { type: 'location', text: `${place.lat},${place.lon}` };
    },
  ],
]);

/** `undefined` when a known kind cannot be read. */
function contentOf(type: string | undefined, message: unknown): Content | undefined {
  const reader = type === undefined ? undefined : READERS.get(type);
  return reader ? reader(message) : { type: 'unsupported' };
}

// What is sent

/** A picture has a caption, also an empty one; a video needs its size, any other file its name as well. */
function messageOf({ text, attachment }: Outgoing): Json {
  if (!attachment) return { type: 'text', text };
  const { type, url, size, name } = attachment;
  if (url !== undefined && type === 'image')
    return { type: 'picture', text: text ?? '', media: url };
  if (url === undefined || text !== undefined || size === undefined) {
    throw new SendError('unsupported');
  }
  if (type === 'video') return { type, media: url, size };
  if (name === undefined || type === 'sticker') throw new SendError('unsupported');
  return { type: 'file', media: url, size, file_name: name };
}

const answerSchema = z.object({
  status: z.int(),
  message_token: token.optional().catch(undefined),
});

/**
 * Viber's own numbers in a 200, as the status that HTTP has for them; any other would be refused
 * again. https://developers.viber.com/docs/api/rest-bot-api/#error-codes
 */
const REFUSALS = new Map<number, number>([
  // The token is wrong, belongs to no account, or may not do this.
  [2, 401],
  [8, 401],
  [15, 401],
  [12, 429],
]);

function tokenOf(response: HttpResponse, now: number): string {
  const answer = take(answerSchema, readExactJson(Buffer.from(response.body)));
  if (!answer) throw new SendError('bad_answer');
  if (answer.status !== 0) {
    const status = REFUSALS.get(answer.status) ?? 400;
    assertAccepted({ ...response, status }, now, String(answer.status));
  }
  if (answer.message_token === undefined) throw new SendError('bad_answer');
  return answer.message_token;
}
