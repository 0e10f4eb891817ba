import { expect } from 'chai';
import { telegram } from '../../channels/telegram.ts';
import type { ParsedEvent } from '../../models/event.ts';
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
    ...['message', 'edited_message', 'callback_query', '__proto__', 'channel_post'].map(
      (key) => `{"update_id":1,"${key}":${value}}`,
    ),
    ...[
      'from',
      'date',
      'text',
      'photo',
      'document',
      'location',
      'venue',
      'contact',
      '__proto__',
    ].map((key) => `{"update_id":1,"message":{"from":{"id":1},"date":1,"${key}":${value}}}`),
    `{"update_id":1,"message":{"from":{"id":${value}},"date":1,"text":"x"}}`,
    `{"update_id":1,"message":{"from":{"id":1,"first_name":${value}},"date":1,"text":"x"}}`,
  ],
});

describe('telegram: messages', () => {
  it('When a text comes, then the sender is the identity and the update the event', () => {
    const body =
      '{"update_id":10000,"message":{"message_id":1365,"from":{"id":1111111,"is_bot":false,"first_name":"Test","username":"Test"},"chat":{"id":1111111,"type":"private","first_name":"Test"},"date":1441645532,"text":"/start"}}';
    expect(parseText(telegram, body)).to.deep.equal([
      {
        kind: 'message',
        eventId: '10000',
        at: 1_441_645_532_000,
        identities: ['telegram:1111111'],
        profile: { firstName: 'Test' },
        content: { type: 'text', text: '/start' },
      },
    ]);
  });

  it('When it is said in a group, then the member is the identity, not the group', () => {
    const event = parse({ message: telegramMessage(5, { text: 'x' }, -1001234567890) });
    expect(event).to.deep.include({ identities: ['telegram:5'] });
  });

  it('When a bot or an id of 52 bits writes, then it is a message all the same', () => {
    const from = { id: 4503599627370495, is_bot: true, first_name: 'B' };
    const event = parse({ message: { ...telegramMessage(5, { text: 'x' }), from } });
    expect(event).to.deep.include({ identities: ['telegram:4503599627370495'] });
  });

  it('When a message is edited, then that is an event of its own at the time of the edit', () => {
    const edited = telegramMessage(5, { text: 'new', edit_date: 1_749_416_390 });
    expect(parse({ update_id: 10001, edited_message: edited })).to.deep.include({
      kind: 'message',
      eventId: '10001',
      at: 1_749_416_390_000,
      content: { type: 'text', text: 'new' },
    });
  });

  it('When a button is pressed, then its data is the reply and now is its time', () => {
    const query = { id: '9', from: { id: 5 }, data: 'yes', message: telegramMessage(6, {}) };
    expect(parse({ callback_query: query })).to.deep.include({
      kind: 'message',
      at: NOW,
      identities: ['telegram:5'],
      content: { type: 'reply', text: 'yes' },
    });
    expect(parse({ callback_query: { id: '9', from: { id: 5 } } })).to.deep.include({
      content: { type: 'reply' },
    });
  });

  it('When an update is none of a person to us, then it is ignored', () => {
    const post = telegramMessage(5, { text: 'x' });
    const ignored = (reason: string) => ({ kind: 'ignored', reason });
    expect(parse({ channel_post: post })).to.deep.equal(ignored('channel_post'));
    expect(parse({ edited_channel_post: post })).to.deep.equal(ignored('channel_post'));
    expect(parse({ my_chat_member: {} })).to.deep.equal(ignored('other_update'));
    expect(parse({ message_reaction: {} })).to.deep.equal(ignored('other_update'));
    expect(parse({})).to.deep.equal(ignored('other_update'));
    expect(parse({ message: { ...post, from: undefined } })).to.deep.equal(ignored('no_sender'));
  });

  it('When an update is broken, then it is invalid', () => {
    const invalid = (reason: string) => ({ kind: 'invalid', reason });
    const message = telegramMessage(5, { text: 'x' });
    expect(parse({ update_id: '1', message })).to.deep.equal(invalid('bad_envelope'));
    expect(parse({ update_id: 1.5, message })).to.deep.equal(invalid('bad_envelope'));
    expect(parse({ message: null })).to.deep.equal(invalid('bad_message'));
    expect(parse({ message: { ...message, date: 'now' } })).to.deep.equal(invalid('bad_message'));
    expect(parse({ message: { ...message, from: { id: 'x' } } })).to.deep.equal(
      invalid('bad_message'),
    );
    expect(parse({ message: { ...message, text: 5 } })).to.deep.equal(invalid('bad_content'));
    expect(parse({ callback_query: { data: 'x' } })).to.deep.equal(invalid('bad_callback'));
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
    expect(contentOf({ poll: {} })).to.deep.equal({ type: 'unsupported' });
    expect(contentOf({})).to.deep.equal({ type: 'unsupported' });
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
