import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  MessageStatus,
  SettledEvent,
  StoredEvent,
  Urn,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Delivery, Outgoing } from './adapter.ts';
import { assertAccepted, type HttpResponse, readAnswer, SendError } from './http.ts';
import { claimIs, claimsOf } from './jwt.ts';
import {
  apiBaseUrl,
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
import { digitsOf, idUrn, profileOf, senderOf, smsUrn, whatsappUrn } from './sender.ts';
import { isFresh, secretList, secretListOf, secretsOf } from './signature.ts';
import { isoTime } from './time.ts';

/**
 * Vonage Messages API: SMS, MMS, RCS, WhatsApp, Messenger and Viber. One event for each delivery, a
 * message or a status, both at the same address; version 1 and the nested version 0.1.
 *
 * - messages and statuses: https://developer.vonage.com/en/api/messages
 * - signature: https://developer.vonage.com/en/messages/concepts/signed-webhooks
 * - sending: https://developer.vonage.com/en/api/messages#SendMessage
 */

const credentials = z.strictObject({
  apiKey: id,
  signatureSecret: secretList,
  applicationId: id,
  /** The application's, in PEM. */
  privateKey: secretListOf(
    z.string().refine(isRsaKey),
    'an RSA private key of 2,048 bits or more in PEM',
  ),
  /** A number or name; with `whatsapp:`, `mms:`, `rcs:`, `viber_service:` or `messenger:` before it. */
  from: id,
  apiBaseUrl,
});
export type VonageCredentials = z.infer<typeof credentials>;

/** Vonage states no limit. A text has at most 4,096 characters; the rest is metadata. */
const BODY_LIMIT = 256 * 1024;

const API = 'https://api.nexmo.com';

export const vonage: ChannelAdapter<VonageCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify: hasVonageToken,

  parse({ body }, { receivedAt }) {
    const envelope = readJson(body);
    if (envelope === undefined) return [invalid('not_json')];
    if (!isObject(envelope)) return [invalid('bad_envelope')];
    return [readEvent(flat(envelope), receivedAt)];
  },

  reaches: (urn) => /^(tel|whatsapp|messenger):/.test(urn),

  async send(message, { credentials, webhookUrl, call, now }) {
    const { from, apiBaseUrl = API } = credentials;
    const request = requestOf(message, from, webhookUrl);
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/v1/messages`,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${await tokenOf(credentials, now())}`,
      },
      body: JSON.stringify(request),
    });
    assertAccepted(response, now(), codeOf(response));
    return { messageId: readAnswer(answerSchema, response).message_uuid };
  },
};

// Who is let in

const BEARER = /^bearer /i;

/**
 * `Authorization: Bearer` and a JWT that the account's signature secret signed, with the SHA-256 of
 * the body. It has no end of its own: it is good for five minutes. Vonage sends again what it could
 * not sign, when that is refused.
 */
async function hasVonageToken(
  { headers, body }: Delivery,
  { signatureSecret, apiKey }: VonageCredentials,
  now: number,
): Promise<boolean> {
  const { authorization } = headers;
  if (typeof authorization !== 'string' || !BEARER.test(authorization)) return false;
  const token = authorization.slice('bearer '.length);
  const claims = await claimsOf(token, signatureSecret, now, {
    algorithms: ['HS256'],
    issuer: 'Vonage',
    requiredClaims: ['iat', 'payload_hash'],
  });
  if (claims?.iat === undefined || !isFresh(claims.iat, now)) return false;
  if (claims.api_key !== undefined && claims.api_key !== apiKey) return false;
  return claimIs(claims.payload_hash, createHash('sha256').update(body).digest('hex'));
}

// What happened

const v0Schema = z.object({
  from: z.object({ type: z.string(), number: hint, id: hint }),
  message: z.object({ content: z.looseObject({ type: z.string() }) }),
});

/** Version 0.1 has the same in boxes: who and where in `from`, what in `message.content`. */
function flat(envelope: Json): Json {
  const boxes = take(v0Schema, envelope);
  if (!boxes) return envelope;
  const { from, message } = boxes;
  const { content } = message;
  return {
    ...content,
    ...envelope,
    channel: from.type,
    from: from.number ?? from.id,
    message_type: content.type,
  };
}

const envelopeSchema = z.object({
  message_uuid: id,
  timestamp: isoTime,
  status: hint,
  message_type: hint,
});

function readEvent(event: Json, receivedAt: number): StoredEvent | SettledEvent {
  const envelope = take(envelopeSchema, event);
  if (!envelope) return invalid('bad_envelope');
  const { message_uuid: messageId, timestamp: at = receivedAt, status, message_type } = envelope;
  if (message_type !== undefined) return readMessage(event, messageId, message_type, at);
  return status === undefined ? ignored('other_event') : readStatus(messageId, status, at);
}

/** https://developer.vonage.com/en/messages/concepts/messages-status-callbacks */
const STATUSES = new Map<string, MessageStatus>([
  ['submitted', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['rejected', 'failed'],
  ['undeliverable', 'failed'],
]);

function readStatus(messageId: string, given: string, at: number): StoredEvent | SettledEvent {
  const status = STATUSES.get(given);
  if (!status) return ignored('other_status');
  return { kind: 'status', eventId: `${messageId}:${given}`, at, messageId, status };
}

const messageSchema = z.object({
  from: id,
  channel: z.string(),
  profile: z.object({ name: label }).optional().catch(undefined),
  context: z.object({ message_uuid: id }).optional().catch(undefined),
});

function readMessage(
  event: Json,
  eventId: string,
  type: string,
  at: number,
): StoredEvent | SettledEvent {
  const message = take(messageSchema, event);
  if (!message) return invalid('bad_message');
  const sender = senderUrn(message.channel, message.from);
  if (sender === undefined) return invalid('no_sender');
  const content = contentOf(event, type);
  if (!content) return invalid('bad_content');
  if (message.context) content.replyTo = message.context.message_uuid;
  const identities = [sender];
  const profile = profileOf(identities, message.profile?.name);
  return { kind: 'message', eventId, at, identities, profile, content };
}

/** Numbers come without their `+`. Who writes by Messenger is known by an id of the page's. */
function senderUrn(channel: string, from: string): Urn | undefined {
  if (channel === 'messenger') return idUrn('messenger', from);
  return channel === 'whatsapp' ? whatsappUrn(from) : smsUrn(from);
}

// Content

const textSchema = z.string();
const fileSchema = z.object({ url: webAddress, caption: hint, name: hint });
const degrees = z.union([z.number(), z.string().regex(/^-?\d/)]);
const placeSchema = z
  .object({ lat: degrees, long: degrees, name: hint, address: hint })
  // Version 0.1.
  .or(
    z
      .object({ latitude: degrees, longitude: degrees, name: hint, address: hint })
      .transform(({ latitude, longitude, ...rest }) => ({
        ...rest,
        lat: latitude,
        long: longitude,
      })),
  );
const replySchema = z.object({ title: hint, id: hint });
const buttonSchema = z.object({ text: hint, payload: hint });
const reactionSchema = z.object({ emoji: hint });

const media =
  (type: Attachment['type']) =>
  (part: unknown): Content | undefined => {
    const file = take(fileSchema, part);
    if (!file) return undefined;
    const attachment: Attachment = { type, url: file.url };
    if (file.name) attachment.name = file.name;
    const content: Content = { type: 'attachment', attachments: [attachment] };
    if (file.caption) content.text = file.caption;
    return content;
  };

const pressed = (text: string | undefined): Content => ({
  type: 'reply',
  ...(text ? { text } : {}),
});

const READERS = new Map<string, (part: unknown) => Content | undefined>([
  [
    'text',
    (part) => {
      const text = take(textSchema, part);
      return text === undefined ? undefined : { type: 'text', text };
    },
  ],
  ['image', media('image')],
  ['video', media('video')],
  ['audio', media('audio')],
  ['file', media('file')],
  ['vcard', media('file')],
  ['sticker', media('sticker')],
  [
    'location',
    (part) => {
      const place = take(placeSchema, part);
      if (!place) return undefined;
      const position = `${place.lat},${place.long}`;
      return { type: 'location', text: lines(place.name, place.address, position) };
    },
  ],
  [
    // Chosen from a list or from buttons of ours.
    'reply',
    (part) => {
      const reply = take(replySchema, part);
      return reply && pressed(reply.title ?? reply.id);
    },
  ],
  [
    // Under a template of ours.
    'button',
    (part) => {
      const button = take(buttonSchema, part);
      return button && pressed(button.text ?? button.payload);
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

/** The part that has its type's name; `undefined` when a known kind cannot be read. */
function contentOf(event: Json, type: string): Content | undefined {
  const reader = READERS.get(type);
  return reader ? reader(event[type]) : { type: 'unsupported' };
}

// What is sent

const answerSchema = z.object({ message_uuid: id });
const errorSchema = z.object({ type: z.string().regex(/#\d+$/) });

/** `"type":"https://developer.vonage.com/api-errors/messages#1120"`. */
const codeOf = ({ body }: HttpResponse): string | undefined =>
  take(errorSchema, readJson(Buffer.from(body)))
    ?.type.split('#')
    .at(-1);

/** RS256 takes no shorter one. */
const RSA_BITS = 2048;

function isRsaKey(pem: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS;
  } catch {
    return false;
  }
}

/** Longer than a request takes, with clocks that differ. */
const TOKEN_SECONDS = 5 * 60;

/** https://developer.vonage.com/en/getting-started/concepts/authentication#json-web-tokens */
function tokenOf({ applicationId, privateKey }: VonageCredentials, now: number): Promise<string> {
  const seconds = Math.floor(now / 1000);
  return new SignJWT({ application_id: applicationId })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setJti(randomUUID())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + TOKEN_SECONDS)
    .sign(createPrivateKey(secretsOf(privateKey)[0] ?? ''));
}

/** Statuses of this message come here, signed, whatever the application has for the others. */
function requestOf(message: Outgoing, from: string, webhookUrl: string): Json {
  const { kind: channel, address } = senderOf(from);
  return {
    ...partOf(message, channel),
    to: recipientOf(message.to, channel),
    from: digitsOf(address),
    channel,
    client_ref: message.key,
    webhook_url: webhookUrl,
    webhook_version: 'v1',
  };
}

function recipientOf(to: Urn, channel: string): string {
  const [scheme, address = ''] = to.split(/:(.*)/s);
  if (scheme === 'tel' && channel !== 'messenger') return digitsOf(address);
  if (scheme === channel) return address;
  throw new SendError('unsupported');
}

/** Where a file may have a text of its own. */
const CAPTIONS = new Set(['whatsapp', 'mms']);

function partOf({ text, attachment }: Outgoing, channel: string): Json {
  if (!attachment) return { message_type: 'text', text };
  const { type, url } = attachment;
  if (url === undefined || channel === 'sms') throw new SendError('unsupported');
  if (text === undefined) return { message_type: type, [type]: { url } };
  if (!CAPTIONS.has(channel) || type === 'audio' || type === 'sticker') {
    throw new SendError('unsupported');
  }
  return { message_type: type, [type]: { url, caption: text } };
}
