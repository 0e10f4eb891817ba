import { expect } from 'chai';
import type { Contact } from '../../models/contact.ts';
import { conversationId } from '../../models/conversation.ts';
import type { MessageStatus, StoredEvent } from '../../models/event.ts';
import { activeContactId } from '../../models/mac.ts';
import { messageId } from '../../models/message.ts';
import { itemsOf } from '../../workers/deliver/item.ts';
import type { KnownMessage } from '../../workers/deliver/messages.ts';
import { planDelivery } from '../../workers/deliver/plan.ts';
import type { Inbox } from '../../workers/deliver/read-inbox.ts';
import { echo, from, jobOf, message, newId, status, T } from './inbox.ts';

const workspaceId = newId();
const channelId = newId();
const A = 'tel:+16505550001';
const B = 'tel:+16505550002';

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
    ...given,
  };
}

const plan = (inbox: Inbox, receivedAt: number, ...events: StoredEvent[]) =>
  planDelivery(itemsOf([jobOf([from(workspaceId, channelId, receivedAt, ...events)])]), inbox);

const outcomes = ({ tallies }: ReturnType<typeof plan>) =>
  tallies.map(({ outcome, reason }) => (reason ? `${outcome} ${reason}` : outcome));

describe('Planning a delivery', () => {
  const known = (id: string, given: Partial<KnownMessage> = {}): Map<string, KnownMessage> => {
    const _id = messageId(channelId.toString(), id);
    const place = { conversationId: 'c', contactId: newId(), at: new Date(T(0)) };
    const message = { direction: 'in', type: 'text', status: 'received' } as const;
    return new Map([[_id, { _id, ...place, ...message, ...given }]]);
  };
  const sent = (status: MessageStatus) => known('m1', { direction: 'out', status });

  describe('A status', () => {
    const order: MessageStatus[] = ['sent', 'delivered', 'read', 'failed'];
    for (const [i, known] of order.entries())
      for (const [j, told] of order.entries()) {
        const expected = j > i ? 'accepted' : j === i ? 'duplicate' : 'ignored stale_status';
        it(`When a message is ${known} and ${told} is told, then it is ${expected}`, () => {
          const planned = plan(inboxWith([], { messages: sent(known) }), T(1), status('m1', told));
          expect(outcomes(planned)).to.deep.equal([expected]);
          expect(planned.changes.map(({ set }) => set.status)).to.deep.equal(j > i ? [told] : []);
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
      { contact: { _id: one._id }, count: 1, lastAt: new Date(T(1)) },
      { contact: { _id: one._id }, count: 1, lastAt: new Date(T(1)) },
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
      expect(planned.refused.map(({ contact }) => contact)).to.deep.equal([{ _id: bad._id }]);
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
});
