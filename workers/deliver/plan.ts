import { type Contact, isRefused } from '../../models/contact.ts';
import { type Conversation, conversationId } from '../../models/conversation.ts';
import {
  type Echo,
  type InboundMessage,
  MESSAGE_STATUSES,
  type MessageStatus,
  type StatusUpdate,
} from '../../models/event.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { type ActiveContact, activeContactId } from '../../models/mac.ts';
import type { Message } from '../../models/message.ts';
import type { Outcome, Tally } from '../../models/outcome.ts';
import { type Touched, touch } from './conversations.ts';
import type { Item } from './item.ts';
import type { Inbox } from './read-inbox.ts';
import type { RefusedContact } from './refused.ts';

/** All that a delivery writes, decided before anything is written. */
export interface Plan {
  conversations: Conversation[];
  messages: Message[];
  activeContacts: ActiveContact[];
  statuses: { messageId: string; from: MessageStatus; to: MessageStatus }[];
  touched: Touched;
  /** Messages that the second look refused. */
  refused: RefusedContact[];
  tallies: Tally[];
}

/** Gives each event its outcome and what is to be written for it. Reads and writes nothing. */
export function planDelivery(items: Item[], inbox: Inbox): Plan {
  const plan: Plan = {
    conversations: [],
    messages: [],
    activeContacts: [],
    statuses: [],
    touched: new Map(),
    refused: [],
    tallies: [],
  };
  const planned = new Map<string, Message>();
  const opened = new Map<string, Conversation>();
  const active = new Set<string>();
  const moved = new Map<string, MessageStatus>();
  const objectIds = new Map<string, ObjectId>();
  const objectId = (hex: string): ObjectId => {
    const id = objectIds.get(hex) ?? new Types.ObjectId(hex);
    objectIds.set(hex, id);
    return id;
  };

  const store = (
    { from, event, messageId: _id }: Item<InboundMessage | Echo>,
    contact: Contact,
  ): void => {
    const inbound = event.kind === 'message';
    const receivedAt = new Date(from.receivedAt);
    const contactId = contact._id.toString();
    const place = {
      workspaceId: contact.workspaceId,
      channelId: objectId(from.channelId),
      contactId: contact._id,
    };
    const conversation = conversationId(from.channelId, contactId);
    const own = opened.get(conversation);
    if (inbox.conversations.has(conversation)) {
      touch(plan.touched, conversation, receivedAt, inbound);
    } else if (own) {
      if (own.lastMessageAt < receivedAt) own.lastMessageAt = receivedAt;
    } else {
      const blocked = contact.blocked !== null;
      const made: Conversation = {
        _id: conversation,
        ...place,
        status: blocked ? 'closed' : 'open',
        blocked,
        assigneeId: null,
        snoozedUntil: null,
        readAt: new Date(0),
        lastMessageAt: receivedAt,
        createdAt: receivedAt,
      };
      opened.set(conversation, made);
      plan.conversations.push(made);
    }
    const { type, text, attachments } = event.content;
    const message: Message = {
      _id,
      ...place,
      conversationId: conversation,
      direction: inbound ? 'in' : 'out',
      type,
      ...(text !== undefined && { text }),
      ...(attachments && { attachments }),
      at: new Date(event.at),
      receivedAt,
      status: inbound ? 'received' : 'sent',
      eventId: event.eventId,
      sender: inbound ? { type: 'contact', id: contactId } : { type: 'echo', id: null },
    };
    planned.set(_id, message);
    plan.messages.push(message);
    const cycle = inbox.cycleOf(from.workspaceId, from.receivedAt);
    const activeId = activeContactId(from.workspaceId, cycle, contactId);
    if (inbox.activeContacts.has(activeId) || active.has(activeId)) return;
    active.add(activeId);
    plan.activeContacts.push({ _id: activeId, ...place, cycle, at: receivedAt });
  };

  const move = ({ event, messageId }: Item<StatusUpdate>): [Outcome, string | null] => {
    const own = planned.get(messageId);
    const known = own ?? inbox.messages.get(messageId);
    if (known?.direction !== 'out') return ['ignored', 'unknown_message'];
    const from = moved.get(messageId) ?? (known.status as MessageStatus);
    const step = MESSAGE_STATUSES.indexOf(event.status) - MESSAGE_STATUSES.indexOf(from);
    if (step === 0) return ['duplicate', null];
    if (step < 0) return ['ignored', 'stale_status'];
    if (own) own.status = event.status;
    else {
      plan.statuses.push({ messageId, from, to: event.status });
      moved.set(messageId, event.status);
    }
    return ['accepted', null];
  };

  const decide = (item: Item): [Outcome, string | null] => {
    const { from, event } = item;
    if (event.kind === 'status') return move(item as Item<StatusUpdate>);
    if (event.kind !== 'message' && event.kind !== 'echo') return ['ignored', 'not_kept'];
    if (planned.has(item.messageId) || inbox.messages.has(item.messageId))
      return ['duplicate', null];
    // The second look: MongoDB is the truth, whatever the cache said at the door. As there, one
    // blocked identity is enough, though the message would go to the contact of another.
    const refuser =
      event.kind === 'message' &&
      inbox
        .contactsOf(from.workspaceId, event.identities)
        .find((contact) => isRefused(contact, from.receivedAt));
    if (refuser) {
      const lastAt = new Date(from.receivedAt);
      plan.refused.push({ contact: { _id: refuser._id }, count: 1, lastAt });
      return ['refused', 'blocked'];
    }
    const contact = inbox.contactOf(from.workspaceId, event.identities);
    store(item as Item<InboundMessage | Echo>, contact);
    return ['accepted', null];
  };

  for (const item of items) {
    const [outcome, reason] = decide(item);
    const { workspaceId, channelId, receivedAt: at } = item.from;
    plan.tallies.push({ workspaceId, channelId, outcome, reason, count: 1, at });
  }
  return plan;
}
