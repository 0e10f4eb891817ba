import { expect } from 'chai';
import type { Outgoing } from '../../channels/adapter.ts';
import { instagram } from '../../channels/instagram.ts';
import {
  CONTEXT,
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
  parseText,
} from '../support/channel-contract.ts';
import { delivery, signWhatsApp as signMeta } from '../support/deliveries.ts';
import { accepted, expectFailure, refusal, sendThrough } from '../support/graph.ts';
import {
  AT,
  echoItem,
  entryOf,
  item,
  messagingBody,
  type Talk,
  textItem,
} from '../support/messaging.ts';

const FACEBOOK_SECRET = 'app_secret_123';
const INSTAGRAM_SECRET = 'ig_secret_123';
const talk: Talk = { object: 'instagram', account: '17841400000000000', person: '200000000000001' };
const credentials = {
  accountId: talk.account,
  appId: '900100',
  appSecret: INSTAGRAM_SECRET,
  verifyToken: 'verify_1',
  accessToken: 'IGAA_account_token',
};
const answer = accepted({ recipient_id: talk.person, message_id: 'aWdfZAG1' });

/** The dashboard's "Test" of the field `messages`; openssl dgst -sha256 -hmac ig_secret_123. */
const TEST_EVENT = delivery(
  '{"object":"instagram","entry":[{"id":"0","time":1759991487,"changes":[{"field":"messages","value":{"sender":{"id":"12334"},"recipient":{"id":"23245"},"timestamp":"1527459824","message":{"mid":"random_mid","text":"random_text"}}}]}]}',
  {
    'x-hub-signature-256':
      'sha256=a99bb1b6af9d9ce8b7c142c1d39d9318204139415903d7cd3d134d22aceecd14',
  },
);

describeChannelContract('instagram', instagram, {
  credentials,
  sign: (body, _now, secret = INSTAGRAM_SECRET) => delivery(body, signMeta(body, secret)),
  proof: headerProof('x-hub-signature-256'),
  rotation: {
    both: { ...credentials, appSecret: ['ig_secret_456', INSTAGRAM_SECRET] },
    alone: { ...credentials, appSecret: ['ig_secret_456'] },
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
    body: messagingBody('instagram', [
      entryOf(talk.account, [
        textItem(talk, 'm_1'),
        item(talk, {
          message: {
            mid: 'm_2',
            attachments: [{ type: 'story_mention', payload: { url: 'https://cdn.example/s' } }],
            reply_to: { story: { id: 'story_1', url: 'https://cdn.example/s' } },
          },
        }),
        item(talk, { postback: { mid: 'm_3', title: 'Track order', payload: 'T' } }),
        item(talk, { read: { mid: 'm_out' } }),
        echoItem(talk, 'm_4'),
      ]),
      entryOf('another', [item(talk, { message: { mid: 'm_1', is_deleted: true } })]),
    ]),
    eventIds: ['m_1', 'm_2', 'm_3', 'm_out:read', 'm_4', 'm_1:deleted'],
  },
  unknownKind: {
    body: messagingBody('instagram', [
      entryOf(talk.account, [
        item(talk, { message: { mid: 'm_1', attachments: [{ type: 'hologram', payload: {} }] } }),
      ]),
    ]),
    kind: 'message',
  },
  hostile: (value) => [
    value,
    `{"object":"instagram","entry":${value}}`,
    `{"object":"instagram","entry":[{"id":"1","changes":[{"field":"messages","value":${value}}]}]}`,
    `{"object":"instagram","entry":[{"id":"1","changes":[{"field":${value},"value":{}}]}]}`,
    ...['reply_to', 'attachments', 'is_unsupported', 'text', 'mid'].map(
      (key) =>
        `{"object":"instagram","entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"timestamp":1,"message":{"mid":"m","${key}":${value}}}]}]}`,
    ),
    ...['mid', 'action', 'emoji'].map(
      (key) =>
        `{"object":"instagram","entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"reaction":{"mid":"m","action":"react","${key}":${value}}}]}]}`,
    ),
  ],
  testEvent: { delivery: TEST_EVENT, events: ['random_mid'] },
  send: {
    message: { to: `instagram:${talk.person}`, text: 'Hello you', key: 'key_12345' },
    request: {
      url: `https://graph.facebook.com/v26.0/${talk.account}/messages`,
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer IGAA_account_token',
      },
      body: { recipient: { id: talk.person }, message: { text: 'Hello you' } },
    },
    accepted: { response: answer, messageId: 'aWdfZAG1' },
    refused: [
      { response: refusal(400, 10, 2534022), failure: 'rejected' },
      { response: refusal(400, 100), failure: 'rejected' },
      { response: refusal(401, 190), failure: 'credentials_refused' },
      { response: refusal(400, 80_002), failure: 'throttled' },
      { response: refusal(400, 613), failure: 'throttled' },
      { response: refusal(400, 2), failure: 'provider_error' },
    ],
  },
});

describe('instagram: deliveries', () => {
  it('When the dashboard tests, then its message is of the account 0 and its seconds become milliseconds', () => {
    expect(parseText(instagram, TEST_EVENT.body)).to.deep.equal([
      {
        kind: 'message',
        account: '0',
        eventId: 'random_mid',
        at: 1_527_459_824_000,
        identities: ['instagram:12334'],
        content: { type: 'text', text: 'random_text' },
      },
    ]);
  });

  it('When the app has both logins, then either of its secrets lets a delivery in', () => {
    const both = { ...credentials, appSecret: [FACEBOOK_SECRET, INSTAGRAM_SECRET] };
    const body = messagingBody('instagram', [entryOf(talk.account, [textItem(talk, 'm_1')])]);
    for (const secret of both.appSecret)
      expect(instagram.verify(delivery(body, signMeta(body, secret)), both, NOW)).to.equal(true);
    const other = delivery(body, signMeta(body, 'somebody_else'));
    expect(instagram.verify(other, both, NOW)).to.equal(false);
  });

  it('When an edit says neither what nor by whom, then it is ignored', () => {
    const edit = { timestamp: AT, message_edit: { mid: 'm_1', num_edit: 0 } };
    const body = messagingBody('instagram', [entryOf(talk.account, [edit])]);
    expect(parseText(instagram, body)).to.deep.equal([
      { kind: 'ignored', reason: 'no_text', account: talk.account },
    ]);
  });

  it('When a channel is for an account, then its account is that', () => {
    expect(instagram.account?.(credentials)).to.include({
      appId: '900100',
      accountId: talk.account,
    });
    expect(instagram.reaches(`messenger:${talk.person}`, CONTEXT.channelId)).to.equal(false);
  });
});

describe('instagram: sending', () => {
  const send = (message: Partial<Outgoing>, given = credentials) =>
    sendThrough(instagram, given, { to: `instagram:${talk.person}`, ...message }, answer);
  const url = 'https://files.example/a.jpg';

  it('When the account came by Instagram Login, then its own Graph API is called', async () => {
    const apiBaseUrl = 'https://graph.instagram.com/v26.0';
    const { url: asked } = await send({ text: 'Hi' }, { ...credentials, apiBaseUrl } as never);
    expect(asked).to.equal(`https://graph.instagram.com/v26.0/${talk.account}/messages`);
  });

  it('When there is an attachment, then Meta is given its address', async () => {
    const { body } = await send({ attachment: { type: 'audio', url } });
    expect(body.message).to.deep.equal({ attachment: { type: 'audio', payload: { url } } });
  });

  it('When the message would be empty or have a caption, then it is not sent', async () => {
    for (const message of [{}, { text: 'see', attachment: { type: 'image' as const, url } }])
      expectFailure((await send(message)).sent, { failure: 'unsupported' });
  });
});
