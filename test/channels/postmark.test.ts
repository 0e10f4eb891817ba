import { expect } from 'chai';
import { postmark } from '../../channels/postmark.ts';
import {
  CONTEXT,
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
} from '../support/channel-contract.ts';
import { delivery } from '../support/deliveries.ts';
import { HEADERS, READ, THREAD } from '../support/mail.ts';

const credentials = {
  inboundUser: 'videur',
  inboundPassword: 'pass_1',
  serverToken: 'server-token-1',
  address: 'inbox@in.example.com',
};
const context = { ...CONTEXT, credentials };

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

const { From: _from, Date: date, Subject: subject, ...others } = HEADERS;
const MAIL = {
  FromName: 'Ana Opérateur',
  MessageStream: 'inbound',
  From: 'Ana@Example.org',
  FromFull: { Email: 'Ana@Example.org', Name: 'Ana Opérateur', MailboxHash: '' },
  To: 'inbox+hash@in.example.com',
  ToFull: [{ Email: 'inbox+hash@in.example.com', Name: '', MailboxHash: 'hash' }],
  OriginalRecipient: 'inbox+hash@in.example.com',
  Subject: subject,
  MessageID: '73e6d360-66eb-11e1-8e72-a8904824019b',
  ReplyTo: 'other@example.net',
  MailboxHash: 'hash',
  Date: date,
  TextBody: 'Hello\n\n> quoted',
  HtmlBody: '<p>Hello</p>',
  StrippedTextReply: 'Hello',
  Tag: '',
  Headers: [
    { Name: 'Received-SPF', Value: 'Fail (sender SPF unauthorized) identity=mailfrom' },
    ...Object.entries(others).map(([Name, Value]) => ({ Name, Value })),
  ],
  Attachments: [
    {
      Name: 'a.png',
      Content: 'bmV2ZXIga2VwdA==',
      ContentType: 'Image/PNG; name=x',
      ContentLength: 4096,
      ContentID: 'cid@x',
    },
  ],
};
const CONTENT = {
  type: 'attachment',
  text: 'Hello\n\n> quoted',
  attachments: [
    {
      type: 'image',
      id: '<m2@mail.example.org>#1',
      mimeType: 'image/png',
      name: 'a.png',
      size: 4096,
    },
  ],
  thread: THREAD,
  replyTo: '<m1@in.example.com>',
};
const mailBody = (more: object = {}) => JSON.stringify({ ...MAIL, ...more });

const SENT = 'b7bc2f4a-e38e-4336-af7d-e6c392c2f817';
const okay = {
  status: 200,
  headers: {},
  body: `{"To":"ana@example.org","SubmittedAt":"2025-06-08T20:59:00Z","MessageID":"${SENT}","ErrorCode":0,"Message":"OK"}`,
};
const error = (status: number, code: number) => ({
  status,
  headers: {},
  body: `{"ErrorCode":${code},"Message":"no"}`,
});

describeChannelContract('postmark', postmark, {
  credentials,
  sign: (body, _now, secret = 'pass_1') => delivery(body, basic('videur', secret)),
  proof: headerProof('authorization'),
  rotation: {
    both: { ...credentials, inboundPassword: ['pass_2', 'pass_1'] },
    alone: { ...credentials, inboundPassword: ['pass_2'] },
  },
  withoutSecret: [
    ...['', [], [''], undefined as never].map((inboundPassword) => ({
      ...credentials,
      inboundPassword,
    })),
    ...['', [], undefined as never].map((inboundUser) => ({ ...credentials, inboundUser })),
  ],
  coversBody: false,
  stamped: false,
  faults: jsonFaults,
  batch: { body: mailBody(), eventIds: ['<m2@mail.example.org>'] },
  unknownKind: { body: '{"RecordType":"Hologram","MessageID":"x"}', kind: 'ignored' },
  hostile: (value) => [
    value,
    ...['FromFull', 'Subject', 'Headers', 'Attachments', 'TextBody', 'Date', '__proto__'].map(
      (key) => mailBody().replace(/}$/, `,"${key}":${value}}`),
    ),
    mailBody({ Headers: [] }).replace('"Headers":[', `"Headers":[${value}`),
    mailBody({ Attachments: [] }).replace('"Attachments":[', `"Attachments":[${value}`),
    `{"RecordType":${value}}`,
    `{"RecordType":"Delivery","MessageID":${value},"DeliveredAt":${value}}`,
  ],
  send: {
    message: {
      to: 'mailto:ana@example.org',
      text: 'Thanks for asking',
      key: 'key_of_ours',
      inReplyTo: { messageId: '<m2@mail.example.org>', thread: THREAD },
    },
    request: {
      url: 'https://api.postmarkapp.com/email',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'x-postmark-server-token': 'server-token-1',
      },
      body: {
        From: 'inbox@in.example.com',
        To: 'ana@example.org',
        Subject: 'Re: Order 5',
        TextBody: 'Thanks for asking',
        Headers: [
          { Name: 'In-Reply-To', Value: '<m2@mail.example.org>' },
          { Name: 'References', Value: THREAD.references.join(' ') },
        ],
        Metadata: { key: 'key_of_ours' },
      },
    },
    accepted: { response: okay, messageId: SENT },
    refused: [
      { response: error(422, 406), failure: 'rejected' },
      { response: error(422, 300), failure: 'rejected' },
      { response: error(200, 406), failure: 'rejected' },
      { response: error(401, 10), failure: 'credentials_refused' },
      { response: error(422, 429), failure: 'throttled' },
      { response: error(422, 100), failure: 'provider_error' },
      { response: { ...error(413, 0), body: 'too large' }, failure: 'rejected' },
    ],
  },
});

describe('postmark: who is let in', () => {
  const verify = (headers: Record<string, string>, given = credentials) =>
    postmark.verify(delivery('{}', headers), given, NOW);

  it('When the user is another one, then the delivery is refused', () => {
    expect(verify(basic('other', 'pass_1'))).to.equal(false);
    expect(verify(basic('videur', ''))).to.equal(false);
    expect(verify(basic('videur:pass_1', ''))).to.equal(false);
  });

  it('When the scheme is another one, then the delivery is refused', () => {
    const { authorization } = basic('videur', 'pass_1');
    expect(verify({ authorization: authorization.replace('Basic', 'basic') })).to.equal(true);
    expect(verify({ authorization: authorization.replace('Basic', 'Bearer') })).to.equal(false);
    expect(verify({ authorization: authorization.replace('Basic ', '') })).to.equal(false);
  });

  it('When the password has a colon, then it is one', () => {
    const given = { ...credentials, inboundPassword: 'a:b' };
    expect(verify(basic('videur', 'a:b'), given)).to.equal(true);
    const { success } = postmark.credentials.safeParse({ ...given, inboundUser: 'a:b' });
    expect(success).to.equal(false);
  });
});

describe('postmark: mails', () => {
  const parse = async (more: object = {}) => postmark.parse(delivery(mailBody(more)), context);

  it('When a mail comes, then it is a message and the bytes of its files are gone', async () => {
    const events = await parse();
    expect(events).to.deep.equal([{ ...READ, content: CONTENT }]);
    expect(JSON.stringify(events)).not.to.include('bmV2ZXI');
    expect(await parse({ RecordType: 'Inbound' })).to.deep.equal(events);
  });

  it('When there is only HTML, then its words are the text', async () => {
    expect(await parse({ TextBody: '' })).to.have.nested.property('[0].content.text', 'Hello');
  });

  it('When it answers one of ours, then it names it as Postmark does', async () => {
    const answering = (id: string) => parse({ Headers: [{ Name: 'In-Reply-To', Value: id }] });
    expect(await answering(`<${SENT}@mtasv.net>`)).to.have.nested.property(
      '[0].content.replyTo',
      SENT,
    );
    expect(await answering(`<${SENT}@x.example>`)).to.have.nested.property(
      '[0].content.replyTo',
      `<${SENT}@x.example>`,
    );
  });

  it('When the mail has no Message-ID, then Postmark’s is its id', async () => {
    expect(await parse({ Headers: [] })).to.have.nested.property('[0].eventId', MAIL.MessageID);
  });

  it('When one header or file is broken, then the others are read', async () => {
    const Headers = [null, { Name: 1 }, ...MAIL.Headers];
    const Attachments = ['x', { Name: 5, ContentType: 5, ContentLength: -1 }, ...MAIL.Attachments];
    expect(await parse({ Headers, Attachments }))
      .to.have.nested.property('[0].content')
      .that.deep.equals({
        ...CONTENT,
        attachments: [
          { type: 'file', id: '<m2@mail.example.org>#1' },
          { ...CONTENT.attachments[0], id: '<m2@mail.example.org>#2' },
        ],
      });
  });

  it('When there are too many headers, then the mail is invalid', async () => {
    const Headers = Array(2000).fill({ Name: 'X-Any', Value: 'x'.repeat(1000) });
    expect(await parse({ Headers })).to.deep.equal([{ kind: 'invalid', reason: 'bad_mail' }]);
  });

  it('When a bounce comes as a mail, then it is ignored', async () => {
    const Headers = [...MAIL.Headers, { Name: 'Return-Path', Value: '<>' }];
    expect(await parse({ Headers })).to.deep.equal([{ kind: 'ignored', reason: 'bounce' }]);
  });
});

describe('postmark: events', () => {
  const read = async (item: object) =>
    (await postmark.parse(delivery(JSON.stringify({ MessageID: SENT, ...item })), context))[0];
  const time = '2025-06-08T16:59:43.1234567-04:00';
  const at = Date.UTC(2025, 5, 8, 20, 59, 43, 123);

  it('When something became of a mail of ours, then its status moves', async () => {
    const status = (status: string) => ({
      kind: 'status',
      eventId: `${SENT}:${status}`,
      at,
      messageId: SENT,
      status,
    });
    expect(await read({ RecordType: 'Delivery', DeliveredAt: time })).to.deep.equal(
      status('delivered'),
    );
    expect(await read({ RecordType: 'Open', ReceivedAt: time })).to.deep.equal(status('read'));
    expect(await read({ RecordType: 'Click', ReceivedAt: time })).to.deep.equal(status('read'));
    for (const Type of ['HardBounce', 'SoftBounce', 'Blocked', 'SpamNotification', 'Unheard'])
      expect(await read({ RecordType: 'Bounce', Type, BouncedAt: time }), Type).to.deep.equal(
        status('failed'),
      );
  });

  it('When it is nothing of the kind, then it is ignored or invalid', async () => {
    for (const Type of ['Transient', 'AutoResponder', 'DnsError'])
      expect(await read({ RecordType: 'Bounce', Type, BouncedAt: time })).to.deep.equal({
        kind: 'ignored',
        reason: 'other_bounce',
      });
    for (const RecordType of ['SpamComplaint', 'SubscriptionChange', 5])
      expect(await read({ RecordType })).to.deep.equal({ kind: 'ignored', reason: 'other_event' });
    const invalid = { kind: 'invalid', reason: 'bad_event' };
    expect(await read({ RecordType: 'Delivery' })).to.deep.equal(invalid);
    expect(await read({ RecordType: 'Delivery', DeliveredAt: time, MessageID: '' })).to.deep.equal(
      invalid,
    );
  });
});
