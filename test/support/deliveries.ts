import { createCipheriv, createHash, createHmac } from 'node:crypto';
import type { Delivery } from '../../channels/adapter.ts';

/** Deliveries as the providers make them, signed: for the channel tests, the flow tests and the bench. */

type Json = Record<string, unknown>;
export type Headers = Record<string, string>;

export function delivery(
  body: string | Buffer,
  headers: Headers = {},
  url = 'http://localhost:8080/webhooks/any',
): Delivery {
  return {
    method: 'POST',
    url,
    query: new URL(url).searchParams,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.isBuffer(body) ? body : Buffer.from(body),
  };
}

export function handshake(query: Record<string, string>): Delivery {
  return { ...delivery(''), method: 'GET', query: new URLSearchParams(query) };
}

// WhatsApp

const seconds = (at: number) => String(Math.floor(at / 1000));

export interface WhatsAppMessage {
  /** Digits without `+`; absent for who shows no number. */
  from?: string;
  /** Business-scoped user id, `US.1234`. */
  userId?: string;
  parentUserId?: string;
  id: string;
  /** Milliseconds. */
  at?: number;
}

const AT = 1_749_416_383_000;

export const whatsapp = {
  /** A message of any kind: `part` is the object that has the name of the type. */
  message(
    { from, userId, parentUserId, id, at = AT }: WhatsAppMessage,
    type: string,
    part: unknown,
  ): Json {
    return {
      ...(from === undefined ? {} : { from }),
      ...(userId === undefined ? {} : { from_user_id: userId }),
      ...(parentUserId === undefined ? {} : { from_parent_user_id: parentUserId }),
      id,
      timestamp: seconds(at),
      type,
      [type]: part,
    };
  },
  text: ({ text, ...message }: WhatsAppMessage & { text: string }): Json =>
    whatsapp.message(message, 'text', { body: text }),
  echo: ({
    to,
    id,
    text,
    at = AT,
  }: {
    to: string;
    id: string;
    text: string;
    at?: number;
  }): Json => ({
    from: '15550783881',
    to,
    id,
    timestamp: seconds(at),
    type: 'text',
    text: { body: text },
  }),
  status: ({ id, status, at = AT }: { id: string; status: string; at?: number }): Json => ({
    id,
    status,
    timestamp: seconds(at),
    recipient_id: '16505551234',
  }),
  /** One change: what one phone number has to tell. */
  change: (phoneNumberId: string, value: Json, field = 'messages'): Json => ({
    value: {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: '15550783881', phone_number_id: phoneNumberId },
      ...value,
    },
    field,
  }),
};

export const whatsappBody = (changes: unknown[]): string =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes }],
  });

/** Meta's signature of the body: the header to send with it. */
export const signWhatsApp = (body: string | Buffer, appSecret: string): Headers => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`,
});

/** A signed delivery of one change: what one phone number has to tell. */
export function whatsappDelivery(given: {
  appSecret: string;
  phoneNumberId: string;
  messages?: unknown[];
  statuses?: unknown[];
  contacts?: unknown[];
}): Delivery {
  const { appSecret, phoneNumberId, ...value } = given;
  const body = whatsappBody([whatsapp.change(phoneNumberId, value)]);
  return delivery(body, signWhatsApp(body, appSecret));
}

// Telegram

export interface TelegramText {
  updateId: number;
  from: number;
  text: string;
  /** A group's id is negative; the person's own without it. */
  chat?: number;
  at?: number;
}

export const telegramMessage = (from: number, part: Json, chat = from, at = AT): Json => ({
  message_id: 1365,
  from: { id: from, is_bot: false, first_name: 'Test', last_name: 'Person' },
  chat: { id: chat, type: chat < 0 ? 'group' : 'private' },
  date: Math.floor(at / 1000),
  ...part,
});

export const telegramUpdate = ({ updateId, from, text, chat, at }: TelegramText): string =>
  JSON.stringify({ update_id: updateId, message: telegramMessage(from, { text }, chat, at) });

export const telegramHeaders = (secretToken: string): Headers => ({
  'x-telegram-bot-api-secret-token': secretToken,
});

// Custom

export const custom = {
  text: ({ mId, text, at = AT }: { mId: string; text: string; at?: number }): Json => ({
    type: 'message',
    mId,
    timestamp: at,
    message: { type: 'text', text },
  }),
  echo: (given: { mId: string; text: string; at?: number }): Json => ({
    ...custom.text(given),
    type: 'message_echo',
  }),
  status: ({ mId, status, at = AT }: { mId: string; status: unknown; at?: number }): Json => ({
    type: 'message_status',
    mId,
    timestamp: at,
    status,
  }),
};

export const customBody = (contactId: string, events: unknown[], contact?: unknown): string =>
  JSON.stringify({ channelId: 'theirs', contactId, events, ...(contact ? { contact } : {}) });

export const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

/** A Standard Webhooks signature made by hand; the channel's tests make theirs with the library. */
export function signStandard(
  body: string | Buffer,
  signingSecret: string,
  now: number,
  messageId = 'msg_1',
): Headers {
  const key = Buffer.from(signingSecret.replace(/^whsec_/, ''), 'base64');
  const timestamp = seconds(now);
  const hmac = createHmac('sha256', key).update(`${messageId}.${timestamp}.`).update(body);
  return {
    'webhook-id': messageId,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${hmac.digest('base64')}`,
  };
}

// TikTok

export function tiktokHeaders(body: string | Buffer, appSecret: string, now: number): Headers {
  const hmac = createHmac('sha256', appSecret)
    .update(`${seconds(now)}.`)
    .update(body);
  return { 'tiktok-signature': `t=${seconds(now)},s=${hmac.digest('hex')}` };
}

// Google RCS for Business

/** Google's envelope around what it tells, signed. */
export const rbmDelivery = (inner: string | Buffer, clientToken: string): Delivery =>
  delivery(
    JSON.stringify({
      message: {
        attributes: { business_id: 'welcome-agent@rbm.goog', product: 'RBM', type: 'message' },
        data: Buffer.from(inner as string).toString('base64'),
        messageId: '8494302165034532',
        publishTime: '2018-12-31T15:01:23.100Z',
      },
      subscription: 'projects/rbm/subscriptions/s-1',
    }),
    { 'x-goog-signature': createHmac('sha512', clientToken).update(inner).digest('base64') },
  );

// WeChat

export interface WeChatProof {
  token: string;
  timestamp: string;
  nonce: string;
}

const wechatSignature = ({ token, timestamp, nonce }: WeChatProof, ...more: string[]): string =>
  createHash('sha1')
    .update([token, timestamp, nonce, ...more].sort().join(''))
    .digest('hex');

/** What every request of WeChat's has in its query; `sealed` is what a message in safe mode holds. */
export function wechatQuery(proof: WeChatProof, sealed?: string): Record<string, string> {
  const { timestamp, nonce } = proof;
  const query = { signature: wechatSignature(proof), timestamp, nonce };
  if (sealed === undefined) return query;
  return { ...query, encrypt_type: 'aes', msg_signature: wechatSignature(proof, sealed) };
}

export interface WeChatSealing {
  key: string;
  appId: string;
  /** Those of a fault: what is said to be the length of the message, how much is padded, and with what. */
  length?: number;
  padding?: number;
  fill?: number;
}

/** As WeChat seals: 16 bytes of chance, the length, the message, the app id, padded to 32. */
export function wechatSeal(message: string | Buffer, given: WeChatSealing): string {
  const text = Buffer.from(message as string);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(given.length ?? text.length);
  const whole = Buffer.concat([Buffer.alloc(16, 7), size, text, Buffer.from(given.appId)]);
  const { padding = 32 - (whole.length % 32), fill = padding } = given;
  const key = Buffer.from(`${given.key}=`, 'base64');
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([whole, Buffer.alloc(padding, fill)]);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64');
}

/** `beside`: what compatibility mode sends in clear with it. */
export const wechatEnvelope = (sealed: string, beside = ''): string =>
  `<xml><ToUserName><![CDATA[gh_1]]></ToUserName>${beside}<Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`;

export const wechatXml = (fields: Record<string, string>): string =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('\n')}</xml>`;

export const wechatMessage = (fields: Record<string, string> = {}): string =>
  wechatXml({
    ToUserName: '<![CDATA[gh_1]]>',
    FromUserName: '<![CDATA[oOpenId_1]]>',
    CreateTime: '1348831860',
    MsgType: '<![CDATA[text]]>',
    Content: '<![CDATA[this is a test]]>',
    MsgId: '1234567890123456789',
    ...fields,
  });
