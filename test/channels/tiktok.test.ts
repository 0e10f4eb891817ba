import { expect } from 'chai';
import sinon from 'sinon';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import { type TikTokCredentials, tiktok } from '../../channels/tiktok.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  CONTEXT,
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
} from '../support/channel-contract.ts';
import { delivery, tiktokHeaders } from '../support/deliveries.ts';

type Json = Record<string, unknown>;

const SECRET = 'tiktok_client_secret';
const credentials: TikTokCredentials = {
  appSecret: SECRET,
  businessId: 'biz-123',
  accessToken: 'act.token_1',
};

const sign = (body: string | Buffer, now: number, secret = SECRET): Delivery =>
  delivery(body, tiktokHeaders(body, secret, now));

const user = (id: string, role = 'personal_account') => ({ id, role });
const business = user('biz-123', 'business_account');

const content = (part: Json = {}): Json => ({
  from: 'alice_1',
  to: 'biz',
  unique_identifier: 'user-1',
  from_user: user('user-1'),
  to_user: business,
  conversation_id: 'conv+1==',
  message_id: 'tt-msg-1',
  timestamp: 1_700_000_000_123,
  type: 'text',
  text: { body: 'Hello' },
  message_tag: { source: 'APP' },
  ...part,
});
const ours = (part: Json = {}): Json =>
  content({ from: 'biz', from_user: business, to: 'alice_1', to_user: user('user-1'), ...part });

const bodyOf = (given: unknown, event = 'im_receive_msg', account = 'biz-123'): string =>
  JSON.stringify({
    client_key: 'aw0000',
    event,
    create_time: 1_700_000_001,
    user_openid: account,
    content: typeof given === 'string' ? given : JSON.stringify(given),
  });

const parse = (body: string): ParsedEvent[] =>
  tiktok.parse(delivery(body), { ...CONTEXT, credentials }) as ParsedEvent[];
const one = (given: unknown, event?: string): ParsedEvent => {
  const [read, ...others] = parse(bodyOf(given, event));
  expect(others).to.deep.equal([]);
  if (!read) throw new Error('no event');
  return read;
};
const contentOf = (part: Json) => {
  const event = one(content(part));
  return event.kind === 'message' ? event.content : event;
};
const invalid = (reason: string) => ({ kind: 'invalid', reason });
const ignored = (reason: string) => ({ kind: 'ignored', reason });

const answered = (body: unknown, status = 200) => ({
  status,
  headers: {},
  body: JSON.stringify(body),
});
const refusal = (code: number) =>
  answered({ code, message: 'not today', request_id: 'r1', data: {} });

describeChannelContract('tiktok', tiktok, {
  credentials,
  sign,
  proof: headerProof('tiktok-signature'),
  rotation: {
    both: { ...credentials, appSecret: ['tiktok_client_secret_2', SECRET] },
    alone: { ...credentials, appSecret: ['tiktok_client_secret_2'] },
  },
  withoutSecret: [
    { ...credentials, appSecret: '' },
    { ...credentials, appSecret: [] },
    { ...credentials, appSecret: [''] },
    { ...credentials, appSecret: undefined as never },
  ],
  coversBody: true,
  stamped: true,
  faults: jsonFaults,
  batch: { body: bodyOf(content()), eventIds: ['tt-msg-1'] },
  unknownKind: { body: bodyOf(content({ type: 'hologram' })), kind: 'message' },
  hostile: (value) => [
    value,
    `{"event":"im_receive_msg","user_openid":"b","content":${value}}`,
    `{"event":${value},"user_openid":"b","content":"{}"}`,
    `{"event":"im_receive_msg","user_openid":${value},"content":${JSON.stringify(JSON.stringify(content()))}}`,
    bodyOf(value),
    ...[
      'message_id',
      'conversation_id',
      'timestamp',
      'type',
      'text',
      'from',
      'from_user',
      'to_user',
      'referenced_message_info',
      'reply_source_payload',
      '__proto__',
    ].flatMap((key) =>
      ['im_receive_msg', 'im_send_msg'].map((event) =>
        bodyOf(`${JSON.stringify(content()).slice(0, -1)},"${key}":${value}}`, event),
      ),
    ),
    ...['image', 'video', 'sticker', 'emoji', 'share_post', 'template', 'reaction'].map((type) =>
      bodyOf(`${JSON.stringify(content({ type })).slice(0, -1)},"${type}":${value}}`),
    ),
    bodyOf(`${JSON.stringify(content()).slice(0, -1)},"read":${value}}`, 'im_mark_read_msg'),
  ],
  send: {
    message: { to: 'tiktok:ch1/conv+1==', text: 'Good morning', key: 'key_1' },
    request: {
      url: 'https://business-api.tiktok.com/open_api/v1.3/business/message/send/',
      headers: { 'content-type': 'application/json', 'access-token': 'act.token_1' },
      body: {
        business_id: 'biz-123',
        recipient_type: 'CONVERSATION',
        recipient: 'conv+1==',
        message_type: 'TEXT',
        text: { body: 'Good morning' },
      },
    },
    accepted: {
      response: answered({
        code: 0,
        message: 'OK',
        request_id: 'r1',
        data: { message: { message_id: 'tt-out-1' } },
      }),
      messageId: 'tt-out-1',
    },
    refused: [
      { response: refusal(40100), failure: 'throttled' },
      { response: refusal(51065), failure: 'provider_error' },
      { response: refusal(40105), failure: 'credentials_refused' },
      { response: refusal(40001), failure: 'credentials_refused' },
      { response: refusal(40002), failure: 'rejected' },
      { response: refusal(40064), failure: 'rejected' },
      {
        response: answered({ code: 0, data: { message: { message_id: '' } } }),
        failure: 'bad_answer',
      },
      { response: answered({}, 401), failure: 'credentials_refused' },
      { response: answered({}, 404), failure: 'rejected' },
    ],
  },
});

describe('tiktok: who is let in', () => {
  // Of the shared vectors: literal bytes, literal signature.
  const body =
    '{"client_key":"aw0000","event":"im_receive_msg","create_time":1700000000,"user_openid":"biz-123","content":"{\\"type\\":\\"text\\",\\"message_id\\":\\"tt-msg-1\\",\\"timestamp\\":1700000000000,\\"conversation_id\\":\\"tt-conv-1\\",\\"text\\":{\\"body\\":\\"Hello\\"},\\"from\\":\\"Alice\\",\\"from_user\\":{\\"id\\":\\"user-1\\"},\\"to\\":\\"Biz\\",\\"to_user\\":{\\"id\\":\\"biz-123\\"}}"}';
  const signature = '22347992f80090b82aee87ff5f1774d60158771cc8164cab921e067d9833221f';
  const verify = (header: string, at = 1_700_000_000_000) =>
    tiktok.verify(delivery(body, { 'tiktok-signature': header }), credentials, at);

  it('When the vector comes, then it is let in and read', () => {
    expect(verify(`t=1700000000,s=${signature}`)).to.equal(true);
    expect(verify(`t=1700000001,s=${signature}`)).to.equal(false);
    expect(parse(body)).to.deep.equal([
      {
        kind: 'message',
        eventId: 'tt-msg-1',
        at: 1_700_000_000_000,
        identities: ['tiktok:user-1', 'tiktok:ch1/tt-conv-1'],
        profile: { firstName: 'Alice' },
        content: { type: 'text', text: 'Hello' },
      },
    ]);
  });

  it('When the parts of the header are in another order, then their names are what counts', () => {
    expect(verify(`s=${signature},t=1700000000`)).to.equal(true);
    for (const header of [
      `t=1700000000,s=${signature},s=${signature}`,
      `t=1700000000,t=1700000000,s=${signature}`,
      `t=1700000000,s=${signature.toUpperCase()}`,
      `t=1700000000, s=${signature}`,
      `t=1700000000,v=1,s=${signature}`,
      `s=${signature}`,
      't=1700000000',
    ]) {
      expect(verify(header), header).to.equal(false);
    }
  });

  it('When a delivery waited some seconds, then it is still let in', () => {
    expect(verify(`t=1700000000,s=${signature}`, 1_700_000_030_000)).to.equal(true);
  });
});

describe('tiktok: accounts', () => {
  it('When an event is of another business, then it is ignored, whatever it holds', () => {
    for (const account of ['biz-999', '', 'biz-123 ', 'BIZ-123']) {
      for (const event of ['im_receive_msg', 'im_send_msg', 'im_mark_read_msg', 'other']) {
        expect(parse(bodyOf(content(), event, account)), `${account} ${event}`).to.deep.equal([
          ignored('other_business'),
        ]);
      }
      expect(parse(bodyOf('{', 'im_receive_msg', account))).to.deep.equal([
        ignored('other_business'),
      ]);
    }
  });
});

describe('tiktok: events', () => {
  it('When a message comes, then its sender is a person, and a conversation to answer to', () => {
    expect(one(content())).to.deep.equal({
      kind: 'message',
      eventId: 'tt-msg-1',
      at: 1_700_000_000_123,
      identities: ['tiktok:user-1', 'tiktok:ch1/conv+1=='],
      profile: { firstName: 'alice_1' },
      content: { type: 'text', text: 'Hello' },
    });
  });

  it('When a message of ours comes, then it is an echo and the person its recipient', () => {
    expect(one(ours({ message_id: 'tt-out-1' }), 'im_send_msg')).to.deep.equal({
      kind: 'echo',
      eventId: 'tt-out-1',
      at: 1_700_000_000_123,
      identities: ['tiktok:user-1', 'tiktok:ch1/conv+1=='],
      content: { type: 'text', text: 'Hello' },
    });
  });

  it('When the person would be the business itself, then the event is invalid', () => {
    expect(one(ours())).to.deep.equal(invalid('no_person'));
    expect(one(content(), 'im_send_msg')).to.deep.equal(invalid('no_person'));
  });

  it('When the person has read, then all until then is read; when we have, that is nothing', () => {
    const read = { last_read_timestamp: 1_699_999_999_000 };
    expect(one(content({ read, message_id: undefined }), 'im_mark_read_msg')).to.deep.equal({
      kind: 'watermark',
      eventId: 'conv+1==:read:1699999999000',
      at: 1_700_000_000_123,
      identities: ['tiktok:user-1', 'tiktok:ch1/conv+1=='],
      status: 'read',
      until: 1_699_999_999_000,
    });
    expect(one(ours({ read }), 'im_mark_read_msg')).to.deep.equal(ignored('own_read'));
    expect(one(content({ read: {} }), 'im_mark_read_msg')).to.deep.equal(invalid('bad_read'));
  });

  it('When somebody in the EEA, Switzerland or the UK writes, then there is nothing to keep', () => {
    const withheld = { to: 'biz', to_user: business, timestamp: 1_700_000_000_123 };
    expect(one(withheld, 'im_receive_msg_eu')).to.deep.equal(ignored('withheld'));
  });

  it('When another event comes, then it is ignored, whatever it holds', () => {
    for (const event of [
      'im_referral_msg',
      'im_auto_message_config_update',
      'im_auto_message_audit_update',
      'im_receive_high_intent_comment',
      'comment.update',
      'authorization.removed',
      'constructor',
    ]) {
      expect(one({ reason: 1 }, event), event).to.deep.equal(ignored('other_event'));
      expect(one('no JSON', event), event).to.deep.equal(ignored('other_event'));
    }
  });

  it('When the text that should be JSON is none, or an event is broken, then it is invalid', () => {
    for (const text of ['', '{', 'null', '[]', '"x"', '{}']) {
      expect(one(text), text).to.deep.equal(invalid('bad_content'));
    }
    const [event] = parse(
      JSON.stringify({ event: 'im_receive_msg', user_openid: 'biz-123', content: content() }),
    );
    expect(event).to.deep.equal(invalid('bad_content'));
    for (const part of [
      { timestamp: '1700000000123' },
      { timestamp: 1.5 },
      { from_user: {} },
      { to_user: null },
      { conversation_id: 'a b' },
    ]) {
      expect(one(content(part)), JSON.stringify(part)).to.deep.equal(invalid('bad_content'));
    }
    expect(one(content({ message_id: 5 }))).to.deep.equal(invalid('bad_message'));
    expect(one(content({ message_id: '' }))).to.deep.equal(invalid('bad_message'));
  });

  it('When ids have 64 bits, then they stay as they are', () => {
    const id = '7247303576418566913';
    expect(one(content({ message_id: id, from_user: user(id) }))).to.deep.include({
      eventId: id,
      identities: [`tiktok:${id}`, 'tiktok:ch1/conv+1=='],
    });
    // As a JSON number it would be read as another one: better none.
    const number = JSON.stringify(content({ from_user: user(id) })).replace(`"${id}"`, id);
    expect(one(number)).to.deep.equal(invalid('bad_content'));
  });
});

describe('tiktok: content', () => {
  it('When files come, then their ids are kept', () => {
    for (const type of ['image', 'video']) {
      expect(contentOf({ type, [type]: { media_id: 'M1' } })).to.deep.equal({
        type: 'attachment',
        attachments: [{ type, id: 'M1' }],
      });
    }
  });

  it('When a sticker or an emoji comes, then its address is kept if a browser may follow it', () => {
    for (const type of ['sticker', 'emoji']) {
      expect(contentOf({ type, [type]: { url: 'https://p16.example/s.webp' } })).to.deep.equal({
        type: 'attachment',
        attachments: [{ type: 'sticker', url: 'https://p16.example/s.webp' }],
      });
      expect(contentOf({ type, [type]: { url: 'javascript:alert(1)' } })).to.deep.equal(
        invalid('bad_content'),
      );
    }
  });

  it('When a post is shared, then its address is the text', () => {
    const share_post = { embed_url: 'https://www.tiktok.com/player/v1/1', video_id: '1' };
    expect(contentOf({ type: 'share_post', share_post })).to.deep.equal({
      type: 'text',
      text: 'https://www.tiktok.com/player/v1/1',
    });
  });

  it('When a message answers another, then that one is named', () => {
    const referenced_message_info = { referenced_message_id: 'tt-out-1' };
    expect(contentOf({ referenced_message_info })).to.deep.equal({
      type: 'text',
      text: 'Hello',
      replyTo: 'tt-out-1',
    });
    expect(contentOf({ referenced_message_info: 'x' })).to.deep.equal({
      type: 'text',
      text: 'Hello',
    });
  });

  it('When an answer of a card is pressed, then it is a reply', () => {
    const reply_source_payload = { reply_source_msg_id: 'x', reply_source_unique_id: 'opt_1' };
    expect(contentOf({ reply_source_payload })).to.deep.equal({ type: 'reply', text: 'Hello' });
  });

  it('When a card of ours comes back, then its question and answers are the text', () => {
    const template = {
      type: 'qa_button_card',
      elements: [{ title: 'Which size?', buttons: [{ text: 'S' }, { text: 'M' }] }],
    };
    expect(one(ours({ type: 'template', template }), 'im_send_msg')).to.deep.include({
      kind: 'echo',
      content: { type: 'text', text: 'Which size?\nS\nM' },
    });
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    for (const type of ['hologram', 'constructor', 'toString', undefined]) {
      expect(contentOf({ type })).to.deep.equal({ type: 'unsupported' });
    }
  });
});

describe('tiktok: reactions', () => {
  const reaction = (part: Json = {}): Json => ({
    operation: 'ADD',
    type: 'EMOJI',
    emoji: '👍',
    unique_identifier: 'user-1',
    timestamp: 1_700_000_000_500,
    original_msg_id: 'tt-out-1',
    ...part,
  });
  const read = (...list: unknown[]) =>
    parse(bodyOf(content({ type: 'reaction', message_id: 'tt-out-1', reaction: list })));

  it('When people react, then each reaction is an event of its own, not the message again', () => {
    const url = 'https://p16.example/ai.webp';
    const events = read(
      reaction(),
      reaction({
        type: 'AI_EMOJI',
        emoji: undefined,
        ai_emoji_url: url,
        timestamp: 1_700_000_000_600,
      }),
      reaction({ operation: 'REMOVE', timestamp: 1_700_000_000_700 }),
      { operation: 'EXPLODE' },
    );
    expect(
      events.map((event) => ('eventId' in event ? event.eventId : event.reason)),
    ).to.deep.equal([
      'tt-out-1:ADD:1700000000500',
      'tt-out-1:ADD:1700000000600',
      'tt-out-1:REMOVE:1700000000700',
      'bad_reaction',
    ]);
    expect(events.map((event) => ('content' in event ? event.content : undefined))).to.deep.equal([
      { type: 'reaction', replyTo: 'tt-out-1', text: '👍' },
      { type: 'reaction', replyTo: 'tt-out-1', attachments: [{ type: 'sticker', url }] },
      { type: 'reaction', replyTo: 'tt-out-1' },
      undefined,
    ]);
    expect(events[0]).to.deep.include({
      kind: 'message',
      at: 1_700_000_000_500,
      identities: ['tiktok:user-1', 'tiktok:ch1/conv+1=='],
    });
  });

  it('When there are none or absurdly many, then that is one outcome, and reading stops', () => {
    expect(read()).to.deep.equal([ignored('empty')]);
    expect(one(content({ type: 'reaction', reaction: {} }))).to.deep.equal(invalid('bad_list'));
    const events = read(...new Array(100_000).fill(0));
    expect(events).to.have.length(4097);
    expect(events.at(-1)).to.deep.equal(invalid('too_many'));
  });
});

describe('tiktok: what is sent', () => {
  const send = (message: Partial<Outgoing>) =>
    tiktok
      .send(
        { to: 'tiktok:ch1/conv+1==', key: 'key_1', ...message },
        {
          channelId: 'ch1',
          credentials: { ...credentials, accessToken: ['act.new', 'act.old'] },
          webhookUrl: 'https://videur.example/webhooks/tiktok/ch1',
          call,
          now: () => NOW,
          remember: () => Promise.reject(new Error('no token is needed')),
        },
      )
      .catch((error: unknown) => error);
  const call = sinon.stub();
  beforeEach(() => {
    call.reset();
    call.resolves(answered({ code: 0, data: { message: { message_id: 'tt-out-1' } } }));
  });

  it('When there are several tokens, then the first is used', async () => {
    expect(await send({ text: 'x' })).to.deep.equal({ messageId: 'tt-out-1' });
    expect(call.firstCall.args[0].headers).to.include({ 'access-token': 'act.new' });
  });

  it('When a file, then that is unsupported', async () => {
    const attachment = { type: 'image', url: 'https://example.com/a.png' } as const;
    const unsupported = { failure: 'unsupported', retryable: false };
    expect(await send({ attachment })).to.include(unsupported);
    expect(await send({ attachment, text: 'see' })).to.include(unsupported);
    expect(call.callCount).to.equal(0);
  });

  it('When TikTok has a number for what is wrong, then it is told', async () => {
    call.resolves(refusal(40064));
    expect(await send({ text: 'x' })).to.include({ failure: 'rejected', providerCode: '40064' });
  });

  it('When an identity is a person, or a conversation of another channel, then it is not reached', () => {
    expect(tiktok.reaches('tiktok:user-1', 'ch1')).to.equal(false);
    expect(tiktok.reaches('tiktok:ch2/conv+1==', 'ch1')).to.equal(false);
    expect(tiktok.reaches('tiktok:ch1/conv+1/a==', 'ch1')).to.equal(true);
  });
});
