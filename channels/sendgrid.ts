import { createPublicKey, createVerify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type {
  MessageStatus,
  ParsedEvent,
  SettledEvent,
  StoredEvent,
} from '../models/delivery/event.ts';
import type { ChannelAdapter } from './adapter.ts';
import { decodeText } from './encodings.ts';
import { type Form, isJson, readForm } from './form.ts';
import { htmlToText } from './html.ts';
import { assertAccepted, type HttpResponse, SendError } from './http.ts';
import {
  isWithin,
  letterOf,
  type Mail,
  mailAddress,
  reachesByMail,
  readMail,
  statusOf,
} from './mail.ts';
import { readMime } from './mime.ts';
import {
  apiBaseUrl,
  eachOf,
  id,
  ignored,
  invalid,
  isObject,
  type Json,
  readJson,
  take,
} from './read.ts';
import { secretList, secretsOf } from './signature.ts';

/**
 * SendGrid: a mail by Inbound Parse, as a form; events of our own mails by the Event Webhook, as a
 * list in JSON.
 *
 * - mails: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
 * - events: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 * - signatures: …/for-developers/parsing-email/securing-your-parse-webhooks and
 *   …/for-developers/tracking-events/getting-started-event-webhook-security-features
 */

const publicKey = z.string().refine((key) => keyOf(key) !== undefined, {
  error: 'must be a public key of the curve P-256, as base64 or PEM',
});

const credentials = z.strictObject({
  /** Inbound Parse and the Event Webhook sign with keys of their own: both are listed. */
  publicKey: z.union([publicKey, z.array(publicKey).min(1).max(10)], {
    error: 'must be a public key of the curve P-256, as base64 or PEM, or a list of them',
  }),
  apiKey: secretList,
  address: mailAddress,
  apiBaseUrl,
});
export type SendGridCredentials = z.infer<typeof credentials>;

/** "The total message size limit, including the message itself and any number of attachments, is 30MB". */
const BODY_LIMIT = 50 * 1024 * 1024;

/** No valid event is shorter: `{"event":"open","timestamp":1,"sg_message_id":"x"}`. */
const MAX_EVENTS = BODY_LIMIT / 48;

/**
 * SendGrid sends a mail again for three days and does not say whether it signs anew; what is refused
 * it never sends again. So a proof is good for that long and one hour more. It covers the body: who
 * repeats it repeats the same mail, which is known by its `Message-ID`.
 */
const MAX_AGE_SECONDS = 73 * 3600;

export const sendgrid: ChannelAdapter<SendGridCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify({ headers, body }, { publicKey }, now) {
    const signature = headers['x-twilio-email-event-webhook-signature'];
    const timestamp = headers['x-twilio-email-event-webhook-timestamp'];
    if (typeof signature !== 'string' || typeof timestamp !== 'string') return false;
    if (!/^\d{10}$/.test(timestamp)) return false;
    if (!isWithin(Number(timestamp), MAX_AGE_SECONDS, now)) return false;
    const bytes = Buffer.from(signature, 'base64');
    // As it is written, not as it decodes: base64 has several ways to write the same bytes.
    if (bytes.toString('base64') !== signature) return false;
    return secretsOf(publicKey).some((secret) => {
      const key = keyOf(secret);
      return key !== undefined && isSigned([timestamp, body], key, bytes);
    });
  },

  async parse(delivery, { receivedAt, credentials: { address } }) {
    if (isJson(delivery)) return readEvents(delivery.body);
    const form = await readForm(delivery);
    if (!form) return [invalid('not_form')];
    const raw = form.bytes('email');
    const head = raw ?? form.bytes('headers');
    if (!head) return [invalid('bad_envelope')];
    const mime = await readMime(head);
    if (!mime) return [invalid('bad_mail')];
    const envelopeFrom = take(envelopeSchema, jsonIn(form, 'envelope'))?.from;
    const mail = { ...mime, ...(!raw && wordsOf(form)), envelopeFrom };
    return [readMail(mail, { receivedAt, own: address }, sentIdOf)];
  },

  reaches: reachesByMail,

  /** https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
  async send(message, { credentials, call, now }) {
    const { apiKey, address, apiBaseUrl = 'https://api.sendgrid.com' } = credentials;
    const { to, subject, text, headers } = letterOf(message);
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/v3/mail/send`,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${secretsOf(apiKey)[0]}`,
      },
      body: JSON.stringify({
        personalizations: [{ to: [{ email: to }] }],
        from: { email: address },
        subject,
        content: [{ type: 'text/plain', value: text }],
        headers,
        custom_args: { key: message.key },
      }),
    });
    assertAccepted(withRetryAfter(response, now()), now());
    const messageId = take(id, response.headers['x-message-id']);
    if (messageId === undefined) throw new SendError('bad_answer');
    return { messageId };
  },
};

// The signature

/** As SendGrid shows it: the base64 of its DER. PEM is the same with a frame. */
function keyOf(text: string): KeyObject | undefined {
  try {
    const base64 = text.replace(/-----[A-Z ]+-----|\s/g, '');
    const der = Buffer.from(base64, 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}

function isSigned(pieces: (string | Buffer)[], key: KeyObject, signature: Buffer): boolean {
  const verifier = createVerify('sha256');
  for (const piece of pieces) verifier.update(piece);
  return verifier.verify(key, signature);
}

// Mails

const charsetsSchema = z.record(z.string(), z.string()).catch({});
const envelopeSchema = z.object({ from: z.string() });

const jsonIn = (form: Form, name: string): unknown => readJson(form.bytes(name) ?? Buffer.alloc(0));

/** SendGrid takes the mail apart but leaves its words in their own charsets. */
function wordsOf(form: Form): Pick<Mail, 'text' | 'files' | 'subject'> {
  const charsets = charsetsSchema.parse(jsonIn(form, 'charsets'));
  const words = (name: string): string | undefined => {
    const bytes = form.bytes(name);
    return bytes && decodeText(bytes, charsets[name]);
  };
  return {
    text: words('text')?.trim() || htmlToText(words('html') ?? ''),
    files: form.files,
    subject: words('subject'),
  };
}

/** Our mails carry the id of the answer, at the machine that took them: `<ID@geopod-ismtpd-3>`. */
const sentIdOf = (reference: string): string =>
  /^<([^<>@]+)@(?:geopod-)?ismtpd[\w-]*>$/.exec(reference)?.[1] ?? reference;

// Events

const STATUSES = new Map<string, MessageStatus>([
  ['processed', 'sent'],
  ['delivered', 'delivered'],
  ['open', 'read'],
  ['click', 'read'],
  ['bounce', 'failed'],
  ['dropped', 'failed'],
]);

const eventSchema = z.object({
  sg_message_id: id,
  /** Seconds. */
  timestamp: z.int().nonnegative().max(99_999_999_999),
});

function readEvents(body: Buffer): ParsedEvent[] {
  const list = readJson(body);
  if (list === undefined) return [invalid('not_json')];
  if (!Array.isArray(list)) return [invalid('bad_envelope')];
  const events: ParsedEvent[] = [];
  eachOf(list, events, MAX_EVENTS, (item) =>
    events.push(isObject(item) ? readEvent(item) : invalid('bad_item')),
  );
  return events.length > 0 ? events : [ignored('empty')];
}

function readEvent(item: Json): StoredEvent | SettledEvent {
  if (typeof item.event !== 'string') return invalid('bad_event');
  const status = STATUSES.get(item.event);
  if (!status) return ignored('other_event');
  // Apple's mail program opens every mail by itself.
  if (item.sg_machine_open === true) return ignored('machine_open');
  const event = take(eventSchema, item);
  if (!event) return invalid('bad_event');
  return statusOf(idOfAnswer(event.sg_message_id), status, event.timestamp * 1000);
}

/** `sg_message_id` is the id that the API answered, and the machines that the mail went through. */
const idOfAnswer = (messageId: string): string =>
  /^(.+?)\.(?:filter|recvd)/.exec(messageId)?.[1] ?? messageId;

// Answers

/** https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits */
function withRetryAfter(response: HttpResponse, now: number): HttpResponse {
  const { status, headers } = response;
  const reset = headers['x-ratelimit-reset'];
  if (status !== 429 || headers['retry-after'] || typeof reset !== 'string') return response;
  const seconds = Math.max(0, Number(reset) - Math.floor(now / 1000));
  return { ...response, headers: { ...headers, 'retry-after': String(seconds) } };
}
