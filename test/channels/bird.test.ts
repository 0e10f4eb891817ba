import { createHash, createHmac } from 'node:crypto';
import { expect } from 'chai';
import { jwtVerify, SignJWT } from 'jose';
import sinon from 'sinon';
import { Webhook } from 'standardwebhooks';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import { type BirdCredentials, bird } from '../../channels/bird.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  CONTEXT,
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
} from '../support/channel-contract.ts';
import { delivery, signStandard } from '../support/deliveries.ts';
import { signJwt } from '../support/jwt.ts';

const KEY = 'bird_signing_key';
const WHSEC = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';
const OTHER_WHSEC = `whsec_${Buffer.from('another, of twenty-four').toString('base64')}`;
const AT = 'https://gw.example.com/webhooks/bird/ch_1';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const platform: BirdCredentials = {
  signingKey: KEY,
  accessKey: 'AbCdEfGhIjKl',
  workspaceId: 'a1405560-c8d3-4b1a-877d-3f449ad95352',
  channelId: '614208aa-b153-4d5d-9989-2fddfc0ce4c3',
};
const legacy: BirdCredentials = {
  signingKey: KEY,
  accessKey: 'AbCdEfGhIjKl',
  originator: '31612345678',
};
const standard: BirdCredentials = { signingKey: WHSEC, accessKey: 'AbCdEfGhIjKl' };

const sha256 = (data: string | Buffer) => createHash('sha256').update(data);
const hex = (data: string | Buffer) => sha256(data).digest('hex');
const seconds = (at: number) => String(Math.floor(at / 1000));

const claimsFor = (body: string | Buffer, now: number, url = AT) => ({
  iss: 'MessageBird',
  nbf: Number(seconds(now)) - 1,
  iat: Number(seconds(now)),
  exp: Number(seconds(now)) + 60,
  jti: 'j1',
  url_hash: hex(url),
  ...(body.length > 0 ? { payload_hash: hex(body) } : {}),
});
const withToken = (body: string | Buffer, token: string, url = AT): Delivery =>
  delivery(body, { ...FORM, 'messagebird-signature-jwt': token }, url);
const signLegacy = (body: string | Buffer, now = NOW, key = KEY): Delivery =>
  withToken(body, signJwt(claimsFor(body, now), key));

function signPlatform(body: string | Buffer, now = NOW, key = KEY, url = AT): Delivery {
  const hmac = createHmac('sha256', key);
  hmac.update(`${seconds(now)}\n${url}\n`).update(sha256(body).digest());
  const headers = {
    'messagebird-signature': hmac.digest('base64'),
    'messagebird-request-timestamp': seconds(now),
  };
  return delivery(body, headers, url);
}

const one = (given: Delivery): ParsedEvent => {
  const events = bird.parse(given, { ...CONTEXT, credentials: platform });
  if (events instanceof Promise) throw new Error('this adapter answers at once');
  const [event, ...others] = events;
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};

const inbound = (payload: object = {}, event = 'whatsapp.inbound') => ({
  service: 'channels',
  event,
  payload: {
    id: '96a0b5fa-a986-453d-be5c-3117f989f025',
    channelId: '614208aa-b153-4d5d-9989-2fddfc0ce4c3',
    sender: {
      contact: {
        id: '32cf5eee-f940-422c-ab8c-5f753aad5efd',
        identifierKey: 'phonenumber',
        identifierValue: '+31612345678',
        annotations: { name: 'Test user' },
      },
    },
    receiver: { connector: { id: '86cc4dc0-3dc0-41b7-ac43-8ec829ead56f' } },
    body: { type: 'text', text: { text: 'Hello' } },
    meta: { extraInformation: { timestamp: '1702496037' } },
    reference: '',
    parts: [{ platformReference: 'wamid.HBgLMzE2MjUzNDg2MjAVAgASGBQzQTE0' }],
    status: 'delivered',
    direction: 'incoming',
    lastStatusAt: '2022-12-22T08:32:50.736Z',
    createdAt: '2022-12-22T08:32:50.736Z',
    ...payload,
  },
});
const read = (body: object): ParsedEvent => one(delivery(JSON.stringify(body)));
const contentOf = (type: string, part: unknown) => {
  const event = read(inbound({ body: { type, [type]: part } }));
  return event.kind === 'message' ? event.content : event;
};
const identitiesOf = (contact: object, event = 'whatsapp.inbound', extraInformation = {}) => {
  const message = read(inbound({ sender: { contact }, meta: { extraInformation } }, event));
  return 'identities' in message ? message.identities : message;
};

const sms = {
  id: 'e8077d803532c0b5937c639b60216938',
  recipient: '31600000000',
  originator: '31612345678',
  body: 'Hello',
  createdDatetime: '2016-05-03T14:26:57+00:00',
};
const formOf = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const readForm = (fields: Record<string, string>): ParsedEvent => one(signLegacy(formOf(fields)));

const rotationOf = (credentials: BirdCredentials, other: string) => ({
  both: { ...credentials, signingKey: [other, credentials.signingKey].flat() },
  alone: { ...credentials, signingKey: [other] },
});
const withoutKey = (credentials: BirdCredentials, ...of: string[]): BirdCredentials[] => [
  { ...credentials, signingKey: '' },
  { ...credentials, signingKey: [] },
  { ...credentials, signingKey: [''] },
  { ...credentials, signingKey: undefined as never },
  ...of.map((signingKey) => ({ ...credentials, signingKey })),
];
const answered = (status: number, body: object, headers = {}) => ({
  status,
  headers,
  body: JSON.stringify(body),
});

describeChannelContract('bird, the legacy SMS API', bird, {
  credentials: legacy,
  sign: signLegacy,
  proof: headerProof('messagebird-signature-jwt'),
  rotation: rotationOf(legacy, 'another_key'),
  withoutSecret: withoutKey(legacy, WHSEC),
  coversBody: true,
  stamped: false,
  faults: ['', ' ', '{', '{}', '<xml/>', 'a=1', 'id=', 'mid='].map((body) => ({
    body,
    reason: 'bad_envelope',
  })),
  batch: { body: formOf(sms), eventIds: ['e8077d803532c0b5937c639b60216938'] },
  unknownKind: { body: formOf({ id: '1', status: 'hologram' }), kind: 'ignored' },
  hostile: (value) => [
    value,
    formOf({ [value]: value }),
    ...[...Object.keys(sms), 'mid', 'status', 'mediaUrls', 'receive_datetime', '__proto__'].map(
      (name) => formOf({ ...sms, [name]: value }),
    ),
  ],
  send: {
    message: { to: 'tel:+31612345678', text: 'Hello', key: 'key_1' },
    request: {
      url: 'https://rest.messagebird.com/messages',
      headers: { 'content-type': 'application/json', authorization: 'AccessKey AbCdEfGhIjKl' },
      body: {
        recipients: ['31612345678'],
        originator: '31612345678',
        body: 'Hello',
        reference: 'key_1',
        reportUrl: 'https://videur.example/webhooks/any/ch1',
      },
    },
    accepted: {
      response: answered(201, { id: 'e8077d803532c0b5937c639b60216938', type: 'sms' }),
      messageId: 'e8077d803532c0b5937c639b60216938',
    },
    refused: [
      { response: answered(422, { errors: [{ code: 9 }] }), failure: 'rejected' },
      { response: answered(401, { errors: [{ code: 2 }] }), failure: 'credentials_refused' },
      { response: answered(429, {}, { 'retry-after': '1' }), failure: 'throttled', retryAfter: 1 },
    ],
  },
});

describeChannelContract('bird, the connectivity platform', bird, {
  credentials: platform,
  sign: signPlatform,
  proof: headerProof('messagebird-signature'),
  rotation: rotationOf(platform, 'another_key'),
  withoutSecret: withoutKey(platform, WHSEC),
  coversBody: true,
  stamped: false,
  faults: jsonFaults,
  batch: {
    body: JSON.stringify(inbound()),
    eventIds: ['96a0b5fa-a986-453d-be5c-3117f989f025'],
  },
  unknownKind: {
    body: '{"service":"channels","event":"whatsapp.hologram","payload":{}}',
    kind: 'ignored',
  },
  hostile: (value) => [
    value,
    ...['service', 'event', 'payload'].map((name) =>
      JSON.stringify({ ...inbound(), [name]: 0 }).replace(`"${name}":0`, `"${name}":${value}`),
    ),
    ...['id', 'sender', 'body', 'meta', 'createdAt', 'replyTo', '__proto__'].map((name) =>
      JSON.stringify(inbound({ [name]: 0 })).replace(`"${name}":0`, `"${name}":${value}`),
    ),
    ...['text', 'image', 'file', 'location', 'list'].map((type) =>
      JSON.stringify(inbound({ body: { type, [type]: 0 } })).replace(
        `"${type}":0`,
        `"${type}":${value}`,
      ),
    ),
    `{"service":"channels","event":"x.inbound","payload":{"id":"1","sender":{"contact":{"id":${value},"identifierKey":${value},"identifierValue":${value}}},"body":{"type":"text","text":{"text":"x","actions":${value}}}}}`,
    `{"service":"channels","event":"x.outbound","payload":{"id":"1","status":${value}}}`,
    `{"service":"channels","event":"x.interaction","payload":{"messageId":"1","type":"read","createdAt":${value}}}`,
  ],
  send: {
    message: { to: 'tel:+31612345678', text: 'Hello', key: 'key_1' },
    request: {
      url: 'https://api.bird.com/workspaces/a1405560-c8d3-4b1a-877d-3f449ad95352/channels/614208aa-b153-4d5d-9989-2fddfc0ce4c3/messages',
      headers: { 'content-type': 'application/json', authorization: 'AccessKey AbCdEfGhIjKl' },
      body: {
        receiver: {
          contacts: [{ identifierKey: 'phonenumber', identifierValue: '+31612345678' }],
        },
        body: { type: 'text', text: { text: 'Hello' } },
        reference: 'key_1',
      },
    },
    accepted: {
      response: answered(202, { id: '3c6d204d-09d4-44b0-81a2-6e33dfdf409c', status: 'accepted' }),
      messageId: '3c6d204d-09d4-44b0-81a2-6e33dfdf409c',
    },
    refused: [
      { response: answered(422, { code: 'InvalidPayload' }), failure: 'rejected' },
      { response: answered(403, { code: 'Forbidden' }), failure: 'credentials_refused' },
      { response: answered(429, {}, { 'retry-after': '1' }), failure: 'throttled', retryAfter: 1 },
      { response: answered(202, { id: '1', status: 'rejected' }), failure: 'rejected' },
    ],
  },
});

describeChannelContract('bird, 2026', bird, {
  credentials: standard,
  sign: (body, now, secret = WHSEC) => delivery(body, signStandard(body, secret, now)),
  proof: headerProof('webhook-signature'),
  rotation: rotationOf(standard, OTHER_WHSEC),
  withoutSecret: withoutKey(standard, KEY, 'whsec_', WHSEC.slice('whsec_'.length)),
  coversBody: true,
  stamped: true,
  faults: jsonFaults,
  batch: {
    body: '{"type":"email.received","timestamp":"2026-06-01T17:00:12Z","data":{}}',
    eventIds: ['other_event'],
  },
  unknownKind: {
    body: '{"type":"hologram.shown","timestamp":"2026-06-01T17:00:12Z","data":{}}',
    kind: 'ignored',
  },
  hostile: (value) => [
    value,
    `{"type":${value},"data":${value}}`,
    `{"type":"x","data":{},"payload":${value}}`,
  ],
});

describe('bird: who is let in', () => {
  const body = '{"service":"channels","event":"whatsapp.inbound","payload":{"id":"x"}}';
  const verify = async (given: Delivery, credentials = platform, now = NOW) =>
    bird.verify(given, credentials, now);
  const isRefused = async (given: Delivery, credentials = platform, now = NOW) =>
    expect(await verify(given, credentials, now)).to.equal(false);

  it('When the documented deliveries come, then their signatures are known', async () => {
    const headers = {
      'messagebird-signature': 'jpMt6N5ogfjr+KfrUIX/lWw0Qc8wV0/jWEYrzXdpDmM=',
      'messagebird-request-timestamp': '1719823259',
    };
    const at = 1_719_823_259_000;
    expect(await verify(delivery(body, headers, AT), platform, at)).to.equal(true);
    await isRefused(delivery(body, headers, `${AT}?a=1`), platform, at);
    await isRefused(
      delivery(body, { ...headers, 'messagebird-request-timestamp': '1719823260' }, AT),
      platform,
      at,
    );

    const mail = '{"type":"email.received","timestamp":"2026-06-01T17:00:12Z","data":{}}';
    const signed = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': 'v1,eZP+iY3awMaGvzQ0XACEaKtDVZTooTQDKL2JuRgvfMQ=',
    };
    expect(await verify(delivery(mail, signed), standard, 1_700_000_000_000)).to.equal(true);
  });

  it('When the libraries sign, then it is let in; and what we let in, they do too', async () => {
    const token = await new SignJWT({ jti: 'j1', url_hash: hex(AT), payload_hash: hex(body) })
      .setProtectedHeader({ alg: 'HS384' })
      .setIssuer('MessageBird')
      .setExpirationTime(Number(seconds(NOW)) + 60)
      .sign(Buffer.from(KEY));
    expect(await verify(withToken(body, token))).to.equal(true);
    const ours = String(signLegacy(body).headers['messagebird-signature-jwt']);
    const options = { issuer: 'MessageBird', currentDate: new Date(NOW) };
    expect((await jwtVerify(ours, Buffer.from(KEY), options)).payload.jti).to.equal('j1');

    const now = Date.now();
    const signature = new Webhook(WHSEC).sign('msg_2', new Date(now), body);
    const headers = {
      'webhook-id': 'msg_2',
      'webhook-timestamp': seconds(now),
      'webhook-signature': signature,
    };
    expect(await verify(delivery(body, headers), standard, now)).to.equal(true);
  });

  it('When a key is of another generation, then it proves nothing', async () => {
    await isRefused(delivery(body, signStandard(body, WHSEC, NOW)), platform);
    await isRefused(delivery(body, signStandard(body, WHSEC.slice(6), NOW)), {
      ...standard,
      signingKey: WHSEC.slice(6),
    });
    await isRefused(signPlatform(body, NOW, WHSEC), standard);
    await isRefused(signLegacy(body, NOW, WHSEC), standard);
    const both = { ...platform, signingKey: [KEY, WHSEC] };
    expect(await verify(signPlatform(body), both)).to.equal(true);
    expect(await verify(delivery(body, signStandard(body, WHSEC, NOW)), both)).to.equal(true);
  });

  it('When a delivery has a bad proof of one generation, then a good one of another does not help', async () => {
    const given = signPlatform(body);
    given.headers['messagebird-signature-jwt'] = 'x.y.z';
    await isRefused(given);
    const other = delivery(body, signStandard(body, WHSEC, NOW));
    other.headers['messagebird-signature'] = 'AAAA';
    await isRefused(other, standard);
  });

  it('When the platform sends again, then the time of its first attempt is good for a day', async () => {
    const given = signPlatform(body);
    const hours = 3_600_000;
    expect(await verify(given, platform, NOW + 8 * hours)).to.equal(true);
    expect(await verify(given, platform, NOW + 24 * hours)).to.equal(true);
    await isRefused(given, platform, NOW + 24 * hours + 1000);
    expect(await verify(given, platform, NOW - 300_000)).to.equal(true);
    await isRefused(given, platform, NOW - 301_000);
  });

  it('When the time of the platform is missing, doubled or no number, then it is refused', async () => {
    const given = signPlatform(body);
    const at = given.headers['messagebird-request-timestamp'];
    for (const other of [undefined, '', `${at}, ${at}`, [at], ` ${at}`, '1e9', '-1', 'NaN']) {
      const headers = { ...given.headers, 'messagebird-request-timestamp': other };
      await isRefused({ ...given, headers } as Delivery);
    }
  });

  it('When a token is of another time, address, body or issuer, then it is refused', async () => {
    const claims = claimsFor(body, NOW);
    const isRefusedWith = (other: object) =>
      isRefused(withToken(body, signJwt({ ...claims, ...other }, KEY)));
    expect(await verify(withToken(body, signJwt(claims, KEY)))).to.equal(true);
    await isRefused(signLegacy(body), platform, NOW + 66_000);
    await isRefused(signLegacy(body), platform, NOW - 7_000);
    await isRefusedWith({ iss: 'Bird' });
    for (const name of ['jti', 'exp', 'url_hash', 'payload_hash', 'iss']) {
      await isRefusedWith({ [name]: undefined });
    }
    await isRefusedWith({ url_hash: hex(`${AT}?a=1`) });
    await isRefusedWith({ url_hash: [hex(AT)] });
    await isRefusedWith({ url_hash: { toString: 1 } });
    await isRefusedWith({ payload_hash: { toString: 1 } });
    await isRefusedWith({ payload_hash: hex('x') });
    await isRefusedWith({ payload_hash: null });
    await isRefused(withToken(body, signJwt(claims, KEY, { alg: 'none' })));
  });

  it('When a status report comes by GET, then its address is what was signed', async () => {
    const url = `${AT}?id=m1&status=delivered&recipient=31612345678`;
    const token = signJwt(claimsFor('', NOW, url), KEY);
    const given: Delivery = { ...withToken('', token, url), method: 'GET' };
    expect(bird.deliversByGet).to.equal(true);
    expect(await verify(given, legacy)).to.equal(true);
    await isRefused({ ...given, url: url.replace('delivered', 'sent') }, legacy);
    await isRefused({ ...given, body: Buffer.from('x') }, legacy);
    expect(one(given)).to.deep.equal({
      kind: 'status',
      eventId: 'm1:delivered',
      at: NOW,
      messageId: 'm1',
      status: 'delivered',
    });
  });
});

describe('bird: the legacy SMS API', () => {
  it('When an SMS comes, then its sender is a phone', () => {
    expect(readForm(sms)).to.deep.equal({
      kind: 'message',
      eventId: 'e8077d803532c0b5937c639b60216938',
      at: Date.UTC(2016, 4, 3, 14, 26, 57),
      identities: ['tel:+31612345678'],
      profile: { phone: '+31612345678' },
      content: { type: 'text', text: 'Hello' },
    });
  });

  it('When a short code got it, then its fields have other names', () => {
    const given = {
      mid: '01234567',
      shortcode: '1008',
      originator: '31612345678',
      message: 'JOIN',
      receive_datetime: '20160503142657',
    };
    expect(readForm(given)).to.deep.include({
      eventId: '01234567',
      at: Date.UTC(2016, 4, 3, 14, 26, 57),
      content: { type: 'text', text: 'JOIN' },
    });
    for (const receive_datetime of ['2016', '20169903142657', '']) {
      expect(readForm({ ...given, receive_datetime })).to.deep.include({ at: NOW });
    }
  });

  it('When media come, then their addresses are kept', () => {
    const body = `${formOf(sms)}&mediaUrls=https%3A%2F%2Fx.example%2Fa&mediaUrls=https%3A%2F%2Fx.example%2Fb&mediaUrls=x`;
    expect(one(signLegacy(body))).to.deep.include({
      content: {
        type: 'attachment',
        text: 'Hello',
        attachments: [
          { type: 'file', url: 'https://x.example/a' },
          { type: 'file', url: 'https://x.example/b' },
        ],
      },
    });
  });

  it('When who writes has no phone number, then the identity says what it is', () => {
    expect(readForm({ ...sms, originator: 'ACME' })).to.deep.include({ identities: ['sms:acme'] });
    expect(readForm({ ...sms, originator: '\u0000' })).to.deep.include({ reason: 'no_sender' });
    expect(readForm({ id: '1' })).to.deep.include({ reason: 'bad_message' });
  });

  it('When a status comes, then it is an event about its message', () => {
    const statuses = {
      sent: 'sent',
      buffered: 'sent',
      delivered: 'delivered',
      expired: 'failed',
      delivery_failed: 'failed',
    };
    for (const [given, status] of Object.entries(statuses)) {
      const statusDatetime = '2016-05-03T14:26:57+00:00';
      expect(readForm({ id: 'm1', status: given, statusDatetime })).to.deep.equal({
        kind: 'status',
        eventId: `m1:${given}`,
        at: Date.UTC(2016, 4, 3, 14, 26, 57),
        messageId: 'm1',
        status,
      });
    }
    expect(readForm({ id: 'm1', status: 'scheduled' })).to.deep.include({ reason: 'other_status' });
  });
});

describe('bird: the connectivity platform', () => {
  it('When a message comes, then its time is that of the app, in seconds', () => {
    expect(read(inbound())).to.deep.equal({
      kind: 'message',
      eventId: '96a0b5fa-a986-453d-be5c-3117f989f025',
      at: 1_702_496_037_000,
      identities: ['tel:+31612345678'],
      profile: { firstName: 'Test user', phone: '+31612345678' },
      content: { type: 'text', text: 'Hello' },
    });
    expect(read(inbound({ meta: {} }))).to.deep.include({
      at: Date.UTC(2022, 11, 22, 8, 32, 50, 736),
    });
    expect(read(inbound({ meta: { extraInformation: 5 }, createdAt: 'x' }))).to.deep.include({
      at: NOW,
    });
  });

  it('When the sender is known by an app, then the identity is that of the app', () => {
    const senders: [string, string, string, string][] = [
      ['sms.inbound', 'phonenumber', '12345', 'sms:12345'],
      ['email.inbound', 'emailaddress', 'Ana@Example.com', 'mailto:ana@example.com'],
      ['facebook.inbound', 'facebook-1', '2493', 'messenger:2493'],
      ['instagram.inbound', 'instagram-1', '77', 'instagram:77'],
      ['line.inbound', 'line-2005309875', 'U8276', 'line:U8276'],
      ['telegram.inbound', 'telegram-1', '1111111', 'telegram:1111111'],
      ['viber.inbound', 'viber-1', '0123A=', 'viber:0123A='],
      ['whatsapp.inbound', 'whatsappbsuid', 'US.1349', 'whatsapp:US.1349'],
    ];
    for (const [event, identifierKey, identifierValue, urn] of senders) {
      expect(identitiesOf({ identifierKey, identifierValue }, event), urn).to.deep.equal([urn]);
    }
    expect(
      read(
        inbound({
          sender: { contact: { identifierKey: 'emailaddress', identifierValue: 'a@b.c' } },
        }),
      ),
    ).to.deep.include({
      profile: { email: 'a@b.c' },
    });
  });

  it("When WhatsApp's own id of the person comes, then it is an identity too, the first one", () => {
    const contact = { identifierKey: 'phonenumber', identifierValue: '+31612345678' };
    expect(identitiesOf(contact, 'whatsapp.inbound', { whatsappbsuid: 'NL.1349' })).to.deep.equal([
      'whatsapp:NL.1349',
      'tel:+31612345678',
    ]);
  });

  it('When nothing else is known of the sender, then it is a contact of Bird', () => {
    const contact = { id: '32cf5eee', identifierKey: 'tiktok-1', identifierValue: 'user' };
    expect(identitiesOf(contact, 'tiktok.inbound')).to.deep.equal(['bird:32cf5eee']);
    expect(identitiesOf({ id: 'a b' })).to.deep.equal({ kind: 'invalid', reason: 'no_sender' });
    expect(identitiesOf({})).to.deep.equal({ kind: 'invalid', reason: 'no_sender' });
  });

  it('When it answers another message, then that one is named', () => {
    expect(read(inbound({ replyTo: { id: 'm0', type: 'message' } }))).to.deep.include({
      content: { type: 'text', text: 'Hello', replyTo: 'm0' },
    });
  });

  it('When files come, then their addresses and types are kept, with the text', () => {
    const mediaUrl = 'https://media.api.bird.com/a';
    expect(
      contentOf('image', {
        text: 'see',
        images: [{ mediaUrl }, { mediaUrl, contentType: 'image/png' }],
      }),
    ).to.deep.equal({
      type: 'attachment',
      text: 'see',
      attachments: [
        { type: 'image', url: mediaUrl },
        { type: 'image', url: mediaUrl, mimeType: 'image/png' },
      ],
    });
    expect(
      contentOf('file', {
        files: [
          { mediaUrl, contentType: 'application/pdf', filename: 'a.pdf' },
          { mediaUrl, contentType: 'audio/ogg' },
        ],
      }),
    ).to.deep.equal({
      type: 'attachment',
      attachments: [
        { type: 'file', url: mediaUrl, mimeType: 'application/pdf', name: 'a.pdf' },
        { type: 'audio', url: mediaUrl, mimeType: 'audio/ogg' },
      ],
    });
  });

  it('When a button is pressed, then its words are the reply', () => {
    const actions = [{ type: 'postback', postback: { text: 'Yes', payload: 'yes' } }];
    expect(contentOf('text', { text: 'Sure?', actions })).to.deep.equal({
      type: 'reply',
      text: 'Yes',
    });
    const [, ...bare] = [0, { type: 'postback', postback: { payload: 'yes' } }, { type: 'x' }];
    expect(contentOf('list', { actions: bare })).to.deep.equal({ type: 'reply', text: 'yes' });
    expect(contentOf('text', { text: 'x', actions: [{ type: 'link' }] })).to.deep.equal({
      type: 'text',
      text: 'x',
    });
  });

  it('When a place is shared, then its name and position are the text', () => {
    const coordinates = { latitude: 52.37, longitude: 4.89 };
    const location = { label: 'Dam', address: 'Amsterdam' };
    expect(contentOf('location', { coordinates, location })).to.deep.equal({
      type: 'location',
      text: 'Dam\nAmsterdam\n52.37,4.89',
    });
  });

  it('When the kind is not known or cannot be read, then the message is kept as unsupported', () => {
    for (const [type, part] of [
      ['hologram', {}],
      ['constructor', {}],
      ['text', 5],
      ['image', { images: [] }],
      ['file', { files: [{ mediaUrl: 'javascript:alert(1)' }] }],
      ['location', {}],
    ] as const) {
      expect(contentOf(type, part), type).to.deep.equal({ type: 'unsupported' });
    }
  });

  it('When a message is broken, then it is invalid', () => {
    for (const broken of [{ id: 5 }, { sender: null }, { sender: {} }, { body: 'x' }]) {
      expect(read(inbound(broken))).to.deep.equal({ kind: 'invalid', reason: 'bad_message' });
    }
  });

  it('When what became of a message comes, then it is a status', () => {
    const statuses = {
      sent: 'sent',
      delivered: 'delivered',
      rejected: 'failed',
      sending_failed: 'failed',
      delivery_failed: 'failed',
    };
    const lastStatusAt = '2022-12-22T08:32:50.736Z';
    for (const [given, status] of Object.entries(statuses)) {
      expect(
        read(inbound({ id: 'm1', status: given, lastStatusAt }, 'sms.outbound')),
      ).to.deep.equal({
        kind: 'status',
        eventId: `m1:${given}`,
        at: Date.UTC(2022, 11, 22, 8, 32, 50, 736),
        messageId: 'm1',
        status,
      });
    }
    for (const status of ['accepted', 'processing', 'skipped']) {
      expect(read(inbound({ status }, 'sms.outbound'))).to.deep.include({ reason: 'other_status' });
    }
    expect(read(inbound({ status: 5 }, 'sms.outbound'))).to.deep.include({ reason: 'bad_status' });
  });

  it('When a message of ours is read, then it is a status', () => {
    const payload = { messageId: 'm1', type: 'read', createdAt: '2022-12-22T08:32:50Z' };
    const event = 'whatsapp.interaction';
    expect(read({ service: 'channels', event, payload })).to.deep.equal({
      kind: 'status',
      eventId: 'm1:read',
      at: Date.UTC(2022, 11, 22, 8, 32, 50),
      messageId: 'm1',
      status: 'read',
    });
    const clicked = { ...payload, type: 'clicked' };
    expect(read({ service: 'channels', event, payload: clicked })).to.deep.include({
      reason: 'other_interaction',
    });
    expect(read({ service: 'channels', event, payload: {} })).to.deep.include({
      reason: 'bad_status',
    });
  });

  it('When another service tells something, then it is ignored', () => {
    for (const [service, event] of [
      ['channels', 'channel.created'],
      ['channels', ''],
      ['numbers', 'sms.inbound'],
    ]) {
      expect(read({ service, event, payload: {} })).to.deep.equal({
        kind: 'ignored',
        reason: 'other_event',
      });
    }
    expect(read({ service: 5, event: 'x.inbound', payload: {} })).to.deep.include({
      reason: 'bad_envelope',
    });
  });
});

describe('bird: what is sent', () => {
  const send = (message: Partial<Outgoing>, credentials = platform) => {
    const call = sinon.fake.resolves(answered(202, { id: 'm1' }));
    return bird
      .send(
        { to: 'tel:+31612345678', key: 'key_1', ...message },
        {
          channelId: 'ch1',
          credentials,
          webhookUrl: 'https://videur.example/webhooks/bird/ch1',
          call,
          now: () => NOW,
          remember: () => Promise.reject(new Error('no token is needed')),
        },
      )
      .then(
        () => JSON.parse(call.firstCall.args[0].body),
        (error: unknown) => error,
      );
  };
  const unsupported = { failure: 'unsupported', retryable: false };

  it('When the recipient is known by an app, then its identifier is told', async () => {
    const receivers = {
      'whatsapp:US.1349': { identifierKey: 'whatsappbsuid', identifierValue: 'US.1349' },
      'mailto:a@b.c': { identifierKey: 'emailaddress', identifierValue: 'a@b.c' },
      'line:U8276': { identifierValue: 'U8276' },
      'bird:32cf5eee': { id: '32cf5eee' },
    };
    for (const [to, contact] of Object.entries(receivers)) {
      expect(bird.reaches(to, 'ch1')).to.equal(true);
      expect(await send({ to, text: 'x' })).to.deep.include({ receiver: { contacts: [contact] } });
    }
  });

  it('When a file is sent, then it is an image or a file, with its text', async () => {
    const url = 'https://example.com/a';
    expect(await send({ text: 'see', attachment: { type: 'image', url } })).to.deep.include({
      body: { type: 'image', image: { text: 'see', images: [{ mediaUrl: url }] } },
    });
    const attachment = { type: 'video', url, mimeType: 'video/mp4', name: 'a.mp4' } as const;
    expect(await send({ attachment })).to.deep.include({
      body: {
        type: 'file',
        file: { files: [{ mediaUrl: url, contentType: 'video/mp4', filename: 'a.mp4' }] },
      },
    });
    expect(await send({ attachment: { type: 'image', id: '7' } })).to.include(unsupported);
  });

  it('When a message is none of a legacy SMS, or nothing is set up, then that is unsupported', async () => {
    const attachment = { type: 'image', url: 'https://example.com/a' } as const;
    expect(await send({ attachment }, legacy)).to.include(unsupported);
    expect(await send({ to: 'line:U1', text: 'x' }, legacy)).to.include(unsupported);
    expect(await send({ text: 'x' }, standard)).to.include(unsupported);
  });

  it('When an id could change the address, then the credentials are refused', () => {
    for (const workspaceId of ['a/b', '..', '%2f', 'a b', '?']) {
      expect(bird.credentials.safeParse({ ...platform, workspaceId }).success).to.equal(false);
    }
  });
});
