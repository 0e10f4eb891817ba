import { createHmac } from 'node:crypto';
import { validateSignature } from '@line/bot-sdk';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import type { Outgoing } from '../../channels/adapter.ts';
import { type HttpResponse, SendError } from '../../channels/http.ts';
import { type LineCredentials, line } from '../../channels/line.ts';
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

const credentials: LineCredentials = {
  channelSecret: 'line_channel_secret',
  accessToken: 'line_access_token',
};
const AT = 1_749_416_383_123;
const USER = 'U4af4980629ec4b5abd5ed7cd55dd7a09';
const GROUP = 'Ca56f94637c1a4f01b9ef3a9e12a3d0c1';
const ROOM = 'Rd5ec1c8a2a7f4d1f8a0e6bb2cc8d5f10';

const signatureOf = (body: string | Buffer, secret: string) =>
  createHmac('sha256', secret).update(body).digest('base64');

let events = 0;
const event = (type: string, part: Json = {}): Json => ({
  type,
  mode: 'active',
  timestamp: AT,
  source: { type: 'user', userId: USER },
  webhookEventId: `01FZ74A0TDDPYRVKNK77XKC3${(events++).toString().padStart(2, '0')}`,
  deliveryContext: { isRedelivery: false },
  ...part,
});
const message = (content: Json, part: Json = {}): Json =>
  event('message', {
    replyToken: 'nHuyWiB7yP5Zw52FIkcQobQuGDXCTA',
    message: { id: '468789577898262530', ...content },
    ...part,
  });
const bodyOf = (...list: unknown[]): string =>
  JSON.stringify({ destination: 'U00000000000000000000000000000000', events: list });

const one = (item: Json): ParsedEvent => {
  const [event, ...others] = parseText(line, bodyOf(item));
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const contentOf = (content: Json) => {
  const event = one(message(content));
  return event.kind === 'message' ? event.content : event;
};
const ignored = (reason: string) => ({ kind: 'ignored', reason });
const invalid = (reason: string) => ({ kind: 'invalid', reason });

const answered = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  ({ status, headers, body: JSON.stringify(body) }) as HttpResponse;
const accepted = answered(200, { sentMessages: [{ id: '461230966842064897', quoteToken: 'q' }] });

const EMPTY = '{"destination":"U00000000000000000000000000000000","events":[]}';
const SIGNATURE = 'mcgTABBM7kO6ceOY5EulhF8jp4CpNWfXWArrORhBgXg=';

const sign = (body: Buffer, _now?: number, secret = 'line_channel_secret') =>
  delivery(body, { 'x-line-signature': signatureOf(body, secret) });

const GOOD =
  '"type":"message","timestamp":1,"webhookEventId":"e","source":{"type":"user","userId":"U1"},"message":{"id":"1","type":"text","text":"x"}';

describeChannelContract('line', line, {
  credentials,
  sign,
  proof: headerProof('x-line-signature'),
  rotation: {
    both: { ...credentials, channelSecret: ['new_secret', 'line_channel_secret'] },
    alone: { ...credentials, channelSecret: 'new_secret' },
  },
  withoutSecret: [
    { ...credentials, channelSecret: '' },
    { ...credentials, channelSecret: [] },
    { ...credentials, channelSecret: [''] },
    { ...credentials, channelSecret: undefined as never },
  ],
  coversBody: true,
  stamped: false,
  faults: jsonFaults,
  batch: {
    body: bodyOf(
      message({ type: 'text', text: 'one' }, { webhookEventId: 'E1' }),
      message(
        { type: 'image', contentProvider: { type: 'line' } },
        { webhookEventId: 'E2', source: { type: 'group', groupId: GROUP, userId: USER } },
      ),
      event('unsend', { webhookEventId: 'E3', unsend: { messageId: '1' } }),
      event('follow', { webhookEventId: 'E4' }),
      event('postback', { webhookEventId: 'E5', postback: { data: 'yes' } }),
    ),
    eventIds: ['E1', 'E2', 'E3', 'follow', 'E5'],
  },
  unknownKind: { body: bodyOf(event('hologram')), kind: 'ignored' },
  hostile: (value) => [
    value,
    `{"events":${value}}`,
    `{"events":[${value}]}`,
    ...['type', 'timestamp', 'webhookEventId', 'source', 'message', 'mode', '__proto__'].map(
      (key) => `{"events":[{${GOOD},"${key}":${value}}]}`,
    ),
    ...['id', 'type', 'text', 'quotedMessageId', '__proto__'].map(
      (key) =>
        `{"events":[{${GOOD},"message":{"id":"1","type":"text","text":"x","${key}":${value}}}]}`,
    ),
    ...['userId', 'groupId', 'roomId'].map(
      (key) => `{"events":[{${GOOD},"source":{"type":"group","${key}":${value}}}]}`,
    ),
    ...['image', 'file', 'location', 'sticker'].map(
      (type) =>
        `{"events":[{${GOOD},"message":{"id":"1","type":"${type}","contentProvider":${value},"fileName":${value},"fileSize":${value},"latitude":${value},"longitude":1,"packageId":${value},"stickerId":"1"}}]}`,
    ),
    `{"events":[{${GOOD},"type":"postback","postback":${value}}]}`,
    `{"events":[{${GOOD},"type":"postback","postback":{"data":${value},"params":${value}}}]}`,
    `{"events":[{${GOOD},"type":"unsend","unsend":{"messageId":${value}}}]}`,
  ],
  testEvent: { delivery: sign(Buffer.from(EMPTY)), events: ['empty'] },
  send: {
    message: { to: `line:${USER}`, text: 'hello', key: 'key-1' },
    request: {
      url: 'https://api.line.me/v2/bot/message/push',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer line_access_token',
      },
      body: { to: USER, messages: [{ type: 'text', text: 'hello' }] },
    },
    accepted: { response: accepted, messageId: '461230966842064897' },
    refused: [
      {
        response: answered(400, { message: 'The request body has 1 error(s)' }),
        failure: 'rejected',
      },
      { response: answered(409, { message: 'Conflict' }), failure: 'rejected' },
      {
        response: answered(500, {}, { 'x-line-accepted-request-id': '123e4567' }),
        failure: 'provider_error',
      },
      {
        response: answered(401, { message: 'Authentication failed' }),
        failure: 'credentials_refused',
      },
      { response: answered(403, { message: 'Not authorized' }), failure: 'credentials_refused' },
      {
        response: answered(429, {
          message: 'The API rate limit has been exceeded. Try again later.',
        }),
        failure: 'throttled',
      },
      {
        response: answered(429, { message: 'You have reached your monthly limit.' }),
        failure: 'rejected',
      },
      { response: answered(500, { message: 'Internal server error' }), failure: 'provider_error' },
      { response: answered(200, { sentMessages: [] }), failure: 'bad_answer' },
    ],
  },
});

describe('line: signatures', () => {
  it('When the vector comes, then it is let in', async () => {
    const given = delivery(EMPTY, { 'x-line-signature': SIGNATURE });
    expect(await line.verify(given, credentials, NOW)).to.equal(true);
  });

  it('When whatever is signed, then we and the official library are of one opinion', async () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .constantFrom('{"t":"caf\\u00e9 \\/ \\u0040"}\n', '\ufeff{"b":1e3,"a":1,"a":2}')
        .map((text) => Buffer.from(text)),
    );
    const secret = fc.constantFrom('line_channel_secret', 'another');
    await fc.assert(
      fc.asyncProperty(bodies, secret, fc.boolean(), async (body, secret, changed) => {
        const signature = signatureOf(
          changed ? Buffer.concat([body, body, Buffer.from('x')]) : body,
          secret,
        );
        const given = delivery(body, { 'x-line-signature': signature });
        const expected = validateSignature(body, 'line_channel_secret', signature);
        expect(await line.verify(given, credentials, NOW)).to.equal(expected);
        expect(expected).to.equal(!changed && secret === 'line_channel_secret');
      }),
    );
  });
});

describe('line: messages', () => {
  it('When a person writes, then the event and the message have their ids and the time is in milliseconds', () => {
    const text = message({ type: 'text', text: 'hello' }, { webhookEventId: 'E1' });
    expect(one(text)).to.deep.equal({
      kind: 'message',
      eventId: 'E1',
      messageId: '468789577898262530',
      at: AT,
      identities: [`line:${USER}`],
      content: { type: 'text', text: 'hello' },
    });
  });

  it('When it is said in a group or a room, then the member is the identity', () => {
    for (const [source, id] of [
      [{ type: 'group', groupId: GROUP, userId: USER }, GROUP],
      [{ type: 'room', roomId: ROOM, userId: USER }, ROOM],
    ] as const) {
      expect(one(message({ type: 'text', text: 'x' }, { source }))).to.deep.include({
        identities: [`line:${USER}`],
        group: { identity: `line:${id}` },
      });
    }
  });

  it('When a group does not say who spoke, then the group itself is the identity', () => {
    const source = { type: 'group', groupId: GROUP };
    expect(one(message({ type: 'text', text: 'x' }, { source }))).to.deep.include({
      identities: [`line:${GROUP}`],
      group: { identity: `line:${GROUP}` },
    });
  });

  it('When it is not even said where, then it is invalid and hides nobody else', () => {
    const body = bodyOf(
      message({ type: 'text', text: 'x' }, { source: undefined }),
      null,
      message({ type: 'text', text: 'y' }, { webhookEventId: 'E2' }),
    );
    const [first, second, third] = parseText(line, body);
    expect(first).to.deep.equal(invalid('no_sender'));
    expect(second).to.deep.equal(invalid('bad_item'));
    expect(third).to.deep.include({ eventId: 'E2' });
  });

  it('When an event is delivered again, then it is the same event', () => {
    const first = message({ type: 'text', text: 'x' });
    const again = { ...first, deliveryContext: { isRedelivery: true } };
    expect(one(again)).to.deep.equal(one(first));
  });

  it('When another module answers, then the message is kept all the same', () => {
    const text = message({ type: 'text', text: 'x' }, { mode: 'standby', replyToken: undefined });
    expect(one(text)).to.deep.include({ kind: 'message' });
  });

  it('When a message quotes another, then that is the one it answers', () => {
    expect(contentOf({ type: 'text', text: 'x', quotedMessageId: '468' })).to.deep.equal({
      type: 'text',
      text: 'x',
      replyTo: '468',
    });
  });

  it('When a message is unsent, then that message is deleted', () => {
    const unsend = event('unsend', {
      webhookEventId: 'E9',
      unsend: { messageId: '468789577898262530' },
      source: undefined,
    });
    expect(one(unsend)).to.deep.equal({
      kind: 'deletion',
      eventId: 'E9',
      at: AT,
      messageId: '468789577898262530',
    });
  });

  it('When a button is pressed, then its data and what was picked are the reply', () => {
    const press = (postback: Json) => {
      const event_ = one(event('postback', { webhookEventId: 'E1', postback }));
      return event_.kind === 'message' ? event_ : undefined;
    };
    expect(press({ data: 'action=buy' })).to.deep.include({
      eventId: 'E1',
      identities: [`line:${USER}`],
      content: { type: 'reply', text: 'action=buy' },
    });
    expect(
      press({ data: 'when', params: { datetime: '2017-12-25T01:00' } })?.content,
    ).to.deep.equal({
      type: 'reply',
      text: 'when\n2017-12-25T01:00',
    });
    expect(press({})?.content).to.deep.equal({ type: 'reply' });
  });

  it('When an event has nothing for the inbox, then it is ignored by its name', () => {
    const reasons = {
      follow: 'follow',
      unfollow: 'unfollow',
      join: 'join',
      leave: 'leave',
      memberJoined: 'member',
      memberLeft: 'member',
      videoPlayComplete: 'video_played',
      beacon: 'beacon',
      accountLink: 'account_link',
      membership: 'membership',
      delivery: 'notification_delivery',
      module: 'module',
      botSuspended: 'bot_state',
      hologram: 'other_event',
    };
    for (const [type, reason] of Object.entries(reasons)) {
      expect(one(event(type)), type).to.deep.equal(ignored(reason));
    }
  });

  it('When the address is verified the old way, then nobody has written', () => {
    const source = { type: 'user', userId: 'Udeadbeefdeadbeefdeadbeefdeadbeef' };
    const dummy = { replyToken: '0'.repeat(32), source, webhookEventId: undefined };
    expect(one(message({ type: 'text', text: 'Hello, world' }, dummy))).to.deep.equal(
      ignored('verification'),
    );
  });

  it('When an event is broken, then it is invalid', () => {
    const text = { type: 'text', text: 'x' };
    expect(one({})).to.deep.equal(invalid('bad_event'));
    expect(one(message(text, { timestamp: '1' }))).to.deep.equal(invalid('bad_message'));
    expect(one(message(text, { webhookEventId: undefined }))).to.deep.equal(invalid('bad_message'));
    expect(one(message(text, { message: null }))).to.deep.equal(invalid('bad_message'));
    expect(contentOf({ type: 'text' })).to.deep.equal(invalid('bad_content'));
    expect(one(event('unsend'))).to.deep.equal(invalid('bad_unsend'));
    expect(one(event('postback'))).to.deep.equal(invalid('bad_postback'));
  });
});

describe('line: content', () => {
  it('When media come, then they are kept by the id of the message', () => {
    for (const type of ['image', 'video', 'audio']) {
      expect(contentOf({ type, contentProvider: { type: 'line' }, duration: 60000 })).to.deep.equal(
        {
          type: 'attachment',
          attachments: [{ type, id: '468789577898262530' }],
        },
      );
    }
    expect(contentOf({ type: 'file', fileName: 'a.pdf', fileSize: 9 })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'file', id: '468789577898262530', name: 'a.pdf', size: 9 }],
    });
  });

  it('When media are not at LINE, then they are kept by address, if a browser may follow it', () => {
    const external = (originalContentUrl: unknown) =>
      contentOf({ type: 'image', contentProvider: { type: 'external', originalContentUrl } });
    expect(external('https://example.com/a.jpg')).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'image', url: 'https://example.com/a.jpg' }],
    });
    for (const bad of ['javascript:alert(1)', undefined, 5]) {
      expect(external(bad)).to.deep.equal(invalid('bad_content'));
    }
  });

  it('When a place is sent, then its name, address and position are the text', () => {
    const place = {
      title: 'my location',
      address: 'Tokyo',
      latitude: 35.687574,
      longitude: 139.72922,
    };
    expect(contentOf({ type: 'location', ...place })).to.deep.equal({
      type: 'location',
      text: 'my location\nTokyo\n35.687574,139.72922',
    });
  });

  it('When a sticker is sent, then its package, its id and its words are kept', () => {
    expect(contentOf({ type: 'sticker', packageId: '446', stickerId: '1988' })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'sticker', id: '446/1988' }],
    });
    expect(
      contentOf({ type: 'sticker', packageId: '446', stickerId: '1988', text: 'Hi' }),
    ).to.deep.include({ text: 'Hi' });
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    expect(contentOf({ type: 'hologram' })).to.deep.equal({ type: 'unsupported' });
    expect(contentOf({})).to.deep.equal({ type: 'unsupported' });
  });
});

describe('line: sending', () => {
  const send = async (message: Partial<Outgoing>, response: HttpResponse = accepted) => {
    const call = sinon.stub().resolves(response);
    const context = {
      channelId: 'ch1',
      credentials: { ...credentials, accessToken: ['new', 'old'] },
      webhookUrl: 'https://videur.example/webhooks/line/ch1',
      call,
      now: () => NOW,
      remember: async () => '',
    };
    const { messageId } = await line.send({ to: `line:${USER}`, key: 'k', ...message }, context);
    const { headers, body } = call.firstCall.firstArg;
    return { headers, body: JSON.parse(body), messageId };
  };

  it('When a message is tried again, then its key is the same, and another for another message', async () => {
    const keyOf = async (key: string) =>
      (await send({ text: 'x', key })).headers['x-line-retry-key'];
    const first = await keyOf('message-1');
    expect(first).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await keyOf('message-1')).to.equal(first);
    expect(await keyOf('message-2')).not.to.equal(first);
  });

  it('When an earlier attempt was accepted, then the message has been sent', async () => {
    const before = { 'x-line-accepted-request-id': '123e4567-e89b-12d3-a456-426655440001' };
    const said = { message: 'The retry key is already accepted' };
    const named = answered(409, { ...said, sentMessages: [{ id: '461' }] }, before);
    expect((await send({ text: 'x' }, named)).messageId).to.equal('461');
    expect((await send({ text: 'x' }, answered(409, said, before))).messageId).to.equal(
      '123e4567-e89b-12d3-a456-426655440001',
    );
  });

  it('When a secret is rotated, then the first token is used', async () => {
    expect((await send({ text: 'x' })).headers.authorization).to.equal('Bearer new');
  });

  it('When a group is written to, then it is by its id', async () => {
    expect((await send({ to: `line:${GROUP}`, text: 'x' })).body).to.deep.include({ to: GROUP });
  });

  it('When a picture is sent, then LINE gets its address', async () => {
    const url = 'https://files.example/a.jpg';
    expect((await send({ attachment: { type: 'image', url } })).body.messages).to.deep.equal([
      { type: 'image', originalContentUrl: url, previewImageUrl: url },
    ]);
  });

  it('When LINE has no such message, then nothing is sent', async () => {
    const url = 'https://files.example/a';
    for (const message of [
      { attachment: { type: 'image', url }, text: 'caption' },
      { attachment: { type: 'image', id: '1' } },
      { attachment: { type: 'video', url } },
      { attachment: { type: 'audio', url } },
      { attachment: { type: 'file', url } },
    ] as const) {
      const error = await send(message).catch((error: unknown) => error);
      expect(error).to.be.instanceOf(SendError).that.includes({ failure: 'unsupported' });
    }
  });

  it('When the messages of the month are used up, then it says so', async () => {
    const limit = answered(429, { message: 'You have reached your monthly limit.' });
    const error = await send({ text: 'x' }, limit).catch((error: unknown) => error);
    expect(error).to.include({ providerCode: 'monthly_limit', retryable: false });
  });
});
