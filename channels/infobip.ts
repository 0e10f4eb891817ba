import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  MessageStatus,
  ParsedEvent,
  SettledEvent,
  StoredEvent,
  Urn,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Delivery, Outgoing } from './adapter.ts';
import { assertAccepted, type HttpResponse, readAnswer, SendError } from './http.ts';
import { mediaType } from './media.ts';
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
import { digitsOf, idUrn, profileOf, senderOf, smsUrn, whatsappUrn } from './sender.ts';
import { isOneOf, sameText, secretList, secretsOf } from './signature.ts';
import { isoTime } from './time.ts';

/**
 * Infobip: SMS, MMS and WhatsApp. A delivery holds up to 2,000 results of many senders: messages,
 * delivery reports and seen reports, in any mixture.
 *
 * - SMS: https://www.infobip.com/docs/api/channels/sms/inbound-sms/receive-inbound-sms-messages
 * - WhatsApp: https://www.infobip.com/docs/api/channels/whatsapp/receive-whatsapp-inbound-messages
 * - delivery reports: https://www.infobip.com/docs/api/channels/sms/logs-and-status-reports
 * - who may call: https://www.infobip.com/docs/api/platform/subscriptions-api/create-profile
 *
 * Its pages do not say where an HMAC is, nor how it is made: that is configured, and nothing is let in
 * before it is.
 */

const credentials = z
  .strictObject({
    authType: z.enum(['basic', 'hmac']),
    user: z.string().min(1).optional(),
    password: secretList.optional(),
    hmacSecret: secretList.optional(),
    /** The name of the header that has the HMAC of the body. */
    hmacHeader: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,100}$/)
      .optional(),
    hmacAlgorithm: z.enum(['sha1', 'sha256', 'sha512']).optional(),
    hmacEncoding: z.enum(['hex', 'base64']).optional(),
    /** To send. `from` is a number or name; with `whatsapp:` before it, a WhatsApp sender. */
    apiKey: secretList.optional(),
    from: id.optional(),
    apiBaseUrl,
  })
  .superRefine((given, { addIssue }) => {
    const needed =
      given.authType === 'basic' ? (['user', 'password'] as const) : (['hmacSecret'] as const);
    for (const field of needed) {
      if (given[field] !== undefined) continue;
      addIssue({ code: 'custom', path: [field], message: `is needed for ${given.authType}` });
    }
  });
export type InfobipCredentials = z.infer<typeof credentials>;

/** 2,000 results of at most 2 kB. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** No valid result is shorter: `{"messageId":"x","seenAt":"…"}`. */
const MAX_EVENTS = BODY_LIMIT / 32;

export const infobip: ChannelAdapter<InfobipCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify(delivery, credentials) {
    return credentials.authType === 'basic'
      ? hasBasicAuth(delivery, credentials)
      : hasHmac(delivery, credentials);
  },

  parse({ body }, { receivedAt }) {
    const envelope = readJson(body);
    if (envelope === undefined) return [invalid('not_json')];
    if (!isObject(envelope) || !Array.isArray(envelope.results)) return [invalid('bad_envelope')];
    const events: ParsedEvent[] = [];
    eachOf(envelope.results, events, MAX_EVENTS, (item) =>
      events.push(isObject(item) ? readResult(item, receivedAt) : invalid('bad_item')),
    );
    return events.length > 0 ? events : [ignored('empty')];
  },

  reaches: (urn) => /^(tel|whatsapp):/.test(urn),

  async send(message, { credentials, call, now }) {
    const { apiKey, from, apiBaseUrl } = credentials;
    // Its address is each account's own.
    if (apiKey === undefined || from === undefined || apiBaseUrl === undefined) {
      throw new SendError('unsupported');
    }
    const { path, body } = requestOf(message, from);
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}${path}`,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `App ${secretsOf(apiKey)[0]}`,
      },
      body: JSON.stringify(body),
    });
    assertAccepted(response, now(), codeOf(response));
    const { messageId, status } = readAnswer(answerSchema, response);
    if (status && STATUSES.get(status.groupName) === 'failed') {
      throw new SendError('rejected', { providerCode: status.name });
    }
    return { messageId };
  },
};

// Who is let in

const BASIC = /^basic /i;

function hasBasicAuth({ headers }: Delivery, { user, password }: InfobipCredentials): boolean {
  const { authorization } = headers;
  if (!user || typeof authorization !== 'string' || !BASIC.test(authorization)) return false;
  const expected = secretsOf(password).map((one) =>
    Buffer.from(`${user}:${one}`).toString('base64'),
  );
  return isOneOf(authorization.slice('basic '.length), expected);
}

/** Of the raw body. */
function hasHmac({ headers, body }: Delivery, credentials: InfobipCredentials): boolean {
  const { hmacSecret, hmacHeader, hmacAlgorithm = 'sha256', hmacEncoding = 'hex' } = credentials;
  if (!hmacHeader) return false;
  const given = headers[hmacHeader.toLowerCase()];
  if (typeof given !== 'string') return false;
  return secretsOf(hmacSecret).some((secret) =>
    sameText(given, createHmac(hmacAlgorithm, secret).update(body).digest(hmacEncoding)),
  );
}

// What happened

const resultSchema = z.object({
  messageId: id,
  from: hint,
  receivedAt: isoTime,
  sentAt: isoTime,
  doneAt: isoTime,
  seenAt: hint,
  status: z.object({ groupName: z.string() }).optional().catch(undefined),
});
type Result = z.infer<typeof resultSchema>;

/** https://www.infobip.com/docs/essentials/response-status-and-error-codes */
const STATUSES = new Map<string, MessageStatus>([
  ['PENDING', 'sent'],
  ['DELIVERED', 'delivered'],
  ['UNDELIVERABLE', 'failed'],
  ['EXPIRED', 'failed'],
  ['REJECTED', 'failed'],
]);

function readResult(item: Json, receivedAt: number): StoredEvent | SettledEvent {
  const result = take(resultSchema, item);
  if (!result) return invalid('bad_result');
  const { messageId, status, seenAt } = result;
  if (seenAt !== undefined) {
    const at = take(isoTime, seenAt) ?? receivedAt;
    return { kind: 'status', eventId: `${messageId}:SEEN`, at, messageId, status: 'read' };
  }
  if (!status) return readMessage(item, result, receivedAt);
  const known = STATUSES.get(status.groupName);
  if (!known) return ignored('other_status');
  const at = result.doneAt ?? result.sentAt ?? receivedAt;
  const eventId = `${messageId}:${status.groupName}`;
  return { kind: 'status', eventId, at, messageId, status: known };
}

const messageSchema = z.object({
  integrationType: hint,
  contact: z.object({ name: label }).optional().catch(undefined),
  message: z
    .object({ context: z.object({ id }) })
    .optional()
    .catch(undefined),
});

function readMessage(item: Json, result: Result, receivedAt: number): StoredEvent | SettledEvent {
  const { messageId: eventId, from, receivedAt: at = receivedAt } = result;
  if (from === undefined) return invalid('no_sender');
  const { integrationType, contact, message } = take(messageSchema, item) ?? {};
  const sender = senderUrn(integrationType, from);
  if (sender === undefined) return invalid('no_sender');
  const content = contentOf(item);
  if (message) content.replyTo = message.context.id;
  const identities = [sender];
  const profile = profileOf(identities, contact?.name);
  return { kind: 'message', eventId, at, identities, profile, content };
}

/** Numbers come without their `+`. SMS and MMS have no integration type. */
function senderUrn(type: string | undefined, from: string): Urn | undefined {
  if (type === undefined) return smsUrn(from);
  if (type.startsWith('WHATSAPP')) return whatsappUrn(from);
  return type.startsWith('MESSENGER') ? idUrn('messenger', from) : smsUrn(from);
}

// Content: what of it cannot be read leaves a message all the same.

const UNSUPPORTED: Content = { type: 'unsupported' };

function contentOf({ text, message }: Json): Content {
  if (Array.isArray(message)) return partsContent(message);
  if (isObject(message)) return appContent(message) ?? { ...UNSUPPORTED };
  return typeof text === 'string' ? { type: 'text', text } : { ...UNSUPPORTED };
}

const partSchema = z.object({
  contentType: z.string(),
  url: webAddress.optional().catch(undefined),
  value: hint,
});

/** More than an MMS has. */
const MOST_PARTS = 50;

/** An MMS: its texts and its files. */
function partsContent(list: unknown[]): Content {
  const texts: string[] = [];
  const attachments: Attachment[] = [];
  for (const item of list.slice(0, MOST_PARTS)) {
    const part = take(partSchema, item);
    if (part?.url) {
      const { contentType: mimeType, url } = part;
      attachments.push({ type: mediaType(mimeType), url, mimeType });
    } else if (part?.value && part.contentType.startsWith('text/')) texts.push(part.value);
  }
  const text = lines(...texts);
  if (attachments.length > 0) return { type: 'attachment', attachments, ...(text ? { text } : {}) };
  return text ? { type: 'text', text } : { ...UNSUPPORTED };
}

type Reader = (message: Json) => Content | undefined;

const textSchema = z.object({ text: z.string() });
const fileSchema = z.object({ url: webAddress, caption: hint, filename: hint });
const placeSchema = z.object({
  latitude: z.number(),
  longitude: z.number(),
  name: hint,
  address: hint,
});
const choiceSchema = z.object({ title: hint, text: hint, id: hint, payload: hint });
const cardsSchema = z.object({
  contacts: z.array(
    z.object({
      name: z.object({ formattedName: hint, firstName: hint }).optional().catch(undefined),
      phones: z
        .array(z.object({ phone: hint }))
        .optional()
        .catch(undefined),
    }),
  ),
});

const media =
  (type: Attachment['type']): Reader =>
  (message) => {
    const file = take(fileSchema, message);
    if (!file) return undefined;
    const attachment: Attachment = { type, url: file.url };
    if (file.filename) attachment.name = file.filename;
    const content: Content = { type: 'attachment', attachments: [attachment] };
    if (file.caption) content.text = file.caption;
    return content;
  };

const chosen: Reader = (message) => {
  const choice = take(choiceSchema, message) ?? {};
  const text = choice.title ?? choice.text ?? choice.id ?? choice.payload;
  return { type: 'reply', ...(text ? { text } : {}) };
};

/** By the message's `type`. */
const READERS = new Map<unknown, Reader>([
  [
    'TEXT',
    (message) => {
      const said = take(textSchema, message);
      return said && { type: 'text', text: said.text };
    },
  ],
  ['IMAGE', media('image')],
  ['VIDEO', media('video')],
  ['AUDIO', media('audio')],
  ['VOICE', media('audio')],
  ['DOCUMENT', media('file')],
  ['STICKER', media('sticker')],
  [
    'LOCATION',
    (message) => {
      const place = take(placeSchema, message);
      if (!place) return undefined;
      const position = `${place.latitude},${place.longitude}`;
      return { type: 'location', text: lines(place.name, place.address, position) };
    },
  ],
  [
    'CONTACT',
    (message) => {
      const cards = take(cardsSchema, message)?.contacts;
      if (!cards) return undefined;
      const text = lines(
        ...cards.flatMap(({ name, phones = [] }) => [
          name?.formattedName ?? name?.firstName,
          ...phones.map(({ phone }) => phone),
        ]),
      );
      return { type: 'contacts', text };
    },
  ],
  // Under a template of ours, and of a message of ours.
  ['BUTTON', chosen],
  ['INTERACTIVE_BUTTON_REPLY', chosen],
  ['INTERACTIVE_LIST_REPLY', chosen],
]);

const appContent = (message: Json): Content | undefined => READERS.get(message.type)?.(message);

// What is sent

const stateSchema = z.object({
  messageId: id,
  status: z.object({ groupName: z.string(), name: hint }).optional().catch(undefined),
});
/** Of SMS, a list of one; of WhatsApp, the one itself. */
const answerSchema = z
  .object({ messages: z.tuple([stateSchema]) })
  .transform(({ messages }) => messages[0])
  .or(stateSchema);
const errorSchema = z.object({
  requestError: z.object({ serviceException: z.object({ messageId: z.string() }) }),
});

const codeOf = ({ body }: HttpResponse): string | undefined =>
  take(errorSchema, readJson(Buffer.from(body)))?.requestError.serviceException.messageId;

function requestOf(message: Outgoing, from: string): { path: string; body: Json } {
  const { kind, address } = senderOf(from);
  if (kind === 'whatsapp') return whatsappRequest(message, digitsOf(address));
  const { to, text, attachment, key } = message;
  if (kind !== 'sms' || attachment || !to.startsWith('tel:')) throw new SendError('unsupported');
  const one = {
    sender: digitsOf(address),
    destinations: [{ to: recipientOf(to) }],
    content: { text },
    webhooks: { callbackData: key },
  };
  return { path: '/sms/3/messages', body: { messages: [one] } };
}

/** https://www.infobip.com/docs/api/channels/whatsapp: what may be sent, and what may have a caption. */
const WHATSAPP_FILES = new Map<Attachment['type'], { path: string; caption: boolean }>([
  ['image', { path: 'image', caption: true }],
  ['video', { path: 'video', caption: true }],
  ['file', { path: 'document', caption: true }],
  ['audio', { path: 'audio', caption: false }],
  ['sticker', { path: 'sticker', caption: false }],
]);

function whatsappRequest(
  { to, text, attachment, key }: Outgoing,
  from: string,
): { path: string; body: Json } {
  const envelope = { from, to: recipientOf(to), callbackData: key };
  if (!attachment)
    return { path: '/whatsapp/1/message/text', body: { ...envelope, content: { text } } };
  const kind = WHATSAPP_FILES.get(attachment.type);
  if (!kind || attachment.url === undefined || (text !== undefined && !kind.caption)) {
    throw new SendError('unsupported');
  }
  const content = { mediaUrl: attachment.url, caption: text };
  return { path: `/whatsapp/1/message/${kind.path}`, body: { ...envelope, content } };
}

const recipientOf = (to: Urn): string => digitsOf(to.slice(to.indexOf(':') + 1));
