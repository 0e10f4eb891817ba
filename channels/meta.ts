import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { ChannelType } from '../models/channel/channel.ts';
import type { ParsedEvent } from '../models/delivery/event.ts';
import type { Answer, Delivery, SendContext } from './adapter.ts';
import { assertAccepted, type HttpResponse } from './http.ts';
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
import { isOneOf, type Secrets, secretList, secretsOf } from './signature.ts';

/**
 * What WhatsApp, Messenger and Instagram have in common: the app that signs and greets, the envelope
 * of a delivery, and the Graph API.
 */

/** What every channel of a Meta app has, besides the id of its account. */
export const metaCredentials = {
  appId: id,
  appSecret: secretList,
  verifyToken: secretList,
  accessToken: secretList,
  apiBaseUrl,
};
export type MetaCredentials = z.infer<z.ZodObject<typeof metaCredentials>>;

/**
 * "Webhooks payloads can be up to 3MB":
 * https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks. One more, for what they count as
 * a megabyte. For Messenger and Instagram no limit is stated.
 */
const BODY_LIMIT = 4 * 1024 * 1024;

/** The way in, for an adapter to spread. */
export const metaWebhook = {
  bodyLimit: BODY_LIMIT,
  verify: (delivery: Delivery, { appSecret }: MetaCredentials) =>
    hasMetaSignature(delivery, appSecret),
  challenge: (delivery: Delivery, { verifyToken }: MetaCredentials) =>
    metaChallenge(delivery, verifyToken),
};

/** Whose deliveries are for this account. */
export const metaAccount = ({ appId, appSecret }: MetaCredentials, accountId: string) => ({
  appId,
  accountId,
  signer: signerOf(appSecret),
});

// Who is let in: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview

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
function hasMetaSignature(delivery: Delivery, appSecret: Secrets | undefined): boolean {
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
const signerOf = (appSecret: Secrets): string =>
  createHash('sha256')
    .update(JSON.stringify([...secretsOf(appSecret)].sort()))
    .digest('base64url');

/** Meta's challenges are short numbers; this only keeps an answer from being large. */
const MAX_CHALLENGE = 256;

/** `GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`, answered with the challenge as text. */
function metaChallenge(delivery: Delivery, verifyToken: Secrets | undefined): Answer | undefined {
  const token = delivery.query.get('hub.verify_token');
  const challenge = delivery.query.get('hub.challenge');
  if (delivery.method !== 'GET' || delivery.query.get('hub.mode') !== 'subscribe') return undefined;
  if (!token || !challenge || challenge.length > MAX_CHALLENGE) return undefined;
  if (!isOneOf(token, verifyToken)) return undefined;
  return { status: 200, body: challenge, contentType: 'text/plain' };
}

// The envelope

/** What a delivery is about, and whose adapter reads it. */
const OBJECTS = {
  whatsapp_business_account: 'whatsapp',
  page: 'messenger',
  instagram: 'instagram',
} as const satisfies Record<string, ChannelType>;
type MetaObject = keyof typeof OBJECTS;

/** The types whose channels share an app, and so may share an address. */
export const META_TYPES: readonly ChannelType[] = Object.values(OBJECTS);

/** Meta writes it first. */
const OBJECT_FIRST = /^\s*\{\s*"object"\s*:\s*"(\w+)"/;
const OBJECT_WITHIN = 100;

/** Which adapter a verified body is for. The rest of it is not read: that adapter does. */
export function metaTypeOf(body: Buffer): ChannelType | undefined {
  const first = OBJECT_FIRST.exec(body.toString('latin1', 0, OBJECT_WITHIN))?.[1];
  const object = first ?? (readJson(body) as Json | null | undefined)?.object;
  return typeof object === 'string' && Object.hasOwn(OBJECTS, object)
    ? OBJECTS[object as MetaObject]
    : undefined;
}

/** No valid event is shorter: `{"id":"x","status":"x","timestamp":"1"}`. */
export const MAX_EVENTS = BODY_LIMIT / 32;

/** Reads the entries of a delivery about this object; `read` adds what happened in one. */
export function readEntries(
  body: Buffer,
  object: MetaObject,
  read: (entry: Json, events: ParsedEvent[]) => void,
): ParsedEvent[] {
  const envelope = readJson(body);
  if (envelope === undefined) return [invalid('not_json')];
  if (!isObject(envelope) || !Array.isArray(envelope.entry)) return [invalid('bad_envelope')];
  if (envelope.object !== object) return [ignored('other_object')];
  const events: ParsedEvent[] = [];
  eachOf(envelope.entry, events, MAX_EVENTS, (entry) => {
    if (isObject(entry)) read(entry, events);
    else events.push(invalid('bad_entry'));
  });
  return events.length > 0 ? events : [ignored('empty')];
}

/** Anything that can be part of a URN: nothing that is blank or not to be seen. */
export const SEEN = /^[^\s\p{C}]+$/u;

/** The parts that there are, one a line. */
export const lines = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join('\n');

// The Graph API: https://developers.facebook.com/docs/graph-api/changelog/versions/

/** Of 29 July 2026; a version is served for about two years. */
export const GRAPH_API = 'https://graph.facebook.com/v26.0';

/** `POST /{account}/messages`, taken by Meta, or the `SendError` that its refusal means. */
export async function postMessage(
  accountId: string,
  message: Json,
  { call, now, credentials }: SendContext<MetaCredentials>,
): Promise<HttpResponse> {
  const { apiBaseUrl = GRAPH_API, accessToken } = credentials;
  const response = await call({
    method: 'POST',
    url: `${apiBaseUrl.replace(/\/$/, '')}/${encodeURIComponent(accountId)}/messages`,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${secretsOf(accessToken)[0]}`,
    },
    body: JSON.stringify(message),
  });
  assertTaken(response, now());
  return response;
}

const errorSchema = z.object({
  error: z.object({ code: z.int(), error_subcode: z.int().optional().catch(undefined) }),
});
type GraphError = z.infer<typeof errorSchema>['error'];

/**
 * The HTTP status that a code means. Meta's own is often 400, whatever the matter, and 500 for 3.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes,
 * https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes,
 * https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
const MEANT = new Map<number, number>([
  // The token is not good or may not do this.
  ...[0, 3, 190].map((code) => [code, 401] as const),
  // Down or overloaded.
  ...[1, 2].map((code) => [code, 503] as const),
  // Too many calls of the app, the user, the page, the account; too many messages from a number (or
  // too many that were taken for spam), or to one person.
  ...[4, 17, 32, 613, 80_001, 80_002, 80_006, 80_007, 130_429, 131_048, 131_056].map(
    (code) => [code, 429] as const,
  ),
]);

function assertTaken(response: HttpResponse, now: number): void {
  const error = take(errorSchema, readJson(Buffer.from(response.body)))?.error;
  const meant = error ? { ...response, status: statusOf(error, response.status) } : response;
  assertAccepted(meant, now, error && codesOf(error));
}

const codesOf = ({ code, error_subcode }: GraphError): string =>
  error_subcode === undefined ? `${code}` : `${code}/${error_subcode}`;

function statusOf({ code, error_subcode }: GraphError, status: number): number {
  // Permissions. With a subcode it is this message that may not be sent: after the 24 hours, to
  // somebody who has not written, …
  if (code === 10 || (code >= 200 && code < 300)) return error_subcode === undefined ? 403 : 400;
  return MEANT.get(code) ?? Math.max(400, status);
}
