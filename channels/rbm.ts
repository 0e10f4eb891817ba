import { createHmac, createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  MessageStatus,
  SettledEvent,
  StoredEvent,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Outgoing, SendContext } from './adapter.ts';
import { assertAccepted, type HttpResponse, readAnswer, SendError } from './http.ts';
import { mediaType } from './media.ts';
import {
  apiBaseUrl,
  hint,
  id,
  ignored,
  invalid,
  isObject,
  type Json,
  readJson,
  size,
  take,
  webAddress,
} from './read.ts';
import { phoneUrn } from './sender.ts';
import { isOneOf, sameText, secretList, secretsOf } from './signature.ts';
import { isoTime } from './time.ts';
import { uuidOf } from './uuid.ts';

/**
 * Google RCS for Business (RBM): one message or event for each delivery, as base64 in an envelope.
 *
 * - webhook: https://developers.google.com/business-communications/rcs-business-messaging/guides/integrate/webhooks
 * - messages, events: …/reference/rest/v1/UserMessage, UserEvent, ServerEvent
 * - sending: …/reference/rest/v1/phones.agentMessages/create
 *
 * The signature covers the decoded inner data, so the envelope has to be read to check it; nothing
 * else of the envelope is used, for nothing else is signed. Nothing says when it was signed either: a
 * replay is recognised by its id.
 */

const TOKEN_URI = 'https://oauth2.googleapis.com/token';

/** The key file of a service account, as Google gives it: its text, or what is in it. */
const serviceAccount = z.preprocess(
  (value) => (typeof value === 'string' ? readJson(Buffer.from(value)) : value),
  z.object(
    {
      client_email: z.string().min(1),
      private_key: z.string().refine(isPrivateKey, 'must be a private key in PEM'),
      private_key_id: z.string().min(1).optional(),
      token_uri: z.url({ protocol: /^https?$/ }).default(TOKEN_URI),
    },
    { error: 'must be the key file of a service account' },
  ),
);

const credentials = z.strictObject({
  agentId: id,
  clientToken: secretList,
  serviceAccount,
  apiBaseUrl,
});
export type RbmCredentials = z.infer<typeof credentials>;

/** Google states no limit. A text is at most 3,072 characters; files come as addresses. */
const BODY_LIMIT = 256 * 1024;

/** Also at `us-`, `europe-` and `asia-` before it, by the agent's region. */
const API = 'https://rcsbusinessmessaging.googleapis.com';

export const rbm: ChannelAdapter<RbmCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify({ headers, body }, { clientToken }) {
    const given = headers['x-goog-signature'];
    if (typeof given !== 'string') return false;
    const data = dataOf(readJson(body));
    if (!data) return false;
    return secretsOf(clientToken).some((secret) =>
      sameText(given, createHmac('sha512', secret).update(data).digest('base64')),
    );
  },

  /** `POST {clientToken, secret}`, answered with the secret as text. It is not signed. */
  challenge({ method, headers, body }, { clientToken }) {
    if (method !== 'POST' || headers['x-goog-signature'] !== undefined) return undefined;
    const greeting = take(greetingSchema, readJson(body));
    if (!greeting || !isOneOf(greeting.clientToken, clientToken)) return undefined;
    return { status: 200, body: greeting.secret, contentType: 'text/plain' };
  },

  parse({ body }, { credentials: { agentId }, receivedAt }) {
    const envelope = readJson(body);
    if (envelope === undefined) return [invalid('not_json')];
    const data = dataOf(envelope);
    if (!data) return [invalid('bad_envelope')];
    const item = readJson(data);
    if (!isObject(item)) return [invalid('bad_data')];
    // A partner's webhook serves every agent that has none of its own.
    if (item.agentId !== undefined && !isSameAgent(item.agentId, agentId)) {
      return [ignored('other_agent')];
    }
    const read = item.eventType === undefined ? readMessage : readEvent;
    return [read(item, receivedAt)];
  },

  reaches: (urn) => urn.startsWith('tel:'),

  // The platform ignores an id that the agent has used before.
  idempotent: true,

  async send(message, context) {
    const { credentials, call, now } = context;
    const contentMessage = contentMessageOf(message);
    // The platform takes UUIDs only.
    const messageId = uuidOf(message.key);
    const token = await context.remember('access_token', () => fetchToken(context));
    const response = await call({
      method: 'POST',
      url: addressOf(message, credentials, messageId),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ contentMessage, messageTrafficType: 'SERVICEREQUEST' }),
    });
    const status = statusOf(response);
    // It is there from an attempt whose answer was lost.
    if (response.status === 409 && status === 'ALREADY_EXISTS') return { messageId };
    assertAccepted(response, now(), status);
    readAnswer(sentSchema, response);
    return { messageId };
  },
};

const greetingSchema = z.object({
  clientToken: z.string(),
  secret: z.string().regex(/^[\x21-\x7e]{1,256}$/),
});

// What is told

const envelopeSchema = z.object({
  message: z.object({ data: z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/) }),
});

const dataOf = (envelope: unknown): Buffer | undefined => {
  const data = take(envelopeSchema, envelope)?.message.data;
  return data === undefined ? undefined : Buffer.from(data, 'base64');
};

/** `agent` and `agent@rbm.goog` are the same. */
const isSameAgent = (given: unknown, agentId: string): boolean =>
  typeof given === 'string' && nameOf(given) === nameOf(agentId);
const nameOf = (agentId: string): string | undefined => agentId.split('@')[0];

const messageSchema = z.object({ senderPhoneNumber: z.string(), messageId: id, sendTime: isoTime });
const eventSchema = z.object({ eventType: z.string() });
const statusSchema = z.object({ messageId: id, sendTime: isoTime });

function readMessage(item: Json, receivedAt: number): StoredEvent | SettledEvent {
  const message = take(messageSchema, item);
  if (!message) return invalid('bad_message');
  const sender = phoneUrn(message.senderPhoneNumber);
  if (sender === undefined) return invalid('no_sender');
  const content = contentOf(item);
  if (!content) return invalid('bad_content');
  return {
    kind: 'message',
    eventId: message.messageId,
    at: message.sendTime ?? receivedAt,
    identities: [sender],
    profile: { phone: sender.slice('tel:'.length) },
    content,
  };
}

const STATUSES = new Map<string, MessageStatus>([
  ['DELIVERED', 'delivered'],
  ['READ', 'read'],
  // Taken back by the platform: its time was over before the phone was there.
  ['TTL_EXPIRATION_REVOKED', 'failed'],
]);
const OTHER_EVENTS = new Map([
  ['IS_TYPING', 'typing'],
  ['SUBSCRIBE', 'subscribe'],
  ['UNSUBSCRIBE', 'unsubscribe'],
]);

function readEvent(item: Json, receivedAt: number): StoredEvent | SettledEvent {
  const event = take(eventSchema, item);
  if (!event) return invalid('bad_event');
  const status = STATUSES.get(event.eventType);
  if (!status) return ignored(OTHER_EVENTS.get(event.eventType) ?? 'other_event');
  const update = take(statusSchema, item);
  if (!update) return invalid('bad_status');
  const { messageId, sendTime: at = receivedAt } = update;
  return { kind: 'status', eventId: `${messageId}:${status}`, at, messageId, status };
}

// Content

const fileSchema = z.object({
  payload: z.object({ fileUri: webAddress, mimeType: hint, fileName: hint, fileSizeBytes: size }),
});
const placeSchema = z.object({ latitude: z.number(), longitude: z.number() });
const suggestionSchema = z.object({ text: hint, postbackData: hint });

/** In this order, though there is one of them only. */
const READERS: [key: string, read: (part: unknown) => Content | undefined][] = [
  ['text', (text) => (typeof text === 'string' ? { type: 'text', text } : undefined)],
  [
    'userFile',
    (part) => {
      const file = take(fileSchema, part)?.payload;
      if (!file) return undefined;
      const attachment: Attachment = { type: mediaType(file.mimeType), url: file.fileUri };
      if (file.mimeType) attachment.mimeType = file.mimeType;
      if (file.fileName) attachment.name = file.fileName;
      if (file.fileSizeBytes !== undefined) attachment.size = file.fileSizeBytes;
      return { type: 'attachment', attachments: [attachment] };
    },
  ],
  [
    'location',
    (part) => {
      const place = take(placeSchema, part);
      return place && { type: 'location', text: `${place.latitude},${place.longitude}` };
    },
  ],
  [
    // A button of ours that was pressed: what it says, or what it stands for.
    'suggestionResponse',
    (part) => {
      const pressed = take(suggestionSchema, part);
      const text = pressed?.text ?? pressed?.postbackData;
      return pressed && { type: 'reply', ...(text === undefined ? {} : { text }) };
    },
  ],
];

function contentOf(item: Json): Content | undefined {
  for (const [key, read] of READERS) {
    if (Object.hasOwn(item, key)) return read(item[key]);
  }
  return { type: 'unsupported' };
}

// What is sent

function addressOf(
  { to }: Outgoing,
  { apiBaseUrl = API, agentId }: RbmCredentials,
  messageId: string,
): string {
  const phone = to.slice('tel:'.length);
  const query = new URLSearchParams({ messageId, agentId });
  return `${apiBaseUrl.replace(/\/$/, '')}/v1/phones/${phone}/agentMessages?${query}`;
}

/** A text or a file: a file has no caption. */
function contentMessageOf({ to, text, attachment }: Outgoing): Json {
  if (!/^tel:\+[1-9]\d{1,14}$/.test(to)) throw new SendError('unsupported');
  if (attachment?.url !== undefined && text === undefined) {
    return { contentInfo: { fileUrl: attachment.url, forceRefresh: false } };
  }
  if (attachment || text === undefined) throw new SendError('unsupported');
  return { text };
}

const sentSchema = z.object({ name: z.string().min(1) });
const errorSchema = z.object({ error: z.object({ status: z.string().regex(/^[A-Z_]{1,40}$/) }) });

/** Google's word for what is wrong. */
const statusOf = ({ body }: HttpResponse): string | undefined =>
  take(errorSchema, readJson(Buffer.from(body)))?.error.status;

const SCOPE = 'https://www.googleapis.com/auth/rcsbusinessmessaging';
const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.int().positive() });

/** https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests */
async function fetchToken({ credentials, call, now }: SendContext<RbmCredentials>) {
  const { client_email, private_key, private_key_id, token_uri } = credentials.serviceAccount;
  const seconds = Math.floor(now() / 1000);
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({
      alg: 'RS256',
      typ: 'JWT',
      ...(private_key_id && { kid: private_key_id }),
    })
    .setIssuer(client_email)
    .setAudience(token_uri)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + HOUR_SECONDS)
    .sign(createPrivateKey(private_key));
  const response = await call({
    method: 'POST',
    url: token_uri,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    }).toString(),
  });
  // What is wrong with a key or its account comes as a 400.
  if (response.status === 400) throw new SendError('credentials_refused');
  assertAccepted(response, now());
  const { access_token, expires_in } = readAnswer(tokenSchema, response);
  return { value: access_token, ttlSeconds: expires_in };
}
/** As long as Google allows. */
const HOUR_SECONDS = 60 * 60;

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
