import { expect } from 'chai';
import type { ChannelAdapter } from '../../channels/adapter.ts';
import { instagram } from '../../channels/instagram.ts';
import { messenger } from '../../channels/messenger.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';
import { NOW, parseText } from '../support/channel-contract.ts';
import {
  AT,
  echoItem,
  entryOf,
  item,
  messagingBody,
  ownItem,
  type Talk,
  textItem,
} from '../support/messaging.ts';

const namesOf = (events: ParsedEvent[]) =>
  events.map((event) => ('eventId' in event ? event.eventId : `${event.kind}:${event.reason}`));

/** What Messenger and Instagram say alike is read alike. */
function describeDialect<C>(scheme: string, adapter: ChannelAdapter<C>, talk: Talk): void {
  const { account, person, object } = talk;
  const urn = `${scheme}:${person}`;
  const parseEntries = (entries: unknown) => parseText(adapter, messagingBody(object, entries));
  const parse = (...items: unknown[]) => parseEntries([entryOf(account, items)]);
  const only = (events: ParsedEvent[]): ParsedEvent => {
    const [event, ...others] = events;
    expect(others).to.deep.equal([]);
    if (!event) throw new Error('no event');
    return event;
  };
  const one = (part: Record<string, unknown>) => only(parse(item(talk, part)));
  const contentOf = (message: Record<string, unknown>) => {
    const event = one({ message: { mid: 'm_1', ...message } });
    return event.kind === 'message' ? event.content : event;
  };
  const attached = (...attachments: unknown[]) => contentOf({ attachments });

  describe(`${scheme}: entries`, () => {
    it('When several accounts and items come, then each is an event of its own account, in order', () => {
      const events = parseEntries([
        entryOf(account, [textItem(talk, 'm_1'), textItem(talk, 'm_2')]),
        entryOf('another', [textItem({ ...talk, account: 'another' }, 'm_3')]),
      ]);
      expect(events.map((event) => event.account)).to.deep.equal([account, account, 'another']);
      expect(namesOf(events)).to.deep.equal(['m_1', 'm_2', 'm_3']);
    });

    it('When another app leads the conversation, then what comes on standby is read all the same', () => {
      const standby = [textItem(talk, 'm_1'), echoItem(talk, 'm_2')];
      const events = parseEntries([entryOf(account, undefined, { standby })]);
      expect(events.map(({ kind, account }) => [kind, account])).to.deep.equal([
        ['message', account],
        ['echo', account],
      ]);
    });

    it('When a post, a comment or a like comes, then it is ignored with a reason', () => {
      const changes = ['feed', 'comments', 'live_comments', 'mentions', 'leadgen', 'messagesque'];
      const events = parseEntries([
        entryOf(account, undefined, {
          changes: changes.map((field) => ({ field, value: { from: { id: '1' }, text: 'x' } })),
        }),
      ]);
      expect(events).to.deep.equal(
        changes.map(() => ({ kind: 'ignored', reason: 'other_field', account })),
      );
    });

    it('When an entry, a list or an item is broken, then its siblings are read', () => {
      const good = (mid: string) => entryOf(account, [textItem(talk, mid)]);
      const events = parseEntries([
        good('m_1'),
        null,
        {},
        { id: 7, messaging: [textItem(talk, 'm_x')] },
        { ...good('m_2'), standby: {} },
        entryOf(account, [null, 'x', {}, { message: 'x' }, textItem(talk, 'm_3')]),
        entryOf(account, undefined, { changes: [null, { field: 'messages' }, {}] }),
        entryOf(account),
      ]);
      expect(namesOf(events)).to.deep.equal([
        'm_1',
        'invalid:bad_entry',
        'invalid:bad_entry',
        'invalid:bad_entry',
        'm_2',
        'invalid:bad_list',
        'invalid:bad_item',
        'invalid:bad_item',
        'ignored:other_event',
        'invalid:bad_item',
        'm_3',
        'invalid:bad_change',
        'invalid:bad_item',
        'ignored:other_field',
        'ignored:empty',
      ]);
    });

    it('When the delivery is about another object, then it is ignored', () => {
      for (const other of [
        'user',
        'whatsapp_business_account',
        object === 'page' ? 'instagram' : 'page',
      ])
        expect(
          namesOf(
            parseText(adapter, messagingBody(other, [entryOf(account, [textItem(talk, 'm_1')])])),
          ),
        ).to.deep.equal(['ignored:other_object']);
      expect(namesOf(parseEntries([]))).to.deep.equal(['ignored:empty']);
    });

    it('When a body is all rubbish, then reading it stops in time', () => {
      const rubbish = new Array(200_000).fill({});
      expect(parseEntries([entryOf(account, rubbish)])).to.have.length(131_073);
      const mids = new Array(200_000).fill('m');
      const events = parse(item(talk, { delivery: { mids } }), textItem(talk, 'm_1'));
      expect(events).to.have.length(131_073);
      expect(events.at(-1)).to.include({ kind: 'invalid', reason: 'too_many' });
    });
  });

  describe(`${scheme}: messages`, () => {
    it('When a text comes, then its sender is the identity and its account the entry’s', () => {
      expect(one({ message: { mid: 'm_1', text: 'Hello' } })).to.deep.equal({
        kind: 'message',
        account,
        eventId: 'm_1',
        at: AT,
        identities: [urn],
        content: { type: 'text', text: 'Hello' },
      });
    });

    it('When a time is in seconds, in text or not there, then it becomes milliseconds all the same', () => {
      const at = (timestamp: unknown) => {
        const event = only(parse({ ...textItem(talk, 'm_1'), timestamp }));
        return 'at' in event ? event.at : event;
      };
      expect(at(1_701_599_111)).to.equal(1_701_599_111_000);
      expect(at('1527459824')).to.equal(1_527_459_824_000);
      expect(at('1527459824123')).to.equal(1_527_459_824_123);
      expect(at(AT)).to.equal(AT);
      for (const none of [undefined, null, -1, 'soon', {}, 1.5])
        expect(at(none)).to.equal(AT + 500);
      const entry = { id: account, messaging: [{ ...textItem(talk, 'm_1'), timestamp: null }] };
      expect(only(parseEntries([entry]))).to.include({ at: NOW });
      expect(only(parseEntries([{ ...entry, time: 1_701_599_111 }]))).to.include({
        at: 1_701_599_111_000,
      });
    });

    it('When who sent it cannot be told, then it is invalid', () => {
      const from = (sender: unknown) => namesOf(parse({ ...textItem(talk, 'm_1'), sender }));
      for (const sender of [undefined, null, {}, { id: 5 }, { id: '' }, { id: 'a b' }, 'x'])
        expect(from(sender)).to.deep.equal(['invalid:no_sender']);
      expect(from({ id: 'x'.repeat(401) })).to.deep.equal(['invalid:no_sender']);
    });

    it('When a message is broken, then it is invalid', () => {
      for (const message of [{}, { mid: 1 }, { mid: '' }, { mid: 'm'.repeat(401) }, { text: 'x' }])
        expect(one({ message })).to.include({ kind: 'invalid', reason: 'bad_message' });
    });

    it('When a quick reply or a button is pressed, then its title is the text', () => {
      expect(contentOf({ text: 'Yes', quick_reply: { payload: 'YES' } })).to.deep.equal({
        type: 'reply',
        text: 'Yes',
      });
      const pressed = (postback: Record<string, unknown>) => {
        const event = one({ postback });
        return event.kind === 'message' ? [event.eventId, event.content, event.identities] : event;
      };
      expect(pressed({ mid: 'm_1', title: 'Start', payload: 'GO', referral: {} })).to.deep.equal([
        'm_1',
        { type: 'reply', text: 'Start' },
        [urn],
      ]);
      const made = `${urn}:postback:${AT}`;
      expect(pressed({ payload: 'GO' })).to.deep.equal([
        made,
        { type: 'reply', text: 'GO' },
        [urn],
      ]);
      expect(pressed({})).to.deep.equal([made, { type: 'reply' }, [urn]]);
      expect(only(parse({ ...item(talk, { postback: {} }), sender: {} }))).to.include({
        reason: 'no_sender',
      });
    });

    it('When a message answers another or a story, then that one is told', () => {
      const reply = { type: 'text', text: 'x' };
      const answered = (reply_to: unknown) => contentOf({ text: 'x', reply_to });
      expect(answered({ mid: 'm_0', is_self_reply: false })).to.deep.equal({
        ...reply,
        replyTo: 'm_0',
      });
      expect(answered({ story: { id: 'story_1', url: 'https://cdn.example/s' } })).to.deep.equal({
        ...reply,
        replyTo: 'story_1',
      });
      for (const none of [{}, null, 'x', { mid: 5 }, { story: {} }, { mid: 'm'.repeat(600) }])
        expect(answered(none)).to.deep.equal(reply);
    });

    it('When a person reacts or takes it back, then it is a reaction to that message', () => {
      const reacted = (reaction: Record<string, unknown>) => {
        const event = one({ reaction });
        return event.kind === 'message' ? [event.eventId, event.content, event.identities] : event;
      };
      const reaction = { mid: 'm_0', action: 'react', emoji: '❤️', reaction: 'love' };
      expect(reacted(reaction)).to.deep.equal([
        `m_0:react:${AT}`,
        { type: 'reaction', replyTo: 'm_0', text: '❤️' },
        [urn],
      ]);
      expect(one({ reaction: { mid: 'm_0', action: 'react', reaction: 'wow' } })).to.deep.include({
        content: { type: 'reaction', replyTo: 'm_0', text: 'wow' },
      });
      expect(reacted({ ...reaction, action: 'unreact' })).to.deep.equal([
        `m_0:unreact:${AT}`,
        { type: 'reaction', replyTo: 'm_0' },
        [urn],
      ]);
      expect(reacted({ ...reaction, action: 'wave' })).to.include({ reason: 'other_reaction' });
      expect(reacted({ action: 'react' })).to.include({ kind: 'invalid', reason: 'bad_reaction' });
    });
  });

  describe(`${scheme}: what was ours, taken back or changed`, () => {
    it('When the account wrote, with or without the flag, then its recipient is the identity', () => {
      const expected = {
        kind: 'echo',
        account,
        eventId: 'm_1',
        at: AT,
        identities: [urn],
        content: { type: 'text', text: 'ours' },
      };
      expect(only(parse(echoItem(talk, 'm_1')))).to.deep.equal(expected);
      const unflagged = ownItem(talk, { message: { mid: 'm_1', text: 'ours' } });
      expect(only(parse(unflagged))).to.deep.equal(expected);
      const nobody = { ...echoItem(talk, 'm_1'), recipient: {} };
      expect(namesOf(parse(nobody))).to.deep.equal(['invalid:no_recipient']);
    });

    it('When the account itself reacts, reads or edits, then nobody has said anything', () => {
      for (const part of [
        { reaction: { mid: 'm_1', action: 'react', emoji: 'x' } },
        { read: { watermark: AT } },
        { delivery: { watermark: AT } },
        { message_edit: { mid: 'm_1', text: 'x', num_edit: 1 } },
      ])
        expect(namesOf(parse(ownItem(talk, part)))).to.deep.equal(['ignored:own_event']);
    });

    it('When a message is taken back, by whomever, then its content is to be erased', () => {
      const expected = {
        kind: 'deletion',
        account,
        eventId: 'm_1:deleted',
        at: AT,
        messageId: 'm_1',
      };
      for (const is_deleted of [true, 'true']) {
        expect(one({ message: { mid: 'm_1', is_deleted } })).to.deep.equal(expected);
        expect(only(parse(echoItem(talk, 'm_1', { is_deleted })))).to.deep.equal(expected);
      }
      expect(one({ message: { mid: 'm_1', is_deleted: false, text: 'x' } }).kind).to.equal(
        'message',
      );
    });

    it('When a message is edited, then each time is an event of its own about that message', () => {
      const edited = (edit: Record<string, unknown>) =>
        one({ message_edit: { mid: 'm_1', text: 'new', ...edit } });
      expect(edited({ num_edit: 1 })).to.deep.equal({
        kind: 'edit',
        account,
        eventId: 'm_1:edit:1',
        at: AT,
        messageId: 'm_1',
        identities: [urn],
        content: { type: 'text', text: 'new' },
      });
      expect(edited({ num_edit: '2' })).to.include({ eventId: 'm_1:edit:2' });
      expect(edited({})).to.include({ eventId: `m_1:edit:${AT}` });
      expect(edited({ text: undefined })).to.include({ kind: 'ignored', reason: 'no_text' });
      expect(edited({ mid: undefined })).to.include({ kind: 'invalid', reason: 'bad_edit' });
      const unsigned = { timestamp: AT, message_edit: { mid: 'm_1', text: 'new' } };
      expect(namesOf(parse(unsigned))).to.deep.equal(['invalid:no_sender']);
    });
  });

  describe(`${scheme}: what became of ours`, () => {
    const status = (messageId: string, name: string) => ({
      kind: 'status',
      account,
      eventId: `${messageId}:${name}`,
      at: AT,
      messageId,
      status: name,
    });
    const watermark = (name: string) => ({
      kind: 'watermark',
      account,
      eventId: `${urn}:${name}:1458668856253`,
      at: AT,
      identities: [urn],
      status: name,
      until: 1_458_668_856_253,
    });

    it('When messages are named, then each has a status of its own', () => {
      const delivery = { mids: ['m_1', 'm_2'], watermark: 1_458_668_856_253 };
      expect(parse(item(talk, { delivery }))).to.deep.equal([
        status('m_1', 'delivered'),
        status('m_2', 'delivered'),
      ]);
      expect(one({ read: { mid: 'm_1' } })).to.deep.equal(status('m_1', 'read'));
    });

    it('When none is named, then all until then were delivered or read', () => {
      for (const delivery of [
        { watermark: 1_458_668_856_253, seq: 37 },
        { mids: [], watermark: 1_458_668_856_253 },
      ])
        expect(one({ delivery })).to.deep.equal(watermark('delivered'));
      expect(one({ read: { watermark: 1_458_668_856_253 } })).to.deep.equal(watermark('read'));
      expect(one({ read: { watermark: 1_458_668_856 } })).to.include({
        until: 1_458_668_856_000,
      });
    });

    it('When one of them is broken, then it is invalid and the others are read', () => {
      const mids = ['m_1', 5, '', 'm_2'];
      expect(namesOf(parse(item(talk, { delivery: { mids } })))).to.deep.equal([
        'm_1:delivered',
        'invalid:bad_status',
        'invalid:bad_status',
        'm_2:delivered',
      ]);
      for (const part of [{ read: {} }, { read: { mid: 5 } }, { delivery: { watermark: 'x' } }])
        expect(one(part)).to.include({ kind: 'invalid', reason: 'bad_status' });
      const nobody = { ...item(talk, { read: { watermark: AT } }), sender: {} };
      expect(namesOf(parse(nobody))).to.deep.equal(['invalid:no_sender']);
    });

    it('When something else happened, then it is ignored with its name', () => {
      for (const kind of ['optin', 'referral', 'account_linking', 'pass_thread_control'])
        expect(one({ [kind]: { ref: 'x' } })).to.include({ kind: 'ignored', reason: kind });
      for (const kind of ['game_play', 'response_feedback', 'constructor', '__proto__'])
        expect(one({ [kind]: {} })).to.include({ kind: 'ignored', reason: 'other_event' });
    });
  });

  describe(`${scheme}: attachments`, () => {
    const url = 'https://cdn.example/a?b=c';

    it('When media come, then their addresses are kept', () => {
      for (const type of ['image', 'video', 'audio', 'file', 'sticker'])
        expect(attached({ type, payload: { url } })).to.deep.equal({
          type: 'attachment',
          attachments: [{ type, url }],
        });
      expect(
        attached({ type: 'image', payload: { url, sticker_id: 369239263222822 } }),
      ).to.deep.equal({ type: 'attachment', attachments: [{ type: 'sticker', url }] });
      expect(
        contentOf({
          text: 'see',
          attachments: [1, 2].map(() => ({ type: 'image', payload: { url } })),
        }),
      ).to.deep.equal({
        type: 'attachment',
        text: 'see',
        attachments: [
          { type: 'image', url },
          { type: 'image', url },
        ],
      });
    });

    it('When a post, a reel or a story is shared, then its address and title are kept', () => {
      for (const type of [
        'share',
        'post',
        'ig_post',
        'reel',
        'ig_reel',
        'story_mention',
        'hologram',
      ])
        expect(attached({ type, payload: { url, title: 'Sale' } })).to.deep.equal({
          type: 'attachment',
          attachments: [{ type: 'file', url, name: 'Sale' }],
        });
    });

    it('When a place, a template or a link preview comes, then its words are the text', () => {
      const coordinates = { lat: 48.85, long: 2.35 };
      expect(attached({ type: 'location', title: 'Tour', payload: { coordinates } })).to.deep.equal(
        {
          type: 'location',
          text: 'Tour\n48.85,2.35',
        },
      );
      expect(
        attached({
          type: 'template',
          payload: {
            template_type: 'generic',
            elements: [{ title: 'Lamp', subtitle: '9 €', buttons: [] }, { title: 'Chair' }],
          },
        }),
      ).to.deep.equal({ type: 'text', text: 'Lamp\n9 €\nChair' });
      expect(
        attached({ type: 'template', payload: { template_type: 'button', text: 'Which?' } }),
      ).to.deep.equal({ type: 'text', text: 'Which?' });
      expect(
        attached({ type: 'template', payload: { product: { elements: [{ title: 'Lamp' }] } } }),
      ).to.deep.equal({ type: 'text', text: 'Lamp' });
      const preview = { type: 'fallback', title: 'Shop', url };
      expect(attached(preview)).to.deep.equal({ type: 'text', text: `Shop\n${url}` });
      expect(attached({ type: 'fallback', payload: { title: 'Shop', url } })).to.deep.equal({
        type: 'text',
        text: `Shop\n${url}`,
      });
      expect(contentOf({ text: url, attachments: [preview] })).to.deep.equal({
        type: 'text',
        text: url,
      });
      expect(attached({ type: 'like_heart' })).to.deep.equal({ type: 'text', text: '❤️' });
    });

    it('When nothing of it can be shown, then the message is kept as unsupported', () => {
      const unsupported = { type: 'unsupported' };
      for (const attachment of [
        null,
        {},
        { type: 5 },
        { type: 'fallback' },
        { type: 'fallback', payload: null },
        { type: 'location', payload: {} },
        { type: 'image' },
        { type: 'image', payload: { url: 'javascript:alert(1)' } },
        { type: 'image', payload: { url: 5 } },
        { type: 'ephemeral' },
        { type: 'appointment_booking', payload: {} },
      ])
        expect(attached(attachment), JSON.stringify(attachment)).to.deep.equal(unsupported);
      expect(contentOf({})).to.deep.equal(unsupported);
      expect(contentOf({ is_unsupported: true })).to.deep.equal(unsupported);
      expect(contentOf({ attachments: {}, text: 5 })).to.deep.equal(unsupported);
    });
  });
}

describeDialect('messenger', messenger, { object: 'page', account: '1234567890', person: '5678' });
describeDialect('instagram', instagram, {
  object: 'instagram',
  account: '17841400000000000',
  person: '200000000000001',
});
