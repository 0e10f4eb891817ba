import { expect } from 'chai';
import type { Outgoing } from '../../channels/adapter.ts';
import { whatsapp } from '../../channels/whatsapp.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
  parseText,
} from '../support/channel-contract.ts';
import {
  delivery,
  handshake,
  signWhatsApp,
  whatsapp as wa,
  whatsappBody,
  whatsappDelivery,
} from '../support/deliveries.ts';
import { accepted, expectFailure, refusal, sendThrough } from '../support/graph.ts';
import { APP_SECRET, ESCAPED, SIGNATURE } from './fixtures/whatsapp-escaped.ts';

const ACCOUNT = '106540352242922';
const credentials = {
  phoneNumberId: ACCOUNT,
  appId: '1234567890',
  appSecret: APP_SECRET,
  verifyToken: 'verify_1',
  accessToken: 'EAAG1',
};

const text = (id: string, from = '16505551234') => wa.text({ id, from, text: `text of ${id}` });
const parse = (value: Record<string, unknown>, field?: string): ParsedEvent[] =>
  parseText(whatsapp, whatsappBody([wa.change(ACCOUNT, value, field)]));
const one = (value: Record<string, unknown>, field?: string): ParsedEvent => {
  const [event, ...others] = parse(value, field);
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const contentOf = (type: string, part: unknown) => {
  const event = one({ messages: [wa.message({ id: 'wamid.1', from: '16505551234' }, type, part)] });
  return event.kind === 'message' ? event.content : event;
};
const identitiesOf = (event: ParsedEvent) => ('identities' in event ? event.identities : event);
const namesOf = (events: ParsedEvent[]) =>
  events.map((event) => ('eventId' in event ? event.eventId : `${event.kind}:${event.reason}`));
const answer = accepted({
  messaging_product: 'whatsapp',
  contacts: [{ input: '+16505551234', wa_id: '16505551234' }],
  messages: [{ id: 'wamid.OUT' }],
});

describeChannelContract('whatsapp', whatsapp, {
  credentials,
  sign: (body, _now, secret = APP_SECRET) => delivery(body, signWhatsApp(body, secret)),
  proof: headerProof('x-hub-signature-256'),
  rotation: {
    both: { ...credentials, appSecret: ['app_secret_456', APP_SECRET] },
    alone: { ...credentials, appSecret: ['app_secret_456'] },
  },
  withoutSecret: [
    { ...credentials, appSecret: '' },
    { ...credentials, appSecret: [] },
    { ...credentials, appSecret: undefined as never },
  ],
  coversBody: true,
  stamped: false,
  faults: jsonFaults,
  batch: {
    body: whatsappBody([
      wa.change(ACCOUNT, {
        contacts: [{ profile: { name: 'A' }, wa_id: '16505551234', user_id: 'US.1' }],
        messages: [text('wamid.1'), wa.message({ id: 'wamid.2', from: '1' }, 'image', { id: '7' })],
        statuses: [wa.status({ id: 'wamid.OUT', status: 'read' })],
      }),
      wa.change('another', { messages: [text('wamid.3')] }),
      wa.change(ACCOUNT, { message_echoes: [wa.echo({ id: 'wamid.4', to: '+1650', text: 'x' })] }),
    ]),
    eventIds: ['wamid.1', 'wamid.2', 'wamid.OUT:read', 'wamid.3', 'wamid.4'],
  },
  unknownKind: {
    body: whatsappBody([
      wa.change(ACCOUNT, { messages: [wa.message({ id: 'wamid.1', from: '1' }, 'hologram', {})] }),
    ]),
    kind: 'message',
  },
  // The dashboard's "Test" of the field `messages`.
  testEvent: {
    delivery: whatsappDelivery({
      appSecret: APP_SECRET,
      phoneNumberId: '123456123',
      contacts: [{ profile: { name: 'test user name' }, wa_id: '16315551181' }],
      messages: [
        wa.text({ id: 'ABGGFlA5Fpa', from: '16315551181', text: 'this is a text message' }),
      ],
    }),
    events: ['ABGGFlA5Fpa'],
  },
  hostile: (value) => [
    value,
    `{"object":"whatsapp_business_account","entry":${value}}`,
    `{"object":"whatsapp_business_account","entry":[{"changes":${value}}]}`,
    `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":${value}}]}]}`,
    ...['messages', 'statuses', 'message_echoes', 'contacts', 'metadata', 'errors'].map(
      (key) =>
        `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"${key}":${value}}}]}]}`,
    ),
    ...[
      'id',
      'from',
      'from_user_id',
      'group_id',
      'context',
      'timestamp',
      'type',
      'text',
      '__proto__',
    ].map(
      (key) =>
        `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"from":"1","id":"1","timestamp":"1","type":"text","text":{"body":"x"},"${key}":${value}}]}}]}]}`,
    ),
    ...['edit', 'revoke', 'order', 'reaction', 'interactive'].map(
      (type) =>
        `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"from":"1","id":"1","timestamp":"1","type":"${type}","${type}":${value}}]}}]}]}`,
    ),
    `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"from":"1","id":"1","timestamp":"1","type":"edit","edit":{"original_message_id":"2","message":${value}}}]}}]}]}`,
  ],
  send: {
    message: { to: 'tel:+16505551234', text: 'Hello you', key: 'key_12345' },
    request: {
      url: `https://graph.facebook.com/v26.0/${ACCOUNT}/messages`,
      headers: { 'content-type': 'application/json', authorization: 'Bearer EAAG1' },
      body: {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: '+16505551234',
        type: 'text',
        text: { body: 'Hello you' },
        biz_opaque_callback_data: 'key_12345',
      },
    },
    accepted: { response: answer, messageId: 'wamid.OUT' },
    refused: [
      { response: refusal(400, 131_047), failure: 'rejected' },
      { response: refusal(400, 131_062), failure: 'rejected' },
      { response: refusal(400, 100), failure: 'rejected' },
      { response: refusal(401, 190), failure: 'credentials_refused' },
      { response: refusal(403, 10), failure: 'credentials_refused' },
      { response: refusal(500, 3), failure: 'credentials_refused' },
      { response: refusal(400, 130_429), failure: 'throttled' },
      { response: refusal(400, 131_056), failure: 'throttled' },
      { response: refusal(400, 80_007), failure: 'throttled' },
      {
        response: { ...refusal(429, 131_048), headers: { 'retry-after': '60' } },
        failure: 'throttled',
        retryAfter: 60,
      },
      { response: refusal(500, 131_000), failure: 'provider_error' },
      { response: refusal(503, 2), failure: 'provider_error' },
    ],
  },
});

describe('whatsapp: signature', () => {
  const verify = (body: Buffer, header: string) =>
    whatsapp.verify(delivery(body, { 'x-hub-signature-256': header }), credentials, NOW);

  it('When Meta escapes the text it signs, then the bytes as sent are verified', () => {
    expect(verify(ESCAPED, `sha256=${SIGNATURE}`)).to.equal(true);
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(ESCAPED.toString())));
    expect(verify(rewritten, `sha256=${SIGNATURE}`)).to.equal(false);
    expect(parseText(whatsapp, ESCAPED)).to.deep.include.members([
      {
        kind: 'message',
        account: ACCOUNT,
        eventId: 'wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=',
        at: 1_749_416_383_000,
        identities: ['tel:+16505551234'],
        profile: { firstName: 'José', phone: '+16505551234' },
        content: { type: 'text', text: 'café 😀 a@b.co http://x' },
      },
    ]);
  });

  it('When the signature is not written exactly as Meta does, then it is refused', () => {
    expect(verify(ESCAPED, `sha256=${SIGNATURE.toUpperCase()}`)).to.equal(false);
    expect(verify(ESCAPED, `SHA256=${SIGNATURE}`)).to.equal(false);
    expect(verify(ESCAPED, SIGNATURE)).to.equal(false);
    expect(verify(ESCAPED, `sha1=${SIGNATURE}`)).to.equal(false);
    expect(verify(ESCAPED, `sha256=${SIGNATURE}\n`)).to.equal(false);
    expect(verify(ESCAPED, `sha256=${'g'.repeat(64)}`)).to.equal(false);
  });

  it('When only the old SHA-1 header comes, then it is refused', () => {
    const header = { 'x-hub-signature': 'sha1=c1dc18d2d73ecf354ba6bf2940cea320ca57515c' };
    expect(whatsapp.verify(delivery(ESCAPED, header), credentials, NOW)).to.equal(false);
  });

  it('When a good delivery was verified just before, then a bad one is refused', () => {
    expect(verify(ESCAPED, `sha256=${SIGNATURE}`)).to.equal(true);
    expect(verify(Buffer.from('{}'), `sha256=${SIGNATURE}`)).to.equal(false);
    expect(verify(ESCAPED, 'sha256=')).to.equal(false);
  });
});

describe('whatsapp: handshake', () => {
  const query = {
    'hub.mode': 'subscribe',
    'hub.verify_token': 'verify_1',
    'hub.challenge': '1158',
  };
  const challenge = (changes: Record<string, string>, given = credentials) =>
    whatsapp.challenge?.(handshake({ ...query, ...changes }), given, NOW);

  it('When Meta asks with the verify token, then the challenge is answered as text', () => {
    expect(challenge({})).to.deep.equal({ status: 200, body: '1158', contentType: 'text/plain' });
  });

  it('When the token, the mode or the challenge is not right, then there is no answer', () => {
    expect(challenge({ 'hub.verify_token': 'verify_2' })).to.equal(undefined);
    expect(challenge({ 'hub.verify_token': 'verify_' })).to.equal(undefined);
    expect(challenge({ 'hub.verify_token': '' })).to.equal(undefined);
    expect(challenge({ 'hub.mode': 'unsubscribe' })).to.equal(undefined);
    expect(challenge({ 'hub.challenge': '' })).to.equal(undefined);
    expect(challenge({ 'hub.challenge': 'x'.repeat(1000) })).to.equal(undefined);
    expect(whatsapp.challenge?.(handshake({}), credentials, NOW)).to.equal(undefined);
  });

  it('When no verify token is configured, then there is no answer', () => {
    expect(challenge({ 'hub.verify_token': '' }, { ...credentials, verifyToken: '' })).to.equal(
      undefined,
    );
    expect(challenge({}, { ...credentials, verifyToken: [] as never })).to.equal(undefined);
  });

  it('When the verify token is rotated, then both are answered', () => {
    const rotated = { ...credentials, verifyToken: ['verify_2', 'verify_1'] as never };
    expect(challenge({}, rotated)?.body).to.equal('1158');
    expect(challenge({ 'hub.verify_token': 'verify_2' }, rotated)?.body).to.equal('1158');
  });
});

describe('whatsapp: account', () => {
  it('When a delivery is for several numbers, then each event names its own', () => {
    const body = whatsappBody([
      wa.change('111', { messages: [text('wamid.1')] }),
      wa.change('222', { messages: [text('wamid.2')], statuses: [{}], errors: [{ code: 1 }] }),
    ]);
    expect(parseText(whatsapp, body).map(({ account }) => account)).to.deep.equal([
      '111',
      '222',
      '222',
      '222',
    ]);
  });

  it('When a change names no number, then its events are kept without one', () => {
    const [event] = parse({ metadata: {}, messages: [text('wamid.1')] });
    expect(event).to.include({ kind: 'message' }).and.not.to.have.property('account');
  });

  it('When channels have the same app secrets, then they have the same signer and it tells none', () => {
    const signer = (appSecret: string | string[]) =>
      whatsapp.account?.({ ...credentials, appSecret }).signer;
    expect(whatsapp.account?.(credentials)).to.include({ appId: '1234567890', accountId: ACCOUNT });
    expect(signer('a')).to.equal(signer(['a']));
    expect(signer(['a', 'b'])).to.equal(signer(['b', 'a']));
    expect(signer('a')).not.to.equal(signer('b'));
    expect(signer(APP_SECRET)).not.to.include(APP_SECRET);
  });
});

describe('whatsapp: batches', () => {
  it('When messages, echoes and statuses come in one value, then none hides another', () => {
    const events = parse({
      messages: [text('wamid.1')],
      message_echoes: [wa.echo({ id: 'wamid.2', to: '16505551234', text: 'x' })],
      statuses: [wa.status({ id: 'wamid.3', status: 'sent' })],
      errors: [{ code: 131000 }],
    });
    expect(namesOf(events)).to.deep.equal([
      'wamid.1',
      'wamid.2',
      'wamid.3:sent',
      'ignored:provider_error',
    ]);
  });

  it('When one item is broken, then it is invalid and its siblings are read', () => {
    const broken: [unknown, string][] = [
      [null, 'bad_item'],
      [[], 'bad_item'],
      ['text', 'bad_item'],
      [{}, 'bad_message'],
      [{ ...text('x'), id: 1 }, 'bad_message'],
      [{ ...text('x'), id: '' }, 'bad_message'],
      [{ ...text('x'), id: 'x'.repeat(513) }, 'bad_message'],
      [{ ...text('x'), timestamp: 'soon' }, 'bad_message'],
      [{ ...text('x'), timestamp: '-1' }, 'bad_message'],
      [{ ...text('x'), timestamp: undefined }, 'bad_message'],
      [{ ...text('x'), from: 16505551234 }, 'bad_message'],
      [{ ...text('x'), from: undefined }, 'no_sender'],
      [{ ...text('x'), from: 'a b' }, 'no_sender'],
      [{ ...text('x'), text: undefined }, 'bad_content'],
      [{ ...text('x'), text: { body: 1 } }, 'bad_content'],
      [{ ...text('x'), type: 'image', image: { id: 1 } }, 'bad_content'],
    ];
    for (const [item, reason] of broken) {
      const events = parse({ messages: [text('wamid.1'), item, text('wamid.2')] });
      expect(namesOf(events)).to.deep.equal(['wamid.1', `invalid:${reason}`, 'wamid.2']);
    }
  });

  it('When an entry or a change is broken, then its siblings are read', () => {
    const entry = (id: string) => ({ changes: [wa.change(ACCOUNT, { messages: [text(id)] })] });
    const body = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        entry('wamid.1'),
        null,
        {},
        { changes: [null, 'x', { field: 'messages' }] },
        entry('wamid.2'),
      ],
    });
    expect(namesOf(parseText(whatsapp, body))).to.deep.equal([
      'wamid.1',
      'invalid:bad_entry',
      'invalid:bad_entry',
      'invalid:bad_change',
      'invalid:bad_change',
      'invalid:bad_change',
      'wamid.2',
    ]);
  });

  it('When a list is no list, then that is one invalid event', () => {
    const events = parse({
      messages: {},
      statuses: [wa.status({ id: 'wamid.1', status: 'sent' })],
    });
    expect(namesOf(events)).to.deep.equal(['invalid:bad_list', 'wamid.1:sent']);
  });

  it('When a body is all rubbish, then reading it stops in time', () => {
    const items = new Array(200_000).fill({});
    const events = parse({ messages: items });
    expect(events).to.have.length(131_073);
    expect(events.at(-1)).to.deep.include({ kind: 'invalid', reason: 'too_many' });
  });

  it('When the change is of another field or object, then it is ignored', () => {
    for (const field of ['history', 'smb_app_state_sync', 'message_template_status_update']) {
      expect(one({ messages: [text('wamid.1')] }, field)).to.deep.equal({
        kind: 'ignored',
        reason: 'other_field',
      });
    }
    expect(one({})).to.include({ kind: 'ignored', reason: 'empty' });
    expect(namesOf(parseText(whatsapp, '{"object":"page","entry":[]}'))).to.deep.equal([
      'ignored:other_object',
    ]);
    expect(namesOf(parseText(whatsapp, whatsappBody([])))).to.deep.equal(['ignored:empty']);
  });
});

describe('whatsapp: identities', () => {
  const sent = (message: Record<string, unknown>, contacts: unknown[] = []) =>
    identitiesOf(
      one({ contacts, messages: [{ ...text('wamid.1'), from: undefined, ...message }] }),
    );

  it('When the sender shows a phone number, then it is a tel identity', () => {
    expect(sent({ from: '16505551234' })).to.deep.equal(['tel:+16505551234']);
    expect(sent({ from: '+16505551234' })).to.deep.equal(['tel:+16505551234']);
  });

  it('When a user id and a phone number are given, then both are kept, the user id first', () => {
    expect(sent({ from: '16505551234', from_user_id: 'US.1234' })).to.deep.equal([
      'whatsapp:US.1234',
      'tel:+16505551234',
    ]);
  });

  it('When there is no phone number, then the user id is enough', () => {
    expect(sent({ from_user_id: 'US.1234' })).to.deep.equal(['whatsapp:US.1234']);
    expect(sent({ from: null, from_user_id: 'US.1234' })).to.deep.equal(['whatsapp:US.1234']);
  });

  it('When from is a user id, then it is one identity', () => {
    expect(sent({ from: 'US.1234' })).to.deep.equal(['whatsapp:US.1234']);
    expect(sent({ from: 'US.1234', from_user_id: 'US.1234' })).to.deep.equal(['whatsapp:US.1234']);
  });

  it('When a parent user id is given, then it is a further identity', () => {
    expect(
      sent({ from: '16505551234', from_user_id: 'US.1234', from_parent_user_id: 'US.ENT.99' }),
    ).to.deep.equal(['whatsapp:US.1234', 'whatsapp:US.ENT.99', 'tel:+16505551234']);
  });

  it('When contacts know more of the sender, then it is joined by id and never by place', () => {
    const contacts = [
      { wa_id: '16505559999', user_id: 'US.9', profile: { name: 'Other' } },
      {
        wa_id: '16505551234',
        user_id: 'US.1',
        parent_user_id: 'US.ENT.1',
        profile: { name: 'Ana' },
      },
    ];
    const all = ['whatsapp:US.1', 'whatsapp:US.ENT.1', 'tel:+16505551234'];
    expect(sent({ from: '16505551234' }, contacts)).to.deep.equal(all);
    expect(sent({ from_user_id: 'US.1' }, contacts)).to.deep.equal(all);
    expect(sent({ from: 'US.1' }, contacts)).to.deep.equal(all);
    expect(one({ contacts, messages: [text('wamid.1')] })).to.deep.include({
      profile: { firstName: 'Ana', phone: '+16505551234' },
    });
    expect(sent({ from: '16505550000' }, contacts)).to.deep.equal(['tel:+16505550000']);
    expect(
      namesOf(parse({ contacts, messages: [{ ...text('x'), from: undefined }] })),
    ).to.deep.equal(['invalid:no_sender']);
  });

  it('When a contact is broken, then its message is kept', () => {
    const contacts = [null, 'x', { wa_id: 5 }, { wa_id: '16505551234', profile: { name: 7 } }];
    expect(sent({ from: '16505551234' }, contacts)).to.deep.equal(['tel:+16505551234']);
  });

  it('When a message comes from a group, then its sender is the identity and the group is told', () => {
    const group_id = 'Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD';
    const said = (more: Record<string, unknown>) =>
      one({ messages: [{ ...text('wamid.1'), group_id, ...more }] });
    const group = { identity: `whatsapp:group/${group_id}` };
    expect(said({})).to.deep.include({ identities: ['tel:+16505551234'], group });
    expect(said({ from: undefined, from_user_id: 'US.1' })).to.deep.include({
      identities: ['whatsapp:US.1'],
      group,
    });
    expect(said({ from: undefined })).to.deep.include({ identities: [group.identity], group });
    for (const none of [undefined, null, '', 'a b', 5, 'x'.repeat(513)])
      expect(said({ group_id: none })).not.to.have.property('group');
  });

  it('When the sender is neither a number nor of a known form, then the message is kept', () => {
    expect(sent({ from: '123' })).to.deep.equal(['whatsapp:123']);
    expect(sent({ from: 'someone' })).to.deep.equal(['whatsapp:someone']);
  });
});

describe('whatsapp: content', () => {
  const attachment = (type: string, more = {}) => ({ type, id: 'm1', ...more });

  it('When a text comes, then it is kept with its time in milliseconds', () => {
    expect(one({ messages: [text('wamid.1')] })).to.deep.equal({
      kind: 'message',
      account: ACCOUNT,
      eventId: 'wamid.1',
      at: 1_749_416_383_000,
      identities: ['tel:+16505551234'],
      profile: { phone: '+16505551234' },
      content: { type: 'text', text: 'text of wamid.1' },
    });
  });

  it('When media come, then their ids are kept', () => {
    const kinds = {
      image: 'image',
      video: 'video',
      audio: 'audio',
      voice: 'audio',
      sticker: 'sticker',
    };
    for (const [type, kept] of Object.entries(kinds)) {
      expect(contentOf(type, { id: 'm1', mime_type: 'a/b', sha256: 'x' })).to.deep.equal({
        type: 'attachment',
        attachments: [attachment(kept, { mimeType: 'a/b' })],
      });
    }
    expect(contentOf('document', { id: 'm1', filename: 'a.pdf', caption: 'see' })).to.deep.equal({
      type: 'attachment',
      attachments: [attachment('file', { name: 'a.pdf' })],
      text: 'see',
    });
    expect(contentOf('image', { id: 'm1', caption: 5, mime_type: null })).to.deep.equal({
      type: 'attachment',
      attachments: [attachment('image')],
    });
  });

  it('When a place or a card comes, then its text says what it is', () => {
    expect(contentOf('location', { latitude: 48.85, longitude: 2.35, name: 'Tour' })).to.deep.equal(
      {
        type: 'location',
        text: 'Tour\n48.85,2.35',
      },
    );
    const card = { name: { formatted_name: 'Ana B' }, phones: [{ phone: '+1650' }, {}] };
    expect(contentOf('contacts', [card, { phones: [{ phone: '7' }] }])).to.deep.equal({
      type: 'contacts',
      text: 'Ana B\n+1650\n7',
    });
  });

  it('When a button, a list or a form is answered, then the title is the text', () => {
    expect(
      contentOf('interactive', { type: 'button_reply', button_reply: { id: '1', title: 'Yes' } }),
    ).to.deep.equal({ type: 'reply', text: 'Yes' });
    expect(
      contentOf('interactive', { type: 'list_reply', list_reply: { id: '1', title: 'Two' } }),
    ).to.deep.equal({ type: 'reply', text: 'Two' });
    expect(
      contentOf('interactive', {
        type: 'nfm_reply',
        nfm_reply: { body: 'Sent', response_json: '{}' },
      }),
    ).to.deep.equal({ type: 'reply', text: 'Sent' });
    expect(contentOf('button', { text: 'No', payload: 'no' })).to.deep.equal({
      type: 'reply',
      text: 'No',
    });
    expect(contentOf('interactive', { type: 'call_permission_reply' })).to.deep.equal({
      type: 'unsupported',
    });
  });

  it('When a reaction comes or is taken back, then its emoji is the text or there is none', () => {
    const taken = { type: 'reaction', replyTo: 'wamid.0' };
    expect(contentOf('reaction', { message_id: 'wamid.0', emoji: '👍' })).to.deep.equal({
      ...taken,
      text: '👍',
    });
    expect(contentOf('reaction', { message_id: 'wamid.0' })).to.deep.equal(taken);
    expect(contentOf('reaction', { message_id: 'wamid.0', emoji: '' })).to.deep.equal(taken);
    expect(contentOf('reaction', { message_id: 5, emoji: '👍' })).to.deep.equal({
      type: 'reaction',
      text: '👍',
    });
  });

  it('When a message answers another, then that one is told', () => {
    const answers = (context: unknown, type = 'text', part: unknown = { body: 'x' }) => {
      const message = wa.message({ id: 'wamid.1', from: '16505551234' }, type, part);
      const event = one({ messages: [{ ...message, context }] });
      return event.kind === 'message' ? event.content.replyTo : event;
    };
    expect(answers({ from: '15550783881', id: 'wamid.0' })).to.equal('wamid.0');
    expect(answers({ id: 'wamid.0' }, 'button', { text: 'No' })).to.equal('wamid.0');
    expect(answers({ id: 'wamid.0' }, 'hologram', {})).to.equal('wamid.0');
    expect(answers({ id: 'wamid.9' }, 'reaction', { message_id: 'wamid.0' })).to.equal('wamid.0');
    for (const none of [
      undefined,
      null,
      {},
      'x',
      { forwarded: true },
      { id: 5 },
      { id: 'x'.repeat(513) },
    ])
      expect(answers(none)).to.equal(undefined);
    expect(contentOf('hologram', {})).to.deep.equal({ type: 'unsupported' });
  });

  it('When an order comes, then its text says what was ordered', () => {
    const item = {
      product_retailer_id: 'di9ozbzfi4',
      quantity: 2,
      item_price: 7.99,
      currency: 'USD',
    };
    expect(
      contentOf('order', { catalog_id: '1', text: 'Love these!', product_items: [item, {}, item] }),
    ).to.deep.equal({
      type: 'text',
      text: 'Love these!\n2 × di9ozbzfi4 7.99 USD\n2 × di9ozbzfi4 7.99 USD',
    });
    expect(contentOf('order', { text: 'Love these!', product_items: {} })).to.deep.equal({
      type: 'text',
      text: 'Love these!',
    });
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    for (const type of ['order', 'unsupported', 'hologram', 'constructor', '__proto__']) {
      expect(contentOf(type, {}), type).to.deep.equal({ type: 'unsupported' });
    }
    const { type: _, ...untyped } = text('wamid.1');
    expect(one({ messages: [untyped] })).to.deep.include({ content: { type: 'unsupported' } });
  });

  it('When WhatsApp itself notes something, then it is ignored', () => {
    expect(contentOf('system', { body: 'changed', wa_id: '1' })).to.deep.include({
      kind: 'ignored',
      reason: 'system',
    });
  });
});

describe('whatsapp: what was taken back or changed', () => {
  const from = { id: 'wamid.2', from: '16505551234' };
  const event = (type: string, part: unknown) => one({ messages: [wa.message(from, type, part)] });
  const caption = { id: 'm1', mime_type: 'image/jpeg', caption: 'new', url: 'https://x.example' };

  it('When a message is taken back, by the contact or by us, then its content is to be erased', () => {
    const expected = {
      kind: 'deletion',
      account: ACCOUNT,
      eventId: 'wamid.2',
      at: 1_749_416_383_000,
      messageId: 'wamid.1',
    };
    const revoke = { original_message_id: 'wamid.1' };
    expect(event('revoke', revoke)).to.deep.equal(expected);
    const echo = { ...wa.echo({ id: 'wamid.2', to: '+1650', text: '' }), type: 'revoke', revoke };
    expect(one({ message_echoes: [echo] }, 'smb_message_echoes')).to.deep.equal(expected);
    for (const broken of [{}, null, { original_message_id: 5 }])
      expect(event('revoke', broken)).to.include({ kind: 'invalid', reason: 'bad_revoke' });
  });

  it('When a message is edited, then its new content is an event of its own about that message', () => {
    const edited = (message: unknown) => event('edit', { original_message_id: 'wamid.1', message });
    const expected = {
      kind: 'edit',
      account: ACCOUNT,
      eventId: 'wamid.2',
      at: 1_749_416_383_000,
      messageId: 'wamid.1',
      identities: ['tel:+16505551234'],
    };
    expect(
      edited({ type: 'text', text: { body: 'new' }, context: { id: 'wamid.0' } }),
    ).to.deep.equal({
      ...expected,
      content: { type: 'text', text: 'new', replyTo: 'wamid.0' },
    });
    expect(edited({ type: 'image', image: caption })).to.deep.equal({
      ...expected,
      content: {
        type: 'attachment',
        text: 'new',
        attachments: [{ type: 'image', id: 'm1', mimeType: 'image/jpeg' }],
      },
    });
    for (const broken of [undefined, 'x', {}, { type: 'text' }, { type: 'image', image: {} }])
      expect(edited(broken)).to.include({ kind: 'invalid', reason: 'bad_edit' });
  });

  it('When it was in a group, then the edit is too', () => {
    const edit = { original_message_id: 'wamid.1', message: { type: 'text', text: { body: 'x' } } };
    const message = { ...wa.message(from, 'edit', edit), group_id: 'G1' };
    expect(one({ messages: [message] })).to.deep.include({
      kind: 'edit',
      group: { identity: 'whatsapp:group/G1' },
    });
  });

  it('When we changed our own message elsewhere, then it is ignored', () => {
    const echo = { ...wa.echo({ id: 'wamid.2', to: '+1650', text: '' }), type: 'edit', edit: {} };
    expect(one({ message_echoes: [echo] }, 'smb_message_echoes')).to.include({
      kind: 'ignored',
      reason: 'own_edit',
    });
  });

  it('When edits come as unsupported messages, then they are kept as such', () => {
    const message = wa.message(from, 'unsupported', { type: 'edit' });
    const errors = [{ code: 131_051, title: 'Message type unknown' }];
    expect(one({ messages: [{ ...message, errors }] })).to.deep.include({
      kind: 'message',
      content: { type: 'unsupported' },
    });
  });
});

describe('whatsapp: echoes and statuses', () => {
  it('When another agent of the business leads the conversation, then what comes on standby is read', () => {
    const events = parse(
      {
        messages: [text('wamid.1')],
        message_echoes: [wa.echo({ id: 'wamid.2', to: '16505551234', text: 'x' })],
        statuses: [wa.status({ id: 'wamid.2', status: 'read' })],
      },
      'standby',
    );
    expect(events.map(({ kind }) => kind)).to.deep.equal(['message', 'echo', 'status']);
  });

  it('When a status is of a group or says why it failed, then it is read', () => {
    const failed = {
      ...wa.status({ id: 'wamid.1', status: 'failed' }),
      errors: [{ code: 131_026 }],
    };
    const inGroup = {
      ...wa.status({ id: 'wamid.2', status: 'read' }),
      recipient_id: 'G1',
      recipient_type: 'group',
      recipient_participant_user_id: 'US.1',
    };
    expect(namesOf(parse({ statuses: [failed, inGroup] }))).to.deep.equal([
      'wamid.1:failed',
      'wamid.2:read',
    ]);
  });

  it('When the phone app sent a message, then its recipient is the identity', () => {
    const echo = wa.echo({ id: 'wamid.E', to: '+16505551234', text: 'Hello' });
    const contacts = [{ wa_id: '16505551234', user_id: 'IN.2' }];
    expect(one({ message_echoes: [echo] }, 'smb_message_echoes')).to.deep.equal({
      kind: 'echo',
      account: ACCOUNT,
      eventId: 'wamid.E',
      at: 1_749_416_383_000,
      identities: ['tel:+16505551234'],
      content: { type: 'text', text: 'Hello' },
    });
    const byUserId = { ...echo, to: undefined, to_user_id: 'IN.2', to_parent_user_id: 'IN.ENT.1' };
    expect(
      identitiesOf(one({ contacts, message_echoes: [byUserId] }, 'smb_message_echoes')),
    ).to.deep.equal(['whatsapp:IN.2', 'whatsapp:IN.ENT.1', 'tel:+16505551234']);
    expect(namesOf(parse({ message_echoes: [{ ...echo, to: undefined }, {}] }))).to.deep.equal([
      'invalid:no_recipient',
      'invalid:bad_echo',
    ]);
  });

  it('When statuses come, then each is an event of its own about its message', () => {
    const status = (name: string) =>
      one({ statuses: [wa.status({ id: 'wamid.1', status: name })] });
    for (const name of ['sent', 'delivered', 'read', 'failed']) {
      expect(status(name)).to.deep.equal({
        kind: 'status',
        account: ACCOUNT,
        eventId: `wamid.1:${name}`,
        at: 1_749_416_383_000,
        messageId: 'wamid.1',
        status: name,
      });
    }
    expect(status('played')).to.include({ eventId: 'wamid.1:played', status: 'read' });
    expect(status('warning')).to.include({ kind: 'ignored', reason: 'other_status' });
    expect(status('constructor')).to.include({ kind: 'ignored', reason: 'other_status' });
    expect(one({ statuses: [{ id: 'wamid.1' }] })).to.include({
      kind: 'invalid',
      reason: 'bad_status',
    });
  });

  it('When a status names its recipient by user id only, then it is read', () => {
    const status = { ...wa.status({ id: 'wamid.1', status: 'read' }), recipient_id: undefined };
    expect(one({ statuses: [{ ...status, recipient_user_id: 'US.1' }] })).to.include({
      status: 'read',
    });
  });
});

describe('whatsapp: sending', () => {
  const send = (message: Partial<Outgoing>) =>
    sendThrough(whatsapp, credentials, { to: 'tel:+16505551234', ...message }, answer);
  const link = 'https://files.example/a.pdf';

  it('When there is an attachment, then Meta is given its address, with the text as its caption', async () => {
    const kinds = { image: 'image', video: 'video', file: 'document' };
    for (const [type, sentAs] of Object.entries(kinds)) {
      const attachment = { type: type as 'image', url: link };
      const { body } = await send({ text: 'see', attachment });
      expect(body).to.deep.include({ type: sentAs, [sentAs]: { link, caption: 'see' } });
      expect(body).not.to.have.property('text');
    }
    for (const type of ['audio', 'sticker', 'image'] as const)
      expect((await send({ attachment: { type, url: link } })).body).to.deep.include({
        type,
        [type]: { link },
      });
    const named = { type: 'file', url: link, name: 'Offer.pdf' } as const;
    expect((await send({ attachment: named })).body.document).to.deep.equal({
      link,
      filename: 'Offer.pdf',
    });
  });

  it('When the message would be empty, or have an id or a caption that nobody sees, then it is not sent', async () => {
    for (const message of [
      {},
      { text: '' },
      { attachment: { type: 'image' as const, id: '7' } },
      { text: 'see', attachment: { type: 'audio' as const, url: link } },
      { text: 'see', attachment: { type: 'sticker' as const, url: link } },
    ]) {
      const { sent, url } = await send(message);
      expectFailure(sent, { failure: 'unsupported', retryable: false });
      expect(url).to.equal('');
    }
  });

  it('When the recipient is a number, a user id or a group, then each is named as Meta has it', async () => {
    const named = async (to: string) => {
      const { recipient_type, to: number, recipient } = (await send({ to, text: 'x' })).body;
      return [recipient_type, number, recipient];
    };
    expect(await named('tel:+16505551234')).to.deep.equal([
      'individual',
      '+16505551234',
      undefined,
    ]);
    for (const userId of ['US.13491208655302741918', 'US.ENT.11815799212886844830'])
      expect(await named(`whatsapp:${userId}`)).to.deep.equal(['individual', undefined, userId]);
    expect(await named('whatsapp:123')).to.deep.equal(['individual', '123', undefined]);
    expect(await named('whatsapp:group/Y2FwaQ')).to.deep.equal(['group', 'Y2FwaQ', undefined]);
    for (const urn of ['tel:+1650', 'whatsapp:US.1', 'whatsapp:group/G1'])
      expect(whatsapp.reaches(urn, 'ch1')).to.equal(true);
  });

  it('When it answers another message, then that one is not quoted', async () => {
    const { body } = await send({ text: 'Hi', inReplyTo: { messageId: 'wamid.1' } });
    expect(body).not.to.have.property('context');
  });
});

describe('whatsapp: deliveries of the test support', () => {
  it('When one is made, then the adapter verifies and reads it', () => {
    const made = whatsappDelivery({
      appSecret: APP_SECRET,
      phoneNumberId: ACCOUNT,
      messages: [text('wamid.1')],
    });
    expect(whatsapp.verify(made, credentials, NOW)).to.equal(true);
    expect(namesOf(parseText(whatsapp, made.body))).to.deep.equal(['wamid.1']);
  });
});
