import { z } from 'zod';
import type { MessageStatus, SettledEvent, StoredEvent } from '../models/delivery/event.ts';
import type { ChannelAdapter } from './adapter.ts';
import { htmlToText } from './html.ts';
import { assertAccepted, type HttpResponse, readAnswer, SendError } from './http.ts';
import { letterOf, type Mail, mailAddress, reachesByMail, readMail, statusOf } from './mail.ts';
import { headFrom, readMime } from './mime.ts';
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
} from './read.ts';
import { sameText, secretList, secretsOf } from './signature.ts';

/**
 * Postmark: one mail, or one event of a mail of ours, for each delivery.
 *
 * - mails: https://postmarkapp.com/developer/webhooks/inbound-webhook
 * - events: https://postmarkapp.com/developer/webhooks/webhooks-overview
 *
 * Nothing is signed: who knows the user and the password in the webhook's address is believed.
 * `MessageID` is Postmark's own id; the `Message-ID` of a mail is among its headers.
 */

const text = 'must be a text that is not empty, without a colon, or a list of them';
const user = z.string().regex(/^[^:]+$/, text);

const credentials = z.strictObject({
  inboundUser: z.union([user, z.array(user).min(1).max(10)], { error: text }),
  inboundPassword: secretList,
  serverToken: secretList,
  address: mailAddress,
  apiBaseUrl,
});
export type PostmarkCredentials = z.infer<typeof credentials>;

/**
 * Files of 35 MB in base64, and 5 MB of words:
 * https://postmarkapp.com/support/article/1056-what-are-the-attachment-and-email-size-limits
 */
const BODY_LIMIT = 52 * 1024 * 1024;

export const postmark: ChannelAdapter<PostmarkCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify({ headers: { authorization } }, { inboundUser, inboundPassword }) {
    if (typeof authorization !== 'string' || !/^basic /i.test(authorization)) return false;
    const given = authorization.slice('basic '.length);
    const users = secretsOf(inboundUser);
    const passwords = secretsOf(inboundPassword);
    // As it is written, not as it decodes: base64 has several ways to write the same bytes.
    const good = users.flatMap((user) => passwords.map((password) => basic(user, password)));
    return good.some((pair) => sameText(given, pair));
  },

  async parse({ body }, { receivedAt, credentials: { address } }) {
    const item = readJson(body);
    if (item === undefined) return [invalid('not_json')];
    if (!isObject(item)) return [invalid('bad_envelope')];
    const { RecordType: type } = item;
    if (type !== undefined && type !== 'Inbound') return [readEvent(item, type)];
    const fields = take(mailSchema, item);
    if (!fields) return [invalid('bad_envelope')];
    const mime = await readMime(headOf(item, fields));
    if (!mime) return [invalid('bad_mail')];
    const mail = { ...mime, ...wordsOf(item, fields) };
    return [readMail(mail, { receivedAt, own: address }, sentIdOf)];
  },

  reaches: reachesByMail,

  /** https://postmarkapp.com/developer/api/email-api#send-a-single-email */
  async send(message, { credentials, call, now }) {
    const { serverToken, address, apiBaseUrl = 'https://api.postmarkapp.com' } = credentials;
    const { to, subject, text, headers } = letterOf(message);
    const response = await call({
      method: 'POST',
      url: `${apiBaseUrl.replace(/\/$/, '')}/email`,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'x-postmark-server-token': secretsOf(serverToken)[0] ?? '',
      },
      body: JSON.stringify({
        From: address,
        To: to,
        Subject: subject,
        TextBody: text,
        Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
        Metadata: { key: message.key },
      }),
    });
    assertTaken(response, now());
    return { messageId: readAnswer(answerSchema, response).MessageID };
  },
};

const basic = (user: string, password: string): string =>
  Buffer.from(`${user}:${password}`).toString('base64');

// Mails

const mailSchema = z.object({
  FromFull: z.object({ Email: z.string(), Name: hint }),
  Subject: z.string().catch(''),
  Date: hint,
  TextBody: hint,
  HtmlBody: hint,
  MessageID: id.optional().catch(undefined),
});
type MailFields = z.infer<typeof mailSchema>;
const headerSchema = z.object({ Name: z.string(), Value: z.string() });
const fileSchema = z.object({
  Name: hint,
  ContentType: z.string().catch(''),
  ContentLength: size,
});

function headOf(item: Json, { Date: date }: MailFields): Buffer {
  const listed = listOf(item.Headers, headerSchema).map(({ Name, Value }) => [Name, Value]);
  return headFrom([...listed, ['Date', date]]);
}

function wordsOf(item: Json, mail: MailFields): Omit<Mail, 'head'> {
  return {
    text: mail.TextBody?.trim() || htmlToText(mail.HtmlBody ?? ''),
    files: listOf(item.Attachments, fileSchema).map(({ Name, ContentType, ContentLength }) => ({
      ...(Name && { name: Name }),
      mimeType: ContentType.split(';', 1)[0]?.trim().toLowerCase() ?? '',
      ...(ContentLength !== undefined && { size: ContentLength }),
    })),
    from: { address: mail.FromFull.Email, name: mail.FromFull.Name },
    subject: mail.Subject,
    id: mail.MessageID,
  };
}

/** The items of a list that are of the schema's shape. */
function listOf<T>(list: unknown, schema: z.ZodType<T>): T[] {
  return (Array.isArray(list) ? list : []).flatMap((item) => take(schema, item) ?? []);
}

/** Our mails carry `<MessageID@mtasv.net>`. */
const sentIdOf = (reference: string): string =>
  /^<([0-9a-f-]{36})@mtasv\.net>$/.exec(reference)?.[1] ?? reference;

// Events

/** What happened, and the field that says when. */
const EVENTS = new Map<unknown, { status: MessageStatus; time: string }>([
  ['Delivery', { status: 'delivered', time: 'DeliveredAt' }],
  ['Open', { status: 'read', time: 'ReceivedAt' }],
  ['Click', { status: 'read', time: 'ReceivedAt' }],
  ['Bounce', { status: 'failed', time: 'BouncedAt' }],
]);

/**
 * Bounces that are none: an answer by a machine, a change of subscription, a delay that Postmark
 * waits out. https://postmarkapp.com/developer/api/bounce-api#bounce-types
 */
const NOT_FAILED = new Set<unknown>([
  'Transient',
  'DnsError',
  'AutoResponder',
  'AddressChange',
  'ChallengeVerification',
  'OpenRelayTest',
  'Subscribe',
  'Unsubscribe',
]);

function readEvent(item: Json, type: unknown): StoredEvent | SettledEvent {
  const known = EVENTS.get(type);
  if (!known) return ignored('other_event');
  if (type === 'Bounce' && NOT_FAILED.has(item.Type)) return ignored('other_bounce');
  const messageId = take(id, item.MessageID);
  const at = Date.parse(take(hint, item[known.time]) ?? '');
  if (messageId === undefined || !(at >= 0)) return invalid('bad_event');
  return statusOf(messageId, known.status, at);
}

// Answers

/** https://postmarkapp.com/developer/api/overview#error-codes; a mail that is delayed has no code. */
const errorSchema = z.object({ ErrorCode: z.int() });
const answerSchema = z.object({ MessageID: id });
const RATE_LIMITED = 429;
const MAINTENANCE = 100;

/** Postmark says "error" by 422 and a code of its own. */
function assertTaken(response: HttpResponse, now: number): void {
  const code = take(errorSchema, readJson(Buffer.from(response.body)))?.ErrorCode ?? 0;
  const providerCode = code === 0 ? undefined : String(code);
  const status = code === RATE_LIMITED ? 429 : code === MAINTENANCE ? 503 : response.status;
  assertAccepted({ ...response, status }, now, providerCode);
  if (code !== 0) throw new SendError('rejected', { providerCode });
}
