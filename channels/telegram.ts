import { z } from 'zod';
import type {
  Attachment,
  Content,
  InboundMessage,
  ParsedEvent,
  Profile,
  SettledEvent,
} from '../models/event.ts';
import type { ChannelAdapter } from './adapter.ts';
import { SendError } from './http.ts';
import {
  apiBaseUrl,
  hint,
  ignored,
  invalid,
  isObject,
  type Json,
  label,
  readJson,
  size,
  take,
} from './read.ts';
import { isOneOf, secretList } from './signature.ts';

/**
 * Telegram Bot API: one update for each delivery. https://core.telegram.org/bots/api#update
 *
 * The sender (`from`) is the identity, never the chat: a block on one member of a group leaves the
 * group alone. `message_id` is unique in its chat only and an edit keeps it, so the event's id is the
 * `update_id`. Nothing is signed: who knows the secret is believed.
 */

/** https://core.telegram.org/bots/api#setwebhook, `secret_token`. */
const secretToken = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,256}$/, 'must be 1 to 256 characters of A-Z, a-z, 0-9, _ and -');

const credentials = z.strictObject({
  botToken: secretList,
  secretToken: z.union([secretToken, z.array(secretToken).min(1).max(10)], {
    error: 'must be 1 to 256 characters of A-Z, a-z, 0-9, _ and -, or a list of such secrets',
  }),
  apiBaseUrl,
});
export type TelegramCredentials = z.infer<typeof credentials>;

/** Telegram states no limit. A text is at most 4,096 characters; the rest is metadata. */
const BODY_LIMIT = 1024 * 1024;

const updateSchema = z.object({ update_id: z.int() });
const userSchema = z.object({ id: z.int(), first_name: label, last_name: label });
const messageSchema = z.object({
  date: seconds(),
  edit_date: seconds().optional(),
  from: userSchema.optional(),
});
const callbackSchema = z.object({ from: userSchema, data: hint });

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
    return [readUpdate(update, String(envelope.update_id), receivedAt)];
  },

  reaches: (urn) => urn.startsWith('telegram:'),

  async send() {
    throw new SendError('unsupported');
  },
};

function readUpdate(update: Json, eventId: string, receivedAt: number): ParsedEvent {
  if (Object.hasOwn(update, 'message')) return readMessage(update.message, eventId);
  if (Object.hasOwn(update, 'edited_message')) return readMessage(update.edited_message, eventId);
  if (Object.hasOwn(update, 'callback_query')) {
    return readCallback(update.callback_query, eventId, receivedAt);
  }
  const post =
    Object.hasOwn(update, 'channel_post') || Object.hasOwn(update, 'edited_channel_post');
  return ignored(post ? 'channel_post' : 'other_update');
}

function readMessage(item: unknown, eventId: string): InboundMessage | SettledEvent {
  const message = take(messageSchema, item);
  if (!message || !isObject(item)) return invalid('bad_message');
  if (!message.from) return ignored('no_sender');
  const content = contentOf(item);
  if (!content) return invalid('bad_content');
  return inbound(eventId, (message.edit_date ?? message.date) * 1000, message.from, content);
}

/** A pressed button. It carries no time of its own: `message.date` is when the button was sent. */
function readCallback(
  item: unknown,
  eventId: string,
  receivedAt: number,
): InboundMessage | SettledEvent {
  const query = take(callbackSchema, item);
  if (!query) return invalid('bad_callback');
  const content: Content = query.data ? { type: 'reply', text: query.data } : { type: 'reply' };
  return inbound(eventId, receivedAt, query.from, content);
}

function inbound(
  eventId: string,
  at: number,
  from: z.infer<typeof userSchema>,
  content: Content,
): InboundMessage {
  const profile: Profile = {};
  if (from.first_name) profile.firstName = from.first_name;
  if (from.last_name) profile.lastName = from.last_name;
  return { kind: 'message', eventId, at, identities: [`telegram:${from.id}`], profile, content };
}

// Content

const fileSchema = z.object({
  file_id: z.string().min(1),
  mime_type: hint,
  file_name: hint,
  file_size: size,
});
const photoSchema = z
  .array(fileSchema.extend({ width: z.number(), height: z.number() }))
  .nonempty();
const locationSchema = z.object({ latitude: z.number(), longitude: z.number() });
const venueSchema = z.object({ location: locationSchema, title: hint, address: hint });
const contactSchema = z.object({ phone_number: hint, first_name: hint, last_name: hint });

type FileOf = (part: unknown) => z.infer<typeof fileSchema> | undefined;

const oneFile: FileOf = (part) => take(fileSchema, part);

/** A photo comes in several sizes. */
const largest: FileOf = (part) =>
  take(photoSchema, part)?.reduce((best, photo) =>
    photo.width * photo.height > best.width * best.height ? photo : best,
  );

const media =
  (type: Attachment['type'], fileOf: FileOf = oneFile) =>
  (part: unknown, message: Json): Content | undefined => {
    const file = fileOf(part);
    if (!file) return undefined;
    const attachment: Attachment = { type, id: file.file_id };
    if (file.mime_type) attachment.mimeType = file.mime_type;
    if (file.file_name) attachment.name = file.file_name;
    if (file.file_size !== undefined) attachment.size = file.file_size;
    const caption = take(hint, message.caption);
    return { type: 'attachment', attachments: [attachment], ...(caption ? { text: caption } : {}) };
  };

const position = (place: z.infer<typeof locationSchema>) => `${place.latitude},${place.longitude}`;
const lines = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join('\n');

/**
 * In this order: an animation also comes as a `document` and a venue as a `location`, for older bots.
 * https://core.telegram.org/bots/api#message
 */
const READERS: [key: string, read: (part: unknown, message: Json) => Content | undefined][] = [
  ['text', (text) => (typeof text === 'string' ? { type: 'text', text } : undefined)],
  ['photo', media('image', largest)],
  ['animation', media('video')],
  ['video', media('video')],
  ['video_note', media('video')],
  ['voice', media('audio')],
  ['audio', media('audio')],
  ['sticker', media('sticker')],
  ['document', media('file')],
  [
    'venue',
    (part) => {
      const venue = take(venueSchema, part);
      if (!venue) return undefined;
      return {
        type: 'location',
        text: lines(venue.title, venue.address, position(venue.location)),
      };
    },
  ],
  [
    'location',
    (part) => {
      const place = take(locationSchema, part);
      return place && { type: 'location', text: position(place) };
    },
  ],
  [
    'contact',
    (part) => {
      const card = take(contactSchema, part);
      if (!card) return undefined;
      const name = [card.first_name, card.last_name].filter(Boolean).join(' ');
      return { type: 'contacts', text: lines(name, card.phone_number) };
    },
  ],
];

/** `unsupported` for polls, dice, service messages and what is not known; `undefined`: broken. */
function contentOf(message: Json): Content | undefined {
  for (const [key, read] of READERS) {
    if (Object.hasOwn(message, key)) return read(message[key], message);
  }
  return { type: 'unsupported' };
}

function seconds() {
  return z.int().nonnegative().max(99_999_999_999);
}
