import { createHash, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { jwtVerify, SignJWT } from 'jose';
import sinon from 'sinon';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import { type VonageCredentials, vonage } from '../../channels/vonage.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
  parseText,
} from '../support/channel-contract.ts';
import { bearer, delivery } from '../support/deliveries.ts';
import { signJwt } from '../support/jwt.ts';

const SECRET = 'vonage_signature_secret_32_bytes!';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const credentials: VonageCredentials = {
  apiKey: 'a1b2c3d',
  signatureSecret: SECRET,
  applicationId: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
  privateKey: PEM,
  from: '14157386102',
};

const sha256 = (body: string | Buffer) => createHash('sha256').update(body).digest('hex');
const claimsFor = (body: string | Buffer, now: number) => ({
  iat: Math.floor(now / 1000),
  jti: 'c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5',
  iss: 'Vonage',
  payload_hash: sha256(body),
  api_key: 'a1b2c3d',
  application_id: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
});
const sign = (body: string | Buffer, now = NOW, secret = SECRET): Delivery =>
  delivery(body, bearer(signJwt(claimsFor(body, now), secret)));

const text = {
  to: '14157386102',
  from: '447700900000',
  channel: 'whatsapp',
  message_uuid: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
  timestamp: '2024-01-01T14:00:00Z',
  message_type: 'text',
  text: 'Hello From Vonage!',
  profile: { name: 'Jane Smith' },
};
const { text: _, ...message } = text;

const read = (body: object): ParsedEvent => {
  const [event, ...others] = parseText(vonage, JSON.stringify(body));
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const contentOf = (type: string, value: unknown, more: object = {}) => {
  const event = read({ ...message, message_type: type, [type]: value, ...more });
  return event.kind === 'message' ? event.content : event;
};

const accepted = {
  status: 202,
  headers: {},
  body: '{"message_uuid":"bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab"}',
};
const refused = (status: number, code: number, headers = {}) => ({
  status,
  headers,
  body: JSON.stringify({
    type: `https://developer.vonage.com/api-errors/messages#${code}`,
    title: 'It went wrong',
    detail: 'It did',
    instance: 'bf0ca0bf927b3b52e3cb03217e1a1ddf',
  }),
});

describeChannelContract('vonage', vonage, {
  credentials,
  sign: (body, now, secret) => sign(body, now, secret),
  proof: headerProof('authorization'),
  rotation: {
    both: { ...credentials, signatureSecret: ['another_signature_secret_32_bytes', SECRET] },
    alone: { ...credentials, signatureSecret: ['another_signature_secret_32_bytes'] },
  },
  withoutSecret: [
    { ...credentials, signatureSecret: '' },
    { ...credentials, signatureSecret: [] },
    { ...credentials, signatureSecret: [''] },
    { ...credentials, signatureSecret: undefined as never },
  ],
  coversBody: true,
  stamped: true,
  faults: jsonFaults,
  batch: { body: JSON.stringify(text), eventIds: ['aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab'] },
  unknownKind: { body: '{"message_uuid":"1","hologram":{}}', kind: 'ignored' },
  hostile: (value) => [
    value,
    ...[...Object.keys(text), 'status', 'context', 'message', '__proto__'].map((name) =>
      JSON.stringify({ ...text, [name]: 0 }).replace(`"${name}":0`, `"${name}":${value}`),
    ),
    ...['image', 'location', 'reply', 'button', 'reaction', 'contacts'].map(
      (type) =>
        `{"message_uuid":"1","channel":"sms","from":"1","message_type":"${type}","${type}":${value}}`,
    ),
    `{"message_uuid":"1","from":{"type":"sms","number":"447700900000"},"message":{"content":${value}}}`,
    `{"message_uuid":"1","from":{"type":"sms","number":${value}},"message":{"content":{"type":"text","text":"x"}}}`,
    `{"message_uuid":"1","from":{"type":"sms","number":"447700900000"},"message":{"content":{"type":"text","text":${value},"__proto__":${value}}}}`,
  ],
  send: {
    message: { to: 'tel:+447700900000', text: 'Hello', key: 'key_1' },
    request: {
      url: 'https://api.nexmo.com/v1/messages',
      headers: { 'content-type': 'application/json' },
      body: {
        message_type: 'text',
        text: 'Hello',
        to: '447700900000',
        from: '14157386102',
        channel: 'sms',
        client_ref: 'key_1',
        webhook_url: 'https://videur.example/webhooks/any/ch1',
        webhook_version: 'v1',
      },
    },
    accepted: { response: accepted, messageId: 'bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab' },
    refused: [
      { response: refused(429, 1000, { 'retry-after': '2' }), failure: 'throttled', retryAfter: 2 },
      { response: refused(401, 1060), failure: 'credentials_refused' },
      { response: refused(402, 1070), failure: 'rejected' },
      { response: refused(403, 1080), failure: 'credentials_refused' },
      { response: refused(422, 1120), failure: 'rejected' },
      { response: refused(500, 1030), failure: 'provider_error' },
    ],
  },
});

describe('vonage: who is let in', () => {
  const body = JSON.stringify(text);
  const verify = async (authorization: string, now = NOW, given: string | Buffer = body) =>
    vonage.verify(delivery(given, { authorization }), credentials, now);
  const isRefused = async (claims: object, header?: object) =>
    expect(await verify(`Bearer ${signJwt(claims, SECRET, header)}`)).to.equal(false);

  it('When the documented delivery comes, then its token is good for its body and time', async () => {
    const vector =
      '{"to":"14157386102","from":"447700900000","channel":"whatsapp","message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab","timestamp":"2024-01-01T14:00:00Z","message_type":"text","text":"Hello From Vonage!","profile":{"name":"Jane Smith"}}';
    expect(sha256(vector)).to.equal(
      'c95aa6bf61368b70549b7a2679da9449308dd7c82b95788055e6d8c6e9aab0f6',
    );
    const signed =
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE1ODc0OTQ5NjIsImp0aSI6ImM1YmE4ZjI0LTFhMTQtNGMxMC1iZmRmLTNmYmU4Y2U1MTFiNSIsImlzcyI6IlZvbmFnZSIsInBheWxvYWRfaGFzaCI6ImM5NWFhNmJmNjEzNjhiNzA1NDliN2EyNjc5ZGE5NDQ5MzA4ZGQ3YzgyYjk1Nzg4MDU1ZTZkOGM2ZTlhYWIwZjYiLCJhcGlfa2V5IjoiYTFiMmMzZCIsImFwcGxpY2F0aW9uX2lkIjoiYWFhYWFhYWEtYmJiYi1jY2NjLWRkZGQtMDEyMzQ1Njc4OWFiIn0.wAMXC9vrXfhBuslVuXsEcf6-xqkh2ghPO5FT5Ov4eb8';
    const at = 1_587_494_962_000;
    expect(await verify(`Bearer ${signed}`, at, vector)).to.equal(true);
    expect(await verify(`bearer ${signed}`, at, vector)).to.equal(true);
    expect(await verify(signed, at, vector)).to.equal(false);
    expect(await verify(`Basic ${signed}`, at, vector)).to.equal(false);
    expect(await verify(`Bearer ${signed}`, at, `${vector} `)).to.equal(false);
    expect(await verify(`Bearer ${signed}`, NOW, vector)).to.equal(false);
  });

  it('When jose signs, then it is let in; and what we let in, jose does too', async () => {
    const { iat, ...claims } = claimsFor(body, NOW);
    const signed = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt(iat)
      .sign(Buffer.from(SECRET));
    expect(await verify(`Bearer ${signed}`)).to.equal(true);
    const ours = signJwt(claimsFor(body, NOW), SECRET);
    const { payload } = await jwtVerify(ours, Buffer.from(SECRET), { currentDate: new Date(NOW) });
    expect(payload.payload_hash).to.equal(sha256(body));
  });

  it('When the token says another algorithm, or none, then it is refused', async () => {
    const claims = claimsFor(body, NOW);
    for (const alg of ['none', 'None', 'HS512', 'hs256', 'RS256', '', 5]) {
      await isRefused(claims, { alg, typ: 'JWT' });
    }
    const bare = signJwt(claims, SECRET, { alg: 'none' }).replace(/[^.]*$/, '');
    expect(await verify(`Bearer ${bare}`)).to.equal(false);
    const hs512 = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'HS512' })
      .sign(Buffer.from(SECRET));
    expect(await verify(`Bearer ${hs512}`)).to.equal(false);
    const rs256 = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(privateKey);
    expect(await verify(`Bearer ${rs256}`)).to.equal(false);
  });

  it('When the token says nothing of the body, or of another, then it is refused', async () => {
    const { payload_hash, ...without } = claimsFor(body, NOW);
    await isRefused(without);
    for (const other of ['', null, 5, [payload_hash], { toString: 1 }, sha256('x')]) {
      await isRefused({ ...without, payload_hash: other });
    }
  });

  it('When the token is of no time, another issuer or another account, then it is refused', async () => {
    const { iat, ...without } = claimsFor(body, NOW);
    await isRefused(without);
    for (const other of [null, 'now', `${iat}`, [iat], { valueOf: 1 }, iat * 1000, -iat])
      await isRefused({ ...without, iat: other });
    await isRefused({ ...without, iat, iss: 'Nexmo' });
    await isRefused({ ...without, iat, iss: undefined });
    await isRefused({ ...without, iat, api_key: 'abcdefg' });
    await isRefused({ ...without, iat, exp: iat - 10 });
    await isRefused({ ...without, iat, nbf: iat + 10 });
  });

  it('When the token is written in another way or is huge, then it is refused', async () => {
    const good = signJwt(claimsFor(body, NOW), SECRET);
    for (const other of [
      `${good}=`,
      ` ${good}`,
      `${good}\n`,
      `${good}.`,
      good.replace('.', '..'),
    ]) {
      expect(await verify(`Bearer ${other}`)).to.equal(false);
    }
    await isRefused({ ...claimsFor(body, NOW), padding: 'x'.repeat(5000) });
  });
});

describe('vonage: messages', () => {
  it('When a text comes by WhatsApp, then its sender is a phone', () => {
    expect(read(text)).to.deep.equal({
      kind: 'message',
      eventId: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
      at: Date.UTC(2024, 0, 1, 14),
      identities: ['tel:+447700900000'],
      profile: { firstName: 'Jane Smith', phone: '+447700900000' },
      content: { type: 'text', text: 'Hello From Vonage!' },
    });
  });

  it('When the same person writes by another phone channel, then it is the same identity', () => {
    for (const channel of ['sms', 'mms', 'rcs', 'viber_service', 'whatsapp']) {
      expect(read({ ...text, channel }), channel).to.deep.include({
        identities: ['tel:+447700900000'],
      });
    }
  });

  it('When who writes has no phone number, then the identity says what it is', () => {
    const senders: [string, string, string][] = [
      ['messenger', '1234567890', 'messenger:1234567890'],
      ['whatsapp', 'US.1349', 'whatsapp:US.1349'],
      ['sms', '12345', 'sms:12345'],
      ['sms', 'ACME', 'sms:acme'],
    ];
    for (const [channel, from, urn] of senders) {
      expect(read({ ...text, channel, from }), urn).to.deep.include({ identities: [urn] });
    }
    expect(read({ ...text, channel: 'messenger', from: 'a b' })).to.deep.equal({
      kind: 'invalid',
      reason: 'no_sender',
    });
  });

  it('When version 0.1 is configured, then its boxes are opened', () => {
    const boxed = (content: object, from: object = { type: 'whatsapp', number: '447700900000' }) =>
      read({
        message_uuid: 'm1',
        timestamp: '2024-01-01T14:00:00.000Z',
        to: { type: 'whatsapp', number: '14157386102' },
        from,
        message: { content },
      });
    expect(boxed({ type: 'text', text: 'Hi' })).to.deep.equal({
      kind: 'message',
      eventId: 'm1',
      at: Date.UTC(2024, 0, 1, 14),
      identities: ['tel:+447700900000'],
      profile: { phone: '+447700900000' },
      content: { type: 'text', text: 'Hi' },
    });
    expect(
      boxed({ type: 'location', location: { latitude: '1.5', longitude: '-2' } }),
    ).to.deep.include({ content: { type: 'location', text: '1.5,-2' } });
    expect(boxed({ type: 'text', text: 'Hi' }, { type: 'messenger', id: '77' })).to.deep.include({
      identities: ['messenger:77'],
    });
  });

  it('When a time cannot be read, then the message is kept at the time of its receipt', () => {
    for (const timestamp of ['yesterday', '2024-01-01', 5, null, '2024-99-01T14:00:00Z']) {
      expect(read({ ...text, timestamp })).to.deep.include({ kind: 'message', at: NOW });
    }
    expect(read({ ...text, timestamp: '2024-01-01T14:00:00.123456789+02:00' })).to.deep.include({
      at: Date.UTC(2024, 0, 1, 12, 0, 0, 123),
    });
  });

  it('When a message answers another, then that one is named', () => {
    const context = { message_uuid: 'm0', message_from: '447700900000' };
    expect(contentOf('text', 'yes', { context })).to.deep.equal({
      type: 'text',
      text: 'yes',
      replyTo: 'm0',
    });
    expect(contentOf('text', 'yes', { context: { message_uuid: 5 } })).to.deep.equal({
      type: 'text',
      text: 'yes',
    });
  });

  it('When a message is broken, then it is invalid', () => {
    const invalid = (reason: string) => ({ kind: 'invalid', reason });
    expect(read({ ...text, message_uuid: 5 })).to.deep.equal(invalid('bad_envelope'));
    expect(read({ ...text, from: undefined })).to.deep.equal(invalid('bad_message'));
    expect(read({ ...text, channel: undefined })).to.deep.equal(invalid('bad_message'));
    expect(read({ ...text, text: 5 })).to.deep.equal(invalid('bad_content'));
  });
});

describe('vonage: content', () => {
  it('When files come, then their addresses are kept, with the caption', () => {
    const url = 'https://api-us.nexmo.com/v3/media/1b456509';
    const kinds = {
      image: 'image',
      video: 'video',
      audio: 'audio',
      file: 'file',
      vcard: 'file',
      sticker: 'sticker',
    };
    for (const [key, type] of Object.entries(kinds)) {
      expect(contentOf(key, { url, name: 'a.b', caption: 'see' }), key).to.deep.equal({
        type: 'attachment',
        attachments: [{ type, url, name: 'a.b' }],
        text: 'see',
      });
    }
    expect(contentOf('image', { url: 'javascript:alert(1)' })).to.deep.equal({
      kind: 'invalid',
      reason: 'bad_content',
    });
  });

  it('When a place is shared, then its name and position are the text', () => {
    const place = { lat: 37.758056, long: -122.425332, name: 'HQ', address: '1 Way' };
    expect(contentOf('location', place)).to.deep.equal({
      type: 'location',
      text: 'HQ\n1 Way\n37.758056,-122.425332',
    });
    expect(contentOf('location', { lat: 1 })).to.deep.include({ reason: 'bad_content' });
  });

  it('When a button is pressed or something chosen, then its words are the reply', () => {
    const reply = { type: 'reply', text: 'Yes' };
    expect(contentOf('reply', { id: 'row1', title: 'Yes', description: 'x' })).to.deep.equal(reply);
    expect(contentOf('button', { payload: 'yes', text: 'Yes' })).to.deep.equal(reply);
    expect(contentOf('button', {})).to.deep.equal({ type: 'reply' });
  });

  it('When someone reacts or takes that back, then that is a reaction to its message', () => {
    const context = { message_uuid: 'm0' };
    expect(contentOf('reaction', { action: 'react', emoji: '👍' }, { context })).to.deep.equal({
      type: 'reaction',
      text: '👍',
      replyTo: 'm0',
    });
    expect(contentOf('reaction', { action: 'unreact' })).to.deep.equal({ type: 'reaction' });
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    for (const type of ['unsupported', 'order', 'contacts', 'hologram', 'constructor']) {
      expect(contentOf(type, {}), type).to.deep.equal({ type: 'unsupported' });
    }
  });
});

describe('vonage: statuses', () => {
  it('When a status comes, then it is an event about its message', () => {
    const statuses = {
      submitted: 'sent',
      delivered: 'delivered',
      read: 'read',
      rejected: 'failed',
      undeliverable: 'failed',
    };
    for (const [given, status] of Object.entries(statuses)) {
      expect(
        read({ message_uuid: 'm1', to: '1', from: '2', timestamp: text.timestamp, status: given }),
      ).to.deep.equal({
        kind: 'status',
        eventId: `m1:${given}`,
        at: Date.UTC(2024, 0, 1, 14),
        messageId: 'm1',
        status,
      });
    }
    expect(read({ message_uuid: 'm1', status: 'cancelled' })).to.deep.equal({
      kind: 'ignored',
      reason: 'other_status',
    });
  });
});

describe('vonage: what is sent', () => {
  const call = sinon.fake.resolves(accepted);
  const send = (sent: Partial<Outgoing>, from = credentials.from) => {
    call.resetHistory();
    return vonage
      .send(
        { to: 'tel:+447700900000', key: 'key_1', ...sent },
        {
          channelId: 'ch1',
          credentials: { ...credentials, from },
          webhookUrl: 'https://videur.example/webhooks/vonage/ch1',
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
  const attachment = { type: 'image', url: 'https://example.com/a.png' } as const;

  it('When a message is sent, then its token is of the application and signed by its key', async () => {
    await send({ text: 'x' });
    const { authorization } = call.firstCall.args[0].headers;
    const { payload, protectedHeader } = await jwtVerify(authorization.slice(7), publicKey, {
      algorithms: ['RS256'],
      currentDate: new Date(NOW),
    });
    expect(protectedHeader).to.deep.equal({ alg: 'RS256', typ: 'JWT' });
    expect(payload).to.include({
      application_id: credentials.applicationId,
      iat: NOW / 1000,
      exp: NOW / 1000 + 300,
    });
    expect(payload.jti).to.be.a('string').with.length(36);
    await send({ text: 'x' });
    expect(call.firstCall.args[0].headers.authorization).not.to.equal(authorization);
  });

  it('When it is sent from another channel, then it goes there', async () => {
    expect(await send({ text: 'x' }, 'whatsapp:+14157386102')).to.include({
      channel: 'whatsapp',
      from: '14157386102',
      to: '447700900000',
    });
    expect(await send({ text: 'x' }, 'viber_service:16273')).to.include({
      channel: 'viber_service',
      from: '16273',
    });
    expect(await send({ to: 'messenger:77', text: 'x' }, 'messenger:5')).to.include({
      channel: 'messenger',
      from: '5',
      to: '77',
    });
    expect(await send({ text: 'x' }, 'ACME')).to.include({ channel: 'sms', from: 'ACME' });
  });

  it('When the recipient is not there, then that is unsupported', async () => {
    expect(await send({ to: 'messenger:77', text: 'x' })).to.include(unsupported);
    expect(await send({ to: 'whatsapp:US.1', text: 'x' })).to.include(unsupported);
    expect(await send({ text: 'x' }, 'messenger:5')).to.include(unsupported);
  });

  it('When a file is sent, then its address goes, with its caption where there can be one', async () => {
    expect(await send({ attachment, text: 'see' }, 'whatsapp:14157386102')).to.deep.include({
      message_type: 'image',
      image: { url: 'https://example.com/a.png', caption: 'see' },
    });
    expect(await send({ attachment }, 'messenger:5')).to.include(unsupported);
    expect(await send({ to: 'messenger:77', attachment }, 'messenger:5')).to.deep.include({
      message_type: 'image',
      image: { url: 'https://example.com/a.png' },
    });
    expect(await send({ to: 'messenger:77', attachment, text: 'see' }, 'messenger:5')).to.include(
      unsupported,
    );
    const audio = { ...attachment, type: 'audio' } as const;
    expect(await send({ attachment: audio, text: 'x' }, 'whatsapp:1')).to.include(unsupported);
    expect(await send({ attachment })).to.include(unsupported);
    expect(
      await send({ attachment: { type: 'image', id: '7' } }, 'whatsapp:14157386102'),
    ).to.include(unsupported);
  });

  it('When the key is none of RSA or too short, then the credentials are refused', () => {
    const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { privateKey: short } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    for (const key of [
      'key',
      ec.export({ type: 'pkcs8', format: 'pem' }).toString(),
      short.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ]) {
      expect(vonage.credentials.safeParse({ ...credentials, privateKey: key }).success).to.equal(
        false,
      );
    }
    const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(
      vonage.credentials.safeParse({ ...credentials, privateKey: [pkcs1, PEM] }).success,
    ).to.equal(true);
  });
});
