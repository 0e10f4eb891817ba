import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import type {
  Attachment,
  Content,
  InboundMessage,
  ParsedEvent,
  SettledEvent,
} from '../models/delivery/event.ts';
import type { ChannelAdapter, Delivery, SendContext } from './adapter.ts';
import { assertAccepted, readAnswer, SendError, type SendFailure } from './http.ts';
import {
  apiBaseUrl,
  hint,
  ignored,
  invalid,
  isObject,
  type Json,
  lines,
  take,
  webAddress,
} from './read.ts';
import { isFresh, secretList, secretListOf, secretsOf } from './signature.ts';
import { isSigned, sealedIn, unseal } from './wechat-seal.ts';

/**
 * WeChat Official Account: one message or event in XML for each delivery.
 *
 * - messages: https://developers.weixin.qq.com/doc/service/guide/product/message/Receiving_standard_messages.html
 * - events: …/message/Receiving_event_pushes.html
 * - sending: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
 * - access token: https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
 * - error numbers: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
 *
 * **Proof.** Without an `encodingAesKey` the signature covers the query alone (plain mode): who has
 * seen one could send any body with it, so it is good for one body and for five minutes. With a key
 * only what is sealed counts, and a delivery without it is refused. In compatibility mode WeChat
 * sends the message sealed and in clear; the clear one is not read, or whoever has seen a query could
 * send a body that holds nothing else.
 *
 * **Identities.** An openid is of one person and one account, so it is `wechat:APPID/OPENID`.
 */

const credentials = z.strictObject({
  appId: z.string().regex(/^[\w-]{1,64}$/, 'must be an app id'),
  appSecret: secretList,
  token: secretList,
  encodingAesKey: secretListOf(
    z.string().regex(/^[A-Za-z0-9+/]{43}$/),
    'the 43 characters of the key',
  ).optional(),
  apiBaseUrl,
});
export type WeChatCredentials = z.infer<typeof credentials>;

/** A text is at most 2 KB; in compatibility mode it comes in clear and sealed, three times as long. */
const BODY_LIMIT = 64 * 1024;

const API = 'https://api.weixin.qq.com';

export const wechat: ChannelAdapter<WeChatCredentials> = {
  credentials,
  bodyLimit: BODY_LIMIT,

  verify(delivery, credentials, now) {
    const { query } = delivery;
    if (!isFresh(Number(stampOf(query)?.[0]), now)) return false;
    return credentials.encodingAesKey === undefined
      ? isStamped(query, credentials.token)
      : openedOf(delivery, credentials) !== undefined;
  },

  // By the credentials: a query says itself which kind it is, whoever wrote it.
  proofId: ({ query }, { encodingAesKey }) =>
    encodingAesKey === undefined ? stampOf(query)?.join(':') : undefined,

  /** `GET ?signature&timestamp&nonce&echostr`, in clear in every mode, answered with `echostr`. */
  challenge({ method, query }, { token }, now) {
    const echo = query.get('echostr');
    if (method !== 'GET' || !echo || !ECHO.test(echo)) return undefined;
    if (!isFresh(Number(stampOf(query)?.[0]), now) || !isStamped(query, token)) return undefined;
    return { status: 200, body: echo, contentType: 'text/plain' };
  },

  parse(delivery, { credentials }) {
    const { appId, encodingAesKey } = credentials;
    if (encodingAesKey === undefined) return [readXml(delivery.body, appId)];
    const opened = openedOf(delivery, credentials);
    return [opened ? readXml(opened, appId) : invalid('not_sealed')];
  },

  reaches: (urn) => urn.startsWith('wechat:'),

  async send({ to, text, attachment, key }, context) {
    const { credentials, call, now } = context;
    const own = `wechat:${credentials.appId}/`;
    // A file would have to be uploaded, and files are never fetched here.
    if (attachment || text === undefined || !to.startsWith(own)) throw new SendError('unsupported');
    const token = await context.remember('access_token', () => fetchToken(context));
    const response = await call({
      method: 'POST',
      url: `${addressOf(credentials, '/cgi-bin/message/custom/send')}?${new URLSearchParams({ access_token: token })}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        touser: to.slice(own.length),
        msgtype: 'text',
        text: { content: text },
      }),
    });
    assertAccepted(response, now());
    assertDone(readAnswer(doneSchema, response).errcode);
    // WeChat gives it no id and never speaks of it again.
    return { messageId: key };
  },
};

// Who is let in

/**
 * `timestamp` and `nonce`, as they are signed: with nothing between them. Ten digits and no others,
 * so that none can be moved from one to the other to make a second proof out of one.
 */
function stampOf(query: Delivery['query']): [timestamp: string, nonce: string] | undefined {
  const [timestamp, nonce] = [query.get('timestamp'), query.get('nonce')];
  if (!timestamp || !/^\d{10}$/.test(timestamp)) return undefined;
  return nonce && /^[\w-]{1,128}$/.test(nonce) ? [timestamp, nonce] : undefined;
}

function isStamped(query: Delivery['query'], token: WeChatCredentials['token']): boolean {
  const stamp = stampOf(query);
  return stamp !== undefined && isSigned(query.get('signature'), token, ...stamp);
}

/** The sealed message of a delivery whose signature covers it. */
function openedOf(
  { query, body }: Delivery,
  { appId, token, encodingAesKey }: WeChatCredentials,
): Buffer | undefined {
  const stamp = stampOf(query);
  if (!stamp) return undefined;
  const signature = query.get('msg_signature');
  const sealed = sealedIn(body).find((text) => isSigned(signature, token, ...stamp, text));
  return sealed === undefined ? undefined : unseal(sealed, encodingAesKey, appId);
}

/** WeChat's are numbers. */
const ECHO = /^[\x21-\x7e]{1,256}$/;

// What is told

/** Values stay text: a message id has 64 bits. No entities: WeChat writes what people say as CDATA. */
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  processEntities: false,
});

function readXml(bytes: Buffer, appId: string): ParsedEvent {
  const text = bytes.toString();
  if (/<!DOCTYPE/i.test(markupOf(text))) return invalid('doctype');
  let xml: unknown;
  try {
    xml = parser.parse(text, true).xml;
  } catch {
    return invalid('not_xml');
  }
  return isObject(xml) ? readItem(xml, appId) : invalid('bad_envelope');
}

/** The XML without its CDATA: people may write what they like. */
const markupOf = (text: string): string =>
  text
    .split('<![CDATA[')
    .map((part, i) => (i === 0 ? part : part.split(']]>').slice(1).join('')))
    .join('');

const itemSchema = z.object({
  FromUserName: z.string().regex(/^[\w-]{1,128}$/),
  CreateTime: z.string().regex(/^\d{1,11}$/),
  MsgType: z.string(),
});
const messageSchema = z.object({ MsgId: z.string().regex(/^\d{1,20}$/) });
const eventSchema = z.object({ Event: z.string(), EventKey: hint });

function readItem(xml: Json, appId: string): InboundMessage | SettledEvent {
  const item = take(itemSchema, xml);
  if (!item) return invalid(xml.Encrypt === undefined ? 'bad_envelope' : 'sealed');
  const message = (eventId: string, content: Content): InboundMessage => ({
    kind: 'message',
    eventId,
    at: Number(item.CreateTime) * 1000,
    identities: [`wechat:${appId}/${item.FromUserName}`],
    content,
  });
  if (item.MsgType === 'event') {
    const event = take(eventSchema, xml);
    if (!event) return invalid('bad_event');
    if (event.Event !== 'CLICK') return ignored(EVENTS.get(event.Event) ?? 'other_event');
    // An event has no id: it is told from others by who and when, as WeChat says, and here by what.
    const eventId = `${item.FromUserName}:${item.CreateTime}:CLICK`;
    return message(eventId, {
      type: 'reply',
      ...(event.EventKey === undefined ? {} : { text: event.EventKey }),
    });
  }
  const id = take(messageSchema, xml)?.MsgId;
  if (id === undefined) return invalid('bad_message');
  const reader = READERS.get(item.MsgType);
  const content: Content | undefined = reader ? reader(xml) : { type: 'unsupported' };
  return content ? message(id, content) : invalid('bad_content');
}

/** What a person did without a word. `LOCATION` is sent by the app, every few seconds. */
const EVENTS = new Map([
  ['subscribe', 'subscribe'],
  ['unsubscribe', 'unsubscribe'],
  ['SCAN', 'scan'],
  ['VIEW', 'view'],
  ['LOCATION', 'location_report'],
]);

// Content

const textSchema = z.object({ Content: z.string() });
const mediaSchema = z.object({
  MediaId: z.string().min(1),
  PicUrl: webAddress.optional().catch(undefined),
  Format: z
    .string()
    .regex(/^\w{1,20}$/)
    .optional()
    .catch(undefined),
  Recognition: hint,
});
const coordinate = z.string().regex(/^-?\d{1,3}(\.\d{1,20})?$/);
const placeSchema = z.object({ Location_X: coordinate, Location_Y: coordinate, Label: hint });
const linkSchema = z.object({ Title: hint, Description: hint, Url: webAddress });

const media =
  (type: Attachment['type']) =>
  (xml: Json): Content | undefined => {
    const file = take(mediaSchema, xml);
    if (!file) return undefined;
    const attachment: Attachment = { type, id: file.MediaId };
    if (file.PicUrl) attachment.url = file.PicUrl;
    if (file.Format) attachment.mimeType = `audio/${file.Format}`;
    const content: Content = { type: 'attachment', attachments: [attachment] };
    // What WeChat heard, where the account has that switched on.
    if (file.Recognition) content.text = file.Recognition;
    return content;
  };

const READERS = new Map<string, (xml: Json) => Content | undefined>([
  [
    'text',
    (xml) => {
      const text = take(textSchema, xml);
      return text && { type: 'text', text: text.Content };
    },
  ],
  ['image', media('image')],
  ['voice', media('audio')],
  ['video', media('video')],
  ['shortvideo', media('video')],
  [
    'location',
    (xml) => {
      const place = take(placeSchema, xml);
      const position = place && `${place.Location_X},${place.Location_Y}`;
      return place && { type: 'location', text: lines(place.Label, position) };
    },
  ],
  [
    'link',
    (xml) => {
      const link = take(linkSchema, xml);
      return link && { type: 'text', text: lines(link.Title, link.Description, link.Url) };
    },
  ],
]);

// What is sent

const doneSchema = z.object({ errcode: z.int() });
const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.int().positive() });

const addressOf = ({ apiBaseUrl = API }: WeChatCredentials, path: string): string =>
  `${apiBaseUrl.replace(/\/$/, '')}${path}`;

/** The same one until shortly before its end, whoever asks: each worker keeps its own. */
async function fetchToken({ credentials, call, now }: SendContext<WeChatCredentials>) {
  const response = await call({
    method: 'POST',
    url: addressOf(credentials, '/cgi-bin/stable_token'),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credential',
      appid: credentials.appId,
      secret: secretsOf(credentials.appSecret)[0],
    }),
  });
  assertAccepted(response, now());
  const refusal = take(doneSchema, readAnswer(z.unknown(), response));
  if (refusal) assertDone(refusal.errcode);
  const { access_token, expires_in } = readAnswer(tokenSchema, response);
  return { value: access_token, ttlSeconds: expires_in };
}

/** An error comes inside a 200. Its numbers are the same for all calls. */
function assertDone(errcode: number): void {
  if (errcode === 0) return;
  throw new SendError(FAILURES.get(errcode) ?? 'rejected', { providerCode: String(errcode) });
}

const FAILURES = new Map<number, SendFailure>([
  [-1, 'provider_error'],
  // The token is void, wrong or at its end.
  [40001, 'credentials_refused'],
  [40014, 'credentials_refused'],
  [42001, 'credentials_refused'],
  // The app id or its secret is wrong; our address is not on the account's list; no such permission.
  [40013, 'credentials_refused'],
  [40125, 'credentials_refused'],
  [40164, 'credentials_refused'],
  [48001, 'credentials_refused'],
  // Too many calls in a day, in a minute.
  [45009, 'throttled'],
  [45011, 'throttled'],
]);
