import { expect } from 'chai';
import sinon from 'sinon';
import { Webhook } from 'standardwebhooks';
import type { Outgoing } from '../../channels/adapter.ts';
import { type CustomCredentials, custom } from '../../channels/custom.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
  parseText,
} from '../support/channel-contract.ts';
import { bearer, custom as cu, customBody, delivery, signStandard } from '../support/deliveries.ts';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another, of twenty-four').toString('base64')}`;
const credentials: CustomCredentials = { token: 'token_1', apiBaseUrl: 'https://own.example/api' };
const signed: CustomCredentials = { ...credentials, signingSecret: SECRET };

const parse = (events: unknown[], contactId = '+60177872890', contact?: unknown): ParsedEvent[] =>
  parseText(custom, customBody(contactId, events, contact));
const one = (item: unknown): ParsedEvent => {
  const [event, ...others] = parse([item]);
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const contentOf = (message: unknown) => {
  const event = one({ ...cu.text({ mId: 'm1', text: '' }), message });
  return event.kind === 'message' ? event.content : event;
};
const namesOf = (events: ParsedEvent[]) =>
  events.map((event) => ('eventId' in event ? event.eventId : `${event.kind}:${event.reason}`));

const accepted = { status: 200, headers: {}, body: '{"mId":"theirs_1"}' };

const shared = {
  faults: jsonFaults,
  batch: {
    body: customBody('+60177872890', [
      cu.text({ mId: 'm1', text: 'one' }),
      cu.echo({ mId: 'm2', text: 'two' }),
      cu.status({ mId: 'm2', status: { value: 'delivered' } }),
      cu.text({ mId: 'm3', text: 'three' }),
    ]),
    eventIds: ['m1', 'm2', 'm2:delivered', 'm3'],
  },
  unknownKind: {
    body: customBody('x', [{ type: 'hologram', mId: 'm1' }]),
    kind: 'ignored' as const,
  },
  hostile: (value: string) => [
    value,
    `{"events":${value}}`,
    `{"contactId":${value},"events":[{"type":"message","mId":"1","timestamp":1,"message":{"type":"text","text":"x"}}]}`,
    `{"contactId":"x","contact":${value},"events":[{"type":"message","mId":"1","timestamp":1,"message":{"type":"text","text":"x"}}]}`,
    ...['type', 'mId', 'timestamp', 'message', '__proto__'].map(
      (key) =>
        `{"contactId":"x","events":[{"type":"message","mId":"1","timestamp":1,"message":{"type":"text","text":"x"},"${key}":${value}}]}`,
    ),
    `{"contactId":"x","events":[{"type":"message","mId":"1","timestamp":1,"message":{"type":"attachment","attachment":${value}}}]}`,
    `{"contactId":"x","events":[{"type":"message_status","mId":"1","timestamp":1,"status":${value}}]}`,
  ],
  send: {
    message: { to: 'tel:+60177872890', text: 'Hello', key: 'key_1' },
    request: {
      url: 'https://own.example/api/message',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer token_1',
        'idempotency-key': 'key_1',
      },
      body: {
        channelId: 'ch1',
        contactId: '+60177872890',
        message: { type: 'text', text: 'Hello' },
      },
    },
    accepted: { response: accepted, messageId: 'theirs_1' },
    refused: [
      { response: { ...accepted, status: 400 }, failure: 'rejected' as const },
      { response: { ...accepted, status: 401 }, failure: 'credentials_refused' as const },
      { response: { ...accepted, status: 403 }, failure: 'credentials_refused' as const },
      { response: { ...accepted, status: 302 }, failure: 'rejected' as const },
      { response: { ...accepted, status: 408 }, failure: 'provider_error' as const },
    ],
  },
};

describeChannelContract('custom with a token', custom, {
  ...shared,
  credentials,
  sign: (body, _now, secret = 'token_1') => delivery(body, bearer(secret)),
  proof: headerProof('authorization'),
  rotation: { both: { token: ['token_2', 'token_1'] }, alone: { token: ['token_2'] } },
  withoutSecret: [{ token: '' }, { token: [] }, { token: [''] }, { token: undefined as never }],
  coversBody: false,
  stamped: false,
});

describeChannelContract('custom with a signature', custom, {
  ...shared,
  credentials: signed,
  sign: (body, now, secret = SECRET) => delivery(body, signStandard(body, secret, now)),
  proof: headerProof('webhook-signature'),
  rotation: {
    both: { token: 'token_1', signingSecret: [OTHER, SECRET] },
    alone: { token: 'token_1', signingSecret: [OTHER] },
  },
  withoutSecret: [
    { token: 'token_1', signingSecret: '' },
    { token: 'token_1', signingSecret: 'whsec_' },
    { token: 'token_1', signingSecret: [] },
    { token: 'token_1', signingSecret: [''] },
    { token: 'token_1', signingSecret: null as never },
  ],
  coversBody: true,
  stamped: true,
});

describe('custom: who is let in', () => {
  const body = Buffer.from(shared.batch.body);
  const verify = (headers: Record<string, string>, given = signed, now = NOW) =>
    custom.verify(delivery(body, headers), given, now);

  it('When the scheme is written in another case, then the token is let in', () => {
    expect(verify({ authorization: 'bearer token_1' }, credentials)).to.equal(true);
    expect(verify({ authorization: 'token_1' }, credentials)).to.equal(false);
    expect(verify({ authorization: 'Basic token_1' }, credentials)).to.equal(false);
  });

  it('When the channel is signed, then the token alone is refused', () => {
    expect(verify(bearer('token_1'))).to.equal(false);
    expect(verify({ ...bearer('token_1'), ...signStandard(body, OTHER, NOW) })).to.equal(false);
  });

  it('When the library signs, then it is let in; and what we let in, the library does too', () => {
    const now = Date.now();
    const library = new Webhook(SECRET);
    const signature = library.sign('msg_2', new Date(now), body);
    const stamp = String(Math.floor(now / 1000));
    const headers = {
      'webhook-id': 'msg_2',
      'webhook-timestamp': stamp,
      'webhook-signature': signature,
    };
    expect(verify(headers, signed, now)).to.equal(true);
    expect(() => library.verify(body, signStandard(body, SECRET, now))).not.to.throw();
    expect(() => library.verify(body, signStandard(body, OTHER, now))).to.throw();
  });

  it('When the secret has no prefix, then it is the same secret', () => {
    const plain = { ...signed, signingSecret: SECRET.slice('whsec_'.length) };
    expect(verify(signStandard(body, SECRET, NOW), plain)).to.equal(true);
  });

  it('When the sender rotates, then one good signature of its list is enough', () => {
    const headers = signStandard(body, SECRET, NOW);
    const wrong = `v1,${Buffer.alloc(32).toString('base64')}`;
    const good = headers['webhook-signature'];
    const list = (value: string) => ({ ...headers, 'webhook-signature': value });
    expect(verify(list(`${wrong} ${good}`))).to.equal(true);
    expect(verify(list(`v1a,AAAA ${good}`))).to.equal(true);
    expect(verify(list(`${wrong} v1a,AAAA`))).to.equal(false);
    expect(verify(list(`${good}`.replace('v1,', 'v2,')))).to.equal(false);
  });

  it('When the id or the time is another one, missing or doubled, then the delivery is refused', () => {
    const headers = signStandard(body, SECRET, NOW);
    for (const name of ['webhook-id', 'webhook-timestamp']) {
      const value = headers[name] ?? '';
      for (const other of [
        '',
        `${value}1`,
        `${value}, ${value}`,
        ` ${value}`,
        '1e9',
        '-1',
        'NaN',
      ]) {
        expect(verify({ ...headers, [name]: other }), `${name}: ${other}`).to.equal(false);
      }
    }
  });
});

describe('custom: messages', () => {
  it('When a message comes, then its time is taken in milliseconds', () => {
    const contact = {
      firstName: 'John',
      lastName: 'Doe',
      email: 'john@respond.io',
      phone: '+1',
      countryCode: 'MY',
      language: 'en',
      profilePic: '',
    };
    expect(
      parse(
        [cu.text({ mId: 'xcv', text: 'Hello World', at: 2_132_131_321_000 })],
        '+60177872890',
        contact,
      ),
    ).to.deep.equal([
      {
        kind: 'message',
        eventId: 'xcv',
        at: 2_132_131_321_000,
        identities: ['tel:+60177872890'],
        profile: { firstName: 'John', lastName: 'Doe', email: 'john@respond.io', phone: '+1' },
        content: { type: 'text', text: 'Hello World' },
      },
    ]);
  });

  it('When the contact id is a phone number with +, then it is a tel identity, otherwise a custom one', () => {
    const identityOf = (contactId: string) => {
      const [event] = parse([cu.text({ mId: 'm1', text: 'x' })], contactId);
      return event && 'identities' in event ? event.identities : event;
    };
    expect(identityOf('+60177872890')).to.deep.equal(['tel:+60177872890']);
    for (const id of [
      '60177872890',
      '+0177872890',
      '+1234567890123456',
      '+',
      'a/b=c@d+e',
      'tel:+1',
    ]) {
      expect(identityOf(id), id).to.deep.equal([`custom:ch1/${id}`]);
    }
  });

  it('When the contact carries a phone and an address, then they are no identities', () => {
    const contact = {
      phone: '+16505551234',
      email: 'victim@example.com',
      firstName: 7,
      lastName: null,
    };
    const [event] = parse([cu.text({ mId: 'm1', text: 'x' })], 'u1', contact);
    expect(event).to.deep.include({
      identities: ['custom:ch1/u1'],
      profile: { phone: '+16505551234', email: 'victim@example.com' },
    });
  });

  it('When there is no good contact id, then messages are invalid and statuses are read', () => {
    const events = [
      cu.text({ mId: 'm1', text: 'x' }),
      cu.echo({ mId: 'm2', text: 'x' }),
      cu.status({ mId: 'm3', status: 'read' }),
    ];
    for (const contactId of ['', 'a b', 'x'.repeat(201), 5, null, undefined]) {
      const body = JSON.stringify({ contactId, events });
      expect(namesOf(parseText(custom, body))).to.deep.equal([
        'invalid:no_contact',
        'invalid:no_contact',
        'm3:read',
      ]);
    }
  });

  it('When one event is broken, then it is invalid and its siblings are read', () => {
    const message = cu.text({ mId: 'x', text: 'x' });
    const broken: [unknown, string][] = [
      [null, 'bad_item'],
      [[], 'bad_item'],
      [{}, 'bad_event'],
      [{ ...message, mId: 5 }, 'bad_message'],
      [{ ...message, mId: '' }, 'bad_message'],
      [{ ...message, timestamp: '2132131321000' }, 'bad_message'],
      [{ ...message, timestamp: 1.5 }, 'bad_message'],
      [{ ...message, timestamp: -1 }, 'bad_message'],
      [{ ...message, message: null }, 'bad_message'],
      [{ ...message, message: { type: 'text' } }, 'bad_content'],
      [{ ...message, message: { type: 'attachment' } }, 'bad_content'],
      [cu.status({ mId: 'x', status: { name: 'read' } }), 'bad_status'],
    ];
    for (const [item, reason] of broken) {
      const events = parse([
        cu.text({ mId: 'm1', text: 'x' }),
        item,
        cu.text({ mId: 'm2', text: 'x' }),
      ]);
      expect(namesOf(events)).to.deep.equal(['m1', `invalid:${reason}`, 'm2']);
    }
  });

  it('When there are no events, then that is ignored; when there are absurdly many, reading stops', () => {
    expect(namesOf(parse([]))).to.deep.equal(['ignored:empty']);
    const events = parse(new Array(300_000).fill({}));
    expect(events).to.have.length(32_769);
    expect(namesOf(events.slice(-1))).to.deep.equal(['invalid:too_many']);
  });
});

describe('custom: content, echoes and statuses', () => {
  it('When an attachment comes, then its address is kept if a browser may follow it', () => {
    const attachment = {
      type: 'image',
      url: 'https://example.com/a.png',
      mimeType: 'image/png',
      fileName: 'a.png',
    };
    expect(contentOf({ type: 'attachment', attachment })).to.deep.equal({
      type: 'attachment',
      attachments: [
        { type: 'image', url: 'https://example.com/a.png', mimeType: 'image/png', name: 'a.png' },
      ],
    });
    expect(
      contentOf({ type: 'attachment', attachment: { type: 'hat', url: 'http://x.y/' } }),
    ).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'file', url: 'http://x.y/' }],
    });
    for (const url of ['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'x', 5]) {
      expect(contentOf({ type: 'attachment', attachment: { ...attachment, url } })).to.deep.equal({
        kind: 'invalid',
        reason: 'bad_content',
      });
    }
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    for (const type of ['location', 'quick_reply', 'constructor']) {
      expect(contentOf({ type })).to.deep.equal({ type: 'unsupported' });
    }
  });

  it('When an echo comes, then the contact is its recipient', () => {
    expect(one(cu.echo({ mId: 'm1', text: 'x' }))).to.deep.equal({
      kind: 'echo',
      eventId: 'm1',
      at: 1_749_416_383_000,
      identities: ['tel:+60177872890'],
      content: { type: 'text', text: 'x' },
    });
  });

  it('When a status comes in either form, then it is an event about its message', () => {
    for (const status of ['delivered', { value: 'delivered' }]) {
      expect(one(cu.status({ mId: 'm1', status }))).to.deep.equal({
        kind: 'status',
        eventId: 'm1:delivered',
        at: 1_749_416_383_000,
        messageId: 'm1',
        status: 'delivered',
      });
    }
    expect(one(cu.status({ mId: 'm1', status: 'seen' }))).to.deep.equal({
      kind: 'ignored',
      reason: 'other_status',
    });
  });

  it('When a message is changed, then each change is an event of its own about that message', () => {
    const edited = { ...cu.text({ mId: 'm1', text: 'new' }), type: 'message_edited' };
    expect(one(edited)).to.deep.equal({
      kind: 'edit',
      eventId: 'm1:edited:1749416383000',
      messageId: 'm1',
      at: 1_749_416_383_000,
      identities: ['tel:+60177872890'],
      content: { type: 'text', text: 'new' },
    });
    expect(namesOf(parse([edited, { ...edited, timestamp: 1_749_416_384_000 }]))).to.deep.equal([
      'm1:edited:1749416383000',
      'm1:edited:1749416384000',
    ]);
    expect(one({ ...edited, message: { type: 'text' } })).to.include({ reason: 'bad_content' });
    expect(namesOf(parse([edited], ''))).to.deep.equal(['invalid:no_contact']);
  });

  it('When a message is taken back, then it is named, whoever asks', () => {
    const deleted = { type: 'message_deleted', mId: 'm1', timestamp: 1_749_416_385_000 };
    expect(one(deleted)).to.deep.equal({
      kind: 'deletion',
      eventId: 'm1:deleted',
      at: 1_749_416_385_000,
      messageId: 'm1',
    });
    expect(namesOf(parse([deleted], ''))).to.deep.equal(['m1:deleted']);
    expect(one({ ...deleted, mId: 5 })).to.include({ reason: 'bad_deletion' });
  });

  it('When the signing secret is not base64, then it is refused', () => {
    for (const signingSecret of ['whsec_not base64!', 'abc', 'whsec_', '====', [SECRET, '!']]) {
      expect(custom.credentials.safeParse({ token: 't', signingSecret }).success).to.equal(false);
    }
  });
});

describe('custom: what is sent', () => {
  const requestOf = async (
    message: Partial<Outgoing>,
    given: CustomCredentials = credentials,
    now = NOW,
  ) => {
    const call = sinon.fake.resolves(accepted);
    await custom.send(
      { to: 'custom:ch1/u1', key: 'key_1', ...message },
      {
        channelId: 'ch1',
        credentials: given,
        webhookUrl: 'https://videur.example/webhooks/custom/ch1',
        call,
        now: () => now,
        remember: () => Promise.reject(new Error('no token is needed')),
      },
    );
    return call.firstCall.args[0];
  };
  const send = (message: Partial<Outgoing>, given?: CustomCredentials) =>
    requestOf(message, given).then(
      ({ body }) => JSON.parse(body),
      (error: unknown) => error,
    );
  const attachment = { type: 'image', url: 'https://example.com/a.png' } as const;

  it('When a file is sent, then it is an attachment', async () => {
    expect(await send({ attachment })).to.deep.equal({
      channelId: 'ch1',
      contactId: 'u1',
      message: { type: 'attachment', attachment },
    });
  });

  it('When a file has a caption or no address, or there is no server, then that is unsupported', async () => {
    const unsupported = { failure: 'unsupported', retryable: false };
    expect(await send({ attachment, text: 'see' })).to.include(unsupported);
    expect(await send({ attachment: { type: 'image', id: '7' } })).to.include(unsupported);
    expect(await send({ text: 'x' }, { token: 'token_1' })).to.include(unsupported);
  });

  it('When the channel is signed, then what is sent is too, with every secret, beside the token', async () => {
    const now = Date.now();
    const rotated = { ...signed, token: ['token_2', 'token_1'], signingSecret: [OTHER, SECRET] };
    const { headers, body } = await requestOf({ text: 'café' }, rotated, now);
    expect(headers).to.include({ authorization: 'Bearer token_2', 'webhook-id': 'key_1' });
    for (const secret of [OTHER, SECRET]) {
      expect(() => new Webhook(secret).verify(body, headers)).not.to.throw();
    }
    const third = `whsec_${Buffer.from('a third one').toString('base64')}`;
    expect(() => new Webhook(third).verify(body, headers)).to.throw();
    // Our own receiving side lets it in as well.
    expect(custom.verify(delivery(body, headers), signed, now)).to.equal(true);
  });

  it('When the channel is not signed, then there is the token alone', async () => {
    const { headers } = await requestOf({ text: 'x' });
    expect(Object.keys(headers).sort()).to.deep.equal([
      'authorization',
      'content-type',
      'idempotency-key',
    ]);
  });
});
