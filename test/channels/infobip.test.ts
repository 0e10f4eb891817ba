import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import sinon from 'sinon';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import { type InfobipCredentials, infobip } from '../../channels/infobip.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
  parseText,
} from '../support/channel-contract.ts';
import { delivery } from '../support/deliveries.ts';

const sending = {
  apiKey: 'infobip_api_key',
  from: 'InfoSMS',
  apiBaseUrl: 'https://xyz.api.infobip.com',
};
const basic: InfobipCredentials = {
  authType: 'basic',
  user: 'videur',
  password: 'password_1',
  ...sending,
};
const hmac: InfobipCredentials = {
  authType: 'hmac',
  hmacSecret: 'hmac_secret_1',
  hmacHeader: 'X-Hub-Signature',
  ...sending,
};

const withBasic = (body: string | Buffer, password = 'password_1', user = 'videur'): Delivery =>
  delivery(body, {
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
const withHmac = (body: string | Buffer, secret = 'hmac_secret_1'): Delivery =>
  delivery(body, {
    'x-hub-signature': createHmac('sha256', secret).update(body).digest('hex'),
  });

const sms = (messageId: string, more: object = {}) => ({
  messageId,
  from: '385916242493',
  to: '385921004026',
  text: 'QUIZ Correct answer is Paris',
  cleanText: 'Correct answer is Paris',
  keyword: 'QUIZ',
  receivedAt: '2016-10-06T09:28:39.220+0000',
  smsCount: 1,
  price: { pricePerMessage: 0, currency: 'EUR' },
  callbackData: 'callbackData',
  ...more,
});
const whatsapp = (messageId: string, message: object, more: object = {}) => ({
  from: '385919998888',
  to: '385918887777',
  integrationType: 'WHATSAPP',
  receivedAt: '2019-07-19T11:23:26.998+0000',
  messageId,
  pairedMessageId: null,
  callbackData: null,
  message,
  contact: { name: 'Frank' },
  price: { pricePerMessage: 0, currency: 'EUR' },
  ...more,
});
const report = (messageId: string, groupName: string, more: object = {}) => ({
  bulkId: 'BULK-ID-123-xyz',
  messageId,
  to: '41793026727',
  sentAt: '2019-11-09T16:00:00.000+0000',
  doneAt: '2019-11-09T17:00:00.000+0100',
  smsCount: 1,
  status: { groupId: 3, groupName, id: 5, name: 'DELIVERED_TO_HANDSET', description: 'x' },
  error: { groupId: 0, groupName: 'Ok', id: 0, name: 'NO_ERROR', permanent: false },
  ...more,
});
const seen = (messageId: string, seenAt: unknown = '2020-06-08T12:12:41.803+0000') => ({
  messageId,
  from: '385998765432',
  to: '385912345678',
  sentAt: '2020-06-08T12:12:35.288+0000',
  seenAt,
});

const bodyOf = (...results: unknown[]) =>
  JSON.stringify({ results, messageCount: results.length, pendingMessageCount: 0 });
const parse = (...results: unknown[]): ParsedEvent[] => parseText(infobip, bodyOf(...results));
const one = (result: unknown): ParsedEvent => {
  const [event, ...others] = parse(result);
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const contentOf = (message: object) => {
  const event = one(whatsapp('1', message));
  return event.kind === 'message' ? event.content : event;
};
const namesOf = (events: ParsedEvent[]) =>
  events.map((event) => ('eventId' in event ? event.eventId : `${event.kind}:${event.reason}`));

const answered = (status: number, body: object, headers = {}) => ({
  status,
  headers,
  body: JSON.stringify(body),
});
const accepted = (groupName = 'PENDING', name = 'PENDING_ENROUTE') =>
  answered(200, {
    bulkId: '2034072219640523072',
    messages: [
      {
        messageId: '2250be2d4219-3af1-78856-aabe-1362af1edfd2',
        status: { groupId: 1, groupName, id: 26, name, description: 'x' },
        destination: '41793026727',
      },
    ],
  });
const refusal = (messageId: string) => ({
  requestError: { serviceException: { messageId, text: 'It went wrong' } },
});

const shared = {
  stamped: false,
  faults: [...jsonFaults, { body: '{"results":{}}', reason: 'bad_envelope' }],
  batch: {
    body: bodyOf(
      sms('817790313235066447'),
      whatsapp('ABEGOFl3VCQoAhBalbc6rTQT', { type: 'TEXT', text: 'Hi' }),
      report('m1', 'DELIVERED'),
      sms('817790313235066448', { from: '447700900000' }),
      seen('m1'),
    ),
    eventIds: [
      '817790313235066447',
      'ABEGOFl3VCQoAhBalbc6rTQT',
      'm1:DELIVERED',
      '817790313235066448',
      'm1:SEEN',
    ],
  },
  unknownKind: {
    body: bodyOf(whatsapp('1', { type: 'HOLOGRAM' })),
    kind: 'message' as const,
  },
  hostile: (value: string) => [
    value,
    `{"results":${value}}`,
    `{"results":[${value},${JSON.stringify(sms('1'))}]}`,
    ...[...Object.keys(sms('1')), 'message', 'integrationType', 'contact', 'status', 'seenAt'].map(
      (name) => bodyOf(sms('1', { [name]: 0 })).replace(`"${name}":0`, `"${name}":${value}`),
    ),
    ...['type', 'text', 'url', 'contacts', 'context', 'latitude', '__proto__'].flatMap((name) =>
      ['TEXT', 'IMAGE', 'LOCATION', 'CONTACT', 'BUTTON'].map(
        (type) =>
          `{"results":[{"messageId":"1","from":"385919998888","integrationType":"WHATSAPP","message":{"type":"${type}","${name}":${value}}}]}`,
      ),
    ),
    `{"results":[{"messageId":"1","from":"385919998888","message":[{"contentType":${value},"value":${value},"url":${value}}]}]}`,
  ],
  send: {
    message: { to: 'tel:+41793026727', text: 'Hello', key: 'key_1' },
    request: {
      url: 'https://xyz.api.infobip.com/sms/3/messages',
      headers: { 'content-type': 'application/json', authorization: 'App infobip_api_key' },
      body: {
        messages: [
          {
            sender: 'InfoSMS',
            destinations: [{ to: '41793026727' }],
            content: { text: 'Hello' },
            webhooks: { callbackData: 'key_1' },
          },
        ],
      },
    },
    accepted: {
      response: accepted(),
      messageId: '2250be2d4219-3af1-78856-aabe-1362af1edfd2',
    },
    refused: [
      {
        response: accepted('REJECTED', 'REJECTED_NOT_ENOUGH_CREDITS'),
        failure: 'rejected' as const,
      },
      {
        response: answered(401, refusal('UNAUTHORIZED')),
        failure: 'credentials_refused' as const,
      },
      { response: answered(400, refusal('BAD_REQUEST')), failure: 'rejected' as const },
      {
        response: answered(429, refusal('TOO_MANY_REQUESTS'), { 'retry-after': '4' }),
        failure: 'throttled' as const,
        retryAfter: 4,
      },
    ],
  },
};

describeChannelContract('infobip with a password', infobip, {
  ...shared,
  credentials: basic,
  sign: (body, _now, password) => withBasic(body, password),
  proof: headerProof('authorization'),
  rotation: {
    both: { ...basic, password: ['password_2', 'password_1'] },
    alone: { ...basic, password: ['password_2'] },
  },
  withoutSecret: [
    { ...basic, password: '' },
    { ...basic, password: [] },
    { ...basic, password: [''] },
    { ...basic, password: undefined },
    { ...basic, user: '' },
    { ...basic, user: undefined },
  ] as InfobipCredentials[],
  coversBody: false,
});

describeChannelContract('infobip with an HMAC', infobip, {
  ...shared,
  credentials: hmac,
  sign: (body, _now, secret) => withHmac(body, secret),
  proof: headerProof('x-hub-signature'),
  rotation: {
    both: { ...hmac, hmacSecret: ['hmac_secret_2', 'hmac_secret_1'] },
    alone: { ...hmac, hmacSecret: ['hmac_secret_2'] },
  },
  withoutSecret: [
    { ...hmac, hmacSecret: '' },
    { ...hmac, hmacSecret: [] },
    { ...hmac, hmacSecret: [''] },
    { ...hmac, hmacSecret: undefined },
    { ...hmac, hmacHeader: undefined },
  ] as InfobipCredentials[],
  coversBody: true,
});

describe('infobip: who is let in', () => {
  const body = bodyOf(sms('1'));
  const verify = (given: Delivery, credentials: InfobipCredentials) =>
    infobip.verify(given, credentials, NOW);

  it('When the scheme is written in another case, then the password is let in', () => {
    const given = withBasic(body);
    const authorization = String(given.headers.authorization);
    const with_ = (value: string) => verify(delivery(body, { authorization: value }), basic);
    expect(with_(authorization.replace('Basic', 'basic'))).to.equal(true);
    expect(with_(authorization.replace('Basic ', ''))).to.equal(false);
    expect(with_(authorization.replace('Basic', 'Bearer'))).to.equal(false);
  });

  it('When it is another user, then the password does not help', () => {
    expect(verify(withBasic(body, 'password_1', 'someone'), basic)).to.equal(false);
    expect(verify(withBasic(body, 'videur:password_1', ''), basic)).to.equal(false);
    for (const user of ['', undefined] as string[]) {
      const nobody = { ...basic, user };
      expect(verify(withBasic(body, 'password_1', `${user}`), nobody)).to.equal(false);
    }
  });

  it('When one way is configured, then the other one proves nothing', () => {
    const both = { ...basic, hmacSecret: 'hmac_secret_1', hmacHeader: 'X-Hub-Signature' };
    expect(verify(withHmac(body), both)).to.equal(false);
    expect(verify(withBasic(body), both)).to.equal(true);
    const other = { ...both, authType: 'hmac' } as const;
    expect(verify(withBasic(body), other)).to.equal(false);
    expect(verify(withHmac(body), other)).to.equal(true);
  });

  it('When the HMAC is made in another way, then that is configured', () => {
    for (const hmacAlgorithm of ['sha1', 'sha256', 'sha512'] as const) {
      for (const hmacEncoding of ['hex', 'base64'] as const) {
        const credentials = { ...hmac, hmacHeader: 'Signature', hmacAlgorithm, hmacEncoding };
        const signature = createHmac(hmacAlgorithm, 'hmac_secret_1').update(body);
        const given = delivery(body, { signature: signature.digest(hmacEncoding) });
        expect(verify(given, credentials), `${hmacAlgorithm} ${hmacEncoding}`).to.equal(true);
        expect(verify(given, hmac)).to.equal(false);
      }
    }
  });

  it('When nothing could ever be let in, then the credentials are refused', () => {
    const faults = (given: object) =>
      infobip.credentials.safeParse(given).error?.issues.map(({ path }) => path.join('.')) ?? [];
    expect(faults({ authType: 'basic' })).to.deep.equal(['user', 'password']);
    expect(faults({ authType: 'hmac' })).to.deep.equal(['hmacSecret']);
    expect(faults({ authType: 'hmac', hmacSecret: 'x' })).to.deep.equal([]);
    expect(faults({ authType: 'oauth' })).to.deep.equal(['authType']);
    expect(faults({ authType: 'hmac', hmacSecret: 'x', hmacHeader: 'a b' })).to.deep.equal([
      'hmacHeader',
    ]);
    expect(faults({ authType: 'hmac', hmacSecret: 'x', hmacAlgorithm: 'md5' })).to.deep.equal([
      'hmacAlgorithm',
    ]);
  });
});

describe('infobip: messages', () => {
  it('When an SMS comes, then its sender is a phone and all of its text is kept', () => {
    expect(one(sms('817790313235066447'))).to.deep.equal({
      kind: 'message',
      eventId: '817790313235066447',
      at: Date.UTC(2016, 9, 6, 9, 28, 39, 220),
      identities: ['tel:+385916242493'],
      profile: { phone: '+385916242493' },
      content: { type: 'text', text: 'QUIZ Correct answer is Paris' },
    });
  });

  it('When a time has an offset, with a colon or without, then it is that moment', () => {
    const at = (receivedAt: unknown) => {
      const event = one(sms('1', { receivedAt }));
      return 'at' in event ? event.at : event;
    };
    const noon = Date.UTC(2016, 9, 6, 12);
    expect(at('2016-10-06T12:00:00.000+0000')).to.equal(noon);
    expect(at('2016-10-06T14:00:00.000+0200')).to.equal(noon);
    expect(at('2016-10-06T06:30:00.000-0530')).to.equal(noon);
    expect(at('2016-10-06T14:00:00+02:00')).to.equal(noon);
    expect(at('2016-10-06T12:00:00Z')).to.equal(noon);
    for (const other of ['2016-10-06T12:00:00', '2016-10-06', '1475755200000', 5, null]) {
      expect(at(other)).to.equal(NOW);
    }
  });

  it('When a message comes by WhatsApp, then the same phone is the same identity', () => {
    expect(one(whatsapp('1', { type: 'TEXT', text: 'Hi' }))).to.deep.equal({
      kind: 'message',
      eventId: '1',
      at: Date.UTC(2019, 6, 19, 11, 23, 26, 998),
      identities: ['tel:+385919998888'],
      profile: { firstName: 'Frank', phone: '+385919998888' },
      content: { type: 'text', text: 'Hi' },
    });
  });

  it('When who writes has no phone number, then the identity says what it is', () => {
    const text = { type: 'TEXT', text: 'x' };
    expect(one(sms('1', { from: '12345' }))).to.deep.include({ identities: ['sms:12345'] });
    expect(one(sms('1', { from: 'ACME' }))).to.deep.include({ identities: ['sms:acme'] });
    expect(one(whatsapp('1', text, { from: 'US.1349' }))).to.deep.include({
      identities: ['whatsapp:US.1349'],
    });
    expect(
      one(whatsapp('1', text, { integrationType: 'MESSENGER', from: '2493' })),
    ).to.deep.include({ identities: ['messenger:2493'] });
    expect(one(whatsapp('1', text, { integrationType: 'VIBER' }))).to.deep.include({
      identities: ['tel:+385919998888'],
    });
    for (const from of ['', undefined, '\u0000', 5]) {
      expect(one(sms('1', { from }))).to.deep.equal({ kind: 'invalid', reason: 'no_sender' });
    }
  });

  it('When it answers another message, then that one is named', () => {
    const context = { from: '385918887777', id: 'm0' };
    expect(contentOf({ type: 'TEXT', text: 'yes', context })).to.deep.equal({
      type: 'text',
      text: 'yes',
      replyTo: 'm0',
    });
  });

  it('When one result is broken, then it is invalid and its siblings are read', () => {
    const broken: [unknown, string][] = [
      [null, 'invalid:bad_item'],
      [[], 'invalid:bad_item'],
      [{}, 'invalid:bad_result'],
      [sms('x', { messageId: 817790313235066400 }), 'invalid:bad_result'],
      [sms(''), 'invalid:bad_result'],
      [sms('x', { from: undefined }), 'invalid:no_sender'],
      [report('x', 'HOLOGRAM'), 'ignored:other_status'],
    ];
    for (const [result, name] of broken) {
      expect(namesOf(parse(sms('a'), result, sms('b')))).to.deep.equal(['a', name, 'b']);
    }
  });

  it('When there are no results, then that is ignored; when there are absurdly many, reading stops', () => {
    expect(namesOf(parse())).to.deep.equal(['ignored:empty']);
    const events = parseText(infobip, `{"results":[${'{},'.repeat(140_000)}{}]}`);
    expect(events).to.have.length(131_073);
    expect(namesOf(events.slice(-1))).to.deep.equal(['invalid:too_many']);
  });
});

describe('infobip: content', () => {
  it('When an MMS comes, then its texts and files are together', () => {
    const url = 'https://examplelink.com/123456';
    const message = [
      { contentType: 'image/jpeg', url },
      { contentType: 'text/plain', value: 'one' },
      { contentType: 'text/plain', value: 'two' },
      { contentType: 'application/smil', value: '<smil/>' },
      { contentType: 'video/mp4', url: 'javascript:alert(1)' },
      5,
    ];
    const { text, ...mms } = sms('1');
    expect(one({ ...mms, message })).to.deep.include({
      content: {
        type: 'attachment',
        text: 'one\ntwo',
        attachments: [{ type: 'image', url, mimeType: 'image/jpeg' }],
      },
    });
    expect(one({ ...mms, message: message.slice(1, 2) })).to.deep.include({
      content: { type: 'text', text: 'one' },
    });
    expect(one({ ...mms, message: [] })).to.deep.include({ content: { type: 'unsupported' } });
  });

  it('When files come by WhatsApp, then their addresses are kept, with the caption', () => {
    const url = 'https://api.infobip.com/whatsapp/1/senders/1/media/2';
    const kinds = {
      IMAGE: 'image',
      VIDEO: 'video',
      AUDIO: 'audio',
      VOICE: 'audio',
      DOCUMENT: 'file',
      STICKER: 'sticker',
    };
    for (const [type, kind] of Object.entries(kinds)) {
      expect(contentOf({ type, url, caption: 'see', filename: 'a.b' }), type).to.deep.equal({
        type: 'attachment',
        attachments: [{ type: kind, url, name: 'a.b' }],
        text: 'see',
      });
    }
  });

  it('When a place or a contact is shared, then what it says is the text', () => {
    expect(
      contentOf({ type: 'LOCATION', latitude: 45.81, longitude: 15.98, name: 'N', address: 'A' }),
    ).to.deep.equal({ type: 'location', text: 'N\nA\n45.81,15.98' });
    const contacts = [
      { name: { formattedName: 'Ana B', firstName: 'Ana' }, phones: [{ phone: '+1' }, {}] },
      { name: { firstName: 'Bob' } },
      {},
    ];
    expect(contentOf({ type: 'CONTACT', contacts })).to.deep.equal({
      type: 'contacts',
      text: 'Ana B\n+1\nBob',
    });
  });

  it('When a button is pressed or something chosen, then its words are the reply', () => {
    const reply = { type: 'reply', text: 'Yes' };
    expect(contentOf({ type: 'BUTTON', text: 'Yes', payload: 'yes' })).to.deep.equal(reply);
    expect(contentOf({ type: 'INTERACTIVE_BUTTON_REPLY', id: '1', title: 'Yes' })).to.deep.equal(
      reply,
    );
    expect(
      contentOf({ type: 'INTERACTIVE_LIST_REPLY', id: '1', title: 'Yes', description: 'x' }),
    ).to.deep.equal(reply);
    expect(contentOf({ type: 'BUTTON' })).to.deep.equal({ type: 'reply' });
  });

  it('When the kind is not known or cannot be read, then the message is kept as unsupported', () => {
    for (const message of [
      { type: 'ORDER' },
      { type: 'constructor' },
      {},
      { type: 'TEXT', text: 5 },
      { type: 'IMAGE', url: 'javascript:alert(1)' },
      { type: 'LOCATION' },
      { type: 'CONTACT' },
    ]) {
      expect(contentOf(message)).to.deep.equal({ type: 'unsupported' });
    }
    const { text, ...without } = sms('1');
    expect(one(without)).to.deep.include({ content: { type: 'unsupported' } });
  });
});

describe('infobip: statuses', () => {
  it('When a delivery report comes, then it is a status at the time that it was done', () => {
    const statuses = {
      PENDING: 'sent',
      DELIVERED: 'delivered',
      UNDELIVERABLE: 'failed',
      EXPIRED: 'failed',
      REJECTED: 'failed',
    };
    for (const [groupName, status] of Object.entries(statuses)) {
      expect(one(report('m1', groupName))).to.deep.equal({
        kind: 'status',
        eventId: `m1:${groupName}`,
        at: Date.UTC(2019, 10, 9, 16),
        messageId: 'm1',
        status,
      });
    }
    expect(one(report('m1', 'DELIVERED', { from: '385918887777' }))).to.include({ kind: 'status' });
    expect(one(report('m1', 'PENDING', { doneAt: undefined }))).to.deep.include({
      at: Date.UTC(2019, 10, 9, 16),
    });
    expect(one(report('m1', 'PENDING', { doneAt: 'x', sentAt: 'x' }))).to.deep.include({ at: NOW });
  });

  it('When a message of ours was seen, then it is read', () => {
    expect(one(seen('m1'))).to.deep.equal({
      kind: 'status',
      eventId: 'm1:SEEN',
      at: Date.UTC(2020, 5, 8, 12, 12, 41, 803),
      messageId: 'm1',
      status: 'read',
    });
    expect(one(seen('m1', 'just now'))).to.deep.include({ status: 'read', at: NOW });
  });
});

describe('infobip: what is sent', () => {
  const send = (message: Partial<Outgoing>, given: Partial<InfobipCredentials> = {}) => {
    const answer = { to: '1', messageCount: 1, messageId: 'w1', status: { groupName: 'PENDING' } };
    const call = sinon.fake.resolves(answered(200, answer));
    return infobip
      .send(
        { to: 'tel:+41793026727', key: 'key_1', ...message },
        {
          channelId: 'ch1',
          credentials: { ...basic, ...given } as InfobipCredentials,
          webhookUrl: 'https://videur.example/webhooks/infobip/ch1',
          call,
          now: () => NOW,
          remember: () => Promise.reject(new Error('no token is needed')),
        },
      )
      .then(
        (sent) => ({
          sent,
          ...call.firstCall.args[0],
          body: JSON.parse(call.firstCall.args[0].body),
        }),
        (error: unknown) => error,
      );
  };
  const unsupported = { failure: 'unsupported', retryable: false };
  const byWhatsApp = { from: 'whatsapp:+447860099299' };
  const url = 'https://example.com/a';

  it('When it is sent from WhatsApp, then it goes there, and its id is in the answer itself', async () => {
    expect(await send({ text: 'Hello' }, byWhatsApp)).to.deep.include({
      sent: { messageId: 'w1' },
      url: 'https://xyz.api.infobip.com/whatsapp/1/message/text',
      body: {
        from: '447860099299',
        to: '41793026727',
        callbackData: 'key_1',
        content: { text: 'Hello' },
      },
    });
    expect(await send({ to: 'whatsapp:US.1349', text: 'x' }, byWhatsApp)).to.have.nested.property(
      'body.to',
      'US.1349',
    );
  });

  it('When a file is sent by WhatsApp, then its address goes, with its caption where there can be one', async () => {
    const kinds = { image: 'image', video: 'video', file: 'document' } as const;
    for (const [type, path] of Object.entries(kinds)) {
      const attachment = { type: type as keyof typeof kinds, url };
      const sent = await send({ text: 'see', attachment }, byWhatsApp);
      expect(sent).to.have.property(
        'url',
        `https://xyz.api.infobip.com/whatsapp/1/message/${path}`,
      );
      expect(sent).to.have.deep.nested.property('body.content', { mediaUrl: url, caption: 'see' });
    }
    const audio = { attachment: { type: 'audio', url } } as const;
    expect(await send(audio, byWhatsApp)).to.have.deep.nested.property('body.content', {
      mediaUrl: url,
    });
    expect(await send({ ...audio, text: 'see' }, byWhatsApp)).to.include(unsupported);
    expect(await send({ attachment: { type: 'image', id: '7' } }, byWhatsApp)).to.include(
      unsupported,
    );
  });

  it('When SMS cannot carry it or nothing is set up to send, then that is unsupported', async () => {
    expect(await send({ attachment: { type: 'image', url } })).to.include(unsupported);
    expect(await send({ to: 'whatsapp:US.1349', text: 'x' })).to.include(unsupported);
    expect(await send({ text: 'x' }, { from: 'viber:1' })).to.include(unsupported);
    for (const field of ['apiKey', 'from', 'apiBaseUrl']) {
      expect(await send({ text: 'x' }, { [field]: undefined }), field).to.include(unsupported);
    }
  });

  it('When the provider gives a word for its refusal, then that is told', async () => {
    const call = sinon.fake.resolves(accepted('REJECTED', 'REJECTED_NOT_ENOUGH_CREDITS'));
    const error = await infobip
      .send(shared.send.message, {
        channelId: 'ch1',
        credentials: basic,
        webhookUrl: '',
        call,
        now: () => NOW,
        remember: () => Promise.reject(new Error('no token is needed')),
      })
      .catch((error: unknown) => error);
    expect(error).to.include({ providerCode: 'REJECTED_NOT_ENOUGH_CREDITS', retryable: false });
  });
});
