import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import type { Delivery, Outgoing } from '../../channels/adapter.ts';
import { type HttpResponse, SendError } from '../../channels/http.ts';
import { type SlackCredentials, slack } from '../../channels/slack.ts';
import { uuidOf } from '../../channels/uuid.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import {
  CONTEXT,
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
} from '../support/channel-contract.ts';
import { delivery } from '../support/deliveries.ts';

// Of the package's insides: its entry starts a whole framework.
const { isValidSlackRequest } = createRequire(import.meta.url)(
  '@slack/bolt/dist/receivers/verify-request.js',
) as typeof import('@slack/bolt/dist/receivers/verify-request.js');

type Json = Record<string, unknown>;

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TEAM = 'T123ABC456';
const APP = 'A123ABC456';
const USER = 'U123ABC456';
const BOT_USER = 'U0BOTUSER1';
const CHANNEL = 'C123ABC456';
const DIRECT = 'D0123ABCDE';
const credentials: SlackCredentials = {
  signingSecret: SECRET,
  botToken: 'xoxb-token-1',
  teamId: TEAM,
};

const envelope = (event: unknown, part: Json = {}): string =>
  JSON.stringify({
    token: 'XXYYZZ',
    team_id: TEAM,
    api_app_id: APP,
    event,
    type: 'event_callback',
    event_id: 'Ev123ABC456',
    event_time: 1355517523,
    authorizations: [{ enterprise_id: null, team_id: TEAM, user_id: BOT_USER, is_bot: true }],
    ...part,
  });
const message = (part: Json = {}): Json => ({
  type: 'message',
  channel: CHANNEL,
  channel_type: 'channel',
  user: USER,
  text: 'Live long and prospect.',
  ts: '1355517523.000005',
  event_ts: '1355517523.000005',
  ...part,
});
const direct = (part: Json = {}): Json => message({ channel: DIRECT, channel_type: 'im', ...part });

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const formOf = (payload: string) => new URLSearchParams({ payload }).toString();

const read = (given: Delivery): ParsedEvent[] => {
  const events = slack.parse(given, { ...CONTEXT, credentials });
  if (events instanceof Promise) throw new Error('this adapter answers later');
  return events;
};
const only = ([event, ...others]: ParsedEvent[]): ParsedEvent => {
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const one = (event: unknown, part: Json = {}) => only(read(delivery(envelope(event, part))));
const press = (payload: unknown) => read(delivery(formOf(JSON.stringify(payload)), FORM));
const contentOf = (part: Json) => {
  const event = one(message(part));
  return event.kind === 'message' ? event.content : event;
};
const ignored = (reason: string) => ({ kind: 'ignored', reason });
const invalid = (reason: string) => ({ kind: 'invalid', reason });

function sign(body: Buffer, now: number, secret = SECRET): Delivery {
  const timestamp = Math.floor(now / 1000).toString();
  const hmac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body);
  return delivery(body, {
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${hmac.digest('hex')}`,
  });
}

const answered = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  ({ status, headers, body: JSON.stringify(body) }) as HttpResponse;
const accepted = answered({
  ok: true,
  channel: DIRECT,
  ts: '1503435956.000247',
  message: { bot_id: 'B1', text: 'x' },
});
const refused = (error: string, headers = {}) => answered({ ok: false, error }, 200, headers);

const GREETING =
  '{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}';

const inEvent = (fields: string) =>
  `{"type":"event_callback","team_id":"${TEAM}","event_id":"E","event":{${fields}}}`;
const GOOD =
  '"type":"message","channel":"C1","channel_type":"channel","user":"U1","text":"x","ts":"1.1"';

describeChannelContract('slack', slack, {
  credentials,
  sign,
  proof: headerProof('x-slack-signature'),
  rotation: {
    both: { ...credentials, signingSecret: ['new_secret', SECRET] },
    alone: { ...credentials, signingSecret: 'new_secret' },
  },
  withoutSecret: [
    { ...credentials, signingSecret: '' },
    { ...credentials, signingSecret: [] },
    { ...credentials, signingSecret: [''] },
    { ...credentials, signingSecret: undefined as never },
  ],
  coversBody: true,
  stamped: true,
  faults: jsonFaults,
  batch: { body: envelope(message()), eventIds: ['Ev123ABC456'] },
  unknownKind: { body: envelope({ type: 'hologram' }), kind: 'ignored' },
  hostile: (value) => [
    value,
    `{"type":${value}}`,
    ...['event', 'event_id', 'team_id', 'authorizations', 'api_app_id', '__proto__'].map(
      (key) =>
        `{"type":"event_callback","team_id":"${TEAM}","event_id":"E","event":{${GOOD}},"${key}":${value}}`,
    ),
    ...[
      'type',
      'subtype',
      'channel',
      'channel_type',
      'user',
      'text',
      'ts',
      'thread_ts',
      'files',
      'bot_id',
      'app_id',
      'bot_profile',
      '__proto__',
    ].map((key) => inEvent(`${GOOD},"${key}":${value}`)),
    inEvent(`${GOOD},"files":[{"id":${value},"name":${value},"url_private":${value}}]`),
    inEvent(`${GOOD},"files":[{"id":"F1","mimetype":${value},"size":${value},"mode":${value}}]`),
    ...['message', 'previous_message'].map((key) =>
      inEvent(`${GOOD},"subtype":"message_changed","message":{${GOOD}},"${key}":${value}`),
    ),
    inEvent(`${GOOD},"subtype":"message_deleted","deleted_ts":${value}`),
    ...['user', 'reaction', 'item', 'event_ts'].map((key) =>
      inEvent(
        `"type":"reaction_added","user":"U1","reaction":"x","event_ts":"1.1","item":{"type":"message","channel":"C1","ts":"1.1"},"${key}":${value}`,
      ),
    ),
  ],
  testEvent: { delivery: sign(Buffer.from(GREETING), NOW), events: ['url_verification'] },
  send: {
    message: { to: `slack:${TEAM}/${USER}`, text: 'a < b & <!channel>', key: 'key-1' },
    request: {
      url: 'https://slack.com/api/chat.postMessage',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        authorization: 'Bearer xoxb-token-1',
      },
      body: {
        channel: USER,
        text: 'a &lt; b &amp; &lt;!channel&gt;',
        mrkdwn: false,
        client_msg_id: uuidOf('key-1'),
      },
    },
    accepted: { response: accepted, messageId: `${DIRECT}/1503435956.000247` },
    refused: [
      {
        response: refused('ratelimited', { 'retry-after': '30' }),
        failure: 'throttled',
        retryAfter: 30,
      },
      { response: refused('rate_limited'), failure: 'throttled' },
      {
        response: answered({ ok: false, error: 'ratelimited' }, 429, { 'retry-after': '3' }),
        failure: 'throttled',
        retryAfter: 3,
      },
      { response: refused('invalid_auth'), failure: 'credentials_refused' },
      { response: refused('token_revoked'), failure: 'credentials_refused' },
      { response: refused('missing_scope'), failure: 'credentials_refused' },
      { response: refused('channel_not_found'), failure: 'rejected' },
      { response: refused('is_archived'), failure: 'rejected' },
      { response: refused('unheard_of'), failure: 'rejected' },
      { response: refused('internal_error'), failure: 'provider_error' },
      { response: refused('service_unavailable'), failure: 'provider_error' },
      { response: answered({ ok: true, channel: DIRECT }), failure: 'bad_answer' },
      { response: answered({ ok: false }), failure: 'rejected' },
    ],
  },
});

describe('slack: signatures and the handshake', () => {
  const BODY =
    '{"token":"XXYYZZ","team_id":"T123ABC456","api_app_id":"A123ABC456","event":{"type":"message","channel":"C123ABC456","user":"U123ABC456","text":"Live long and prospect.","ts":"1355517523.000005","event_ts":"1355517523.000005","channel_type":"channel"},"type":"event_callback","event_id":"Ev123ABC456","event_time":1355517523}';
  const SIGNATURE = 'v0=79d228e85f1887e8537ffa7de143520c87115a1f8922f6a89537a50e93553ece';
  const SIGNED_AT = 1_531_420_618_000;

  it('When the vector comes, then it is let in, for five minutes both ways', async () => {
    const given = delivery(BODY, {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': SIGNATURE,
    });
    expect(await slack.verify(given, credentials, SIGNED_AT)).to.equal(true);
    expect(await slack.verify(given, credentials, SIGNED_AT + 301_000)).to.equal(false);
    expect(await slack.verify(given, credentials, SIGNED_AT - 301_000)).to.equal(false);
  });

  it('When whatever is signed, then we and the official library are of one opinion, but for the future', async () => {
    const bodies = fc.oneof(
      fc.json(),
      fc.constantFrom('{"t":"caf\\u00e9 \\/ \\u0040"}\n', 'payload=%7B%22a%22%3A1%7D', ''),
    );
    const age = fc.integer({ min: -400, max: 400 });
    await fc.assert(
      fc.asyncProperty(
        bodies,
        age,
        fc.constantFrom(SECRET, 'another'),
        fc.boolean(),
        async (body, age, secret, changed) => {
          const given = sign(Buffer.from(body + (changed ? 'x' : '')), NOW - age * 1000, secret);
          given.body = Buffer.from(body);
          const { headers } = given;
          const expected = isValidSlackRequest({
            signingSecret: SECRET,
            body,
            headers: {
              'x-slack-signature': headers['x-slack-signature'] as string,
              'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
            },
            nowMilliseconds: NOW,
          });
          expect(await slack.verify(given, credentials, NOW)).to.equal(expected && age >= -300);
        },
      ),
    );
  });

  it('When the time is another than the signed one or no number, then it is refused', async () => {
    for (const timestamp of ['1749416401', '', 'x', '1e9', '-1', undefined, '1749416400, 1']) {
      const given = sign(Buffer.from(BODY), NOW);
      given.headers['x-slack-request-timestamp'] = timestamp;
      expect(await slack.verify(given, credentials, NOW), timestamp).to.equal(false);
    }
  });

  it('When Slack asks who is there, then a signed question is answered with its challenge', () => {
    const asked = sign(Buffer.from(GREETING), NOW);
    expect(slack.challenge?.(asked, credentials, NOW)).to.deep.equal({
      status: 200,
      body: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    });
  });

  it('When the question is not signed, too old, of another kind or without a challenge, then it is not', () => {
    const greeting = Buffer.from(GREETING);
    const unanswered = [
      delivery(greeting),
      sign(greeting, NOW - 301_000),
      sign(greeting, NOW + 301_000),
      sign(greeting, NOW, 'another'),
      { ...sign(greeting, NOW), method: 'GET' as const },
      sign(Buffer.from('{"type":"url_verification"}'), NOW),
      sign(Buffer.from(`{"type":"url_verification","challenge":"${'x'.repeat(2000)}"}`), NOW),
      sign(Buffer.from(envelope(message({ text: '"url_verification"', challenge: 'x' }))), NOW),
    ];
    for (const given of unanswered) {
      expect(slack.challenge?.(given, credentials, NOW)).to.equal(undefined);
    }
  });
});

describe('slack: messages', () => {
  it('When a person writes in a channel, then they are the identity and the channel the place', () => {
    expect(one(message())).to.deep.equal({
      kind: 'message',
      eventId: 'Ev123ABC456',
      messageId: `${CHANNEL}/1355517523.000005`,
      at: 1_355_517_523_000,
      identities: [`slack:${TEAM}/${USER}`],
      group: { identity: `slack:${TEAM}/${CHANNEL}` },
      content: { type: 'text', text: 'Live long and prospect.' },
    });
    for (const channelType of ['group', 'mpim']) {
      const channel = 'G123ABC456';
      expect(one(message({ channel, channel_type: channelType }))).to.deep.include({
        group: { identity: `slack:${TEAM}/${channel}` },
      });
    }
  });

  it('When a person writes to the app directly, then there is no group', () => {
    for (const channelType of ['im', 'app_home', undefined]) {
      const event = one(direct({ channel_type: channelType }));
      expect(event).to.deep.include({
        messageId: `${DIRECT}/1355517523.000005`,
        identities: [`slack:${TEAM}/${USER}`],
      });
      expect(event).not.to.have.property('group');
    }
  });

  it('When the time has a fraction, then it is kept to the millisecond', () => {
    expect(one(message({ ts: '1355517523.001999' }))).to.deep.include({ at: 1_355_517_523_001 });
    expect(one(message({ ts: '1355517523.9' }))).to.deep.include({ at: 1_355_517_523_900 });
  });

  it('When Slack tries again, then it is the same event', () => {
    const again = delivery(envelope(message()), {
      'x-slack-retry-num': '1',
      'x-slack-retry-reason': 'http_timeout',
    });
    expect(read(again)).to.deep.equal([one(message())]);
  });

  it('When it is said in a thread, then it answers the first message of it', () => {
    const thread = { thread_ts: '1355517000.000001' };
    expect(contentOf(thread)).to.deep.include({ replyTo: `${CHANNEL}/1355517000.000001` });
    expect(contentOf({ ...thread, subtype: 'thread_broadcast' })).to.deep.include({
      replyTo: `${CHANNEL}/1355517000.000001`,
    });
    expect(contentOf({ thread_ts: '1355517523.000005' })).not.to.have.property('replyTo');
  });

  it('When a message is edited, then it is an edit of that message at the time of the edit', () => {
    const said = message({ channel: undefined, channel_type: undefined, event_ts: undefined });
    const change = (now: Json, before: Json | undefined = said, part: Json = {}) => ({
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      channel: CHANNEL,
      channel_type: 'channel',
      ts: '1355517600.000001',
      message: { ...said, ...now },
      previous_message: before,
      ...part,
    });
    const edited = { text: 'Live longer.', edited: { user: USER, ts: '1355517600.000000' } };
    expect(one(change(edited))).to.deep.equal({
      kind: 'edit',
      eventId: 'Ev123ABC456',
      messageId: `${CHANNEL}/1355517523.000005`,
      at: 1_355_517_600_000,
      identities: [`slack:${TEAM}/${USER}`],
      group: { identity: `slack:${TEAM}/${CHANNEL}` },
      content: { type: 'text', text: 'Live longer.' },
    });
    expect(one(change(edited, undefined)).kind).to.equal('edit');
    // Slack added a preview of a link, or counts replies.
    expect(one(change({ attachments: [{ from_url: 'https://a.b' }] }))).to.deep.equal(
      ignored('unchanged'),
    );
    // A file was taken out.
    const file = { id: 'F1', mode: 'hosted' };
    expect(
      one(change({ files: [{ ...file, mode: 'tombstone' }] }, { ...said, files: [file] })),
    ).to.deep.include({ kind: 'edit', content: { type: 'text', text: 'Live long and prospect.' } });
    // It had replies, which stay.
    expect(one(change({ subtype: 'tombstone', user: 'USLACKBOT' }))).to.deep.equal({
      kind: 'deletion',
      eventId: 'Ev123ABC456',
      messageId: `${CHANNEL}/1355517523.000005`,
      at: 1_355_517_600_000,
    });
    expect(one(change({ bot_id: 'B1', app_id: APP }))).to.deep.equal(ignored('own_message'));
    expect(one(change({ bot_id: 'B2' }))).to.deep.equal(ignored('other_bot'));
    expect(one(change({}, said, { message: {} }))).to.deep.equal(invalid('bad_change'));
  });

  it('When a message is deleted, then so is ours, whoever wrote it', () => {
    const deletion = {
      type: 'message',
      subtype: 'message_deleted',
      channel: DIRECT,
      channel_type: 'im',
      ts: '1355517700.000001',
      deleted_ts: '1355517523.000005',
      previous_message: { bot_id: 'B1' },
    };
    expect(one(deletion)).to.deep.equal({
      kind: 'deletion',
      eventId: 'Ev123ABC456',
      messageId: `${DIRECT}/1355517523.000005`,
      at: 1_355_517_700_000,
    });
    expect(one({ ...deletion, deleted_ts: undefined })).to.deep.equal(invalid('bad_deletion'));
  });

  it('When someone reacts, then it is about that message, and without a text when it was taken back', () => {
    const reaction = (part: Json = {}) => ({
      type: 'reaction_added',
      user: USER,
      reaction: 'thumbsup',
      item: { type: 'message', channel: CHANNEL, ts: '1355517523.000005' },
      item_user: BOT_USER,
      event_ts: '1355517800.000000',
      ...part,
    });
    expect(one(reaction())).to.deep.equal({
      kind: 'message',
      eventId: 'Ev123ABC456',
      at: 1_355_517_800_000,
      identities: [`slack:${TEAM}/${USER}`],
      group: { identity: `slack:${TEAM}/${CHANNEL}` },
      content: {
        type: 'reaction',
        text: ':thumbsup:',
        replyTo: `${CHANNEL}/1355517523.000005`,
      },
    });
    const removed = one(reaction({ type: 'reaction_removed' }));
    expect(removed).to.have.property('content').that.does.not.have.property('text');
    const item = { type: 'message', channel: DIRECT, ts: '1355517523.000005' };
    expect(one(reaction({ item }))).not.to.have.property('group');
    expect(one(reaction({ user: BOT_USER }))).to.deep.equal(ignored('own_reaction'));
    expect(one(reaction({ item: { type: 'file', file: 'F1' } }))).to.deep.equal(
      ignored('other_item'),
    );
    expect(one(reaction({ item: { type: 'message' } }))).to.deep.equal(invalid('bad_reaction'));
  });

  it('When an event is none of a person to us, then it is ignored', () => {
    for (const subtype of ['channel_join', 'channel_topic', 'message_replied', 'hologram']) {
      expect(one(message({ subtype })), subtype).to.deep.equal(ignored('other_subtype'));
    }
    expect(one({ type: 'app_mention', user: USER })).to.deep.equal(ignored('app_mention'));
    expect(one({ type: 'team_join' })).to.deep.equal(ignored('other_event'));
    const limited = delivery('{"type":"app_rate_limited","minute_rate_limited":1518467820}');
    expect(read(limited)).to.deep.equal([ignored('app_rate_limited')]);
    expect(read(delivery('{"type":"hologram"}'))).to.deep.equal([ignored('other_delivery')]);
  });

  it('When an event is broken, then it is invalid', () => {
    expect(one(message({ ts: 'now' }))).to.deep.equal(invalid('bad_message'));
    expect(one(message({ channel: 'general chat' }))).to.deep.equal(invalid('bad_message'));
    expect(one(message({ text: 5 }))).to.deep.equal(invalid('bad_message'));
    expect(one(message({ user: undefined }))).to.deep.equal(invalid('no_sender'));
    expect(one(undefined)).to.deep.equal(invalid('bad_envelope'));
    expect(one(message(), { event_id: 5 })).to.deep.equal(invalid('bad_envelope'));
  });
});

describe('slack: bots', () => {
  const ours: Json[] = [
    { bot_id: 'B1', app_id: APP, user: BOT_USER },
    { bot_id: 'B1', bot_profile: { app_id: APP } },
    { bot_id: 'B1', app_id: APP, subtype: 'bot_message', user: undefined },
    { user: BOT_USER },
  ];

  it('When our own message comes back from a channel, then it is an echo with the id that sending gave', async () => {
    for (const part of ours) {
      expect(one(message(part))).to.deep.equal({
        kind: 'echo',
        eventId: `${CHANNEL}/1355517523.000005`,
        at: 1_355_517_523_000,
        identities: [`slack:${TEAM}/${CHANNEL}`],
        content: { type: 'text', text: 'Live long and prospect.' },
      });
    }
  });

  it('When it comes back from a direct conversation, then it is ignored: nothing says who it is with', () => {
    for (const part of ours) expect(one(direct(part))).to.deep.equal(ignored('own_message'));
  });

  it('When another bot talks, then it is no person', () => {
    for (const part of [
      { bot_id: 'B2', app_id: 'A999' },
      { bot_id: 'B2' },
      { subtype: 'bot_message', bot_id: 'B2', user: undefined },
    ]) {
      expect(one(message(part))).to.deep.equal(ignored('other_bot'));
      expect(one(direct(part))).to.deep.equal(ignored('other_bot'));
    }
  });

  it('When the delivery names no app, then a bot without one is not taken for ours', () => {
    const nameless = { api_app_id: undefined, authorizations: undefined };
    expect(one(message({ bot_id: 'B2' }), nameless)).to.deep.equal(ignored('other_bot'));
  });
});

describe('slack: teams', () => {
  const other = 'T999999999';

  it('When an event is of a team that is another channel, then it is ignored', () => {
    const part = { team_id: other, authorizations: [{ team_id: other }] };
    expect(one(message(), part)).to.deep.equal(ignored('other_team'));
    expect(one(message(), { team_id: undefined, authorizations: undefined })).to.deep.equal(
      ignored('other_team'),
    );
  });

  it('When it happened in a channel shared with another team, then the identity is still of ours', () => {
    const outside = { user_team: other, source_team: other, team: other };
    for (const part of [
      { team_id: other, authorizations: [{ team_id: TEAM, user_id: BOT_USER, is_bot: true }] },
      { team_id: other, context_team_id: TEAM, authorizations: undefined },
    ]) {
      expect(one(message(outside), { ...part, is_ext_shared_channel: true })).to.deep.include({
        kind: 'message',
        identities: [`slack:${TEAM}/${USER}`],
      });
    }
  });

  it('When the app is installed for an organisation, then its id stands for all of its teams', () => {
    const given = delivery(envelope(message(), { enterprise_id: 'E0ORG00001', team_id: other }));
    const organisation = { ...credentials, teamId: 'E0ORG00001' };
    expect(slack.parse(given, { ...CONTEXT, credentials: organisation })).to.deep.include.members([
      {
        kind: 'message',
        eventId: 'Ev123ABC456',
        messageId: `${CHANNEL}/1355517523.000005`,
        at: 1_355_517_523_000,
        identities: [`slack:E0ORG00001/${USER}`],
        group: { identity: `slack:E0ORG00001/${CHANNEL}` },
        content: { type: 'text', text: 'Live long and prospect.' },
      },
    ]);
  });
});

describe('slack: content', () => {
  it('When files come, then they are kept as references with the text', () => {
    const files = [
      {
        id: 'F1',
        mode: 'hosted',
        name: 'a.png',
        mimetype: 'image/png',
        size: 9,
        url_private: 'https://files.slack.com/a.png',
      },
      { id: 'F2', name: null, mimetype: 'application/pdf', url_private: 'javascript:alert(1)' },
      { id: 'F3', mode: 'tombstone' },
      { id: 'F4', mimetype: 'video/mp4' },
      null,
    ];
    expect(contentOf({ subtype: 'file_share', text: 'see', files })).to.deep.equal({
      type: 'attachment',
      attachments: [
        {
          type: 'image',
          id: 'F1',
          url: 'https://files.slack.com/a.png',
          mimeType: 'image/png',
          name: 'a.png',
          size: 9,
        },
        { type: 'file', id: 'F2', mimeType: 'application/pdf' },
        { type: 'video', id: 'F4', mimeType: 'video/mp4' },
      ],
      text: 'see',
    });
  });

  it("When the text is in Slack's own form, then it is read as people see it", () => {
    for (const [text, plain] of [
      ['a &lt; b &amp;&amp; c &gt; d', 'a < b && c > d'],
      ['&amp;lt;', '&lt;'],
      ['<https://a.example/x?a=1&amp;b=2>', 'https://a.example/x?a=1&b=2'],
      ['<http://a.example|a.example>', 'a.example'],
      ['<https://a.example/x|the page>', 'the page (https://a.example/x)'],
      ['<mailto:a@b.example|a@b.example>', 'a@b.example'],
      ['<@U1> and <@U2|ana>', '@U1 and @ana'],
      ['<#C1|general> <#C2|>', '#general #C2'],
      ['<!here> <!subteam^S1|@team> <!date^1^x|today>', '@here @team today'],
    ] as const) {
      expect(contentOf({ text }), text).to.deep.equal({ type: 'text', text: plain });
    }
  });

  it('When there are neither words nor files, then the message is kept as unsupported', () => {
    for (const part of [{ text: '' }, { text: undefined, blocks: [{ type: 'rich_text' }] }]) {
      expect(contentOf(part)).to.deep.equal({ type: 'unsupported' });
    }
  });
});

describe('slack: buttons and menus', () => {
  const pressed = (part: Json = {}): Json => ({
    type: 'block_actions',
    team: { id: TEAM, domain: 'x' },
    user: { id: USER, username: 'ana', team_id: TEAM },
    api_app_id: APP,
    container: { type: 'message', message_ts: '1355517523.000005', channel_id: CHANNEL },
    channel: { id: CHANNEL, name: 'general' },
    message: { type: 'message', user: BOT_USER, ts: '1355517523.000005', text: 'Well?' },
    actions: [
      {
        type: 'button',
        action_id: 'a',
        block_id: 'b',
        text: { type: 'plain_text', text: 'Yes' },
        value: 'yes_1',
        action_ts: '1355517530.123456',
      },
    ],
    ...part,
  });
  const actionOf = (action: Json) => {
    const event = only(press(pressed({ actions: [{ action_ts: '1.1', ...action }] })));
    return event.kind === 'message' ? event.content.text : undefined;
  };

  it('When a button is pressed, then what it says is the reply to its message', () => {
    expect(press(pressed())).to.deep.equal([
      {
        kind: 'message',
        eventId: `${CHANNEL}/1355517523.000005:${USER}:1355517530.123456:0`,
        at: 1_355_517_530_123,
        identities: [`slack:${TEAM}/${USER}`],
        group: { identity: `slack:${TEAM}/${CHANNEL}` },
        profile: { firstName: 'ana' },
        content: { type: 'reply', text: 'Yes', replyTo: `${CHANNEL}/1355517523.000005` },
      },
    ]);
    expect(only(press(pressed({ channel: { id: DIRECT } })))).not.to.have.property('group');
  });

  it('When something is chosen, then that is the reply', () => {
    expect(actionOf({ selected_option: { text: { text: 'Two' }, value: '2' } })).to.equal('Two');
    expect(actionOf({ selected_date: '2026-01-31' })).to.equal('2026-01-31');
    expect(actionOf({ selected_time: '12:30' })).to.equal('12:30');
    expect(actionOf({ value: 'typed' })).to.equal('typed');
    expect(actionOf({ selected_users: ['U1'] })).to.equal(undefined);
  });

  it('When there are several, then each is an event of its own and a broken one hides no other', () => {
    const actions = [{ action_ts: '1.1' }, { action_ts: 1 }, { action_ts: '1.1' }];
    const events = press(pressed({ actions }));
    expect(
      events.map((event) => ('eventId' in event ? event.eventId : event.reason)),
    ).to.deep.equal([
      `${CHANNEL}/1355517523.000005:${USER}:1.1:0`,
      'bad_action',
      `${CHANNEL}/1355517523.000005:${USER}:1.1:2`,
    ]);
    expect(press(pressed({ actions: [] }))).to.deep.equal([ignored('empty')]);
  });

  it('When a form is no answer in a conversation, then it is ignored', () => {
    expect(press(pressed({ message: undefined, view: {} }))).to.deep.equal([
      ignored('other_interaction'),
    ]);
    for (const type of ['view_submission', 'view_closed', 'shortcut', 'message_action']) {
      expect(press({ type, team: { id: TEAM } }), type).to.deep.equal([
        ignored('other_interaction'),
      ]);
    }
    expect(press(pressed({ team: { id: 'T999' } }))).to.deep.equal([ignored('other_team')]);
    expect(press(pressed({ team: null }))).to.deep.equal([ignored('other_team')]);
    expect(read(delivery('command=%2Fx&text=y&user_id=U1', FORM))).to.deep.equal([
      ignored('other_form'),
    ]);
    expect(read(delivery('ssl_check=1', FORM))).to.deep.equal([ignored('other_form')]);
  });

  it('When a form is broken, then it is invalid', () => {
    expect(read(delivery(formOf('{'), FORM))).to.deep.equal([invalid('not_json')]);
    expect(press([])).to.deep.equal([invalid('bad_envelope')]);
    expect(press(pressed({ user: {} }))).to.deep.equal([invalid('bad_interaction')]);
    expect(press(pressed({ actions: 'x' }))).to.deep.equal([invalid('bad_list')]);
  });

  it('When whatever form comes, then nothing throws and each event has its place', () => {
    const payload = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .constantFrom(...Object.keys(pressed()))
        .chain((key) =>
          fc.jsonValue().map((value) => JSON.stringify({ ...pressed(), [key]: value })),
        ),
    );
    fc.assert(
      fc.property(payload, (text) => {
        for (const event of read(delivery(formOf(text), FORM))) {
          if (event.kind !== 'message') expect(event.kind).to.be.oneOf(['ignored', 'invalid']);
          else expect(event.identities[0]).to.match(/^slack:T123ABC456\/[A-Z0-9]+$/);
        }
      }),
    );
  });

  it('When a form is signed, then it is the bytes of the form that are', async () => {
    const body = Buffer.from(formOf(JSON.stringify(pressed())));
    const given = sign(body, NOW);
    given.headers = { ...given.headers, ...FORM };
    expect(await slack.verify(given, credentials, NOW)).to.equal(true);
    expect(slack.challenge?.(given, credentials, NOW)).to.equal(undefined);
  });
});

describe('slack: sending', () => {
  const send = async (message: Partial<Outgoing>, response = accepted) => {
    const call = sinon.stub().resolves(response);
    const { messageId } = await slack.send(
      { to: `slack:${TEAM}/${USER}`, key: 'k', ...message },
      {
        channelId: 'ch1',
        credentials: { ...credentials, botToken: ['xoxb-new', 'xoxb-old'] },
        webhookUrl: 'https://videur.example/webhooks/slack/ch1',
        call,
        now: () => NOW,
        remember: async () => '',
      },
    );
    const { headers, body } = call.firstCall.firstArg;
    return { headers, body: JSON.parse(body), messageId };
  };

  it('When a person is written to, then its id names the conversation that answers and reactions will name', async () => {
    const { headers, messageId } = await send({ text: 'x' });
    expect(headers).to.include({ authorization: 'Bearer xoxb-new' });
    const reaction = one({
      type: 'reaction_added',
      user: USER,
      reaction: 'x',
      item: { type: 'message', channel: DIRECT, ts: '1503435956.000247' },
      event_ts: '1503435960.000000',
    });
    expect(reaction).to.have.nested.property('content.replyTo', messageId);
  });

  it('When a channel is written to, then the echo has the same id', async () => {
    const answer = answered({ ok: true, channel: CHANNEL, ts: '1355517523.000005' });
    const { body, messageId } = await send({ to: `slack:${TEAM}/${CHANNEL}`, text: 'x' }, answer);
    expect(body).to.deep.include({ channel: CHANNEL });
    expect(one(message({ bot_id: 'B1', app_id: APP }))).to.deep.include({
      kind: 'echo',
      eventId: messageId,
    });
  });

  it('When a message is tried again, then Slack can tell by the same id', async () => {
    const idOf = async (key: string) => (await send({ text: 'x', key })).body.client_msg_id;
    const first = await idOf('message-1');
    expect(first).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await idOf('message-1')).to.equal(first);
    expect(await idOf('message-2')).not.to.equal(first);
  });

  it('When a picture is sent, then Slack gets its address and the text with it', async () => {
    const attachment = { type: 'image', url: 'https://files.example/a.png' } as const;
    const { body } = await send({ attachment: { ...attachment, name: 'a<b' }, text: 'see' });
    expect(body).to.deep.include({
      text: 'see',
      attachments: [{ fallback: 'a&lt;b', image_url: attachment.url }],
    });
    expect((await send({ attachment })).body).not.to.have.property('text');
  });

  it('When Slack has no such message or the person is of another team, then nothing is sent', async () => {
    for (const message of [
      { attachment: { type: 'file', url: 'https://files.example/a' } },
      { attachment: { type: 'image', id: 'F1' } },
      { to: `slack:T999999999/${USER}`, text: 'x' },
    ] as const) {
      const error = await send(message).catch((error: unknown) => error);
      expect(error).to.be.instanceOf(SendError).that.includes({ failure: 'unsupported' });
    }
  });

  it("When Slack refuses inside a 200, then its word is told, if it is one of Slack's", async () => {
    const failureOf = (error: string) =>
      send({ text: 'x' }, refused(error)).catch((error: unknown) => error);
    expect(await failureOf('channel_not_found')).to.include({ providerCode: 'channel_not_found' });
    expect(await failureOf('xoxb-1234 is no token')).to.include({
      failure: 'rejected',
      providerCode: undefined,
    });
  });
});
