import { expect } from 'chai';
import type { Outgoing } from '../../channels/adapter.ts';
import { messenger } from '../../channels/messenger.ts';
import {
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
  parseText,
} from '../support/channel-contract.ts';
import { delivery, signWhatsApp as signMeta } from '../support/deliveries.ts';
import { accepted, expectFailure, refusal, sendThrough } from '../support/graph.ts';
import {
  echoItem,
  entryOf,
  item,
  messagingBody,
  type Talk,
  textItem,
} from '../support/messaging.ts';

const SECRET = 'app_secret_123';
const talk: Talk = { object: 'page', account: '1234567890', person: '5678' };
const credentials = {
  pageId: talk.account,
  appId: '900100',
  appSecret: SECRET,
  verifyToken: 'verify_1',
  accessToken: 'EAAG_page_token',
};
const body = (...items: unknown[]) => messagingBody('page', [entryOf(talk.account, items)]);
const answer = accepted({ recipient_id: '5678', message_id: 'm_AG5Hz2U' });

describeChannelContract('messenger', messenger, {
  credentials,
  sign: (body, _now, secret = SECRET) => delivery(body, signMeta(body, secret)),
  proof: headerProof('x-hub-signature-256'),
  rotation: {
    both: { ...credentials, appSecret: ['app_secret_456', SECRET] },
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
    body: messagingBody('page', [
      entryOf(talk.account, [
        textItem(talk, 'm_1'),
        item(talk, {
          message: {
            mid: 'm_2',
            attachments: [
              { type: 'image', payload: { url: 'https://cdn.example/a', sticker_id: 1 } },
              { type: 'location', payload: { coordinates: { lat: 1, long: 2 } } },
              { type: 'template', payload: { elements: [{ title: 'Lamp' }] } },
            ],
            reply_to: { mid: 'm_0' },
          },
        }),
        item(talk, { reaction: { mid: 'm_0', action: 'react', emoji: '❤️' } }),
        item(talk, { delivery: { mids: ['m_out'], watermark: 1_458_668_856_253 } }),
        item(talk, { read: { watermark: 1_458_668_856_253 } }),
        item(talk, { message_edit: { mid: 'm_1', text: 'new', num_edit: 1 } }),
      ]),
      entryOf('another page', undefined, { standby: [echoItem(talk, 'm_3')] }),
      entryOf(talk.account, undefined, { changes: [{ field: 'feed', value: {} }] }),
    ]),
    eventIds: [
      'm_1',
      'm_2',
      'm_0:react:1749416383123',
      'm_out:delivered',
      'messenger:5678:read:1458668856253',
      'm_1:edit:1',
      'm_3',
      'other_field',
    ],
  },
  unknownKind: { body: body(item(talk, { game_play: { game_id: '1' } })), kind: 'ignored' },
  hostile: (value) => [
    value,
    ...['object', 'entry'].map((key) => `{"object":"page","entry":[],"${key}":${value}}`),
    ...['id', 'time', 'messaging', 'standby', 'changes'].map(
      (key) => `{"object":"page","entry":[{"id":"1","${key}":${value}}]}`,
    ),
    ...[
      'sender',
      'recipient',
      'timestamp',
      'message',
      'message_edit',
      'postback',
      'reaction',
      'delivery',
      'read',
      'optin',
      '__proto__',
    ].map(
      (key) =>
        `{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"recipient":{"id":"1"},"${key}":${value}}]}]}`,
    ),
    ...['mid', 'text', 'attachments', 'quick_reply', 'reply_to', 'is_echo', 'is_deleted'].map(
      (key) =>
        `{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"message":{"mid":"m","${key}":${value}}}]}]}`,
    ),
    `{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"delivery":{"mids":${value},"watermark":${value}}}]}]}`,
    `{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"message":{"mid":"m","attachments":[{"type":"image","payload":${value},"url":${value}}]}}]}]}`,
  ],
  send: {
    message: { to: 'messenger:5678', text: 'Hello you', key: 'key_12345' },
    request: {
      url: 'https://graph.facebook.com/v26.0/1234567890/messages',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer EAAG_page_token',
      },
      body: {
        messaging_type: 'RESPONSE',
        recipient: { id: '5678' },
        message: { text: 'Hello you', metadata: 'key_12345' },
      },
    },
    accepted: { response: answer, messageId: 'm_AG5Hz2U' },
    refused: [
      { response: refusal(400, 10, 2018278), failure: 'rejected' },
      { response: refusal(403, 200, 1545041), failure: 'rejected' },
      { response: refusal(400, 100, 2018001), failure: 'rejected' },
      { response: refusal(400, 551), failure: 'rejected' },
      { response: refusal(400, 190, 460), failure: 'credentials_refused' },
      { response: refusal(403, 200), failure: 'credentials_refused' },
      { response: refusal(400, 613), failure: 'throttled' },
      { response: refusal(400, 4), failure: 'throttled' },
      { response: refusal(400, 80_006), failure: 'throttled' },
      { response: refusal(400, 1), failure: 'provider_error' },
      { response: refusal(500, 2), failure: 'provider_error' },
    ],
  },
});

describe('messenger: deliveries', () => {
  it('When Meta’s own example comes, signed, then it is let in and read', () => {
    const example =
      '{"object":"page","entry":[{"id":"1234567890","time":1459991487970,"messaging":[{"sender":{"id":"5678"},"recipient":{"id":"1234567890"},"timestamp":1459991487970,"message":{"mid":"m_1","text":"Hello World"}}]}]}';
    // openssl dgst -sha256 -hmac app_secret_123
    const given = delivery(example, {
      'x-hub-signature-256':
        'sha256=c15908e6ac96d5139fd6e586b77627c9b2f5a33c6579b4e355dcf356b3153ad3',
    });
    expect(messenger.verify(given, credentials, NOW)).to.equal(true);
    expect(parseText(messenger, given.body)).to.deep.equal([
      {
        kind: 'message',
        account: '1234567890',
        eventId: 'm_1',
        at: 1_459_991_487_970,
        identities: ['messenger:5678'],
        content: { type: 'text', text: 'Hello World' },
      },
    ]);
  });

  it('When a visitor without an id writes, then the reference is the identity, and it can be answered', async () => {
    const visitor = { ...textItem(talk, 'm_1'), sender: { user_ref: 'ref-1' } };
    const [event] = parseText(messenger, body(visitor));
    expect(event).to.deep.include({ identities: ['messenger:user_ref/ref-1'] });
    const to = 'messenger:user_ref/ref-1';
    const { body: asked } = await sendThrough(messenger, credentials, { to, text: 'Hi' }, answer);
    expect(asked.recipient).to.deep.equal({ user_ref: 'ref-1' });
  });

  it('When a channel is for a page, then its account is the page', () => {
    expect(messenger.account?.(credentials)).to.include({
      appId: '900100',
      accountId: talk.account,
    });
  });
});

describe('messenger: sending', () => {
  const send = (message: Partial<Outgoing>) =>
    sendThrough(messenger, credentials, { to: 'messenger:5678', ...message }, answer);
  const url = 'https://files.example/a.jpg';

  it('When there is an attachment, then Meta is given its address', async () => {
    const kinds = {
      image: 'image',
      video: 'video',
      audio: 'audio',
      file: 'file',
      sticker: 'image',
    };
    for (const [type, sentAs] of Object.entries(kinds)) {
      const { body } = await send({ attachment: { type: type as 'image', url } });
      expect(body.message).to.deep.equal({
        attachment: { type: sentAs, payload: { url } },
        metadata: 'key_1',
      });
    }
  });

  it('When the message would be empty or have a caption or an id, then it is not sent', async () => {
    for (const message of [
      {},
      { text: '' },
      { text: 'see', attachment: { type: 'image' as const, url } },
      { attachment: { type: 'image' as const, id: '7' } },
    ]) {
      const { sent, url: asked } = await send(message);
      expectFailure(sent, { failure: 'unsupported', retryable: false });
      expect(asked).to.equal('');
    }
  });

  it('When it answers another message, then that one is not quoted', async () => {
    const { body } = await send({ text: 'Hi', inReplyTo: { messageId: 'm_1' } });
    expect(body.message).to.deep.equal({ text: 'Hi', metadata: 'key_1' });
  });
});
