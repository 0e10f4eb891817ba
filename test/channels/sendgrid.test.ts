import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { EventWebhook } from '@sendgrid/eventwebhook';
import { expect } from 'chai';
import type { Delivery } from '../../channels/adapter.ts';
import { sendgrid } from '../../channels/sendgrid.ts';
import { CONTEXT, describeChannelContract, headerProof, NOW } from '../support/channel-contract.ts';
import { delivery } from '../support/deliveries.ts';
import {
  BOUNDARY,
  HEADERS,
  headerLines,
  lines,
  MULTIPART,
  multipart,
  OVERSIZED,
  READ,
  THREAD,
} from '../support/mail.ts';

const newKey = (namedCurve = 'prime256v1') => generateKeyPairSync('ec', { namedCurve });
const base64Of = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64');
const KEY = newKey();
const OTHER = newKey();
const credentials = {
  publicKey: base64Of(KEY.publicKey),
  apiKey: 'SG.key-of-ours',
  address: 'inbox@in.example.com',
};
const context = { ...CONTEXT, credentials };

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

function signed(body: Buffer, now: number, key = KEY.privateKey, type = MULTIPART): Delivery {
  const timestamp = String(Math.floor(now / 1000));
  const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), key);
  return delivery(body, {
    'content-type': type,
    [TIMESTAMP]: timestamp,
    [SIGNATURE]: signature.toString('base64'),
  });
}
const signedJson = (body: Buffer, now: number, key?: KeyObject) =>
  signed(body, now, key, 'application/json');

const MAIL = {
  headers: lines(...headerLines({ Received: 'from x', ...HEADERS })).toString(),
  dkim: '{@example.org : fail}',
  SPF: 'fail',
  to: 'inbox@in.example.com',
  from: 'Ana Opérateur <Ana@Example.org>',
  subject: 'Re: Order 5',
  text: 'Hello\r\n\r\n> quoted',
  html: '<p>Hello</p>',
  sender_ip: '10.10.1.71',
  envelope: '{"to":["inbox@in.example.com"],"from":"ana@example.org"}',
  attachments: '0',
  charsets: '{"to":"UTF-8","subject":"UTF-8","from":"UTF-8","text":"utf-8"}',
};
const CONTENT = {
  type: 'text',
  text: 'Hello\n\n> quoted',
  thread: THREAD,
  replyTo: '<m1@in.example.com>',
};

const shared = {
  credentials,
  proof: headerProof(SIGNATURE),
  rotation: {
    both: { ...credentials, publicKey: [base64Of(OTHER.publicKey), base64Of(KEY.publicKey)] },
    alone: { ...credentials, publicKey: [base64Of(OTHER.publicKey)] },
  },
  withoutSecret: ['', [], [''], 'no key', undefined as never].map((publicKey) => ({
    ...credentials,
    publicKey,
  })),
  coversBody: true,
  // For days: what SendGrid sends again may be signed as before.
  stamped: false,
};

describeChannelContract('sendgrid, mails', sendgrid, {
  ...shared,
  sign: (body, now, secret) =>
    signed(body, now, secret === undefined ? KEY.privateKey : OTHER.privateKey),
  faults: [
    ...['', 'a=1', '{}', `--${BOUNDARY}--`, Buffer.from([0xff, 0xfe])].map((body) => ({
      body,
      reason: 'bad_envelope',
    })),
    { body: multipart({ email: OVERSIZED }), reason: 'bad_mail' },
    { body: multipart({ headers: OVERSIZED }), reason: 'bad_mail' },
    { body: multipart({ email: '' }), reason: 'no_sender' },
  ],
  batch: {
    body: multipart({
      ...MAIL,
      attachment1: { name: 'a.pdf', type: 'application/pdf', bytes: '%PDF' },
    }),
    eventIds: ['<m2@mail.example.org>'],
  },
  unknownKind: {
    body: multipart({ ...MAIL, envelope: '{"from":""}' }).toString(),
    kind: 'ignored',
  },
  hostile: (value) =>
    ['headers', 'envelope', 'charsets', 'attachment-info', 'email', 'text', 'subject'].map((name) =>
      multipart({ ...MAIL, [name]: value }).toString(),
    ),
  send: {
    message: {
      to: 'mailto:ana@example.org',
      text: 'Thanks for asking',
      key: 'key_of_ours',
      inReplyTo: { messageId: '<m2@mail.example.org>', thread: THREAD },
    },
    request: {
      url: 'https://api.sendgrid.com/v3/mail/send',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer SG.key-of-ours',
      },
      body: {
        personalizations: [{ to: [{ email: 'ana@example.org' }] }],
        from: { email: 'inbox@in.example.com' },
        subject: 'Re: Order 5',
        content: [{ type: 'text/plain', value: 'Thanks for asking' }],
        headers: {
          'In-Reply-To': '<m2@mail.example.org>',
          References: THREAD.references.join(' '),
        },
        custom_args: { key: 'key_of_ours' },
      },
    },
    accepted: {
      response: { status: 202, headers: { 'x-message-id': 'sCm0pfDPRjy-HyhHB_5Tuw' }, body: '' },
      messageId: 'sCm0pfDPRjy-HyhHB_5Tuw',
    },
    refused: [
      {
        response: { status: 400, headers: {}, body: '{"errors":[{"message":"no"}]}' },
        failure: 'rejected',
      },
      { response: { status: 401, headers: {}, body: '' }, failure: 'credentials_refused' },
      { response: { status: 403, headers: {}, body: '' }, failure: 'credentials_refused' },
      { response: { status: 413, headers: {}, body: '' }, failure: 'rejected' },
      {
        response: {
          status: 429,
          headers: { 'x-ratelimit-reset': String(NOW / 1000 + 7) },
          body: '{"errors":[{"message":"too many requests"}]}',
        },
        failure: 'throttled',
        retryAfter: 7,
      },
      {
        response: { status: 429, headers: { 'x-ratelimit-reset': '1' }, body: '' },
        failure: 'throttled',
        retryAfter: 0,
      },
    ],
  },
});

const event = (more: object = {}) => ({
  email: 'ana@example.org',
  timestamp: 1_749_416_383,
  'smtp-id': '<sCm0pfDPRjy-HyhHB_5Tuw@geopod-ismtpd-8>',
  event: 'delivered',
  sg_event_id: 'ZGVsaXZlcmVk',
  sg_message_id: 'sCm0pfDPRjy-HyhHB_5Tuw.recvd-69cbc48b94-n2vpp-1-67D30649-1.0',
  ...more,
});

describeChannelContract('sendgrid, events', sendgrid, {
  ...shared,
  sign: (body, now, secret) =>
    signedJson(body, now, secret === undefined ? KEY.privateKey : OTHER.privateKey),
  faults: [
    ...['', '{', 'a=1', '\u0000'].map((body) => ({ body, reason: 'not_json' })),
    ...['null', '1', '"x"', '{}', '{"a":1}'].map((body) => ({ body, reason: 'bad_envelope' })),
    { body: '[{}]', reason: 'bad_event' },
    { body: '[1]', reason: 'bad_item' },
  ],
  batch: {
    body: JSON.stringify([
      event({ event: 'processed' }),
      null,
      event(),
      event({ event: 'hologram' }),
      event({ event: 'open' }),
    ]),
    eventIds: [
      'sCm0pfDPRjy-HyhHB_5Tuw:sent',
      'bad_item',
      'sCm0pfDPRjy-HyhHB_5Tuw:delivered',
      'other_event',
      'sCm0pfDPRjy-HyhHB_5Tuw:read',
    ],
  },
  unknownKind: { body: '[{"event":"hologram"}]', kind: 'ignored' },
  hostile: (value) => [
    value,
    `[${value}]`,
    ...['event', 'timestamp', 'sg_message_id', 'sg_machine_open', '__proto__'].map(
      (key) => `[${JSON.stringify(event()).replace(/}$/, `,"${key}":${value}}`)}]`,
    ),
  ],
  testEvent: {
    delivery: signedJson(
      Buffer.from(
        `[${JSON.stringify(event({ sg_message_id: '14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0' }))}]\r\n`,
      ),
      NOW,
    ),
    events: ['14c5d75ce93.dfd.64b469:delivered'],
  },
});

describe('sendgrid: the signature', () => {
  const body = Buffer.from('[{"event":"x","u":"é"}]\r\n');
  const verify = (
    given: Delivery,
    publicKey: string | string[] = credentials.publicKey,
    now = NOW,
  ) => sendgrid.verify(given, { ...credentials, publicKey }, now);

  it('When the library checks it, then it says the same', () => {
    const judge = new EventWebhook();
    const theirs = (given: Delivery, key: KeyObject) =>
      judge.verifySignature(
        judge.convertPublicKeyToECDSA(base64Of(key)),
        given.body,
        String(given.headers[SIGNATURE]),
        String(given.headers[TIMESTAMP]),
      );
    const given = signedJson(body, NOW);
    expect(verify(given)).to.equal(theirs(given, KEY.publicKey)).and.to.equal(true);
    expect(verify(given, base64Of(OTHER.publicKey)))
      .to.equal(theirs(given, OTHER.publicKey))
      .and.to.equal(false);
  });

  it('When the body is not UTF-8, then its bytes are signed', () => {
    const bytes = multipart({ text: Buffer.from([0xff, 0xfe, 0x00, 0x80]) });
    expect(verify(signed(bytes, NOW))).to.equal(true);
  });

  it('When the time is another one, then the delivery is refused', () => {
    const given = signedJson(body, NOW);
    const at = String(given.headers[TIMESTAMP]);
    for (const value of ['', `${at}0`, ` ${at}`, `${at}, ${at}`, String(Number(at) + 1), undefined])
      expect(
        verify({ ...given, headers: { ...given.headers, [TIMESTAMP]: value } }),
        value,
      ).to.equal(false);
  });

  it('When it comes days later, then it is let in as long as SendGrid tries', () => {
    const given = signedJson(body, NOW);
    const key = credentials.publicKey;
    const hours = 3_600_000;
    expect(verify(given, key, NOW + 72 * hours)).to.equal(true);
    expect(verify(given, key, NOW + 73 * hours + 1000)).to.equal(false);
    expect(verify(given, key, NOW - 5 * 60_000)).to.equal(true);
    expect(verify(given, key, NOW - 5 * 60_000 - 1000)).to.equal(false);
  });

  it('When mails and events have keys of their own, then both are let in', () => {
    const both = [KEY, OTHER].map(({ publicKey }) => base64Of(publicKey));
    expect(verify(signedJson(body, NOW, OTHER.privateKey), both)).to.equal(true);
    expect(verify(signed(body, NOW, KEY.privateKey), both)).to.equal(true);
  });

  it('When the key is PEM, then it is the same key; when it is no P-256 key, then it is refused', () => {
    const pem = KEY.publicKey.export({ format: 'pem', type: 'spki' }).toString();
    expect(verify(signedJson(body, NOW), pem)).to.equal(true);
    const isGood = (publicKey: string) =>
      sendgrid.credentials.safeParse({ ...credentials, publicKey }).success;
    expect(isGood(pem)).to.equal(true);
    const privatePem = KEY.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    for (const key of ['x', base64Of(newKey('secp384r1').publicKey), privatePem])
      expect(isGood(key)).to.equal(false);
  });
});

describe('sendgrid: mails', () => {
  const parse = async (fields: Parameters<typeof multipart>[0]) =>
    sendgrid.parse(signed(multipart(fields), NOW), context);

  it('When a mail comes, then it is a message', async () => {
    expect(await parse(MAIL)).to.deep.equal([{ ...READ, content: CONTENT }]);
  });

  it('When its words are in charsets of their own, then they are read so', async () => {
    const { headers, ...fields } = MAIL;
    const content = await parse({
      ...fields,
      headers: headers.replace('Re: Order 5', '=?iso-8859-1?q?caf=E9?='),
      subject: Buffer.from('caf\xe9', 'latin1'),
      text: Buffer.from('It\x92s caf\xe9', 'latin1'),
      charsets: '{"subject":"iso-8859-1","text":"windows-1252"}',
    });
    expect(content).to.have.nested.property('[0].content.text', 'It’s café');
    expect(content).to.have.nested.property('[0].content.thread.subject', 'café');
    const { subject: _, ...without } = fields;
    expect(
      await parse({
        ...without,
        headers: headers.replace('Re: Order 5', '=?iso-8859-1?q?caf=E9?='),
      }),
    ).to.have.nested.property('[0].content.thread.subject', 'café');
    expect(
      await parse({
        ...MAIL,
        text: '',
        html: Buffer.from('<p>\xbf', 'latin1'),
        charsets: '{"html":"latin1"}',
      }),
    ).to.have.nested.property('[0].content.text', '¿');
  });

  it('When a decoded name holds an address, then the sender is who the header names', async () => {
    const From = '=?utf-8?q?boss=40other.example=2C?= <ana@example.org>';
    const headers = lines(...headerLines({ ...HEADERS, From })).toString();
    const from = 'boss@other.example, <ana@example.org>';
    expect(await parse({ ...MAIL, headers, from })).to.have.nested.property(
      '[0].identities[0]',
      'mailto:ana@example.org',
    );
  });

  it('When files come with it, then they are named and not kept', async () => {
    const events = await parse({
      ...MAIL,
      'attachment-info': '{"attachment1":{"filename":"café.pdf","type":"application/pdf"}}',
      attachment1: { name: 'café.pdf', type: 'application/pdf', bytes: 'never kept' },
    });
    expect(events)
      .to.have.nested.property('[0].content')
      .that.deep.equals({
        ...CONTENT,
        type: 'attachment',
        attachments: [
          {
            type: 'file',
            id: '<m2@mail.example.org>#1',
            mimeType: 'application/pdf',
            name: 'café.pdf',
            size: 10,
          },
        ],
      });
    expect(JSON.stringify(events)).not.to.include('never kept');
  });

  it('When it comes as it was written, then it is read as MIME', async () => {
    const email = lines(...headerLines(HEADERS), '', 'Hello', '', '> quoted');
    const { headers: _, text: _text, html: _html, ...fields } = MAIL;
    expect(await parse({ ...fields, email })).to.deep.equal([{ ...READ, content: CONTENT }]);
  });

  it('When it answers one of ours, then it names it as SendGrid does', async () => {
    const answering = (id: string) =>
      parse({ ...MAIL, headers: `From: a@b.example\r\nIn-Reply-To: ${id}` });
    for (const host of ['geopod-ismtpd-8', 'geopod-ismtpd-3-0', 'ismtpd-555'])
      expect(await answering(`<sCm0pf@${host}>`)).to.have.nested.property(
        '[0].content.replyTo',
        'sCm0pf',
      );
    expect(await answering('<a@b.example>')).to.have.nested.property(
      '[0].content.replyTo',
      '<a@b.example>',
    );
  });
});

describe('sendgrid: events', () => {
  const read = async (more: object) =>
    (await sendgrid.parse(signedJson(Buffer.from(JSON.stringify([event(more)])), NOW), context))[0];

  it('When something became of a mail of ours, then its status moves', async () => {
    const messageId = 'sCm0pfDPRjy-HyhHB_5Tuw';
    for (const [event, status] of [
      ['processed', 'sent'],
      ['delivered', 'delivered'],
      ['open', 'read'],
      ['click', 'read'],
      ['bounce', 'failed'],
      ['dropped', 'failed'],
    ])
      expect(await read({ event }), event).to.deep.equal({
        kind: 'status',
        eventId: `${messageId}:${status}`,
        at: 1_749_416_383_000,
        messageId,
        status,
      });
  });

  it('When the id has passed other machines, then it is the one that was answered', async () => {
    for (const [id, answered] of [
      [
        'A6FilwaAR_Wm_VTCEFql_w.filterdrecv-66949dbc98-fvstg-1-648215A4-1D.0',
        'A6FilwaAR_Wm_VTCEFql_w',
      ],
      ['14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0', '14c5d75ce93.dfd.64b469'],
      ['plain', 'plain'],
    ])
      expect(await read({ sg_message_id: id })).to.have.property('messageId', answered);
  });

  it('When it is nothing of the kind, then it is ignored or invalid', async () => {
    for (const event of ['deferred', 'spamreport', 'unsubscribe', 'group_resubscribe'])
      expect(await read({ event })).to.deep.equal({ kind: 'ignored', reason: 'other_event' });
    expect(await read({ event: 'open', sg_machine_open: true })).to.deep.equal({
      kind: 'ignored',
      reason: 'machine_open',
    });
    expect(await read({ timestamp: '1' })).to.deep.equal({ kind: 'invalid', reason: 'bad_event' });
    expect(await read({ sg_message_id: undefined })).to.deep.equal({
      kind: 'invalid',
      reason: 'bad_event',
    });
  });
});
