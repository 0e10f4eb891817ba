import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  Profile,
  SettledEvent,
  StoredEvent,
  Urn,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Delivery } from './adapter.ts';
import { assertAccepted, readAnswer, SendError, type SendFailure } from './http.ts';
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
  lines,
  readJson,
  take,
  webAddress,
} from './read.ts';
import { isFresh, type Secrets, sameText, secretList, secretsOf } from './signature.ts';

/**
 * TikTok Business Messaging API: one event for each delivery, its `content` JSON inside a text.
 *
 * - signature: https://developers.tiktok.com/doc/webhooks-verification
 * - events: https://business-api.tiktok.com/portal/docs?id=1832190670631937
 * - sending: https://business-api.tiktok.com/portal/docs?id=1832184403754242
 *
 * **Identities.** The person is `tiktok:USER`. A message can only be sent to a conversation, which is
 * of one person and one business: it is a second identity of the person, `tiktok:CHANNEL/CONVERSATION`.
 */

const credentials = z.strictObject({
  appSecret: secretList,
  businessId: id,
  accessToken: secretList,
  apiBaseUrl,
});
export type TikTokCredentials = z.infer<typeof credentials>;

/** TikTok states no limit. A text is at most 6,000 characters; the rest is metadata. */
const BODY_LIMIT = 256 * 1024;

const API = 'https://business-api.tiktok.com/open_api/v1.3';

/** Room for what the id of an event about a message adds to the message's. */
const providerId = z.string().min(1).max(400);
/** What can be part of a URN: nothing that is blank or not to be seen. */
const urnPart = providerId.regex(/^[^\s\p{C}]+$/u);

const envelopeSchema = z.object({
  event: z.string(),
  user_openid: z.string(),
  content: z.unknown(),
});

export const tiktok: ChannelAdapter<TikTokCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify: (delivery, { appSecret }, now) => hasTikTokSignature(delivery, appSecret, now),

  parse({ body }, { channelId, credentials: { businessId } }) {
    const json = readJson(body);
    if (json === undefined) return [invalid('not_json')];
    const envelope = take(envelopeSchema, json);
    if (!envelope) return [invalid('bad_envelope')];
    // TikTok calls one address for an app and every business that has let it in.
    if (envelope.user_openid !== businessId) return [ignored('other_business')];
    return readEvent(envelope, { channelId, businessId });
  },

  reaches: (urn, channelId) => conversationOf(urn, channelId) !== undefined,

  async send({ to, text, attachment }, { channelId, credentials, call, now }) {
    const { businessId, accessToken, apiBaseUrl = API } = credentials;
    // A file would have to be uploaded, and files are never fetched here.
    if (attachment || text === undefined) throw new SendError('unsupported');
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/business/message/send/`,
      headers: {
        'content-type': 'application/json',
        'access-token': secretsOf(accessToken)[0] ?? '',
      },
      body: JSON.stringify({
        business_id: businessId,
        recipient_type: 'CONVERSATION',
        recipient: conversationOf(to, channelId),
        message_type: 'TEXT',
        text: { body: text },
      }),
    });
    assertAccepted(response, now());
    const { code } = readAnswer(codeSchema, response);
    if (code !== 0) throw new SendError(failureOf(code), { providerCode: String(code) });
    return { messageId: readAnswer(sentSchema, response).data.message.message_id };
  },
};

/**
 * `Tiktok-Signature: t=SECONDS,s=HEX`: the HMAC-SHA256 of `SECONDS.` and the raw body under the app
 * secret. Its parts have names, so their order is nothing to rely on.
 */
function hasTikTokSignature(
  { headers, body }: Delivery,
  appSecret: Secrets | undefined,
  now: number,
): boolean {
  const header = headers['tiktok-signature'];
  if (typeof header !== 'string') return false;
  const [, given, seconds] = SIGNATURE.exec(header.split(',').sort().join()) ?? [];
  if (given === undefined || seconds === undefined || !isFresh(Number(seconds), now)) return false;
  return secretsOf(appSecret).some((secret) =>
    sameText(given, createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')),
  );
}
const SIGNATURE = /^s=([0-9a-f]{64}),t=(\d{1,11})$/;

// Events

const milliseconds = z.int().nonnegative().max(8.64e15);

const talkSchema = z.object({
  conversation_id: urnPart,
  timestamp: milliseconds,
  from_user: z.object({ id: urnPart }),
  to_user: z.object({ id: urnPart }),
  from: label,
});
type Talk = z.infer<typeof talkSchema>;

const messageSchema = z.object({
  message_id: providerId,
  type: z.string().optional(),
  referenced_message_info: z
    .object({ referenced_message_id: providerId })
    .optional()
    .catch(undefined),
});

interface Channel {
  channelId: string;
  businessId: string;
}

function readEvent(
  { event, content }: z.infer<typeof envelopeSchema>,
  channel: Channel,
): (StoredEvent | SettledEvent)[] {
  // People in the EEA, Switzerland and the UK: neither who wrote nor what is told.
  if (event === 'im_receive_msg_eu') return [ignored('withheld')];
  const read = EVENTS.get(event);
  if (!read) return [ignored('other_event')];

  const item = typeof content === 'string' ? readJson(Buffer.from(content)) : undefined;
  const talk = take(talkSchema, item);
  if (!talk || !isObject(item)) return [invalid('bad_content')];
  return read(item, talk, channel);
}

type MakeEvent = (eventId: string, at: number, content: Content) => StoredEvent;
type Read = (item: Json, talk: Talk, channel: Channel) => (StoredEvent | SettledEvent)[];

const EVENTS = new Map<string, Read>([
  ['im_receive_msg', (item, talk, channel) => readMessage('message', item, talk, channel)],
  ['im_send_msg', (item, talk, channel) => readMessage('echo', item, talk, channel)],
  ['im_mark_read_msg', readMark],
]);

/** The echo of a message of ours has the person as its recipient. */
function readMessage(
  kind: 'message' | 'echo',
  item: Json,
  talk: Talk,
  channel: Channel,
): (StoredEvent | SettledEvent)[] {
  const person = kind === 'message' ? talk.from_user.id : talk.to_user.id;
  if (person === channel.businessId) return [invalid('no_person')];
  const identities = identitiesOf(person, talk, channel);
  const event: MakeEvent = (eventId, at, content) =>
    kind === 'message'
      ? { kind, eventId, at, identities, profile: profileOf(talk), content }
      : { kind, eventId, at, identities, content };

  if (item.type === 'reaction') return readReactions(item.reaction, event);
  const message = take(messageSchema, item);
  if (!message) return [invalid('bad_message')];
  const content = contentOf(item, message.type);
  if (!content) return [invalid('bad_content')];
  const replyTo = message.referenced_message_info?.referenced_message_id;
  if (replyTo !== undefined) content.replyTo = replyTo;
  return [event(message.message_id, talk.timestamp, content)];
}

/** Until when the person has read. TikTok tells nothing when it is the business that reads. */
function readMark(item: Json, talk: Talk, channel: Channel): (StoredEvent | SettledEvent)[] {
  if (talk.from_user.id === channel.businessId) return [ignored('own_read')];
  const until = take(readSchema, item)?.read.last_read_timestamp;
  if (until === undefined) return [invalid('bad_read')];
  return [
    {
      kind: 'watermark',
      eventId: `${talk.conversation_id}:read:${until}`,
      at: talk.timestamp,
      identities: identitiesOf(talk.from_user.id, talk, channel),
      status: 'read',
      until,
    },
  ];
}
const readSchema = z.object({ read: z.object({ last_read_timestamp: milliseconds }) });

// Who it is

const identitiesOf = (person: string, { conversation_id }: Talk, { channelId }: Channel): Urn[] => [
  `tiktok:${person}`,
  `tiktok:${channelId}/${conversation_id}`,
];

function conversationOf(urn: Urn, channelId: string): string | undefined {
  const own = `tiktok:${channelId}/`;
  return urn.startsWith(own) ? urn.slice(own.length) : undefined;
}

/** The user name: TikTok gives no other. */
const profileOf = ({ from }: Talk): Profile => (from ? { firstName: from } : {});

// Content

const reactionSchema = z.object({
  operation: z.enum(['ADD', 'REMOVE']),
  original_msg_id: providerId,
  timestamp: milliseconds,
  emoji: hint,
  ai_emoji_url: webAddress.optional().catch(undefined),
});
type Reaction = z.infer<typeof reactionSchema>;

/** No valid one is shorter: `{"operation":"ADD","original_msg_id":"x","timestamp":1}`, inside a text. */
const MAX_REACTIONS = BODY_LIMIT / 64;

/** An event each: what one of them does is told by its own time and the message that it is on. */
function readReactions(list: unknown, event: MakeEvent): (StoredEvent | SettledEvent)[] {
  const events: (StoredEvent | SettledEvent)[] = [];
  eachOf(list, events, MAX_REACTIONS, (item) => {
    const reaction = take(reactionSchema, item);
    events.push(reaction ? readReaction(reaction, event) : invalid('bad_reaction'));
  });
  return events.length > 0 ? events : [ignored('empty')];
}

function readReaction(
  { operation, original_msg_id, timestamp, emoji, ai_emoji_url: url }: Reaction,
  event: MakeEvent,
): StoredEvent {
  const content: Content = { type: 'reaction', replyTo: original_msg_id };
  // Without an emoji a reaction was taken back.
  if (operation === 'ADD' && emoji) content.text = emoji;
  if (operation === 'ADD' && url) content.attachments = [{ type: 'sticker', url }];
  return event(`${original_msg_id}:${operation}:${timestamp}`, timestamp, content);
}

const textSchema = z.object({ body: z.string() });
const mediaSchema = z.object({ media_id: id });
const pictureSchema = z.object({ url: webAddress });
const postSchema = z.object({ embed_url: webAddress });
const templateSchema = z.object({
  elements: z
    .array(z.object({ title: hint, buttons: z.array(z.object({ text: hint })).optional() }))
    .max(100),
});

/** The part of a message that has its type's name; `undefined` when a known kind cannot be read. */
function contentOf(item: Json, type: string | undefined): Content | undefined {
  const reader = type === undefined ? undefined : READERS.get(type);
  return type !== undefined && reader ? reader(item[type], item) : { type: 'unsupported' };
}

const media =
  (type: Attachment['type']) =>
  (part: unknown): Content | undefined => {
    const file = take(mediaSchema, part);
    return file && { type: 'attachment', attachments: [{ type, id: file.media_id }] };
  };

function picture(part: unknown): Content | undefined {
  const file = take(pictureSchema, part);
  return file && { type: 'attachment', attachments: [{ type: 'sticker', url: file.url }] };
}

const READERS = new Map<string, (part: unknown, item: Json) => Content | undefined>([
  [
    'text',
    (part, { reply_source_payload: pressed }) => {
      const text = take(textSchema, part);
      return text && { type: isObject(pressed) ? 'reply' : 'text', text: text.body };
    },
  ],
  ['image', media('image')],
  ['video', media('video')],
  ['sticker', picture],
  ['emoji', picture],
  [
    // A page with the post, not a file.
    'share_post',
    (part) => {
      const post = take(postSchema, part);
      return post && { type: 'text', text: post.embed_url };
    },
  ],
  [
    // A question of ours with its answers to choose from.
    'template',
    (part) => {
      const card = take(templateSchema, part);
      if (!card) return undefined;
      const text = card.elements.flatMap(({ title, buttons = [] }) => [
        title,
        ...buttons.map((button) => button.text),
      ]);
      return { type: 'text', text: lines(...text) };
    },
  ],
]);

// What is sent

const codeSchema = z.object({ code: z.int() });
const sentSchema = z.object({ data: z.object({ message: z.object({ message_id: id }) }) });

/** "Return codes" of the same API. An error comes inside a 200. */
function failureOf(code: number): SendFailure {
  if (code === 40100) return 'throttled';
  if (CREDENTIALS_REFUSED.has(code)) return 'credentials_refused';
  // 51065: "system error", call again.
  return code >= 50000 && code < 60000 ? 'provider_error' : 'rejected';
}
/** No permission; the token is missing, wrong, expired or revoked. */
const CREDENTIALS_REFUSED = new Set([40001, 40102, 40104, 40105]);
