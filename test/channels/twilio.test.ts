import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import library from 'twilio';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import type { HttpResponse } from '../../channels/http.ts';
import { type TwilioCredentials, twilio } from '../../channels/twilio.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import { CONTEXT, describeChannelContract, headerProof, NOW } from '../support/channel-contract.ts';
import { delivery } from '../support/deliveries.ts';

const TOKEN = 'twilio_auth_token';
const URL_ = 'https://gw.example.com/webhooks/twilio/ch_1';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const credentials: TwilioCredentials = {
  accountSid: 'AC00000000000000000000000000000000',
  authToken: TOKEN,
  from: '+14155238886',
};

type Params = Record<string, string | string[]>;

const formOf = (params: Params): string =>
  new URLSearchParams(
    Object.entries(params).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    ),
  ).toString();

/** A form as the official library signs it. */
function form(body: string | Buffer, secret = TOKEN, url = URL_): Delivery {
  const params: Params = {};
  for (const [name, value] of new URLSearchParams(body.toString())) {
    params[name] = name in params ? [params[name] ?? [], value].flat() : value;
  }
  const signature = library.getExpectedTwilioSignature(secret, url, params);
  return delivery(body, { ...FORM, 'x-twilio-signature': signature }, url);
}

/** JSON as the official library signs it: by the hash in the address. */
function json(body: string | Buffer, secret = TOKEN): Delivery {
  const hash = createHash('sha256').update(body).digest('hex');
  const url = `${URL_}?bodySHA256=${hash}`;
  const signature = library.getExpectedTwilioSignature(secret, url, {});
  return delivery(body, { 'x-twilio-signature': signature }, url);
}

const sms = {
  AccountSid: 'AC00000000000000000000000000000000',
  ApiVersion: '2010-04-01',
  Body: 'Hello',
  From: '+14155551234',
  MessageSid: 'SM00000000000000000000000000000001',
  NumMedia: '0',
  NumSegments: '1',
  SmsMessageSid: 'SM00000000000000000000000000000001',
  SmsSid: 'SM00000000000000000000000000000001',
  SmsStatus: 'received',
  To: '+14155238886',
};

const one = (given: Delivery): ParsedEvent => {
  const events = twilio.parse(given, { ...CONTEXT, credentials });
  if (events instanceof Promise) throw new Error('this adapter answers at once');
  const [event, ...others] = events;
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const read = (params: Params): ParsedEvent => one(delivery(formOf(params), FORM, URL_));
const contentOf = (params: Params) => {
  const event = read({ ...sms, Body: '', ...params });
  return event.kind === 'message' ? event.content : event;
};
const identitiesOf = (params: Params) => {
  const event = read({ ...sms, ...params });
  return 'identities' in event ? event.identities : event;
};

const rotation = {
  both: { ...credentials, authToken: ['another_token', TOKEN] },
  alone: { ...credentials, authToken: ['another_token'] },
};
const withoutSecret = [
  { ...credentials, authToken: '' },
  { ...credentials, authToken: [] },
  { ...credentials, authToken: [''] },
  { ...credentials, authToken: undefined as never },
];

const accepted = (answer: object) => ({
  status: 201,
  headers: {},
  body: JSON.stringify({ sid: 'SM00000000000000000000000000000002', status: 'queued', ...answer }),
});
const refused = (status: number, code: number, headers = {}) => ({
  status,
  headers,
  body: JSON.stringify({
    code,
    message: 'The request went wrong',
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  }),
});

const LONG = 'x'.repeat(600);

describeChannelContract('twilio, a form', twilio, {
  credentials,
  sign: (body, _now, secret) => form(body, secret),
  proof: headerProof('x-twilio-signature'),
  rotation,
  withoutSecret,
  coversBody: true,
  stamped: false,
  faults: [
    '',
    ' ',
    '{',
    '{}',
    '<xml/>',
    'a=1&b=2',
    '%',
    '\u0000',
    'MessageSid=',
    `MessageSid=${LONG}`,
  ].map((body) => ({ body, reason: 'bad_envelope' })),
  batch: { body: formOf(sms), eventIds: ['SM00000000000000000000000000000001'] },
  unknownKind: { body: formOf({ EventType: 'onHologramAdded' }), kind: 'ignored' },
  hostile: (value) => [
    value,
    formOf({ [value]: value }),
    ...[
      ...Object.keys(sms),
      'EventType',
      'MessageStatus',
      'MediaUrl0',
      'Latitude',
      '__proto__',
    ].map((name) => formOf({ ...sms, [name]: value })),
    ...['ExternalUserId', 'ProfileName', 'OriginalRepliedMessageSid', 'ButtonText'].map((name) =>
      formOf({ ...sms, [name]: value }),
    ),
    formOf({ ...sms, From: `whatsapp:${value}` }),
    formOf({ ...sms, From: `${value}:${value}` }),
    ...['Author', 'MessageSid', 'Media', 'DateCreated'].map((name) =>
      formOf({ ...spoken, [name]: value }),
    ),
  ],
  send: {
    message: { to: 'tel:+14155551234', text: 'Hola ñ & + 100%', key: 'key_1' },
    request: {
      url: 'https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`AC00000000000000000000000000000000:${TOKEN}`).toString('base64')}`,
      },
      body: {
        To: '+14155551234',
        From: '+14155238886',
        Body: 'Hola ñ & + 100%',
        StatusCallback: 'https://videur.example/webhooks/any/ch1',
      },
    },
    accepted: { response: accepted({}), messageId: 'SM00000000000000000000000000000002' },
    refused: [
      {
        response: refused(429, 20429, { 'retry-after': '3' }),
        failure: 'throttled',
        retryAfter: 3,
      },
      { response: refused(401, 20003), failure: 'credentials_refused' },
      { response: refused(403, 20008), failure: 'credentials_refused' },
      { response: refused(400, 21610), failure: 'rejected' },
      { response: refused(400, 21211), failure: 'rejected' },
      { response: refused(404, 20404), failure: 'rejected' },
      { response: refused(503, 20503), failure: 'provider_error' },
      { response: accepted({ status: 'failed', error_code: 30007 }), failure: 'rejected' },
    ],
  },
});

const spoken = {
  EventType: 'onMessageAdded',
  AccountSid: 'AC00000000000000000000000000000000',
  ConversationSid: 'CH00000000000000000000000000000001',
  MessageSid: 'IM00000000000000000000000000000001',
  ParticipantSid: 'MB00000000000000000000000000000001',
  Index: '10',
  DateCreated: '2025-01-01T00:00:00.000Z',
  Body: 'Ahoy!',
  Author: '+14155551234',
  Source: 'SMS',
};

describeChannelContract('twilio, JSON', twilio, {
  credentials,
  sign: (body, _now, secret) => json(body, secret),
  proof: headerProof('x-twilio-signature'),
  rotation,
  withoutSecret,
  coversBody: true,
  stamped: false,
  faults: [
    ...['', ' ', '{', 'a=1&b=2', '<xml/>', Buffer.from([0xff, 0xfe])].map((body) => ({
      body,
      reason: 'not_json',
    })),
    ...['null', '1', '"x"', '[]', '{}', '{"a":1}'].map((body) => ({
      body,
      reason: 'bad_envelope',
    })),
  ],
  batch: { body: JSON.stringify(spoken), eventIds: ['IM00000000000000000000000000000001'] },
  unknownKind: { body: '{"EventType":"onHologramAdded"}', kind: 'ignored' },
  hostile: (value) => [
    value,
    ...[...Object.keys(spoken), 'Media', 'From', '__proto__'].map((name) =>
      JSON.stringify({ ...spoken, [name]: 0 }).replace(`"${name}":0`, `"${name}":${value}`),
    ),
    `{"EventType":"onMessageAdded","MessageSid":"IM1","Author":"+14155551234","Media":[${value}]}`,
    `{"EventType":"onMessageUpdated","MessageSid":"IM1","Author":"+14155551234","Body":${value}}`,
    `{"MessageSid":"SM1","From":"+14155551234","Body":${value},"MediaUrl0":${value}}`,
  ],
});

describe('twilio: who is let in', () => {
  const verify = (given: Delivery, secrets = credentials) => twilio.verify(given, secrets, NOW);
  const judge = (given: Delivery, params: Params) =>
    library.validateRequest(
      TOKEN,
      String(given.headers['x-twilio-signature']),
      given.url,
      params as Record<string, string>,
    );

  it('When the documented forms come, then their signatures are known', () => {
    const url = 'https://gw.example.com/webhooks/twilio/ch_1?foo=1&bar=2';
    const body =
      'AccountSid=AC00000000000000000000000000000000&ApiVersion=2010-04-01&Body=Hola+%C3%B1+%26+%2B+100%25&From=whatsapp%3A%2B14155551234&MessageSid=SM00000000000000000000000000000001&NumMedia=0&NumSegments=1&ProfileName=Ana&SmsMessageSid=SM00000000000000000000000000000001&SmsSid=SM00000000000000000000000000000001&SmsStatus=received&To=whatsapp%3A%2B14155238886&WaId=14155551234';
    const signed = { ...FORM, 'x-twilio-signature': 'mhqCshSH/DzSN0HKJkRIgsN6GXg=' };
    expect(verify(delivery(body, signed, url))).to.equal(true);
    expect(verify(delivery(body, signed, url.replace('https:', 'http:')))).to.equal(false);

    const text = '{"EventType":"onMessageAdded"}';
    const hash = createHash('sha256').update(text).digest('hex');
    const headers = { 'x-twilio-signature': 'TmdZDLpVz80gR1K4E5ffXCDMxuY=' };
    expect(verify(delivery(text, headers, `${URL_}?bodySHA256=${hash}`))).to.equal(true);
    expect(verify(delivery(`${text} `, headers, `${URL_}?bodySHA256=${hash}`))).to.equal(false);
    expect(verify(delivery(text, headers, URL_))).to.equal(false);
  });

  it('When whatever parameters come, then the library and we say the same', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('Body', 'body', 'From', '__proto__', 'é', 'Z', 'a'),
    );
    const text = fc.string({ unit: 'grapheme' });
    const value = fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 4 }));
    const url = fc.constantFrom(
      URL_,
      `${URL_}?foo=1&bar=2`,
      `${URL_}?name=o'neill&q=a+b%20c`,
      'https://gw.example.com:8443/webhooks/twilio/ch_1?a',
      'http://[::1]:8080/webhooks/twilio/ch_1',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), url, (pairs, url) => {
        const params: Params = Object.fromEntries(pairs);
        const signature = library.getExpectedTwilioSignature(TOKEN, url, params);
        const signed = delivery(formOf(params), { ...FORM, 'x-twilio-signature': signature }, url);
        expect(judge(signed, params)).to.equal(true);
        expect(verify(signed)).to.equal(true);
        const other = { ...signed, url: signed.url.replace('ch_1', 'ch_2') };
        expect(judge(other, params)).to.equal(false);
        expect(verify(other)).to.equal(false);
      }),
      { numRuns: 500 },
    );
  });

  it('When another form of the address was signed, then it is taken if the library takes it', () => {
    const at = (origin: string) => `${origin}/webhooks/twilio/ch_1?q=o'neill&w=a b|c&empty&x=1%2B1`;
    const addresses = [
      'https://gw.example.com',
      'https://gw.example.com:443',
      'https://gw.example.com:8443',
      'https://GW.example.com',
      'http://gw.example.com',
      'http://gw.example.com:80',
      'http://gw.example.com:443',
      'https://user:pass@gw.example.com',
      'https://[::1]',
      'https://[::1]:443',
    ].flatMap((origin) => {
      const escaped = new URL(at(origin)).toString();
      return [at(origin), escaped, `${escaped.split('?')[0]}?q=o'neill&w=a%20b%7Cc&empty=&x=1%2B1`];
    });
    let taken = 0;
    for (const signedUrl of addresses) {
      const signature = library.getExpectedTwilioSignature(TOKEN, signedUrl, sms);
      for (const url of addresses) {
        const given = delivery(formOf(sms), { ...FORM, 'x-twilio-signature': signature }, url);
        const expected = judge(given, sms);
        expect(verify(given), `${signedUrl} at ${url}`).to.equal(expected);
        if (expected) taken++;
      }
    }
    expect(taken).to.be.greaterThan(addresses.length);
  });

  it('When a parameter came several times, then its values count once each and in order', () => {
    const body = formOf({ ...sms, Tag: ['b', 'a', 'b'] });
    const signature = library.getExpectedTwilioSignature(TOKEN, URL_, { ...sms, Tag: ['a', 'b'] });
    expect(verify(delivery(body, { ...FORM, 'x-twilio-signature': signature }, URL_))).to.equal(
      true,
    );
  });

  it('When the webhook comes by GET, then its parameters are signed and read with the address', () => {
    const url = `${URL_}?${formOf(sms)}`;
    const signature = library.getExpectedTwilioSignature(TOKEN, url, {});
    const given: Delivery = {
      ...delivery('', { 'x-twilio-signature': signature }, url),
      method: 'GET',
    };
    expect(judge(given, {})).to.equal(true);
    expect(twilio.deliversByGet).to.equal(true);
    expect(verify(given)).to.equal(true);
    expect(verify({ ...given, url: url.replace('Hello', 'Hellp') })).to.equal(false);
    expect(verify({ ...given, body: Buffer.from('Body=Hellp') })).to.equal(false);
    expect(one(given)).to.deep.equal(read(sms));
  });
});

describe('twilio: messages', () => {
  it('When an SMS comes, then its sender is a phone and its time that of the receipt', () => {
    expect(read(sms)).to.deep.equal({
      kind: 'message',
      eventId: 'SM00000000000000000000000000000001',
      at: NOW,
      identities: ['tel:+14155551234'],
      profile: { phone: '+14155551234' },
      content: { type: 'text', text: 'Hello' },
    });
  });

  it('When the same phone writes by WhatsApp or RCS, then it is the same identity', () => {
    const event = read({
      ...sms,
      From: 'whatsapp:+14155551234',
      ProfileName: ' Ana ',
      WaId: '14155551234',
    });
    expect(event).to.deep.include({
      identities: ['tel:+14155551234'],
      profile: { firstName: 'Ana', phone: '+14155551234' },
    });
    expect(identitiesOf({ From: 'rcs:+14155551234' })).to.deep.equal(['tel:+14155551234']);
  });

  it("When WhatsApp's own id of the person comes, then it is an identity too, the first one", () => {
    expect(
      identitiesOf({
        From: 'whatsapp:+14155551234',
        ExternalUserId: 'whatsapp:US.4566546130240823',
      }),
    ).to.deep.equal(['whatsapp:US.4566546130240823', 'tel:+14155551234']);
    expect(identitiesOf({ From: 'whatsapp:US.4566546130240823' })).to.deep.equal([
      'whatsapp:US.4566546130240823',
    ]);
    expect(identitiesOf({ ExternalUserId: 'whatsapp: ' })).to.deep.equal(['tel:+14155551234']);
  });

  it('When who writes has no phone number, then the identity says what it is', () => {
    const senders = {
      'messenger:2493': 'messenger:2493',
      '12345': 'sms:12345',
      '1234567': 'sms:1234567',
      ACME: 'sms:acme',
      'My Shop': 'sms:my%20shop',
      'Straße 1': 'sms:stra%C3%9Fe%201',
      '+0': 'sms:%2B0',
    };
    for (const [From, urn] of Object.entries(senders)) {
      expect(identitiesOf({ From }), From).to.deep.equal([urn]);
    }
    for (const From of ['messenger:a b', 'rcs:brand', '\u0000', 'x'.repeat(51)]) {
      expect(read({ ...sms, From }), From).to.deep.equal({ kind: 'invalid', reason: 'no_sender' });
    }
    expect(read({ ...sms, From: '' })).to.deep.equal({ kind: 'invalid', reason: 'bad_message' });
  });

  it('When it answers another message, then that one is named', () => {
    const OriginalRepliedMessageSid = 'SM00000000000000000000000000000009';
    expect(contentOf({ Body: 'yes', OriginalRepliedMessageSid })).to.deep.equal({
      type: 'text',
      text: 'yes',
      replyTo: OriginalRepliedMessageSid,
    });
    expect(contentOf({ Body: 'yes', OriginalRepliedMessageSid: LONG })).to.deep.equal({
      type: 'text',
      text: 'yes',
    });
  });

  it('When someone opts out, then what was said is a message like any other', () => {
    expect(contentOf({ Body: 'STOP', OptOutType: 'STOP' })).to.deep.equal({
      type: 'text',
      text: 'STOP',
    });
  });

  it('When a status of a message to us comes in either field, then it is that message', () => {
    expect(read({ ...sms, MessageStatus: 'received' })).to.deep.equal(read(sms));
    const { SmsStatus, ...without } = sms;
    expect(read(without)).to.deep.equal(read(sms));
  });
});

describe('twilio: content', () => {
  it('When media come, then their addresses and types are kept, with the text', () => {
    expect(
      contentOf({
        Body: 'look',
        NumMedia: '5',
        MediaUrl0: 'https://api.twilio.com/a',
        MediaContentType0: 'image/jpeg',
        MediaUrl1: 'https://api.twilio.com/b',
        MediaContentType1: 'video/mp4',
        MediaUrl2: 'https://api.twilio.com/c',
        MediaContentType2: 'audio/ogg',
        MediaUrl3: 'https://api.twilio.com/d',
        MediaContentType3: 'text/vcard',
        MediaUrl4: 'https://api.twilio.com/e',
        MediaUrl5: 'javascript:alert(1)',
      }),
    ).to.deep.equal({
      type: 'attachment',
      text: 'look',
      attachments: [
        { type: 'image', url: 'https://api.twilio.com/a', mimeType: 'image/jpeg' },
        { type: 'video', url: 'https://api.twilio.com/b', mimeType: 'video/mp4' },
        { type: 'audio', url: 'https://api.twilio.com/c', mimeType: 'audio/ogg' },
        { type: 'file', url: 'https://api.twilio.com/d', mimeType: 'text/vcard' },
        { type: 'file', url: 'https://api.twilio.com/e' },
      ],
    });
    expect(contentOf({ MediaUrl0: 'https://api.twilio.com/a' })).not.to.have.property('text');
  });

  it('When a button is pressed, then its words are the reply', () => {
    const reply = { type: 'reply', text: 'Confirm' };
    expect(
      contentOf({ Body: 'Confirm', ButtonText: 'Confirm', ButtonPayload: 'ok' }),
    ).to.deep.equal(reply);
    expect(contentOf({ ButtonPayload: 'Confirm' })).to.deep.equal(reply);
  });

  it('When a place is shared, then its name and position are the text', () => {
    const place = { Latitude: '48.8584', Longitude: '-2.2945' };
    expect(contentOf({ ...place, Label: 'Tower', Address: 'Paris' })).to.deep.equal({
      type: 'location',
      text: 'Tower\nParis\n48.8584,-2.2945',
    });
    expect(contentOf(place)).to.deep.equal({ type: 'location', text: '48.8584,-2.2945' });
  });

  it('When nothing is said, then an SMS is empty and another kind is kept as unsupported', () => {
    expect(contentOf({})).to.deep.equal({ type: 'text', text: '' });
    expect(contentOf({ MessageType: 'text' })).to.deep.equal({ type: 'text', text: '' });
    expect(contentOf({ MessageType: 'contacts' })).to.deep.equal({ type: 'unsupported' });
    expect(contentOf({ MessageType: 'hologram', Body: 'x' })).to.deep.equal({
      type: 'text',
      text: 'x',
    });
  });
});

describe('twilio: statuses', () => {
  it('When a status comes, then it is an event about its message', () => {
    const statuses = {
      sent: 'sent',
      delivered: 'delivered',
      read: 'read',
      undelivered: 'failed',
      failed: 'failed',
      canceled: 'failed',
    };
    for (const [MessageStatus, status] of Object.entries(statuses)) {
      expect(read({ MessageSid: 'SM1', MessageStatus, SmsStatus: 'sent' })).to.deep.equal({
        kind: 'status',
        eventId: `SM1:${MessageStatus}`,
        at: NOW,
        messageId: 'SM1',
        status,
      });
    }
    expect(read({ MessageSid: 'SM1', SmsStatus: 'delivered' })).to.deep.include({
      status: 'delivered',
    });
  });

  it('When a status says nothing that is shown, then it is ignored', () => {
    for (const MessageStatus of ['accepted', 'queued', 'sending', 'scheduled', 'constructor']) {
      expect(read({ MessageSid: 'SM1', MessageStatus })).to.deep.equal({
        kind: 'ignored',
        reason: 'other_status',
      });
    }
  });
});

describe('twilio: Conversations', () => {
  it('When someone speaks, then it is a message at its own time, as JSON and as a form', () => {
    const expected = {
      kind: 'message',
      eventId: 'IM00000000000000000000000000000001',
      at: Date.UTC(2025, 0, 1),
      identities: ['tel:+14155551234'],
      profile: { phone: '+14155551234' },
      content: { type: 'text', text: 'Ahoy!' },
    };
    expect(read(spoken)).to.deep.equal(expected);
    expect(one(json(JSON.stringify(spoken)))).to.deep.equal(expected);
    expect(read({ ...spoken, DateCreated: 'yesterday' })).to.deep.include({ at: NOW });
    expect(read({ ...spoken, Author: 'whatsapp:+14155551234' })).to.deep.include({
      identities: ['tel:+14155551234'],
    });
  });

  it('When files are sent, then their ids are kept, as a list or as the text of one', () => {
    const Media = [
      { Sid: 'ME1', Filename: 'a.png', ContentType: 'image/png', Size: 12232 },
      { Sid: 5 },
      { Sid: 'ME2' },
    ];
    const content = {
      type: 'attachment',
      text: 'Ahoy!',
      attachments: [
        { type: 'image', id: 'ME1', name: 'a.png', mimeType: 'image/png', size: 12232 },
        { type: 'file', id: 'ME2' },
      ],
    };
    expect(one(json(JSON.stringify({ ...spoken, Media })))).to.deep.include({ content });
    expect(read({ ...spoken, Media: JSON.stringify(Media) })).to.deep.include({ content });
    expect(read({ ...spoken, Media: '{' })).to.deep.include({
      content: { type: 'text', text: 'Ahoy!' },
    });
  });

  it('When one of us speaks, then that is no message of a contact', () => {
    for (const Author of ['system', 'agent@example.com', '']) {
      expect(read({ ...spoken, Author })).to.deep.equal({ kind: 'ignored', reason: 'own_message' });
    }
  });

  it('When a message is changed or taken back, then that names it', () => {
    const changed = {
      ...spoken,
      EventType: 'onMessageUpdated',
      DateUpdated: '2025-01-01T00:01:00.000Z',
      Body: 'Ahoi!',
    };
    expect(read(changed)).to.deep.equal({
      kind: 'edit',
      eventId: `IM00000000000000000000000000000001:${Date.UTC(2025, 0, 1, 0, 1)}`,
      at: Date.UTC(2025, 0, 1, 0, 1),
      messageId: 'IM00000000000000000000000000000001',
      identities: ['tel:+14155551234'],
      content: { type: 'text', text: 'Ahoi!' },
    });
    expect(read({ ...spoken, EventType: 'onMessageRemoved' })).to.deep.equal({
      kind: 'deletion',
      eventId: 'IM00000000000000000000000000000001:removed',
      at: NOW,
      messageId: 'IM00000000000000000000000000000001',
    });
  });

  it('When anything else happens in a conversation, then it is ignored', () => {
    for (const EventType of ['onParticipantAdded', 'onDeliveryUpdated', 'onMessageAdd', '']) {
      expect(read({ ...spoken, EventType }), EventType).to.deep.equal({
        kind: 'ignored',
        reason: 'other_event',
      });
    }
  });
});

describe('twilio: what is sent', () => {
  const send = (message: Partial<Outgoing>, from = credentials.from) => {
    const call = sinon.fake.resolves(accepted({}));
    return twilio
      .send(
        { to: 'tel:+14155551234', key: 'key_1', ...message },
        {
          channelId: 'ch1',
          credentials: { ...credentials, from },
          webhookUrl: 'https://videur.example/webhooks/twilio/ch1',
          call,
          now: () => NOW,
          remember: () => Promise.reject(new Error('no token is needed')),
        },
      )
      .then(
        () => Object.fromEntries(new URLSearchParams(call.firstCall.args[0].body)),
        (error: unknown) => error,
      );
  };
  const unsupported = { failure: 'unsupported', retryable: false };

  it('When it is sent from WhatsApp, then its recipient is there as well', async () => {
    expect(await send({ text: 'x' }, 'whatsapp:+14155238886')).to.include({
      From: 'whatsapp:+14155238886',
      To: 'whatsapp:+14155551234',
    });
    expect(await send({ to: 'whatsapp:US.4566', text: 'x' }, 'whatsapp:+14155238886')).to.include({
      To: 'whatsapp:US.4566',
    });
    expect(await send({ to: 'messenger:2493', text: 'x' }, 'messenger:1')).to.include({
      To: 'messenger:2493',
    });
  });

  it('When it is sent from a messaging service, then that is named instead of a number', async () => {
    const service = 'MG00000000000000000000000000000001';
    const sent = await send({ text: 'x' }, service);
    expect(sent).to.include({ MessagingServiceSid: service, To: '+14155551234' });
    expect(sent).not.to.have.property('From');
    expect(await send({ text: 'x' }, 'MGMT')).to.include({ From: 'MGMT' });
  });

  it('When a file is sent, then its address goes with its caption', async () => {
    const attachment = { type: 'image', url: 'https://example.com/a.png' } as const;
    expect(await send({ text: 'see', attachment })).to.include({
      Body: 'see',
      MediaUrl: 'https://example.com/a.png',
    });
    expect(await send({ attachment })).not.to.have.property('Body');
    expect(await send({ attachment: { type: 'image', id: 'ME1' } })).to.include(unsupported);
  });

  it('When the provider gives a code for its refusal, then that is told', async () => {
    const failing = (answer: HttpResponse) =>
      twilio
        .send(
          { to: 'tel:+14155551234', text: 'x', key: 'key_1' },
          {
            channelId: 'ch1',
            credentials,
            webhookUrl: '',
            call: sinon.fake.resolves(answer),
            now: () => NOW,
            remember: () => Promise.reject(new Error('no token is needed')),
          },
        )
        .catch((error: unknown) => error);
    expect(await failing(refused(400, 21610))).to.include({ providerCode: '21610' });
    expect(await failing(accepted({ status: 'failed', error_code: 30007 }))).to.include({
      failure: 'rejected',
      providerCode: '30007',
    });
  });

  it('When the recipient is not where it is sent from, then that is unsupported', async () => {
    expect(await send({ to: 'messenger:2493', text: 'x' })).to.include(unsupported);
    expect(await send({ to: 'whatsapp:US.4566', text: 'x' })).to.include(unsupported);
    expect(await send({ text: 'x' }, 'messenger:1')).to.include(unsupported);
    expect(twilio.reaches('sms:12345', 'ch1')).to.equal(false);
  });
});
