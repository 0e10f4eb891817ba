import { expect } from 'chai';
import type { Contact } from '../../models/contacts/contact.ts';
import type { MessageStatus, StoredEvent } from '../../models/delivery/event.ts';
import { conversationId } from '../../models/inbox/conversation.ts';
import { messageId } from '../../models/inbox/message.ts';
import {
  knownMessage,
  type ProviderMessage,
  providerMessageId,
  waitingName,
} from '../../models/inbox/provider-message.ts';
import { activeContactId, activeContactOf } from '../../models/mac/active-contact.ts';
import { itemsOf } from '../../workers/deliver/item.ts';
import type { KnownMessage } from '../../workers/deliver/messages.ts';
import { planDelivery } from '../../workers/deliver/plan.ts';
import type { Inbox } from '../../workers/deliver/read-inbox.ts';
import {
  deletion,
  echo,
  edit,
  from,
  jobOf,
  message,
  newId,
  status,
  T,
  watermark,
} from './inbox.ts';

const workspaceId = newId();
const channelId = newId();
const A = 'tel:+16505550001';
const B = 'tel:+16505550002';
const GROUP = { identity: 'line:C1', name: 'Friends' };

const contact = (identities: string[], given: Partial<Contact> = {}): Contact => ({
  _id: newId(),
  workspaceId,
  identities,
  tags: [],
  fields: {},
  blocked: null,
  refused: { count: 0, lastAt: null },
  createdAt: new Date(0),
  ...given,
});
const blocked = {
  id: newId(),
  since: new Date(T(0)),
  by: { type: 'user', id: 'u' },
  source: 'inbox',
  reason: null,
  expiresAt: null,
} as const;

const idsOf = ({ _id, workspaceId }: Contact) => ({ _id, workspaceId });

const BILLING = { anchorDay: 1, timeZone: 'UTC', macLimit: null };

function inboxWith(contacts: Contact[], given: Partial<Inbox> = {}): Inbox {
  const contactsOf = (_: string, identities: string[]) =>
    identities.flatMap((urn) => contacts.find((one) => one.identities.includes(urn)) ?? []);
  return {
    contactsOf,
    contactOf: (_, identities) => {
      const [first] = contactsOf('', identities);
      if (!first) throw new Error('nobody');
      return first;
    },
    conversations: new Set(),
    messages: new Map(),
    providerMessages: new Map(),
    activeContacts: new Set(),
    cycleOf: () => '2027-03-01',
    activeContactOf: (of) => activeContactOf(of, BILLING),
    isListened: () => false,
    tells: () => false,
    ...given,
  };
}

const plan = (inbox: Inbox, receivedAt: number, ...events: StoredEvent[]) =>
  planDelivery(itemsOf([jobOf([from(workspaceId, channelId, receivedAt, ...events)])]), inbox);

const outcomes = ({ tallies }: ReturnType<typeof plan>) =>
  tallies.map(({ outcome, reason }) => (reason ? `${outcome} ${reason}` : outcome));

/** A message that is there, by its own id. */
const known = (id: string, given: Partial<KnownMessage> = {}): Map<string, KnownMessage> => {
  const _id = messageId(channelId.toString(), id);
  const place = { workspaceId, conversationId: 'c', contactId: newId(), at: new Date(T(0)) };
  const message = { direction: 'in', type: 'text', status: 'received' } as const;
  return new Map([[_id, { _id, ...place, ...message, ...given }]]);
};

describe('Planning a delivery', () => {
  const sent = (status: MessageStatus) => known('m1', { direction: 'out', status });

  describe('A status', () => {
    const order: MessageStatus[] = ['sent', 'delivered', 'read', 'failed'];
    for (const [i, known] of order.entries())
      for (const [j, told] of order.entries()) {
        const expected = j > i ? 'accepted' : j === i ? 'duplicate' : 'ignored stale_status';
        it(`When a message is ${known} and ${told} is told, then it is ${expected}`, () => {
          const planned = plan(inboxWith([], { messages: sent(known) }), T(1), status('m1', told));
          expect(outcomes(planned)).to.deep.equal([expected]);
          expect(planned.changes.map(({ set }) => set?.status)).to.deep.equal(j > i ? [told] : []);
        });
      }

    it('When several come in one batch in any order, then it only goes forward', () => {
      const planned = plan(
        inboxWith([], { messages: sent('sent') }),
        T(1),
        ...(['read', 'delivered', 'read', 'failed'] as const).map((to) => status('m1', to)),
      );
      expect(outcomes(planned)).to.deep.equal([
        'accepted',
        'ignored stale_status',
        'duplicate',
        'accepted',
      ]);
      expect(planned.changes.map(({ set }) => set)).to.deep.equal([{ status: 'failed' }]);
    });

    it('When it is about an echo of the same batch, then the message is stored with it', () => {
      const planned = plan(
        inboxWith([contact([A])]),
        T(1),
        echo('e1', A),
        status('e1', 'delivered'),
      );
      expect(outcomes(planned)).to.deep.equal(['accepted', 'accepted']);
      expect(planned.messages.map((one) => one.status)).to.deep.equal(['delivered']);
      expect(planned.changes).to.deep.equal([]);
    });

    it('When it is about nothing of ours, then it is ignored', () => {
      for (const messages of [new Map(), known('m1')])
        expect(
          outcomes(plan(inboxWith([], { messages }), T(1), status('m1', 'read'))),
        ).to.deep.equal(['ignored unknown_message']);
    });
  });

  it('When the sender is blocked, then only that and when is planned', () => {
    const one = contact([A], { blocked });
    const planned = plan(inboxWith([one]), T(1), message('m1', A), message('m2', A));
    expect(outcomes(planned)).to.deep.equal(['refused blocked', 'refused blocked']);
    expect(planned.refused).to.deep.equal([
      { contact: idsOf(one), count: 1, lastAt: new Date(T(1)), messagesAt: [T(1)] },
      { contact: idsOf(one), count: 1, lastAt: new Date(T(1)), messagesAt: [T(1)] },
    ]);
    expect([planned.messages, planned.conversations, planned.activeContacts]).to.deep.equal([
      [],
      [],
      [],
    ]);
    expect(planned.touched.size).to.equal(0);
  });

  it('When any one identity of the sender is blocked, then the message is refused for that contact', () => {
    const [good, bad] = [contact([A]), contact([B], { blocked })];
    for (const identities of [
      [A, B],
      [B, A],
    ]) {
      const planned = plan(inboxWith([good, bad]), T(1), message('m1', identities));
      expect(outcomes(planned)).to.deep.equal(['refused blocked']);
      expect(planned.refused.map(({ contact }) => contact)).to.deep.equal([idsOf(bad)]);
      expect(planned.messages).to.deep.equal([]);
    }
  });

  it('When a block has ended, then what was received in it is refused and the rest is not', () => {
    const pastBlocks = [{ since: new Date(T(10)), until: new Date(T(20)) }];
    const inbox = () => inboxWith([contact([A], { pastBlocks })]);
    const of = (receivedAt: number) => outcomes(plan(inbox(), receivedAt, message('m1', A)))[0];
    expect([T(9), T(10), T(19), T(20)].map(of)).to.deep.equal([
      'accepted',
      'refused blocked',
      'refused blocked',
      'accepted',
    ]);
  });

  it('When we write to a blocked contact elsewhere, then that is kept in a closed conversation', () => {
    const planned = plan(inboxWith([contact([A], { blocked })]), T(1), echo('e1', A));
    expect(outcomes(planned)).to.deep.equal(['accepted']);
    expect(planned.conversations[0]).to.include({ status: 'closed', blocked: true });
    expect(planned.messages[0]).to.include({ direction: 'out', status: 'sent' });
  });

  it('When a message comes twice in a batch or is there already, then the other one is a duplicate', () => {
    const planned = plan(
      inboxWith([contact([A])], { messages: known('m0') }),
      T(1),
      ...['m0', 'm1', 'm1', 'm2'].map((id) => message(id, A)),
    );
    expect(outcomes(planned)).to.deep.equal(['duplicate', 'accepted', 'duplicate', 'accepted']);
    expect(planned.messages.map(({ eventId }) => eventId)).to.deep.equal(['m1', 'm2']);
  });

  it('When two channels use the same event id, then these are two messages', () => {
    const items = itemsOf([
      jobOf([
        from(workspaceId, channelId, T(1), message('m1', A)),
        from(workspaceId, newId(), T(1), message('m1', A)),
      ]),
    ]);
    const planned = planDelivery(items, inboxWith([contact([A])]));
    expect(outcomes(planned)).to.deep.equal(['accepted', 'accepted']);
    expect(planned.conversations).to.have.length(2);
    expect(planned.activeContacts, 'one contact is active once').to.have.length(1);
  });

  it('When a new conversation has several messages, then it is made once and dated by the last one', () => {
    for (const order of [
      [T(1), T(9), T(5)],
      [T(9), T(1), T(5)],
    ]) {
      const deliveries = order.map((receivedAt, i) =>
        from(workspaceId, channelId, receivedAt, message(`m${i}`, A)),
      );
      const planned = planDelivery(itemsOf([jobOf(deliveries)]), inboxWith([contact([A])]));
      expect(planned.conversations).to.have.length(1);
      expect(planned.conversations[0]?.lastMessageAt).to.deep.equal(new Date(T(9)));
    }
  });

  it('When the conversation is there, then it is only moved up, and opened if the contact wrote', () => {
    const one = contact([A]);
    const id = conversationId(channelId.toString(), one._id.toString());
    const inbox = inboxWith([one], { conversations: new Set([id]) });
    const [wrote, echoed] = [
      plan(inbox, T(1), message('m1', A), echo('e1', A)),
      plan(inbox, T(1), echo('e1', A)),
    ];
    expect([...wrote.touched]).to.deep.equal([[id, { at: new Date(T(1)), inbound: true }]]);
    expect([...echoed.touched]).to.deep.equal([[id, { at: new Date(T(1)), inbound: false }]]);
    expect(wrote.conversations).to.deep.equal([]);
  });

  it('When the contact is active in the cycle already, then it is not counted again', () => {
    const one = contact([A]);
    const id = activeContactId(workspaceId.toString(), '2027-03-01', one._id.toString());
    const inbox = inboxWith([one], { activeContacts: new Set([id]) });
    expect(plan(inbox, T(1), message('m1', A)).activeContacts).to.deep.equal([]);
  });

  describe('A message in a group', () => {
    const [ada, friends] = [contact([A]), contact([GROUP.identity])];
    const said = (id: string) => message(id, A, { group: GROUP });

    it('When a member writes, then it is kept in the conversation of the group, and the member is active', () => {
      const planned = plan(inboxWith([ada, friends]), T(1), said('m1'), message('m2', A));
      const place = (one: Contact) => conversationId(`${channelId}`, `${one._id}`);
      expect(planned.conversations.map(({ _id, contactId }) => [_id, contactId])).to.deep.equal([
        [place(friends), friends._id],
        [place(ada), ada._id],
      ]);
      expect(
        planned.messages.map(({ conversationId, contactId, sender }) => [
          conversationId,
          contactId,
          sender.id,
        ]),
      ).to.deep.equal([
        [place(friends), ada._id, `${ada._id}`],
        [place(ada), ada._id, `${ada._id}`],
      ]);
      expect(planned.activeContacts.map(({ contactId }) => contactId)).to.deep.equal([ada._id]);
    });

    it('When the member or the group is blocked, then it is refused for that contact', () => {
      for (const [people, refuser] of [
        [[contact([A], { blocked }), friends], 0],
        [[ada, contact([GROUP.identity], { blocked })], 1],
      ] as const) {
        const planned = plan(inboxWith([...people]), T(1), said('m1'), edit('e1', 'm1', A, T(2)));
        expect(outcomes(planned)[0]).to.equal('refused blocked');
        expect(planned.refused[0]?.contact).to.deep.equal(idsOf(people[refuser]));
        expect([planned.messages, planned.conversations, planned.activeContacts]).to.deep.equal([
          ...[[], [], []],
        ]);
      }
    });

    it('When nobody says who spoke, then the group did', () => {
      const planned = plan(
        inboxWith([friends]),
        T(1),
        message('m1', GROUP.identity, { group: GROUP }),
      );
      expect(planned.messages.map(({ contactId }) => contactId)).to.deep.equal([friends._id]);
    });
  });

  describe('An edit', () => {
    const ada = contact([A]);
    const theirs = (given: Partial<KnownMessage> = {}) => ({
      messages: known('m1', { contactId: ada._id, ...given }),
    });
    const at = (seconds: number, ...editIds: string[]) =>
      theirs({ editedAt: new Date(T(seconds)), editIds });

    it('When a message is changed, then it has the new content and what it has not goes', () => {
      const planned = plan(inboxWith([ada], theirs()), T(9), edit('e1', 'm1', A, T(5)));
      expect(outcomes(planned)).to.deep.equal(['accepted']);
      expect(planned.changes.map(({ set }) => set)).to.deep.equal([
        {
          type: 'text',
          text: 'text of e1',
          attachments: undefined,
          editedAt: new Date(T(5)),
          editIds: ['e1'],
        },
      ]);
      expect([planned.messages, planned.conversations, planned.activeContacts]).to.deep.equal([
        ...[[], [], []],
      ]);
      expect(planned.touched.size).to.equal(0);
    });

    it('When it is older, the same again, or another one of the same moment, then it only goes forward', () => {
      const of = (given: Partial<Inbox>, id: string, seconds: number) =>
        outcomes(plan(inboxWith([ada], given), T(9), edit(id, 'm1', A, T(seconds))))[0];
      expect(of(at(5, 'e5'), 'e4', 4)).to.equal('ignored stale_edit');
      expect(of(at(5, 'e5'), 'e5', 5)).to.equal('duplicate');
      expect(of(at(5, 'e5'), 'e5b', 5)).to.equal('accepted');
      expect(of(at(5, 'e5', 'e5b'), 'e5', 5)).to.equal('duplicate');
      expect(of(at(5, 'e5', 'e5b'), 'e6', 6)).to.equal('accepted');
    });

    it('When several come in one batch, then the message has the last content, by their time', () => {
      const planned = plan(
        inboxWith([ada], theirs()),
        T(9),
        ...[5, 7, 6, 7].map((seconds) => edit(`e${seconds}`, 'm1', A, T(seconds))),
        edit('e7b', 'm1', A, T(7)),
      );
      expect(outcomes(planned)).to.deep.equal([
        ...['accepted', 'accepted', 'ignored stale_edit', 'duplicate', 'accepted'],
      ]);
      expect(planned.changes).to.have.length(1);
      expect(planned.changes[0]?.set).to.deep.include({
        text: 'text of e7b',
        editIds: ['e7', 'e7b'],
      });
    });

    it('When the message is in the same batch, then it is stored as it was changed', () => {
      const attachments = [{ type: 'image' as const, id: '7' }];
      const planned = plan(
        inboxWith([ada]),
        T(9),
        message('m1', A, { content: { type: 'attachment', attachments } }),
        edit('e1', 'm1', A, T(5)),
      );
      expect(outcomes(planned)).to.deep.equal(['accepted', 'accepted']);
      expect(planned.changes).to.deep.equal([]);
      expect(planned.messages[0]).to.include({ type: 'text', text: 'text of e1' });
      expect(planned.messages[0]).not.to.have.property('attachments');
    });

    it('When the message is of somebody else or ours, then it is ignored', () => {
      for (const messages of [
        known('m1', { contactId: contact([B])._id }),
        known('m1', { contactId: ada._id, direction: 'out', status: 'sent' }),
      ]) {
        const planned = plan(inboxWith([ada], { messages }), T(9), edit('e1', 'm1', A, T(5)));
        expect(outcomes(planned)).to.deep.equal(['ignored unknown_message']);
        expect([planned.changes, planned.namings, planned.early]).to.deep.equal([[], [], []]);
      }
      const stranger = plan(inboxWith([], theirs()), T(9), edit('e1', 'm1', A, T(5)));
      expect(outcomes(stranger)).to.deep.equal(['ignored unknown_message']);
    });

    it('When it comes before its message, then the last one waits, and is taken if it is of the same contact', () => {
      const edits = [5, 7, 6].map((seconds) => edit(`e${seconds}`, 'm1', A, T(seconds)));
      const early = plan(inboxWith([ada]), T(9), ...edits);
      expect(outcomes(early)).to.deep.equal(new Array(3).fill('ignored unknown_message'));
      expect(early.early.map(({ early }) => early)).to.deep.equal([
        {
          type: 'text',
          text: 'text of e7',
          editedAt: new Date(T(7)),
          editIds: ['e7'],
          writers: [A],
        },
      ]);

      const content = { type: 'attachment' as const, attachments: [], replyTo: 'm0' };
      const theirs = plan(inboxWith([ada]), T(9), ...edits, message('m1', A, { content }));
      expect(theirs.early).to.deep.equal([]);
      expect(theirs.messages[0]).to.deep.include({
        ...{ type: 'text', text: 'text of e7', replyTo: 'm0', editedAt: new Date(T(7)) },
      });
      expect(theirs.messages[0]).not.to.have.any.keys('attachments', 'writers');
      const bert = contact([B]);
      for (const event of [message('m1', B), echo('m1', A)]) {
        const other = plan(inboxWith([ada, bert]), T(9), ...edits, event);
        expect(other.messages.map(({ text }) => text)).to.deep.equal(['text of m1']);
      }
    });

    it('When its writer is blocked, then it is refused, whatever it is about', () => {
      const bad = contact([A], { blocked });
      for (const messages of [known('m1', { contactId: bad._id }), new Map()]) {
        const planned = plan(inboxWith([bad], { messages }), T(9), edit('e1', 'm1', A, T(5)));
        expect(outcomes(planned)).to.deep.equal(['refused blocked']);
        expect(planned.refused.map(({ contact }) => contact)).to.deep.equal([idsOf(bad)]);
        expect([planned.changes, planned.early]).to.deep.equal([[], []]);
      }
    });
  });

  describe('A deletion', () => {
    const gone = { type: 'deleted', text: undefined, attachments: undefined, thread: undefined };

    it('When a message is taken back, then its content goes and no edit brings it back', () => {
      for (const people of [[contact([A])], [contact([A], { blocked })], []]) {
        const planned = plan(
          inboxWith(people, { messages: known('m1', { contactId: people[0]?._id ?? newId() }) }),
          T(9),
          deletion('m1'),
          deletion('m1'),
        );
        expect(outcomes(planned)).to.deep.equal(['accepted', 'duplicate']);
        expect(planned.changes.map(({ set }) => set)).to.deep.equal([gone]);
      }
      const ada = contact([A]);
      const messages = known('m1', { contactId: ada._id, type: 'deleted' });
      const late = plan(
        inboxWith([ada], { messages }),
        T(9),
        edit('e1', 'm1', A, T(5)),
        message('m1', A),
      );
      expect(outcomes(late)).to.deep.equal(['ignored deleted_message', 'duplicate']);
      expect(late.changes).to.deep.equal([]);
    });

    it('When it is about a message of the same batch, before or after it, then that is stored without content', () => {
      const events = [message('m1', A), edit('e1', 'm1', A, T(5)), deletion('m1')];
      for (const order of [
        [0, 1, 2],
        [0, 2, 1],
        [2, 0, 1],
      ]) {
        const planned = plan(
          inboxWith([contact([A])]),
          T(9),
          ...order.map((i) => events[i] as StoredEvent),
        );
        expect(planned.messages).to.have.length(1);
        expect(planned.messages[0]).to.include({ type: 'deleted', direction: 'in' });
        expect(planned.messages[0]).not.to.have.property('text');
        expect(planned.early).to.deep.equal([]);
      }
    });

    it('When it is about nothing that is here, then only that is kept', () => {
      const planned = plan(inboxWith([]), T(9), deletion('m1'), deletion('m1'));
      expect(outcomes(planned)).to.deep.equal(['ignored unknown_message', 'duplicate']);
      expect(planned.early.map(({ early }) => early)).to.deep.equal([{ type: 'deleted' }]);
    });
  });

  describe('A watermark', () => {
    const ada = contact([A]);
    const conversation = conversationId(`${channelId}`, `${ada._id}`);
    const ours = (id: string, seconds: number, given: Partial<KnownMessage> = {}) =>
      known(id, {
        ...{ conversationId: conversation, direction: 'out', status: 'sent' },
        at: new Date(T(seconds)),
        ...given,
      });
    const raised = (planned: ReturnType<typeof plan>) =>
      planned.changes.map(({ read, set }) => [read._id, set]);
    const idOf = (id: string) => messageId(`${channelId}`, id);

    it('When it is told, then what we wrote until then is raised, and nothing goes back', () => {
      const messages = new Map([
        ...ours('o1', 1),
        ...ours('o2', 2, { status: 'delivered' }),
        ...ours('o3', 2, { status: 'read' }),
        ...ours('o4', 2, { status: 'failed' }),
        ...ours('o5', 3),
        ...ours('i1', 1, { direction: 'in', status: 'received' }),
        ...ours('x1', 1, { conversationId: 'another' }),
      ]);
      const planned = plan(inboxWith([ada], { messages }), T(9), watermark(A, 'read', T(2)));
      expect(outcomes(planned)).to.deep.equal(['accepted']);
      expect(raised(planned)).to.deep.equal([
        [idOf('o1'), { status: 'read' }],
        [idOf('o2'), { status: 'read' }],
      ]);
      const delivered = plan(inboxWith([ada], { messages }), T(9), watermark(A, 'delivered', T(3)));
      expect(raised(delivered)).to.deep.equal([
        [idOf('o1'), { status: 'delivered' }],
        [idOf('o5'), { status: 'delivered' }],
      ]);
    });

    it('When several come, with an echo among them, then each raises what is left', () => {
      const planned = plan(
        inboxWith([ada], { messages: ours('o1', 1) }),
        T(9),
        watermark(A, 'read', T(2)),
        watermark(A, 'delivered', T(2)),
        echo('e1', A),
        watermark(A, 'read', T(2)),
        watermark(A, 'read', T(2)),
        status('o1', 'delivered'),
      );
      expect(outcomes(planned)).to.deep.equal([
        ...['accepted', 'duplicate', 'accepted', 'accepted', 'duplicate', 'ignored stale_status'],
      ]);
      expect(planned.messages.map((one) => one.status)).to.deep.equal(['read']);
    });

    it('When there is nothing to raise or nobody whose it is, then nothing is written', () => {
      const nothing = plan(inboxWith([ada]), T(9), watermark(A, 'read', T(2)));
      expect(outcomes(nothing)).to.deep.equal(['duplicate']);
      const nobody = plan(inboxWith([]), T(9), watermark(A, 'read', T(2)));
      expect(outcomes(nobody)).to.deep.equal(['ignored unknown_contact']);
      expect([nobody.conversations, nobody.changes]).to.deep.equal([[], []]);
    });
  });

  describe("A provider's id", () => {
    const key = (id: string) => providerMessageId(`${channelId}`, id);
    const rows = (...all: ProviderMessage[]) => new Map(all.map((row) => [row._id, row]));
    const named = (planned: ReturnType<typeof plan>) =>
      planned.namings.map(({ row: { _id, messageId, status } }) => ({ _id, messageId, status }));

    it('When a message has another id than its event, or is an echo, then its id is kept', () => {
      const planned = plan(
        inboxWith([contact([A])]),
        T(1),
        message('ev1', A, { messageId: 'm1' }),
        message('m2', A),
        echo('e1', A),
        echo('ev2', A, { messageId: 'e2' }),
      );
      expect(named(planned)).to.deep.equal([
        { _id: key('m1'), messageId: messageId(`${channelId}`, 'ev1'), status: null },
        { _id: key('e1'), messageId: key('e1'), status: null },
        { _id: key('e2'), messageId: messageId(`${channelId}`, 'ev2'), status: null },
      ]);
    });

    it('When an edit, a deletion or a status names it, then its message is meant', () => {
      const ada = contact([A]);
      const planned = plan(
        inboxWith([ada]),
        T(1),
        message('ev1', A, { messageId: 'm1' }),
        edit('ev2', 'm1', A, T(5)),
        echo('ev3', A, { messageId: 'e1' }),
        status('e1', 'read'),
        deletion('e1'),
      );
      expect(outcomes(planned)).to.deep.equal(new Array(5).fill('accepted'));
      expect(planned.messages.map(({ type, text, status }) => [type, text, status])).to.deep.equal([
        ['text', 'text of ev2', 'received'],
        ['deleted', undefined, 'read'],
      ]);
    });

    it('When an echo is of a message that we sent, then it is a duplicate', () => {
      const providerMessages = rows(knownMessage(key('e1'), 'ours'));
      const planned = plan(inboxWith([contact([A])], { providerMessages }), T(1), echo('e1', A));
      expect(outcomes(planned)).to.deep.equal(['duplicate']);
      expect([planned.messages, planned.namings]).to.deep.equal([[], []]);
    });

    it('When statuses come before their message, then the furthest waits, and an echo takes it', () => {
      const early = plan(
        inboxWith([]),
        T(1),
        ...(['delivered', 'sent', 'read'] as const).map((to) => status('e1', to)),
      );
      expect(outcomes(early)).to.deep.equal(new Array(3).fill('ignored unknown_message'));
      expect(named(early)).to.deep.equal([{ _id: key('e1'), messageId: null, status: 'read' }]);

      const providerMessages = rows(waitingName(key('e1'), 'delivered'));
      const inbox = inboxWith([contact([A])], { providerMessages });
      const planned = plan(inbox, T(1), status('e1', 'sent'), echo('e1', A), status('e1', 'read'));
      expect(outcomes(planned)).to.deep.equal(['ignored unknown_message', 'accepted', 'accepted']);
      expect(planned.messages.map((one) => one.status)).to.deep.equal(['read']);
      expect(named(planned)).to.deep.equal([
        { _id: key('e1'), messageId: key('e1'), status: null },
      ]);
    });

    it('When its message is not there any more, then nothing waits for it', () => {
      const providerMessages = rows(knownMessage(key('e1'), 'gone'));
      const planned = plan(
        inboxWith([], { providerMessages }),
        T(1),
        status('e1', 'read'),
        deletion('e1'),
      );
      expect(outcomes(planned)).to.deep.equal(new Array(2).fill('ignored unknown_message'));
      expect([planned.namings, planned.early]).to.deep.equal([[], []]);
    });
  });
});
