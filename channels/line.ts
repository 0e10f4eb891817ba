import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  Group,
  ParsedEvent,
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
  id,
  ignored,
  invalid,
  isObject,
  type Json,
  lines,
  readJson,
  size,
  take,
  webAddress,
} from './read.ts';
import { sameText, secretList, secretsOf } from './signature.ts';
import { uuidOf } from './uuid.ts';

/**
 * LINE Messaging API. A delivery holds events of several users and groups of one channel.
 * https://developers.line.biz/en/reference/messaging-api/#webhooks
 *
 * - A user id is the same for all channels of one provider at LINE, so it is the identity as it is.
 * - In a group LINE does not always say who spoke; then the group itself is the identity.
 * - A redelivery has the same `webhookEventId`; `deliveryContext.isRedelivery` need not be read.
 * - `mode: standby` says that another module answers. The message is stored all the same: what a
 *   person said is not lost because somebody else may answer it.
 */

const credentials = z.strictObject({
  channelSecret: secretList,
  accessToken: secretList,
  apiBaseUrl,
});
export type LineCredentials = z.infer<typeof credentials>;

/** LINE states no limit. A text is at most 5,000 characters, six bytes each when they are escaped. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** No valid event is shorter: `{"type":"unsend","timestamp":1,"webhookEventId":"x","unsend":{"messageId":"x"}}`. */
const MAX_EVENTS = BODY_LIMIT / 64;

export const line: ChannelAdapter<LineCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  /** https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/ */
  verify({ headers, body }, { channelSecret }) {
    const given = headers['x-line-signature'];
    if (typeof given !== 'string') return false;
    return secretsOf(channelSecret).some((secret) =>
      sameText(given, createHmac('sha256', secret).update(body).digest('base64')),
    );
  },

  parse({ body }) {
    const envelope = readJson(body);
    if (envelope === undefined) return [invalid('not_json')];
    if (!isObject(envelope) || !Array.isArray(envelope.events)) return [invalid('bad_envelope')];

    const events: ParsedEvent[] = [];
    eachOf(envelope.events, events, MAX_EVENTS, (item) =>
      events.push(isObject(item) ? readEvent(item) : invalid('bad_item')),
    );
    // Without events LINE only asks whether somebody listens.
    return events.length > 0 ? events : [ignored('empty')];
  },

  reaches: (urn) => TARGET.test(urn),

  idempotent: true,

  async send(message, { credentials, call, now }) {
    const { accessToken, apiBaseUrl = 'https://api.line.me' } = credentials;
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/v2/bot/message/push`,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${secretsOf(accessToken)[0]}`,
        'x-line-retry-key': uuidOf(message.key),
      },
      body: JSON.stringify({
        to: message.to.slice('line:'.length),
        messages: [messageOf(message)],
      }),
    });
    const before = acceptedBefore(response);
    if (before !== undefined) return { messageId: before };
    if (isMonthlyLimit(response)) {
      throw new SendError('rejected', { providerCode: 'monthly_limit' });
    }
    assertAccepted(response, now());
    return { messageId: readAnswer(answerSchema, response).sentMessages[0].id };
  },
};

// Who it is

const lineId = z.string().regex(/^[\w-]{1,64}$/);
const TARGET = /^line:[\w-]{1,64}$/;

const sourceSchema = z.object({
  userId: lineId.optional(),
  groupId: lineId.optional(),
  roomId: lineId.optional(),
});

interface Place {
  identities: Urn[];
  group?: Group;
}

function placeOf(source: unknown): Place | undefined {
  const { userId, groupId, roomId } = take(sourceSchema, source) ?? {};
  const place = groupId ?? roomId;
  const speaker = userId ?? place;
  if (speaker === undefined) return undefined;
  const identities = [`line:${speaker}`];
  return place === undefined
    ? { identities }
    : { identities, group: { identity: `line:${place}` } };
}

/** Who writes when the webhook's address is verified the way it once was: nobody. */
const NOBODY = 'Udeadbeefdeadbeefdeadbeefdeadbeef';

// What happened

const eventSchema = z.object({
  timestamp: z.int().nonnegative().max(8.64e15),
  webhookEventId: id,
});
const messageSchema = z.object({
  id,
  type: z.string().optional(),
  quotedMessageId: id.optional().catch(undefined),
});
const unsendSchema = z.object({ messageId: id });
const postbackSchema = z.object({
  data: hint,
  params: z.object({ date: hint, time: hint, datetime: hint }).optional().catch(undefined),
});

/** Events with nothing for the inbox, and the word that they are counted under. */
const NOT_KEPT = new Map<string, string>([
  ['accountLink', 'account_link'],
  ['activated', 'module'],
  ['beacon', 'beacon'],
  ['botResumed', 'bot_state'],
  ['botSuspended', 'bot_state'],
  ['deactivated', 'module'],
  ['delivery', 'notification_delivery'],
  ['follow', 'follow'],
  ['join', 'join'],
  ['leave', 'leave'],
  ['memberJoined', 'member'],
  ['memberLeft', 'member'],
  ['membership', 'membership'],
  ['module', 'module'],
  ['unfollow', 'unfollow'],
  ['videoPlayComplete', 'video_played'],
]);

function readEvent(item: Json): StoredEvent | SettledEvent {
  const { type, source } = item;
  if (typeof type !== 'string') return invalid('bad_event');
  if (isObject(source) && source.userId === NOBODY) return ignored('verification');
  if (type === 'message') return readMessage(item);
  if (type === 'postback') return readPostback(item);
  if (type === 'unsend') return readUnsend(item);
  return ignored(NOT_KEPT.get(type) ?? 'other_event');
}

function readMessage(item: Json): StoredEvent | SettledEvent {
  const event = take(eventSchema, item);
  const message = take(messageSchema, item.message);
  if (!event || !message) return invalid('bad_message');
  const place = placeOf(item.source);
  if (!place) return invalid('no_sender');
  const content = contentOf(message.type, item.message);
  if (!content) return invalid('bad_content');
  if (message.quotedMessageId !== undefined) content.replyTo = message.quotedMessageId;
  const { webhookEventId: eventId, timestamp: at } = event;
  return { kind: 'message', eventId, messageId: message.id, at, ...place, content };
}

/** A pressed button: its data, and the date or time that was picked. */
function readPostback(item: Json): StoredEvent | SettledEvent {
  const event = take(eventSchema, item);
  const postback = take(postbackSchema, item.postback);
  if (!event || !postback) return invalid('bad_postback');
  const place = placeOf(item.source);
  if (!place) return invalid('no_sender');
  const { data, params } = postback;
  const text = lines(data, params?.date ?? params?.time ?? params?.datetime);
  const content: Content = { type: 'reply', ...(text ? { text } : {}) };
  const { webhookEventId: eventId, timestamp: at } = event;
  return { kind: 'message', eventId, at, ...place, content };
}

function readUnsend(item: Json): StoredEvent | SettledEvent {
  const event = take(eventSchema, item);
  const unsend = take(unsendSchema, item.unsend);
  if (!event || !unsend) return invalid('bad_unsend');
  const { webhookEventId: eventId, timestamp: at } = event;
  return { kind: 'deletion', eventId, at, messageId: unsend.messageId };
}

// Content

const textSchema = z.object({ text: z.string() });
const fileSchema = z.object({ id, fileName: hint, fileSize: size });
const hostedSchema = z.object({
  contentProvider: z.object({
    type: z.literal('external'),
    originalContentUrl: z.unknown().optional(),
  }),
});
const locationSchema = z.object({
  title: hint,
  address: hint,
  latitude: z.number(),
  longitude: z.number(),
});
const stickerSchema = z.object({ packageId: id, stickerId: id, text: hint });

/** By the id of the message, at LINE for a limited time; or where the sender's own server has it. */
const media =
  (type: Attachment['type']) =>
  (message: unknown): Content | undefined => {
    const file = take(fileSchema, message);
    if (!file) return undefined;
    const external = take(hostedSchema, message)?.contentProvider;
    if (external) {
      const url = take(webAddress, external.originalContentUrl);
      return url === undefined ? undefined : { type: 'attachment', attachments: [{ type, url }] };
    }
    const attachment: Attachment = { type, id: file.id };
    if (file.fileName) attachment.name = file.fileName;
    if (file.fileSize !== undefined) attachment.size = file.fileSize;
    return { type: 'attachment', attachments: [attachment] };
  };

const READERS = new Map<string, (message: unknown) => Content | undefined>([
  [
    'text',
    (message) => {
      const part = take(textSchema, message);
      return part && { type: 'text', text: part.text };
    },
  ],
  ['image', media('image')],
  ['video', media('video')],
  ['audio', media('audio')],
  ['file', media('file')],
  [
    'location',
    (message) => {
      const place = take(locationSchema, message);
      if (!place) return undefined;
      const position = `${place.latitude},${place.longitude}`;
      return { type: 'location', text: lines(place.title, place.address, position) };
    },
  ],
  [
    'sticker',
    (message) => {
      const sticker = take(stickerSchema, message);
      if (!sticker) return undefined;
      const { packageId, stickerId, text } = sticker;
      const attachments: Attachment[] = [{ type: 'sticker', id: `${packageId}/${stickerId}` }];
      return { type: 'attachment', attachments, ...(text ? { text } : {}) };
    },
  ],
]);

/** `undefined` when a known kind cannot be read. */
function contentOf(type: string | undefined, message: unknown): Content | undefined {
  const reader = type === undefined ? undefined : READERS.get(type);
  return reader ? reader(message) : { type: 'unsupported' };
}

// What is sent

/**
 * LINE has no captions and no files, a video needs an image to show before it is played and an audio
 * its duration: https://developers.line.biz/en/reference/messaging-api/#message-objects
 */
function messageOf({ text, attachment }: Outgoing): Json {
  if (!attachment) return { type: 'text', text };
  const { type, url } = attachment;
  if (type !== 'image' || url === undefined || text !== undefined) {
    throw new SendError('unsupported');
  }
  return { type, originalContentUrl: url, previewImageUrl: url };
}

const answerSchema = z.object({ sentMessages: z.tuple([z.object({ id })], z.unknown()) });

/**
 * An earlier attempt with the same key got through and its answer did not:
 * https://developers.line.biz/en/docs/messaging-api/retrying-api-request/. LINE names the message
 * again; were it not to, the request's id is as good as any, for there are no statuses.
 */
function acceptedBefore(response: HttpResponse): string | undefined {
  const request = response.headers['x-line-accepted-request-id'];
  if (response.status !== 409 || typeof request !== 'string' || request === '') return undefined;
  const answer = take(answerSchema, readJson(Buffer.from(response.body)));
  return answer?.sentMessages[0].id ?? request;
}

/** Also a 429, but no use in trying again: the plan's messages of this month are used up. */
const MONTHLY_LIMIT = z.object({ message: z.literal('You have reached your monthly limit.') });

const isMonthlyLimit = ({ status, body }: HttpResponse): boolean =>
  status === 429 && take(MONTHLY_LIMIT, readJson(Buffer.from(body))) !== undefined;
