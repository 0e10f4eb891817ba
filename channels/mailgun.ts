import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type {
  MessageStatus,
  ParsedEvent,
  SettledEvent,
  StoredEvent,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Delivery } from './adapter.ts';
import { type Form, isJson, readForm } from './form.ts';
import { htmlToText } from './html.ts';
import { assertAccepted, readAnswer, SendError } from './http.ts';
import {
  idsIn,
  isWithin,
  letterOf,
  type Mail,
  mailAddress,
  reachesByMail,
  readMail,
  statusOf,
} from './mail.ts';
import { headFrom, readMime } from './mime.ts';
import { apiBaseUrl, hint, id, ignored, invalid, isObject, readJson, size, take } from './read.ts';
import { sameText, secretList, secretsOf } from './signature.ts';

/**
 * Mailgun: a mail that a route forwards or stores, as a form; events of our own mails, as JSON.
 *
 * - mails: https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http
 * - stored ones: …/receive-forward-store/store-retreive
 * - events: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads
 *
 * **The proof** is in the body and covers a time and a token only, not the mail: each token may be
 * used for one body (gateway/ingest/replay.ts).
 */

const credentials = z.strictObject({
  signingKey: secretList,
  apiKey: secretList,
  domain: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'must be a domain name'),
  address: mailAddress,
  apiBaseUrl,
});
export type MailgunCredentials = z.infer<typeof credentials>;

/** Mails of up to 25 MB, and their HTML twice; files are posted as they are. */
const BODY_LIMIT = 50 * 1024 * 1024;

/** Events carry no mail. A longer one is not read before it is proved. */
const MAX_JSON = 1024 * 1024;

/**
 * Mailgun sends again for eight hours and does not say whether it signs anew; others found that it
 * does not (…/webhooks/webhook-retries). Refused as stale, a mail would be lost that came while we
 * were away: so a proof is good for that long and one hour more, and stays bound to its body.
 */
const MAX_AGE_SECONDS = 9 * 3600;

const STATUSES = new Map<string, MessageStatus>([
  ['accepted', 'sent'],
  ['delivered', 'delivered'],
  ['opened', 'read'],
  ['clicked', 'read'],
  ['failed', 'failed'],
  ['rejected', 'failed'],
]);

export const mailgun: ChannelAdapter<MailgunCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  async verify(delivery, { signingKey }, now) {
    const proof = await proofOf(delivery);
    if (!proof || !isWithin(Number(proof.timestamp), MAX_AGE_SECONDS, now)) return false;
    return secretsOf(signingKey).some((secret) => {
      const hmac = createHmac('sha256', secret).update(proof.timestamp + proof.token);
      return sameText(proof.signature, hmac.digest('hex'));
    });
  },

  proofId: async (delivery) => (await proofOf(delivery))?.token,
  proofSeconds: MAX_AGE_SECONDS,

  async parse(delivery, { receivedAt, credentials: { address } }) {
    if (isJson(delivery)) return [readEvents(delivery.body)];
    const form = await readForm(delivery);
    if (!form) return [invalid('not_form')];
    const raw = form.bytes('body-mime');
    const head = raw ?? headOf(form);
    if (!head) return [invalid('bad_envelope')];
    const mime = await readMime(head);
    if (!mime) return [invalid('bad_mail')];
    const mail = { ...mime, ...(!raw && wordsOf(form)), envelopeFrom: form.text('sender') };
    return [readMail(mail, { receivedAt, own: address })];
  },

  reaches: reachesByMail,

  /** https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages */
  async send(message, { credentials, call, now }) {
    const { domain, apiKey, address, apiBaseUrl = 'https://api.mailgun.net' } = credentials;
    const { to, subject, text, headers } = letterOf(message);
    const form = new URLSearchParams({ from: address, to, subject, text });
    for (const [name, value] of Object.entries(headers)) form.set(`h:${name}`, value);
    form.set('v:key', message.key);
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/v3/${domain}/messages`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`api:${secretsOf(apiKey)[0]}`).toString('base64')}`,
      },
      body: form.toString(),
    });
    assertAccepted(response, now());
    const [messageId] = idsIn(readAnswer(answerSchema, response).id);
    if (!messageId) throw new SendError('bad_answer');
    return { messageId };
  },
};

const answerSchema = z.object({ id });

// The proof

/** Together they are one text: the time has a fixed length, or one could end where the other begins. */
const proofSchema = z.object({
  timestamp: z.string().regex(/^\d{10}$/),
  token: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
});
type Proof = z.infer<typeof proofSchema>;

async function proofOf(delivery: Delivery): Promise<Proof | undefined> {
  if (isJson(delivery)) {
    if (delivery.body.length > MAX_JSON) return undefined;
    const envelope = readJson(delivery.body);
    return isObject(envelope) ? take(proofSchema, envelope.signature) : undefined;
  }
  const form = await readForm(delivery);
  return take(proofSchema, {
    timestamp: form?.text('timestamp'),
    token: form?.text('token'),
    signature: form?.text('signature'),
  });
}

// Mails

/** Headers that are fields too, for when `message-headers` is missing. */
const FIELDS = ['From', 'Subject', 'Message-Id', 'In-Reply-To', 'References', 'Date'];

function headOf(form: Form): Buffer | undefined {
  const listed = readJson(form.bytes('message-headers') ?? Buffer.alloc(0));
  const fields = FIELDS.map((name) => [name, form.text(name) ?? form.text(name.toLowerCase())]);
  const headers: unknown[] = [...(Array.isArray(listed) ? listed : []), ...fields];
  return headers.some(isFrom) ? headFrom(headers) : undefined;
}

const fromSchema = z.tuple([z.string().regex(/^from$/i), z.string()]).rest(z.unknown());
const isFrom = (header: unknown): boolean => take(fromSchema, header) !== undefined;

const wordsOf = (form: Form): Pick<Mail, 'text' | 'files'> => ({
  text: form.text('body-plain')?.trim() || htmlToText(form.text('body-html') ?? ''),
  files: [...form.files, ...storedFiles(form)],
});

const storedSchema = z.object({
  url: z.url({ protocol: /^https$/ }).max(4096),
  name: hint,
  'content-type': z.string().catch(''),
  size,
});

/** Files that Mailgun keeps: their addresses want the API key. */
function storedFiles(form: Form): Mail['files'] {
  const listed = readJson(form.bytes('attachments') ?? Buffer.alloc(0));
  return (Array.isArray(listed) ? listed : []).flatMap((item) => {
    const file = take(storedSchema, item);
    if (!file) return [];
    const { url, name, 'content-type': mimeType, size } = file;
    return [{ url, ...(name && { name }), mimeType, ...(size !== undefined && { size }) }];
  });
}

// Events

const eventSchema = z.object({
  /** Seconds, with a fraction. */
  timestamp: z.number().nonnegative().max(99_999_999_999),
  severity: hint,
  message: z.object({ headers: z.object({ 'message-id': id }) }),
});

function readEvents(body: Buffer): ParsedEvent {
  const envelope = readJson(body);
  if (envelope === undefined) return invalid('not_json');
  if (!isObject(envelope)) return invalid('bad_envelope');
  return readEvent(envelope['event-data']);
}

function readEvent(item: unknown): StoredEvent | SettledEvent {
  if (!isObject(item) || typeof item.event !== 'string') return invalid('bad_envelope');
  const status = STATUSES.get(item.event);
  if (!status) return ignored('other_event');
  const event = take(eventSchema, item);
  const [messageId] = idsIn(event?.message.headers['message-id']);
  if (!event || !messageId) return invalid('bad_event');
  // Mailgun tries again by itself.
  if (event.severity === 'temporary') return ignored('deferred');
  return statusOf(messageId, status, Math.round(event.timestamp * 1000));
}
