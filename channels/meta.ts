import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Answer, Delivery } from './adapter.ts';
import { isOneOf, type Secrets, secretsOf } from './signature.ts';

/**
 * What WhatsApp, Messenger and Instagram have in common: the handshake and the signature of a Meta
 * app. https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
 */

const SIGNATURE = /^sha256=[0-9a-f]{64}$/;
const PREFIX_LENGTH = 'sha256='.length;

/**
 * Where two signatures are compared, as hex; nothing of them is kept from one call to the next. A
 * digest as a Buffer of its own costs half as much again as the whole HMAC of a short message.
 */
const given = Buffer.alloc(64);
const expected = Buffer.alloc(64);

/**
 * `X-Hub-Signature-256: sha256=` and the lower-case hex HMAC-SHA256 of the raw body under the app
 * secret. Meta signs the bytes as sent, escaped (`\u00e9`, `\/`); they must not be written anew.
 * A header that came twice is joined by Node to one that is too long, and so is refused.
 */
export function hasMetaSignature(delivery: Delivery, appSecret: Secrets | undefined): boolean {
  const header = delivery.headers['x-hub-signature-256'];
  if (typeof header !== 'string' || !SIGNATURE.test(header)) return false;
  for (const secret of secretsOf(appSecret)) {
    given.write(header.slice(PREFIX_LENGTH), 'latin1');
    expected.write(createHmac('sha256', secret).update(delivery.body).digest('hex'), 'latin1');
    if (timingSafeEqual(given, expected)) return true;
  }
  return false;
}

/** The same for channels with the same app secrets. A digest, so that it can be a key in memory. */
export const signerOf = (appSecret: Secrets): string =>
  createHash('sha256')
    .update(JSON.stringify([...secretsOf(appSecret)].sort()))
    .digest('base64url');

/** Meta's challenges are short numbers; this only keeps an answer from being large. */
const MAX_CHALLENGE = 256;

/** `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`, answered with the challenge as text. */
export function metaChallenge(
  delivery: Delivery,
  verifyToken: Secrets | undefined,
): Answer | undefined {
  const token = delivery.query.get('hub.verify_token');
  const challenge = delivery.query.get('hub.challenge');
  if (delivery.method !== 'GET' || delivery.query.get('hub.mode') !== 'subscribe') return undefined;
  if (!token || !challenge || challenge.length > MAX_CHALLENGE) return undefined;
  if (!isOneOf(token, verifyToken)) return undefined;
  return { status: 200, body: challenge, contentType: 'text/plain' };
}
