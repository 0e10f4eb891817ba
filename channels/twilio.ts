import { createHash, createHmac } from 'node:crypto';
import { parse as parseQuery, stringify as stringifyQuery } from 'node:querystring';
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
import { mediaType } from './media.ts';
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
  pathPart,
  readJson,
  size,
  take,
  webAddress,
} from './read.ts';
import { idUrn, phoneUrn, profileOf, senderOf, shortUrn, whatsappUrn } from './sender.ts';
import { type Secrets, sameText, secretList, secretsOf } from './signature.ts';
import { isoTime } from './time.ts';

/**
 * Twilio: SMS, MMS, WhatsApp, Messenger and RCS by its Messages API, and Conversations. One event for
 * each delivery, as a form; without a time of its own, except in Conversations.
 *
 * - messages: https://www.twilio.com/docs/messaging/guides/webhook-request
 * - statuses: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * - Conversations: https://www.twilio.com/docs/conversations-classic/conversations-webhooks
 * - signature: https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * - sending: https://www.twilio.com/docs/messaging/api/message-resource
 *
 * What is answered to a message would be sent to its sender: the answer stays empty.
 */

const credentials = z.strictObject({
  accountSid: pathPart,
  authToken: secretList,
  /** A number or name, `whatsapp:+…`, `messenger:…`, `rcs:…`, or a messaging service (`MG…`). */
  from: id,
  apiBaseUrl,
});
export type TwilioCredentials = z.infer<typeof credentials>;

/**
 * Twilio states no limit. A text has at most 4,096 characters, of up to 9 bytes each in a form. A form
 * must be read to be verified, so there is no more room than that takes.
 */
const BODY_LIMIT = 128 * 1024;

const API = 'https://api.twilio.com/2010-04-01';

export const twilio: ChannelAdapter<TwilioCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,
  deliversByGet: true,

  verify: (delivery, { authToken }) => hasTwilioSignature(delivery, authToken),

  parse(delivery, { receivedAt }) {
    const params = paramsOf(delivery);
    if (params === undefined) return [invalid('not_json')];
    return [isObject(params) ? readEvent(params, receivedAt) : invalid('bad_envelope')];
  },

  reaches: (urn) => /^(tel|whatsapp|messenger):/.test(urn),

  async send(message, { credentials, webhookUrl, call, now }) {
    const { accountSid, authToken, from, apiBaseUrl = API } = credentials;
    const token = secretsOf(authToken)[0];
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/Accounts/${accountSid}/Messages.json`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${accountSid}:${token}`).toString('base64')}`,
      },
      body: formOf(message, from, webhookUrl).toString(),
    });
    assertAccepted(response, now(), codeOf(response));
    const { sid, status, error_code: failure } = readAnswer(answerSchema, response);
    if (STATUSES.get(status ?? '') === 'failed') {
      throw new SendError('rejected', { providerCode: failure?.toString() });
    }
    return { messageId: sid };
  },
};

// Who is let in

const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;

/**
 * `X-Twilio-Signature`: the base64 HMAC-SHA1 under the auth token of the address as Twilio has it,
 * followed by the name and value of each parameter of the form, in the order of their names. Of JSON,
 * the address has the hash instead. Parameters are added without notice: whatever comes is signed.
 */
function hasTwilioSignature(delivery: Delivery, authToken: Secrets | undefined): boolean {
  const given = delivery.headers['x-twilio-signature'];
  if (typeof given !== 'string' || !SIGNATURE.test(given)) return false;
  const params = signedParams(delivery);
  if (params === undefined) return false;
  const secrets = secretsOf(authToken);
  for (const address of addressesOf(delivery.url)) {
    for (const secret of secrets) {
      const hmac = createHmac('sha1', secret).update(address).update(params);
      if (sameText(given, hmac.digest('base64'))) return true;
    }
  }
  return false;
}

/** What follows the address; `undefined` when the body is not the one that the address speaks of. */
function signedParams({ method, query, body }: Delivery): string | undefined {
  const bodyHash = query.get('bodySHA256');
  if (bodyHash !== null) {
    return sameText(bodyHash, createHash('sha256').update(body).digest('hex')) ? '' : undefined;
  }
  if (method === 'GET') return body.length === 0 ? '' : undefined;
  const values = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(body.toString())) {
    const set = values.get(name);
    if (set) set.add(value);
    else values.set(name, new Set([value]));
  }
  return [...values.keys()]
    .sort()
    .flatMap((name) => [...(values.get(name) ?? [])].sort().map((value) => name + value))
    .join('');
}

/** Scheme and host, and the port if there is one. */
const HOST = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*?)(:\d*)?(?=[/?#]|$)/i;

/**
 * The forms of an address that the official library takes: without a port and with the usual one, each
 * as it came, with its characters escaped, and with its query written anew.
 */
function addressesOf(url: string): Set<string> {
  const forms = [url];
  if (URL.canParse(url)) {
    const escaped = new URL(url).toString();
    forms.push(escaped, withQueryAnew(escaped));
  }
  return new Set(forms.flatMap((form) => [withoutPort(form), withPort(form)]));
}

const withoutPort = (url: string): string => url.replace(HOST, '$1');

const withPort = (url: string): string =>
  url.replace(HOST, (whole, host: string, port?: string) =>
    port === undefined ? `${host}:${host.toLowerCase().startsWith('https:') ? 443 : 80}` : whole,
  );

function withQueryAnew(url: string): string {
  const mark = url.indexOf('?');
  if (mark < 0 || mark === url.length - 1) return url;
  return `${url.slice(0, mark)}?${stringifyQuery(parseQuery(url.slice(mark + 1)))}`;
}

// What happened

/** The parameters of a form; a body that is JSON has its hash in the address. */
function paramsOf({ method, query, body }: Delivery): unknown {
  if (method === 'GET') return Object.fromEntries(query);
  if (query.has('bodySHA256')) return readJson(body);
  return Object.fromEntries(new URLSearchParams(body.toString()));
}

function readEvent(params: Json, receivedAt: number): StoredEvent | SettledEvent {
  if (typeof params.EventType === 'string') {
    return readConversation(params, params.EventType, receivedAt);
  }
  const { MessageSid: messageId, MessageStatus, SmsStatus } = take(envelopeSchema, params) ?? {};
  if (messageId === undefined) return invalid('bad_envelope');
  const status = MessageStatus ?? SmsStatus;
  return status === undefined || RECEIVED.has(status)
    ? readMessage(params, messageId, receivedAt)
    : readStatus(messageId, status, receivedAt);
}

const envelopeSchema = z.object({ MessageSid: id, MessageStatus: hint, SmsStatus: hint });

/** The status of messages to us. */
const RECEIVED = new Set(['receiving', 'received']);

/** What comes before `sent` (`accepted`, `queued`, `sending`, …) says nothing that is shown. */
const STATUSES = new Map<string, MessageStatus>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['undelivered', 'failed'],
  ['failed', 'failed'],
  ['canceled', 'failed'],
]);

function readStatus(messageId: string, given: string, at: number): StoredEvent | SettledEvent {
  const status = STATUSES.get(given);
  if (!status) return ignored('other_status');
  return { kind: 'status', eventId: `${messageId}:${given}`, at, messageId, status };
}

const messageSchema = z.object({
  From: id,
  /** WhatsApp's own id of the person, which stays when the phone number is no longer shown. */
  ExternalUserId: hint,
  ProfileName: label,
  OriginalRepliedMessageSid: id.optional().catch(undefined),
});

function readMessage(params: Json, eventId: string, at: number): StoredEvent | SettledEvent {
  const message = take(messageSchema, params);
  if (!message) return invalid('bad_message');
  const { From, ExternalUserId = From, ProfileName, OriginalRepliedMessageSid } = message;
  const urns = [addressUrn(ExternalUserId), addressUrn(From)].filter((urn) => urn !== undefined);
  const identities = [...new Set(urns)];
  if (identities.length === 0) return invalid('no_sender');
  const content = contentOf(params);
  if (OriginalRepliedMessageSid) content.replyTo = OriginalRepliedMessageSid;
  const profile = profileOf(identities, ProfileName);
  return { kind: 'message', eventId, at, identities, profile, content };
}

/** `+1415…`, a short code or a name; or, with another channel, `whatsapp:+1415…`, `messenger:2493…`. */
function addressUrn(address: string): Urn | undefined {
  const { kind, address: name } = senderOf(address);
  if (kind === 'whatsapp') return whatsappUrn(name);
  if (kind === 'rcs') return phoneUrn(name);
  if (kind !== 'sms') return /^[a-z]+$/.test(kind) ? idUrn(kind, name) : undefined;
  return name.startsWith('+') ? (phoneUrn(name) ?? shortUrn(name)) : shortUrn(name);
}

// Content

const textSchema = z.object({ Body: z.string().optional().catch(undefined), MessageType: hint });
const buttonSchema = z.object({ ButtonText: hint, ButtonPayload: hint });
const placeSchema = z.object({
  Latitude: z.string().regex(/^-?\d/),
  Longitude: z.string().regex(/^-?\d/),
  Label: hint,
  Address: hint,
});

/** https://www.twilio.com/docs/messaging/guides/webhook-request: `MediaUrl0` to `MediaUrl9`. */
const MOST_MEDIA = 10;

function contentOf(params: Json): Content {
  const { Body: text, MessageType: type } = take(textSchema, params) ?? {};
  const attachments = mediaOf(params);
  if (attachments.length > 0) {
    return { type: 'attachment', attachments, ...(text ? { text } : {}) };
  }
  const { ButtonText, ButtonPayload } = take(buttonSchema, params) ?? {};
  const pressed = ButtonText ?? ButtonPayload;
  if (pressed) return { type: 'reply', text: pressed };
  const place = take(placeSchema, params);
  if (place) {
    const position = `${place.Latitude},${place.Longitude}`;
    return { type: 'location', text: lines(place.Label, place.Address, position) };
  }
  // Contacts, reactions and what is not known come without a text; so does an empty SMS.
  if (text || type === undefined || type === 'text') return { type: 'text', text: text ?? '' };
  return { type: 'unsupported' };
}

function mediaOf(params: Json): Attachment[] {
  const attachments: Attachment[] = [];
  for (let i = 0; i < MOST_MEDIA; i++) {
    const url = take(webAddress, params[`MediaUrl${i}`]);
    const mimeType = take(hint, params[`MediaContentType${i}`]);
    if (url)
      attachments.push({ type: mediaType(mimeType), url, ...(mimeType ? { mimeType } : {}) });
  }
  return attachments;
}

// Conversations

const conversationSchema = z.object({ MessageSid: id, Author: hint });
const timesSchema = z.object({ DateCreated: isoTime, DateUpdated: isoTime });
const fileSchema = z.object({ Sid: id, ContentType: hint, Filename: hint, Size: size });

/** Who has no address is one of us: a person at a screen, or a program. */
const ADDRESS = /^(\+|whatsapp:|messenger:|rcs:)/;

/**
 * What was said in a conversation, by one who takes part in it by phone or in an app. Who else takes
 * part is not told, so what we said ourselves has no recipient.
 */
function readConversation(
  params: Json,
  event: string,
  receivedAt: number,
): StoredEvent | SettledEvent {
  if (!CONVERSATION_EVENTS.has(event)) return ignored('other_event');
  const message = take(conversationSchema, params);
  if (!message) return invalid('bad_message');
  const { MessageSid: messageId, Author: author } = message;
  const { DateCreated, DateUpdated } = take(timesSchema, params) ?? {};
  if (event === 'onMessageRemoved') {
    return { kind: 'deletion', eventId: `${messageId}:removed`, at: receivedAt, messageId };
  }
  if (author === undefined || !ADDRESS.test(author)) return ignored('own_message');
  const sender = addressUrn(author);
  if (sender === undefined) return invalid('no_sender');
  const identities = [sender];
  const content = spokenContent(params);
  if (event === 'onMessageUpdated') {
    const at = DateUpdated ?? receivedAt;
    return { kind: 'edit', eventId: `${messageId}:${at}`, at, messageId, identities, content };
  }
  const profile = profileOf(identities, undefined);
  const at = DateCreated ?? receivedAt;
  return { kind: 'message', eventId: messageId, at, identities, profile, content };
}

const CONVERSATION_EVENTS = new Set(['onMessageAdded', 'onMessageUpdated', 'onMessageRemoved']);

/** `Media` is a list or, in a form, the text of one. Its files have no address. */
function spokenContent(params: Json): Content {
  const { Body: text } = take(textSchema, params) ?? {};
  const { Media: media } = params;
  const list = typeof media === 'string' ? readJson(Buffer.from(media)) : media;
  const attachments = (Array.isArray(list) ? list.slice(0, MOST_MEDIA) : []).flatMap((item) => {
    const file = take(fileSchema, item);
    if (!file) return [];
    const attachment: Attachment = { type: mediaType(file.ContentType), id: file.Sid };
    if (file.ContentType) attachment.mimeType = file.ContentType;
    if (file.Filename) attachment.name = file.Filename;
    if (file.Size !== undefined) attachment.size = file.Size;
    return [attachment];
  });
  if (attachments.length === 0) return { type: 'text', text: text ?? '' };
  return { type: 'attachment', attachments, ...(text ? { text } : {}) };
}

// What is sent

const answerSchema = z.object({
  sid: id,
  status: hint,
  error_code: z.number().nullish().catch(undefined),
});
const errorSchema = z.object({ code: z.int() });

const codeOf = ({ body }: HttpResponse): string | undefined =>
  take(errorSchema, readJson(Buffer.from(body)))?.code.toString();

function formOf({ to, text, attachment }: Outgoing, from: string, webhookUrl: string) {
  const form = new URLSearchParams({
    To: recipientOf(to, from),
    [isService(from) ? 'MessagingServiceSid' : 'From']: from,
    StatusCallback: webhookUrl,
  });
  if (text !== undefined) form.set('Body', text);
  if (attachment) {
    if (attachment.url === undefined) throw new SendError('unsupported');
    form.set('MediaUrl', attachment.url);
  }
  return form;
}

const isService = (from: string): boolean => /^MG\w{32}$/.test(from);

/** As what it is sent from: a WhatsApp number writes to WhatsApp, a page to Messenger, a phone to phones. */
function recipientOf(to: Urn, from: string): string {
  const { kind } = isService(from) ? { kind: 'service' } : senderOf(from);
  if (!to.startsWith('tel:')) {
    if (kind === 'service' || to.startsWith(`${kind}:`)) return to;
    throw new SendError('unsupported');
  }
  const phone = to.slice('tel:'.length);
  if (kind === 'messenger') throw new SendError('unsupported');
  return kind === 'whatsapp' || kind === 'rcs' ? `${kind}:${phone}` : phone;
}
