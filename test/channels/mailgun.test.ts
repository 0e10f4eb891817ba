import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import { mailgun } from '../../channels/mailgun.ts';
import {
  CONTEXT,
  describeChannelContract,
  jsonFaults,
  NOW,
  type Proof,
} from '../support/channel-contract.ts';
import { delivery } from '../support/deliveries.ts';
import {
  BOUNDARY,
  formPart,
  HEADERS,
  headerLines,
  lines,
  MULTIPART,
  multipart,
  OVERSIZED,
  READ,
  THREAD,
  URLENCODED,
} from '../support/mail.ts';

const SECRET = 'mailgun_signing_key';
const TOKEN = '06c96bafc3f42a66b9edd546347a2fe18dc23461fe80dc52f0';
const credentials = {
  signingKey: SECRET,
  apiKey: 'key-of-mailgun',
  domain: 'in.example.com',
  address: 'inbox@in.example.com',
};
const context = { ...CONTEXT, credentials };

const seconds = (at: number) => String(Math.floor(at / 1000));
const signature = (timestamp: string, secret: string, token = TOKEN) =>
  createHmac('sha256', secret)
    .update(timestamp + token)
    .digest('hex');
const proofOf = (now: number, secret = SECRET, token = TOKEN) => ({
  timestamp: seconds(now),
  token,
  signature: signature(seconds(now), secret, token),
});

const HEADER_LIST = Object.entries({ 'X-Mailgun-Spf': 'Fail', Received: 'from x', ...HEADERS });
const MAIL = {
  recipient: 'inbox@in.example.com',
  sender: 'ana@example.org',
  from: HEADERS.From ?? '',
  subject: HEADERS.Subject ?? '',
  'body-plain': 'Hello\r\n\r\n> quoted',
  'body-html': '<p>Hello</p>',
  'stripped-text': 'Hello',
  'message-headers': JSON.stringify(HEADER_LIST),
};
const CONTENT = {
  type: 'text',
  text: 'Hello\n\n> quoted',
  thread: THREAD,
  replyTo: '<m1@in.example.com>',
};

// A form that is urlencoded

const urlencoded = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

const signForm = (body: Buffer, now: number, secret = SECRET, token = TOKEN): Delivery =>
  delivery(Buffer.concat([body, Buffer.from(`&${urlencoded(proofOf(now, secret, token))}`)]), {
    'content-type': URLENCODED,
  });

const inForm: Proof = {
  read: ({ body }) => /&signature=(\w+)$/.exec(body.toString())?.[1] ?? '',
  write(given, value) {
    const text = given.body.toString('latin1').replace(/&signature=\w+$/, '');
    const proof = value === undefined ? '' : `&${urlencoded({ signature: value })}`;
    return { ...given, body: Buffer.from(text + proof, 'latin1') };
  },
};

const shared = {
  credentials,
  rotation: {
    both: { ...credentials, signingKey: ['new_key', SECRET] },
    alone: { ...credentials, signingKey: ['new_key'] },
  },
  withoutSecret: ['', [], [''], undefined as never].map((signingKey) => ({
    ...credentials,
    signingKey,
  })),
  coversBody: false,
  // For hours: what Mailgun sends again may be signed as before.
  stamped: false,
};

const pieces = (value: string): Record<string, string>[] =>
  ['message-headers', 'attachments', 'body-plain', 'body-html', 'body-mime', 'sender', 'from'].map(
    (name) => ({ ...MAIL, [name]: value }),
  );

describeChannelContract('mailgun, urlencoded', mailgun, {
  ...shared,
  sign: signForm,
  proof: inForm,
  faults: [
    ...['', 'a=1', '{}', '\u0000', Buffer.from([0xff, 0xfe])].map((body) => ({
      body,
      reason: 'bad_envelope',
    })),
    { body: 'a&'.repeat(2000), reason: 'not_form' },
    { body: urlencoded({ from: 'nobody' }), reason: 'no_sender' },
    { body: urlencoded({ 'body-mime': OVERSIZED }), reason: 'bad_mail' },
    { body: urlencoded({ from: OVERSIZED }), reason: 'bad_mail' },
  ],
  batch: { body: urlencoded(MAIL), eventIds: ['<m2@mail.example.org>'] },
  unknownKind: {
    body: urlencoded({ ...MAIL, sender: '' }),
    kind: 'ignored',
  },
  hostile: (value) => pieces(value).map(urlencoded),
  send: {
    message: {
      to: 'mailto:ana@example.org',
      text: 'Thanks for asking',
      key: 'key_of_ours',
      inReplyTo: { messageId: '<m2@mail.example.org>', thread: THREAD },
    },
    request: {
      url: 'https://api.mailgun.net/v3/in.example.com/messages',
      headers: {
        'content-type': URLENCODED,
        authorization: `Basic ${Buffer.from('api:key-of-mailgun').toString('base64')}`,
      },
      body: {
        from: 'inbox@in.example.com',
        to: 'ana@example.org',
        subject: 'Re: Order 5',
        text: 'Thanks for asking',
        'h:In-Reply-To': '<m2@mail.example.org>',
        'h:References': THREAD.references.join(' '),
        'v:key': 'key_of_ours',
      },
    },
    accepted: {
      response: {
        status: 200,
        headers: {},
        body: '{"id":"<20250608.1@in.example.com>","message":"Queued. Thank you."}',
      },
      messageId: '<20250608.1@in.example.com>',
    },
    refused: [
      {
        response: { status: 400, headers: {}, body: '{"message":"to parameter is not valid"}' },
        failure: 'rejected',
      },
      {
        response: { status: 401, headers: {}, body: 'Forbidden' },
        failure: 'credentials_refused',
      },
      {
        response: { status: 404, headers: {}, body: '{"message":"Domain not found"}' },
        failure: 'rejected',
      },
      { response: { status: 200, headers: {}, body: '{"id":"< >"}' }, failure: 'bad_answer' },
    ],
  },
});

// A form in parts, when files come with the mail

const signParts = (body: Buffer, now: number, secret = SECRET): Delivery =>
  delivery(
    Buffer.concat([
      ...Object.entries(proofOf(now, secret)).map(([name, value]) => formPart(name, value)),
      body,
    ]),
    { 'content-type': MULTIPART },
  );

const SIGNED_PART = /name="signature"\r\n\r\n(\w+)\r\n/;
const inParts: Proof = {
  read: ({ body }) => SIGNED_PART.exec(body.toString('latin1'))?.[1] ?? '',
  write(given, value) {
    const text = given.body.toString('latin1');
    const [found = ''] = SIGNED_PART.exec(text) ?? [];
    const at = text.indexOf(found);
    const part =
      value === undefined ? 'name="x"\r\n\r\n\r\n' : `name="signature"\r\n\r\n${value}\r\n`;
    return {
      ...given,
      body: Buffer.concat([
        given.body.subarray(0, at),
        Buffer.from(part),
        given.body.subarray(at + found.length),
      ]),
    };
  },
};

describeChannelContract('mailgun, in parts', mailgun, {
  ...shared,
  sign: signParts,
  proof: inParts,
  faults: ['', 'a=1', '{}', `--${BOUNDARY}--`, Buffer.from([0xff, 0xfe])].map((body) => ({
    body,
    reason: 'bad_envelope',
  })),
  batch: {
    body: multipart({
      ...MAIL,
      'attachment-1': { name: 'a.pdf', type: 'application/pdf', bytes: '%PDF' },
    }),
    eventIds: ['<m2@mail.example.org>'],
  },
  unknownKind: {
    body: multipart({ ...MAIL, 'body-plain': '', 'body-html': '<object>' }).toString(),
    kind: 'message',
  },
  hostile: (value) => pieces(value).map((fields) => multipart(fields).toString('utf8')),
});

// Events, in JSON

const EVENT = {
  event: 'delivered',
  timestamp: 1_749_416_383.153125,
  id: 'hTWCTD81RtiDN',
  recipient: 'ana@example.org',
  message: { headers: { 'message-id': '20250608.1@in.example.com', subject: 'Re: Order 5' } },
};
const eventBody = (more: object = {}) => JSON.stringify({ 'event-data': { ...EVENT, ...more } });

/** The proof stands in the body, before the rest of it. */
const signEvent = (body: Buffer, now: number, secret = SECRET): Delivery => {
  const text = body.toString();
  const proof = `{"signature":${JSON.stringify(proofOf(now, secret))},`;
  const signed = text
    .trimStart()
    .replace(/^\ufeff/, '')
    .startsWith('{"event-data"')
    ? text.replace('{', proof)
    : text;
  return delivery(signed, { 'content-type': 'application/json' });
};

const inJson: Proof = {
  read: ({ body }) => JSON.parse(body.toString()).signature.signature,
  write(given, value) {
    const envelope = JSON.parse(given.body.toString());
    envelope.signature.signature = value;
    return { ...given, body: Buffer.from(JSON.stringify(envelope)) };
  },
};

describeChannelContract('mailgun, events', mailgun, {
  ...shared,
  sign: signEvent,
  proof: inJson,
  faults: jsonFaults,
  batch: { body: eventBody(), eventIds: ['<20250608.1@in.example.com>:delivered'] },
  unknownKind: { body: eventBody({ event: 'hologram' }), kind: 'ignored' },
  hostile: (value) => [
    value,
    `{"event-data":${value}}`,
    ...['event', 'timestamp', 'message', 'severity', '__proto__'].map((key) =>
      eventBody().replace(/}}$/, `,"${key}":${value}}}`),
    ),
    eventBody().replace('"20250608.1@in.example.com"', value),
  ],
});

describe('mailgun: the proof', () => {
  const body = Buffer.from(urlencoded(MAIL));
  const verify = (given: Delivery, now = NOW) => mailgun.verify(given, credentials, now);

  it('When it is the example of the vectors, then it is let in', async () => {
    const token = 'a'.repeat(50);
    const signature = '9180d3ba47d0a132576084995a3a91c2e79f3b6f75b7c88dba228a2fd52b26ff';
    const form = urlencoded({ timestamp: '1700000000', token, signature });
    const given = delivery(form, { 'content-type': URLENCODED });
    expect(await verify(given, 1_700_000_000_000)).to.equal(true);
  });

  it('When it comes hours later, then it is let in as long as Mailgun tries', async () => {
    const given = signForm(body, NOW);
    const hours = 3_600_000;
    expect(await verify(given, NOW + 8 * hours)).to.equal(true);
    expect(await verify(given, NOW + 9 * hours)).to.equal(true);
    expect(await verify(given, NOW + 9 * hours + 1000)).to.equal(false);
    expect(await verify(given, NOW - 5 * 60_000)).to.equal(true);
    expect(await verify(given, NOW - 5 * 60_000 - 1000)).to.equal(false);
  });

  it('When the time and the token are cut elsewhere, then it is another proof', async () => {
    const token = `7${TOKEN.slice(1)}`;
    const { timestamp, signature } = proofOf(NOW, SECRET, token);
    const shifted = { timestamp: `${timestamp}7`, token: token.slice(1), signature };
    for (const proof of [
      shifted,
      { timestamp: timestamp.slice(0, -1), token: timestamp.slice(-1) + token, signature },
      { ...proofOf(NOW), timestamp: `${seconds(NOW)}.0` },
      { ...proofOf(NOW), timestamp: '' },
      { ...proofOf(NOW), token: '' },
      { ...proofOf(NOW), signature: proofOf(NOW).signature.toUpperCase() },
    ])
      expect(await verify(delivery(urlencoded(proof), { 'content-type': URLENCODED }))).to.equal(
        false,
      );
  });

  it('When the sender’s headers look like a proof, then the mail is refused at most', async () => {
    const given = signForm(Buffer.from(urlencoded({ ...MAIL, token: 'x', signature: 'y' })), NOW);
    expect(await verify(given)).to.equal(true);
    expect(await mailgun.proofId?.(given, credentials)).to.equal(TOKEN);
  });

  it('When it is used, then its token is what may be used once', async () => {
    expect(await mailgun.proofId?.(signForm(body, NOW), credentials)).to.equal(TOKEN);
    expect(await mailgun.proofId?.(signParts(multipart(MAIL), NOW), credentials)).to.equal(TOKEN);
    expect(await mailgun.proofId?.(signEvent(Buffer.from(eventBody()), NOW), credentials)).to.equal(
      TOKEN,
    );
    expect(mailgun.proofSeconds).to.equal(9 * 3600);
  });

  it('When an event is longer than any, then it is refused unread', async () => {
    const long = eventBody({ x: 'x'.repeat(1024 * 1024) });
    expect(await verify(signEvent(Buffer.from(long), NOW))).to.equal(false);
    expect(await verify(signEvent(Buffer.from(eventBody()), NOW))).to.equal(true);
  });
});

describe('mailgun: mails', () => {
  const parse = async (given: Delivery) => mailgun.parse(given, context);
  const parseForm = (fields: Record<string, string>) =>
    parse(signForm(Buffer.from(urlencoded(fields)), NOW));

  it('When a route forwards a mail, then it is a message', async () => {
    expect(await parseForm(MAIL)).to.deep.equal([{ ...READ, content: CONTENT }]);
  });

  it('When there is only HTML, then its words are the text', async () => {
    expect(await parseForm({ ...MAIL, 'body-plain': ' ' })).to.have.nested.property(
      '[0].content.text',
      'Hello',
    );
  });

  it('When files come with it, then they are named and not kept', async () => {
    const given = signParts(
      multipart({
        ...MAIL,
        'attachment-count': '2',
        'attachment-1': { name: 'café.pdf', type: 'application/pdf', bytes: 'never kept' },
        'attachment-2': { name: 'a.png', type: 'image/png', bytes: Buffer.alloc(1000) },
      }),
      NOW,
    );
    const events = await parse(given);
    expect(events).to.deep.equal([
      {
        ...READ,
        content: {
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
            {
              type: 'image',
              id: '<m2@mail.example.org>#2',
              mimeType: 'image/png',
              name: 'a.png',
              size: 1000,
            },
          ],
        },
      },
    ]);
    expect(JSON.stringify(events)).not.to.include('never kept');
  });

  it('When a route stores a mail, then its files have addresses', async () => {
    const url = 'https://storage.mailgun.net/v3/domains/x/messages/KEY/attachments/0';
    const attachments = JSON.stringify([
      { url, 'content-type': 'application/pdf', name: 'a.pdf', size: 20202 },
      { url: 'javascript:alert(1)', 'content-type': 'text/html' },
      'x',
    ]);
    expect(await parseForm({ ...MAIL, attachments }))
      .to.have.nested.property('[0].content.attachments')
      .that.deep.equals([
        {
          type: 'file',
          id: '<m2@mail.example.org>#1',
          url,
          mimeType: 'application/pdf',
          name: 'a.pdf',
          size: 20202,
        },
      ]);
  });

  it('When it comes as it was written, then it is read as MIME', async () => {
    const mime = lines(
      ...headerLines(HEADERS),
      'Content-Type: multipart/alternative; boundary=x',
      '',
      '--x',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'caf=E9',
      '--x',
      'Content-Type: text/html',
      '',
      '<p>café</p>',
      '--x--',
    );
    const fields = { sender: 'ana@example.org', 'body-mime': mime.toString() };
    const read = [{ ...READ, content: { ...CONTENT, text: 'café' } }];
    expect(await parseForm(fields)).to.deep.equal(read);
    expect(await parse(signParts(multipart(fields), NOW))).to.deep.equal(read);
  });

  it('When message-headers is missing, then the fields stand in', async () => {
    const { 'message-headers': _, ...fields } = MAIL;
    const [event] = await parseForm({ ...fields, 'Message-Id': '<m2@mail.example.org>' });
    expect(event).to.deep.include({ eventId: READ.eventId, identities: READ.identities });
    expect(event).to.have.nested.property('content.thread.subject', THREAD.subject);
  });

  it('When a bounce or an automatic answer comes, then it is ignored', async () => {
    expect(await parseForm({ ...MAIL, sender: '' })).to.deep.equal([
      { kind: 'ignored', reason: 'bounce' },
    ]);
    const headers = JSON.stringify([...HEADER_LIST, ['Auto-Submitted', 'auto-replied']]);
    expect(await parseForm({ ...MAIL, 'message-headers': headers })).to.deep.equal([
      { kind: 'ignored', reason: 'automatic' },
    ]);
  });
});

describe('mailgun: events', () => {
  const read = async (more: object) =>
    (await mailgun.parse(signEvent(Buffer.from(eventBody(more)), NOW), context))[0];
  const messageId = '<20250608.1@in.example.com>';

  it('When something became of a mail of ours, then its status moves', async () => {
    const at = 1_749_416_383_153;
    for (const [event, status] of [
      ['accepted', 'sent'],
      ['delivered', 'delivered'],
      ['opened', 'read'],
      ['clicked', 'read'],
      ['rejected', 'failed'],
      ['failed', 'failed'],
    ])
      expect(await read({ event, severity: 'permanent' }), event).to.deep.equal({
        kind: 'status',
        eventId: `${messageId}:${status}`,
        at,
        messageId,
        status,
      });
  });

  it('When it is nothing of the kind, then it is ignored or invalid', async () => {
    const ignored = (reason: string) => ({ kind: 'ignored', reason });
    expect(await read({ event: 'failed', severity: 'temporary' })).to.deep.equal(
      ignored('deferred'),
    );
    expect(await read({ event: 'unsubscribed' })).to.deep.equal(ignored('other_event'));
    expect(await read({ event: 'stored', message: undefined })).to.deep.equal(
      ignored('other_event'),
    );
    const invalid = { kind: 'invalid', reason: 'bad_event' };
    expect(await read({ message: {} })).to.deep.equal(invalid);
    expect(await read({ timestamp: 'now' })).to.deep.equal(invalid);
    expect(await read({ message: { headers: { 'message-id': '< >' } } })).to.deep.equal(invalid);
  });
});

describe('mailgun: sending', () => {
  it('When it answers nothing, then there is no thread', async () => {
    const bodies: unknown[] = [];
    const message: Outgoing = { to: 'mailto:b@c.example', text: 'Hello\nB', key: 'k' };
    await mailgun.send(message, {
      ...context,
      webhookUrl: '',
      now: () => NOW,
      remember: async () => '',
      call: async ({ body }) => {
        bodies.push(Object.fromEntries(new URLSearchParams(String(body))));
        return { status: 200, headers: {}, body: '{"id":"<1@x>"}' };
      },
    });
    expect(bodies).to.deep.equal([
      {
        from: credentials.address,
        to: 'b@c.example',
        subject: 'Hello',
        text: 'Hello\nB',
        'v:key': 'k',
      },
    ]);
  });
});
