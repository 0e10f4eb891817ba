import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import type { Outgoing } from '../../channels/adapter.ts';
import { type HttpResponse, SendError } from '../../channels/http.ts';
import { type ViberCredentials, viber } from '../../channels/viber.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
  parseText,
} from '../support/channel-contract.ts';
import { delivery } from '../support/deliveries.ts';

type Json = Record<string, unknown>;

const credentials: ViberCredentials = { authToken: 'viber_auth_token', name: 'Our bot' };
const AT = 1_457_764_197_627;
const TOKEN = '4912661846655238145';
const USER = '01234567890A=';

/** Written by hand: JavaScript cannot say the token as a number. */
const callback = (event: string, part: Json = {}, token = TOKEN): string =>
  JSON.stringify({ event, timestamp: AT, message_token: 0, ...part }).replace(
    '"message_token":0',
    `"message_token":${token}`,
  );
const said = (message: Json, sender: Json = { id: USER, name: 'John McClane' }): string =>
  callback('message', { sender, message, silent: false });

const one = (body: string): ParsedEvent => {
  const [event, ...others] = parseText(viber, body);
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const contentOf = (message: Json) => {
  const event = one(said(message));
  return event.kind === 'message' ? event.content : event;
};
const ignored = (reason: string) => ({ kind: 'ignored', reason });
const invalid = (reason: string) => ({ kind: 'invalid', reason });

const signatureOf = (body: string | Buffer, secret: string) =>
  createHmac('sha256', secret).update(body).digest('hex');
const sign = (body: Buffer, _now?: number, secret = 'viber_auth_token') =>
  delivery(body, { 'x-viber-content-signature': signatureOf(body, secret) });

const answered = (body: string, status = 200): HttpResponse => ({ status, headers: {}, body });
const accepted = answered(
  '{"status":0,"status_message":"ok","message_token":5741311803571721087,"chat_hostname":"SN-CHAT-05_","billing_status":1}',
);
const refused = (status: number, message: string) =>
  answered(JSON.stringify({ status, status_message: message, chat_hostname: 'SN-CHAT-05_' }));

const VECTOR =
  '{"event":"message","timestamp":1457764197627,"chat_hostname":"SN-CHAT-05_","message_token":4912661846655238145,"sender":{"id":"01234567890A=","name":"John McClane","avatar":"http://avatar.example.com","country":"UK","language":"en","api_version":1},"message":{"type":"text","text":"a message to the service"},"silent":false}';
const VECTOR_SIGNATURE = 'ea88595601c0cc23525696afb88d336354afa4e086df0705b038b127becd39a5';
const WEBHOOK = '{"event":"webhook","timestamp":1457764197627,"message_token":241256543215}';

const GOOD =
  '"event":"message","timestamp":1,"message_token":1,"sender":{"id":"u","name":"n"},"message":{"type":"text","text":"x"}';

describeChannelContract('viber', viber, {
  credentials,
  sign,
  proof: headerProof('x-viber-content-signature'),
  rotation: {
    both: { ...credentials, authToken: ['new_token', 'viber_auth_token'] },
    alone: { ...credentials, authToken: 'new_token' },
  },
  withoutSecret: [
    { ...credentials, authToken: '' },
    { ...credentials, authToken: [] },
    { ...credentials, authToken: [''] },
    { ...credentials, authToken: undefined as never },
  ],
  coversBody: true,
  stamped: false,
  faults: jsonFaults,
  batch: { body: VECTOR, eventIds: [TOKEN] },
  unknownKind: { body: callback('hologram'), kind: 'ignored' },
  hostile: (value) => [
    value,
    `{"event":${value}}`,
    ...['event', 'timestamp', 'message_token', 'sender', 'message', '__proto__'].map(
      (key) => `{${GOOD},"${key}":${value}}`,
    ),
    ...['id', 'name', '__proto__'].map(
      (key) => `{${GOOD},"sender":{"id":"u","name":"n","${key}":${value}}}`,
    ),
    ...['type', 'text', '__proto__'].map(
      (key) => `{${GOOD},"message":{"type":"text","text":"x","${key}":${value}}}`,
    ),
    ...['picture', 'video', 'file', 'sticker', 'contact', 'url', 'location'].map(
      (type) =>
        `{${GOOD},"message":{"type":"${type}","media":${value},"text":${value},"size":${value},"sticker_id":${value},"contact":${value},"location":${value}}}`,
    ),
    `{${GOOD},"event":"delivered","message_token":${value}}`,
  ],
  testEvent: { delivery: sign(Buffer.from(WEBHOOK)), events: ['webhook'] },
  send: {
    message: { to: `viber:${USER}`, text: 'hello', key: 'key-1' },
    request: {
      url: 'https://chatapi.viber.com/pa/send_message',
      headers: { 'content-type': 'application/json', 'x-viber-auth-token': 'viber_auth_token' },
      body: { receiver: USER, sender: { name: 'Our bot' }, type: 'text', text: 'hello' },
    },
    accepted: { response: accepted, messageId: '5741311803571721087' },
    refused: [
      { response: refused(12, 'tooManyRequests'), failure: 'throttled' },
      { response: refused(2, 'invalidAuthToken'), failure: 'credentials_refused' },
      { response: refused(8, 'publicAccountNotFound'), failure: 'credentials_refused' },
      { response: refused(15, 'publicAccountNotAuthorized'), failure: 'credentials_refused' },
      { response: refused(3, 'badData'), failure: 'rejected' },
      { response: refused(5, 'receiverNotRegistered'), failure: 'rejected' },
      { response: refused(6, 'receiverNotSubscribed'), failure: 'rejected' },
      { response: refused(99, 'unheard of'), failure: 'rejected' },
      { response: answered('{"status":0,"status_message":"ok"}'), failure: 'bad_answer' },
      { response: answered('{"status":"0","message_token":1}'), failure: 'bad_answer' },
    ],
  },
});

describe('viber: signatures', () => {
  it('When the vector comes, then it is let in', async () => {
    const given = delivery(VECTOR, { 'x-viber-content-signature': VECTOR_SIGNATURE });
    expect(await viber.verify(given, credentials, NOW)).to.equal(true);
  });

  it('When the signature is in the address or in capitals, then it is refused', async () => {
    const address = `http://localhost:8080/webhooks/any?sig=${VECTOR_SIGNATURE}`;
    expect(await viber.verify(delivery(VECTOR, {}, address), credentials, NOW)).to.equal(false);
    const capitals = { 'x-viber-content-signature': VECTOR_SIGNATURE.toUpperCase() };
    expect(await viber.verify(delivery(VECTOR, capitals), credentials, NOW)).to.equal(false);
  });
});

describe('viber: callbacks', () => {
  it('When a person writes, then its id is kept to the last digit and the time is in milliseconds', () => {
    expect(one(VECTOR)).to.deep.equal({
      kind: 'message',
      eventId: TOKEN,
      at: AT,
      identities: [`viber:${USER}`],
      profile: { firstName: 'John McClane' },
      content: { type: 'text', text: 'a message to the service' },
    });
  });

  it('When tokens differ in their last digit, then so do the events, whatever the number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (token) => {
        expect(one(callback('seen', {}, String(token)))).to.deep.include({
          eventId: `${token}:read`,
          messageId: String(token),
        });
      }),
    );
  });

  it('When a message of ours gets on, then its status does', () => {
    for (const [event, status] of [
      ['delivered', 'delivered'],
      ['seen', 'read'],
      ['failed', 'failed'],
    ] as const) {
      const body = callback(event, { user_id: USER, desc: 'failure description' });
      expect(one(body)).to.deep.equal({
        kind: 'status',
        eventId: `${TOKEN}:${status}`,
        at: AT,
        messageId: TOKEN,
        status,
      });
    }
  });

  it('When a callback has nothing for the inbox, then it is ignored by its name', () => {
    for (const event of ['webhook', 'subscribed', 'unsubscribed', 'conversation_started']) {
      expect(one(callback(event, { user: { id: USER } })), event).to.deep.equal(ignored(event));
    }
    expect(one('{"event":"conversation_started"}')).to.deep.equal(ignored('conversation_started'));
    expect(one(callback('client_status'))).to.deep.equal(ignored('other_event'));
  });

  it('When it is about to be answered, then there is nothing that Viber would show', () => {
    expect(viber).not.to.have.property('challenge');
  });

  it('When a callback is broken, then it is invalid', () => {
    const text = { type: 'text', text: 'x' };
    expect(one(callback('message', { message: text }))).to.deep.equal(invalid('bad_message'));
    expect(one(said(text, { id: 'a b' }))).to.deep.equal(invalid('bad_message'));
    expect(one(callback('seen', {}, '"x"'))).to.deep.equal(invalid('bad_status'));
    expect(one(callback('seen', {}, '1.5'))).to.deep.equal(invalid('bad_status'));
    expect(one(callback('seen', { timestamp: 'now' }))).to.deep.equal(invalid('bad_status'));
    expect(contentOf({ type: 'text' })).to.deep.equal(invalid('bad_content'));
    expect(contentOf({ type: 'picture', media: 'javascript:alert(1)' })).to.deep.equal(
      invalid('bad_content'),
    );
  });
});

describe('viber: content', () => {
  const media = 'https://dl-media.viber.com/a';

  it('When media come, then their addresses are kept', () => {
    expect(contentOf({ type: 'picture', media, text: 'see', thumbnail: 't' })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'image', url: media }],
      text: 'see',
    });
    expect(contentOf({ type: 'video', media, size: 9, duration: 1 })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'video', url: media, size: 9 }],
    });
    expect(contentOf({ type: 'file', media, size: 9, file_name: 'a.pdf' })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'file', url: media, name: 'a.pdf', size: 9 }],
    });
    expect(contentOf({ type: 'sticker', sticker_id: 46105 })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'sticker', id: '46105' }],
    });
  });

  it('When a contact, a link or a place is sent, then it is the text', () => {
    const contact = { name: 'Alex', phone_number: '+972511123123' };
    expect(contentOf({ type: 'contact', contact })).to.deep.equal({
      type: 'contacts',
      text: 'Alex\n+972511123123',
    });
    expect(contentOf({ type: 'url', media: 'https://a.example' })).to.deep.equal({
      type: 'text',
      text: 'https://a.example',
    });
    expect(
      contentOf({ type: 'location', location: { lat: 50.76891, lon: 6.11499 } }),
    ).to.deep.equal({
      type: 'location',
      text: '50.76891,6.11499',
    });
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    expect(contentOf({ type: 'hologram' })).to.deep.equal({ type: 'unsupported' });
    expect(contentOf({})).to.deep.equal({ type: 'unsupported' });
  });
});

describe('viber: sending', () => {
  const send = async (message: Partial<Outgoing>, response = accepted) => {
    const call = sinon.stub().resolves(response);
    const { messageId } = await viber.send(
      { to: `viber:${USER}`, key: 'k', ...message },
      {
        channelId: 'ch1',
        credentials: { ...credentials, authToken: ['new', 'old'] },
        webhookUrl: 'https://videur.example/webhooks/viber/ch1',
        call,
        now: () => NOW,
        remember: async () => '',
      },
    );
    const { headers, body } = call.firstCall.firstArg;
    return { headers, body: JSON.parse(body), messageId };
  };
  const url = 'https://files.example/a';
  const shared = { receiver: USER, sender: { name: 'Our bot' } };

  it('When a picture is sent, then the text is its caption', async () => {
    const attachment = { type: 'image', url } as const;
    const { headers, body } = await send({ attachment, text: 'see' });
    expect(headers).to.include({ 'x-viber-auth-token': 'new' });
    expect(body).to.deep.equal({ ...shared, type: 'picture', text: 'see', media: url });
    expect((await send({ attachment })).body).to.deep.include({ text: '', media: url });
  });

  it('When a video or a file is sent, then with what Viber asks to know of it', async () => {
    const video = { type: 'video', url, size: 9 } as const;
    expect((await send({ attachment: video })).body).to.deep.equal({
      ...shared,
      type: 'video',
      media: url,
      size: 9,
    });
    for (const type of ['file', 'audio'] as const) {
      const { body } = await send({ attachment: { type, url, size: 9, name: 'a' } });
      expect(body).to.deep.equal({ ...shared, type: 'file', media: url, size: 9, file_name: 'a' });
    }
  });

  it('When Viber has no such message, then nothing is sent', async () => {
    for (const message of [
      { attachment: { type: 'video', url } },
      { attachment: { type: 'video', url, size: 9 }, text: 'caption' },
      { attachment: { type: 'file', url, size: 9 } },
      { attachment: { type: 'file', url, name: 'a' } },
      { attachment: { type: 'sticker', url, size: 9, name: 'a' } },
      { attachment: { type: 'image', id: '1' } },
    ] as const) {
      const error = await send(message).catch((error: unknown) => error);
      expect(error).to.be.instanceOf(SendError).that.includes({ failure: 'unsupported' });
    }
  });

  it('When Viber refuses inside a 200, then its number is told', async () => {
    const error = await send({ text: 'x' }, refused(6, 'notSubscribed')).catch((e: unknown) => e);
    expect(error).to.include({ failure: 'rejected', providerCode: '6', retryable: false });
  });

  it('When the token is answered as text, then it is the same', async () => {
    const answer = answered(`{"status":0,"message_token":"${TOKEN}"}`);
    expect((await send({ text: 'x' }, answer)).messageId).to.equal(TOKEN);
  });
});
