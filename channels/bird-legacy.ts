import { createHash } from 'node:crypto';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  MessageStatus,
  SettledEvent,
  StoredEvent,
} from '../models/delivery/event.ts';
import type { Delivery, Outgoing } from './adapter.ts';
import { SendError } from './http.ts';
import { claimIs, claimsOf } from './jwt.ts';
import { hint, id, ignored, invalid, type Json, take, webAddress } from './read.ts';
import { profileOf, smsUrn } from './sender.ts';
import type { Secrets } from './signature.ts';
import { isoTime } from './time.ts';

/**
 * Bird's first generation, MessageBird's SMS API: messages are forms, status reports come by GET.
 *
 * - messages: https://developers.messagebird.com/api/sms-messaging
 * - signature: https://developers.messagebird.com/api/#verifying-http-requests
 */

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** A JWT under the signing key, with the SHA-256 of the address and of the body, if there is one. */
export async function hasLegacyToken(
  { url, body }: Delivery,
  token: unknown,
  keys: Secrets,
  now: number,
): Promise<boolean> {
  if (typeof token !== 'string') return false;
  const claims = await claimsOf(token, keys, now, {
    algorithms: ['HS256', 'HS384', 'HS512'],
    issuer: 'MessageBird',
    requiredClaims: ['jti', 'exp', 'url_hash'],
  });
  if (!claims || !claimIs(claims.url_hash, sha256(url))) return false;
  if (claims.payload_hash === undefined) return body.length === 0;
  return claimIs(claims.payload_hash, sha256(body));
}

/** Numbers come without their `+`. What a short code got has names of its own. */
const smsSchema = z.object({
  originator: id,
  body: hint,
  message: hint,
  createdDatetime: isoTime,
  receive_datetime: hint,
});
const reportSchema = z.object({ status: z.string(), statusDatetime: isoTime });

const STATUSES = new Map<string, MessageStatus>([
  ['sent', 'sent'],
  ['buffered', 'sent'],
  ['delivered', 'delivered'],
  ['expired', 'failed'],
  ['delivery_failed', 'failed'],
]);

export function readLegacy(form: URLSearchParams, receivedAt: number): StoredEvent | SettledEvent {
  const fields: Json = Object.fromEntries(form);
  const messageId = take(id, fields.id) ?? take(id, fields.mid);
  if (messageId === undefined) return invalid('bad_envelope');
  const report = take(reportSchema, fields);
  if (report) {
    const status = STATUSES.get(report.status);
    if (!status) return ignored('other_status');
    const at = report.statusDatetime ?? receivedAt;
    return { kind: 'status', eventId: `${messageId}:${report.status}`, at, messageId, status };
  }
  const sms = take(smsSchema, fields);
  if (!sms) return invalid('bad_message');
  const sender = smsUrn(sms.originator);
  if (sender === undefined) return invalid('no_sender');
  return {
    kind: 'message',
    eventId: messageId,
    at: sms.createdDatetime ?? shortCodeTime(sms.receive_datetime) ?? receivedAt,
    identities: [sender],
    profile: profileOf([sender], undefined),
    content: contentOf(sms.body ?? sms.message, form.getAll('mediaUrls')),
  };
}

/** `YYYYMMDDhhmmss`, in UTC. */
function shortCodeTime(text: string | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;
  return take(isoTime, text?.replace(parts, '$1-$2-$3T$4:$5:$6Z'));
}

/** Of the media only the addresses are told. */
function contentOf(text: string | undefined, mediaUrls: string[]): Content {
  const attachments = mediaUrls
    .map((url) => take(webAddress, url))
    .filter((url) => url !== undefined)
    .map((url): Attachment => ({ type: 'file', url }));
  if (attachments.length === 0) return { type: 'text', text: text ?? '' };
  return { type: 'attachment', attachments, ...(text ? { text } : {}) };
}

/** With a reference it reports what became of the message. */
export function legacyRequest(
  { to, text, attachment, key }: Outgoing,
  originator: string | undefined,
  webhookUrl: string,
): { base: string; path: string; body: Json } {
  if (originator === undefined || attachment || !to.startsWith('tel:+')) {
    throw new SendError('unsupported');
  }
  return {
    base: 'https://rest.messagebird.com',
    path: '/messages',
    body: {
      recipients: [to.slice('tel:+'.length)],
      originator,
      body: text,
      reference: key,
      reportUrl: webhookUrl,
    },
  };
}
