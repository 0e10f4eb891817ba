import { expect } from 'chai';
import sinon from 'sinon';
import type { Outgoing } from '../../channels/adapter.ts';
import { type HttpResponse, SendError } from '../../channels/http.ts';
import { telegram } from '../../channels/telegram.ts';
import type { Attachment, ParsedEvent } from '../../models/delivery/event.ts';
import {
  describeChannelContract,
  headerProof,
  jsonFaults,
  NOW,
  parseText,
} from '../support/channel-contract.ts';
import {
  delivery,
  telegramHeaders,
  telegramMessage,
  telegramUpdate,
} from '../support/deliveries.ts';

const credentials = { botToken: '110201543:AAHdqTcvCH1vGW', secretToken: 'tg_secret_1' };

const parse = (update: Record<string, unknown>): ParsedEvent => {
  const [event, ...others] = parseText(telegram, JSON.stringify({ update_id: 10000, ...update }));
  expect(others).to.deep.equal([]);
  if (!event) throw new Error('no event');
  return event;
};
const contentOf = (part: Record<string, unknown>) => {
  const event = parse({ message: telegramMessage(1111111, part) });
  return event.kind === 'message' ? event.content : event;
};
const contentIn = (event: ParsedEvent) => ('content' in event ? event.content : undefined);
const ignored = (reason: string) => ({ kind: 'ignored', reason });
const invalid = (reason: string) => ({ kind: 'invalid', reason });

const answered = (status: number, body: unknown): HttpResponse => ({
  status,
  headers: {},
  body: JSON.stringify(body),
});
const sent = (chat: number, part: Record<string, unknown> = {}) =>
  answered(200, { ok: true, result: { message_id: 77, chat: { id: chat }, date: 1, ...part } });
const refused = (code: number, description: string, parameters?: Record<string, unknown>) =>
  answered(code, { ok: false, error_code: code, description, ...(parameters && { parameters }) });

describeChannelContract('telegram', telegram, {
  credentials,
  sign: (body, _now, secret = 'tg_secret_1') => delivery(body, telegramHeaders(secret)),
  proof: headerProof('x-telegram-bot-api-secret-token'),
  rotation: {
    both: { ...credentials, secretToken: ['tg_secret_2', 'tg_secret_1'] },
    alone: { ...credentials, secretToken: ['tg_secret_2'] },
  },
  withoutSecret: [
    { ...credentials, secretToken: '' },
    { ...credentials, secretToken: [] },
    { ...credentials, secretToken: [''] },
    { ...credentials, secretToken: undefined as never },
  ],
  coversBody: false,
  stamped: false,
  faults: jsonFaults,
  batch: {
    body: telegramUpdate({ updateId: 10000, from: 1111111, text: '/start' }),
    eventIds: ['10000'],
  },
  unknownKind: { body: '{"update_id":1,"hologram":{}}', kind: 'ignored' },
  hostile: (value) => [
    value,
    `{"update_id":${value}}`,
    ...[
      'message',
      'edited_message',
      'business_message',
      'edited_business_message',
      'deleted_business_messages',
      'message_reaction',
      'callback_query',
      'channel_post',
      '__proto__',
    ].map((key) => `{"update_id":1,"${key}":${value}}`),
    ...[
      'message_id',
      'chat',
      'from',
      'sender_chat',
      'business_connection_id',
      'reply_to_message',
      'date',
      'text',
      'photo',
      'document',
      'location',
      'venue',
      'contact',
      'pinned_message',
      '__proto__',
    ].flatMap((key) => [
      `{"update_id":1,"message":{"message_id":1,"chat":{"id":1},"from":{"id":1},"date":1,"${key}":${value}}}`,
      `{"update_id":1,"business_message":{"business_connection_id":"c","message_id":1,"chat":{"id":1},"from":{"id":1},"date":1,"text":"x","${key}":${value}}}`,
    ]),
    ...['id', 'first_name', 'last_name'].map(
      (key) =>
        `{"update_id":1,"message":{"message_id":1,"chat":{"id":1},"from":{"id":1,"${key}":${value}},"date":1,"text":"x"}}`,
    ),
    ...['id', 'type', 'title'].map(
      (key) =>
        `{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"group","${key}":${value}},"date":1,"text":"x"}}`,
    ),
    `{"update_id":1,"deleted_business_messages":{"business_connection_id":"c","chat":{"id":1},"message_ids":${value}}}`,
    ...['user', 'actor_chat', 'new_reaction', 'date', 'message_id'].map(
      (key) =>
        `{"update_id":1,"message_reaction":{"chat":{"id":1},"message_id":1,"user":{"id":1},"date":1,"new_reaction":[],"${key}":${value}}}`,
    ),
    `{"update_id":1,"callback_query":{"from":{"id":1},"message":${value}}}`,
  ],
  send: {
    message: { to: 'telegram:1111111', text: 'hello <b>', key: 'key-1' },
    request: {
      url: 'https://api.telegram.org/bot110201543:AAHdqTcvCH1vGW/sendMessage',
      headers: { 'content-type': 'application/json' },
      body: { chat_id: 1111111, text: 'hello <b>' },
    },
    accepted: { response: sent(1111111), messageId: '1111111/77' },
    refused: [
      {
        response: refused(429, 'Too Many Requests: retry after 14', { retry_after: 14 }),
        failure: 'throttled',
        retryAfter: 14,
      },
      { response: refused(403, 'Forbidden: bot was blocked by the user'), failure: 'rejected' },
      { response: refused(403, 'Forbidden: user is deactivated'), failure: 'rejected' },
      { response: refused(400, 'Bad Request: chat not found'), failure: 'rejected' },
      {
        response: refused(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
          migrate_to_chat_id: -1001234567890,
        }),
        failure: 'rejected',
      },
      { response: refused(401, 'Unauthorized'), failure: 'credentials_refused' },
      { response: refused(404, 'Not Found'), failure: 'credentials_refused' },
      { response: refused(502, 'Bad Gateway'), failure: 'provider_error' },
      { response: answered(200, { ok: true, result: true }), failure: 'bad_answer' },
    ],
  },
});

describe('telegram: messages', () => {
  it('When a text comes, then the sender is the identity and the update the event', () => {
    const body =
      '{"update_id":10000,"message":{"message_id":1365,"from":{"id":1111111,"is_bot":false,"first_name":"Test","username":"Test"},"chat":{"id":1111111,"type":"private","first_name":"Test"},"date":1441645532,"text":"/start"}}';
    expect(parseText(telegram, body)).to.deep.equal([
      {
        kind: 'message',
        eventId: '10000',
        messageId: '1111111/1365',
        at: 1_441_645_532_000,
        identities: ['telegram:1111111'],
        profile: { firstName: 'Test' },
        content: { type: 'text', text: '/start' },
      },
    ]);
  });

  it('When it is said in a group, then the member is the identity and the group the place', () => {
    for (const type of ['group', 'supergroup']) {
      const chat = { id: -1001234567890, type, title: 'Neighbours' };
      const event = parse({ message: { ...telegramMessage(5, { text: 'x' }), chat } });
      expect(event).to.deep.include({
        messageId: '-1001234567890/1365',
        identities: ['telegram:5'],
        profile: { firstName: 'Test', lastName: 'Person' },
        group: { identity: 'telegram:-1001234567890', name: 'Neighbours' },
      });
    }
    expect(parse({ message: telegramMessage(5, { text: 'x' }) })).not.to.have.property('group');
  });

  it('When someone speaks as a chat, then that chat is the identity, not the account all of them share', () => {
    const chat = { id: -1001234567890, type: 'supergroup', title: 'Neighbours' };
    const said = { ...telegramMessage(1087968824, { text: 'x' }), chat };
    expect(parse({ message: { ...said, sender_chat: chat } })).to.deep.include({
      identities: ['telegram:-1001234567890'],
      profile: { firstName: 'Neighbours' },
      group: { identity: 'telegram:-1001234567890', name: 'Neighbours' },
    });
    const channel = { id: -1009999999999, type: 'channel', title: 'News' };
    expect(parse({ message: { ...said, sender_chat: channel } })).to.deep.include({
      identities: ['telegram:-1009999999999'],
      profile: { firstName: 'News' },
    });
  });

  it('When it is not said who speaks, then it is the chat', () => {
    const chat = { id: -5, type: 'group' };
    const said = { ...telegramMessage(5, { text: 'x' }), from: undefined };
    expect(parse({ message: { ...said, chat } })).to.deep.include({
      identities: ['telegram:-5'],
      profile: {},
      group: { identity: 'telegram:-5' },
    });
    expect(parse({ message: said })).to.deep.include({ identities: ['telegram:5'] });
  });

  it('When a message answers another, then that is named in the same form', () => {
    const first = parse({ message: telegramMessage(5, { text: 'x', message_id: 8 }, -70) });
    const answer = telegramMessage(6, { text: 'y', reply_to_message: { message_id: 8 } }, -70);
    expect(first).to.deep.include({ messageId: '-70/8' });
    expect(contentIn(parse({ message: answer }))).to.deep.equal({
      type: 'text',
      text: 'y',
      replyTo: '-70/8',
    });
  });

  it('When a message only stands in a topic or the answered one cannot be read, then it answers none', () => {
    for (const reply of [
      { message_id: 8, forum_topic_created: { name: 'T' } },
      { message_id: 'x' },
    ]) {
      const message = telegramMessage(6, { text: 'y', reply_to_message: reply });
      expect(contentIn(parse({ message }))).to.deep.equal({ type: 'text', text: 'y' });
    }
  });

  it('When an album comes, then each update is a message', () => {
    const photo = (file_id: string) => [{ file_id, width: 1, height: 1 }];
    const ids = ['a', 'b'].map((file, index) => {
      const part = { media_group_id: 'g', message_id: 20 + index, photo: photo(file) };
      return parse({ update_id: 30 + index, message: telegramMessage(5, part) });
    });
    expect(ids[0]).to.deep.include({ eventId: '30', messageId: '5/20' });
    expect(ids[1]).to.deep.include({ eventId: '31', messageId: '5/21' });
  });

  it('When a bot or an id of 52 bits writes, then it is a message all the same', () => {
    const from = { id: 4503599627370495, is_bot: true, first_name: 'B' };
    const event = parse({ message: { ...telegramMessage(5, { text: 'x' }), from } });
    expect(event).to.deep.include({ identities: ['telegram:4503599627370495'] });
  });

  it('When a message is edited, then its words change at the time of the edit', () => {
    const edited = telegramMessage(5, { text: 'new', edit_date: 1_749_416_390 });
    expect(parse({ update_id: 10001, edited_message: edited })).to.deep.equal({
      kind: 'edit',
      eventId: '10001',
      messageId: '5/1365',
      at: 1_749_416_390_000,
      identities: ['telegram:5'],
      content: { type: 'text', text: 'new' },
    });
    const chat = { id: -7, type: 'group', title: 'G' };
    expect(parse({ edited_message: { ...edited, chat } })).to.deep.include({
      messageId: '-7/1365',
      group: { identity: 'telegram:-7', name: 'G' },
    });
  });

  it('When a button is pressed, then its data is the reply and now is its time', () => {
    const query = { id: '9', from: { id: 5 }, data: 'yes', message: telegramMessage(6, {}, -70) };
    expect(parse({ callback_query: query })).to.deep.equal({
      kind: 'message',
      eventId: '10000',
      at: NOW,
      identities: ['telegram:5'],
      profile: {},
      group: { identity: 'telegram:-70' },
      content: { type: 'reply', text: 'yes', replyTo: '-70/1365' },
    });
    expect(parse({ callback_query: { id: '9', from: { id: 5 } } })).to.deep.include({
      identities: ['telegram:5'],
      content: { type: 'reply' },
    });
  });

  it('When someone reacts, then all their reactions are one message about that one', () => {
    const reaction = (list: unknown[], part = {}) =>
      parse({
        message_reaction: {
          chat: { id: -70, type: 'supergroup', title: 'G' },
          message_id: 8,
          user: { id: 5, first_name: 'Ana' },
          date: 1_749_416_390,
          old_reaction: [],
          new_reaction: list,
          ...part,
        },
      });
    expect(reaction([{ type: 'emoji', emoji: '👍' }, { type: 'paid' }])).to.deep.equal({
      kind: 'message',
      eventId: '10000',
      at: 1_749_416_390_000,
      identities: ['telegram:5'],
      profile: { firstName: 'Ana' },
      group: { identity: 'telegram:-70', name: 'G' },
      content: { type: 'reaction', text: '👍⭐', replyTo: '-70/8' },
    });
    expect(contentIn(reaction([]))).to.deep.equal({ type: 'reaction', replyTo: '-70/8' });
    expect(contentIn(reaction([{ type: 'custom_emoji', custom_emoji_id: '1' }]))).to.deep.equal({
      type: 'unsupported',
      replyTo: '-70/8',
    });
    const chat = { id: -70, type: 'supergroup', title: 'G' };
    expect(reaction([], { user: undefined, actor_chat: chat })).to.deep.include({
      identities: ['telegram:-70'],
    });
  });

  it('When an update is none of a person to us, then it is ignored', () => {
    const post = telegramMessage(5, { text: 'x' });
    expect(parse({ channel_post: post })).to.deep.equal(ignored('channel_post'));
    expect(parse({ edited_channel_post: post })).to.deep.equal(ignored('channel_post'));
    for (const key of ['my_chat_member', 'chat_member', 'message_reaction_count', 'poll']) {
      expect(parse({ [key]: {} }), key).to.deep.equal(ignored('other_update'));
    }
    expect(parse({})).to.deep.equal(ignored('other_update'));
  });

  it('When Telegram itself tells what became of a chat, then nobody has said anything', () => {
    for (const part of [
      { new_chat_members: [{ id: 7 }] },
      { left_chat_member: { id: 7 } },
      { migrate_to_chat_id: -1001234567890 },
      { pinned_message: telegramMessage(5, { text: 'x' }) },
    ]) {
      expect(parse({ message: telegramMessage(5, part, -70) })).to.deep.equal(ignored('service'));
    }
  });

  it('When an update is broken, then it is invalid', () => {
    const message = telegramMessage(5, { text: 'x' });
    expect(parse({ update_id: '1', message })).to.deep.equal(invalid('bad_envelope'));
    expect(parse({ update_id: 1.5, message })).to.deep.equal(invalid('bad_envelope'));
    expect(parse({ message: null })).to.deep.equal(invalid('bad_message'));
    expect(parse({ message: { ...message, date: 'now' } })).to.deep.equal(invalid('bad_message'));
    expect(parse({ message: { ...message, from: { id: 'x' } } })).to.deep.equal(
      invalid('bad_message'),
    );
    expect(parse({ message: { ...message, text: 5 } })).to.deep.equal(invalid('bad_content'));
    expect(parse({ message: { ...message, chat: undefined } })).to.deep.equal(
      invalid('bad_message'),
    );
    expect(parse({ edited_message: { ...message, message_id: '1' } })).to.deep.equal(
      invalid('bad_message'),
    );
    expect(parse({ callback_query: { data: 'x' } })).to.deep.equal(invalid('bad_callback'));
    expect(parse({ message_reaction: {} })).to.deep.equal(invalid('bad_reaction'));
    expect(parse({ deleted_business_messages: {} })).to.deep.equal(invalid('bad_deletion'));
  });
});

describe('telegram: business accounts', () => {
  const CONNECTION = 'bc_9XyZ-1';
  const business = (from: number, part: Record<string, unknown> = {}) => ({
    ...telegramMessage(from, { text: 'x', ...part }, 5),
    business_connection_id: CONNECTION,
  });

  it('When a person writes to a business account, then it is a message of that connection', () => {
    expect(parse({ business_message: business(5) })).to.deep.equal({
      kind: 'message',
      eventId: `${CONNECTION}/5/1365`,
      at: 1_749_416_383_000,
      identities: ['telegram:5'],
      profile: { firstName: 'Test', lastName: 'Person' },
      content: { type: 'text', text: 'x' },
    });
  });

  it('When the account answers, by hand or through a bot, then it is an echo to that person', () => {
    for (const update of [
      business(900),
      business(900, { sender_business_bot: { id: 1, is_bot: true } }),
      business(5, { sender_business_bot: { id: 1, is_bot: true } }),
    ]) {
      expect(parse({ business_message: update })).to.deep.equal({
        kind: 'echo',
        eventId: `${CONNECTION}/5/1365`,
        at: 1_749_416_383_000,
        identities: ['telegram:5'],
        content: { type: 'text', text: 'x' },
      });
    }
  });

  it('When the same numbers are those of the chat with the bot, then the ids are others', () => {
    const own = parse({ message: telegramMessage(5, { text: 'x' }) });
    const through = parse({ business_message: business(5) });
    expect(own).to.deep.include({ messageId: '5/1365' });
    expect(through).not.to.deep.include({ eventId: '5/1365' });
  });

  it('When a person edits, then it is an edit; when the account does, then it is ignored', () => {
    expect(parse({ update_id: 4, edited_business_message: business(5) })).to.deep.include({
      kind: 'edit',
      eventId: '4',
      messageId: `${CONNECTION}/5/1365`,
      identities: ['telegram:5'],
    });
    expect(parse({ edited_business_message: business(900) })).to.deep.equal(ignored('own_message'));
  });

  it('When messages are deleted, then each is a deletion of its own with an id that stays', () => {
    const body = JSON.stringify({
      update_id: 12,
      deleted_business_messages: {
        business_connection_id: CONNECTION,
        chat: { id: 5, type: 'private' },
        message_ids: [1365, 1366, 'x'],
      },
    });
    const deletion = (id: number) => ({
      kind: 'deletion',
      eventId: `12:${id}`,
      at: NOW,
      messageId: `${CONNECTION}/5/${id}`,
    });
    expect(parseText(telegram, body)).to.deep.equal([
      deletion(1365),
      deletion(1366),
      invalid('bad_deletion'),
    ]);
  });

  it('When a message answers another of the account, then that is named with the connection', () => {
    const answer = business(5, { reply_to_message: { message_id: 8 } });
    expect(contentIn(parse({ business_message: answer }))).to.deep.include({
      replyTo: `${CONNECTION}/5/8`,
    });
  });

  it('When a business message names no connection, then it is invalid', () => {
    const message = telegramMessage(5, { text: 'x' });
    expect(parse({ business_message: message })).to.deep.equal(invalid('bad_message'));
  });
});

describe('telegram: content', () => {
  const file = {
    file_id: 'F',
    file_unique_id: 'u',
    mime_type: 'a/b',
    file_name: 'n',
    file_size: 9,
  };
  const kept = { id: 'F', mimeType: 'a/b', name: 'n', size: 9 };

  it('When files come, then their ids are kept', () => {
    const kinds = {
      video: 'video',
      video_note: 'video',
      voice: 'audio',
      audio: 'audio',
      document: 'file',
      sticker: 'sticker',
    };
    for (const [key, type] of Object.entries(kinds)) {
      expect(contentOf({ [key]: file }), key).to.deep.equal({
        type: 'attachment',
        attachments: [{ type, ...kept }],
      });
    }
    expect(
      contentOf({ document: { file_id: 'F', file_size: 'big' }, caption: 'see' }),
    ).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'file', id: 'F' }],
      text: 'see',
    });
    expect(contentOf({ document: {} })).to.deep.include({ kind: 'invalid', reason: 'bad_content' });
  });

  it('When a photo comes in several sizes, then the largest is kept', () => {
    const photo = [
      { file_id: 'S', width: 90, height: 60 },
      { file_id: 'L', width: 1280, height: 853, file_size: 90_000 },
      { file_id: 'M', width: 320, height: 213 },
    ];
    expect(contentOf({ photo })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'image', id: 'L', size: 90_000 }],
    });
    expect(contentOf({ photo: [] })).to.deep.include({ kind: 'invalid', reason: 'bad_content' });
  });

  it('When an animation or a venue also comes in its older form, then it is one', () => {
    expect(contentOf({ document: file, animation: file })).to.deep.equal({
      type: 'attachment',
      attachments: [{ type: 'video', ...kept }],
    });
    const location = { latitude: 48.85, longitude: 2.35 };
    expect(contentOf({ location, venue: { location, title: 'T', address: 'A' } })).to.deep.equal({
      type: 'location',
      text: 'T\nA\n48.85,2.35',
    });
    expect(contentOf({ location })).to.deep.equal({ type: 'location', text: '48.85,2.35' });
  });

  it('When a contact is shared, then its name and number are the text', () => {
    const contact = { phone_number: '+1650', first_name: 'Ana', last_name: 'B' };
    expect(contentOf({ contact })).to.deep.equal({ type: 'contacts', text: 'Ana B\n+1650' });
  });

  it('When the kind is not known, then the message is kept as unsupported', () => {
    for (const part of [{ poll: {} }, { dice: { emoji: '🎲', value: 6 } }, { story: {} }]) {
      expect(contentOf(part)).to.deep.equal({ type: 'unsupported' });
    }
    expect(contentOf({})).to.deep.equal({ type: 'unsupported' });
  });
});

describe('telegram: sending', () => {
  const send = async (message: Partial<Outgoing>, response = sent(5)) => {
    const call = sinon.stub().resolves(response);
    const result = await telegram.send(
      { to: 'telegram:5', key: 'k', ...message },
      {
        channelId: 'ch1',
        credentials: { ...credentials, botToken: ['2:new', '1:old'] },
        webhookUrl: 'https://videur.example/webhooks/telegram/ch1',
        call,
        now: () => NOW,
        remember: async () => '',
      },
    );
    const { url, body } = call.firstCall.firstArg;
    return { url, body: JSON.parse(body), messageId: result.messageId };
  };
  const attachment = (type: Attachment['type']) => ({ type, url: 'https://files.example/a' });

  it('When an attachment is sent, then Telegram gets its address and the text as caption', async () => {
    for (const [type, method, field] of [
      ['image', 'sendPhoto', 'photo'],
      ['video', 'sendVideo', 'video'],
      ['audio', 'sendAudio', 'audio'],
      ['file', 'sendDocument', 'document'],
    ] as const) {
      const { url, body } = await send({ attachment: attachment(type), text: 'see' });
      expect(url).to.equal(`https://api.telegram.org/bot2:new/${method}`);
      expect(body).to.deep.equal({
        chat_id: 5,
        [field]: 'https://files.example/a',
        caption: 'see',
      });
    }
    const { body } = await send({ attachment: attachment('image') });
    expect(body).to.deep.equal({ chat_id: 5, photo: 'https://files.example/a' });
  });

  it('When an attachment cannot be sent by address, then nothing is', async () => {
    for (const other of [attachment('sticker'), { type: 'image', id: 'F' } as const]) {
      const error = await send({ attachment: other }).catch((error: unknown) => error);
      expect(error).to.be.instanceOf(SendError).that.includes({ failure: 'unsupported' });
    }
  });

  it('When a group is written to, then its message has the id that answers will name', async () => {
    const { body, messageId } = await send(
      { to: 'telegram:-1001234567890', text: 'x' },
      sent(-1001234567890),
    );
    expect(body).to.deep.equal({ chat_id: -1001234567890, text: 'x' });
    expect(messageId).to.equal('-1001234567890/77');
  });

  it('When the person wrote to a business account, then the answer goes through it and its echo has the same id', async () => {
    const part = { business_connection_id: 'bc_1' };
    const { body, messageId } = await send(
      { text: 'x', inReplyTo: { messageId: 'bc_1/5/1365' } },
      sent(5, part),
    );
    expect(body).to.deep.equal({ business_connection_id: 'bc_1', chat_id: 5, text: 'x' });
    const update = { ...telegramMessage(900, { text: 'x', message_id: 77, ...part }, 5) };
    expect(parse({ business_message: update })).to.deep.include({
      kind: 'echo',
      eventId: messageId,
    });
  });

  it('When the last message was of another chat or none of a business account, then none is used', async () => {
    for (const messageId of ['10000', '5/1365', 'bc_1/6/1365']) {
      const { body } = await send({ text: 'x', inReplyTo: { messageId } });
      expect(body).to.deep.equal({ chat_id: 5, text: 'x' });
    }
  });

  it('When the identity is no number, then it is not reached', () => {
    for (const urn of ['telegram:', 'telegram:@channel', 'telegram:1/2', 'telegram:0', 'tel:+1'])
      expect(telegram.reaches(urn, 'ch1'), urn).to.equal(false);
  });
});

describe('telegram: handshake and credentials', () => {
  it('When the channel is made, then there is no handshake', () => {
    expect(telegram).not.to.have.property('challenge');
  });

  it('When the secret could not be a Telegram one, then it is refused', () => {
    for (const secretToken of ['a b', 'é', 'x'.repeat(257), ['good', 'a:b']]) {
      expect(telegram.credentials.safeParse({ ...credentials, secretToken }).success).to.equal(
        false,
      );
    }
  });
});
