import { type Contact, isRefused } from '../../models/contacts/contact.ts';
import {
  type Content,
  type Deletion,
  type Echo,
  type Edit,
  type InboundMessage,
  type StatusUpdate,
  statusesBefore,
  type Watermark,
} from '../../models/delivery/event.ts';
import type { Outcome, Tally } from '../../models/delivery/outcome.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import {
  type Conversation,
  conversationId,
  conversationIds,
} from '../../models/inbox/conversation.ts';
import type { EarlyChange, EarlyMessage, EditFields, Message } from '../../models/inbox/message.ts';
import { type ActiveContact, activeContactId } from '../../models/mac/active-contact.ts';
import { idsOf } from '../../models/merge/merged.ts';
import { type OutgoingEvent, outgoingId } from '../../models/webhooks/outgoing-event.ts';
import { eventOf, type WorkflowEvent } from '../../models/workflows/workflow-event.ts';
import { type Touched, touch } from './conversations.ts';
import type { Item } from './item.ts';
import { type Change, type KnownMessage, Messages, type NewValues } from './messages.ts';
import { Names, type Naming } from './names.ts';
import type { Inbox } from './read-inbox.ts';
import type { RefusedContact } from './refused.ts';

/** All that a delivery writes, decided before anything is written. */
export interface Plan {
  conversations: Conversation[];
  messages: Message[];
  /** Messages that were there already. */
  changes: Change[];
  /** What became of messages that are not there yet. */
  early: EarlyMessage[];
  namings: Naming[];
  activeContacts: ActiveContact[];
  touched: Touched;
  /** What workflows wait for. */
  events: WorkflowEvent[];
  /** Conversations that are written to and whose opening again would be such an event as well. */
  watched: Map<string, WorkflowEvent>;
  /** What the workspace's programs are told of. */
  outgoing: OutgoingEvent[];
  /** Messages that the second look refused. */
  refused: RefusedContact[];
  tallies: Tally[];
}

/** The outcome of an event and the fixed word for its reason. */
type Decision = [Outcome, string | null];

/** Gives each event its outcome and what is to be written for it. Reads and writes nothing. */
export function planDelivery(items: Item[], inbox: Inbox): Plan {
  const planner = new Planner(inbox);
  const tallies: Tally[] = [];
  for (const item of items) {
    const [outcome, reason] = planner.decide(item);
    const { workspaceId, channelId, receivedAt: at } = item.from;
    tallies.push({ workspaceId, channelId, outcome, reason, count: 1, at });
  }
  const { opened, messages, names, active, touched, events, watched, outgoing, refused } = planner;
  return {
    conversations: [...opened.values()],
    messages: messages.added(),
    changes: messages.changes(),
    early: messages.notHereYet(),
    namings: names.namings(),
    activeContacts: [...active.values()],
    touched,
    events,
    watched,
    outgoing,
    refused,
    tallies,
  };
}

class Planner {
  readonly opened = new Map<string, Conversation>();
  readonly active = new Map<string, ActiveContact>();
  readonly touched: Touched = new Map();
  readonly events: WorkflowEvent[] = [];
  readonly watched = new Map<string, WorkflowEvent>();
  readonly outgoing: OutgoingEvent[] = [];
  readonly refused: RefusedContact[] = [];
  readonly messages: Messages;
  readonly names: Names;
  private readonly objectIds = new Map<string, ObjectId>();

  constructor(private readonly inbox: Inbox) {
    this.messages = new Messages(inbox.messages);
    this.names = new Names(inbox.providerMessages);
  }

  decide(item: Item): Decision {
    switch (item.event.kind) {
      case 'message':
        return this.message(item as Item<InboundMessage>);
      case 'echo':
        return this.echo(item as Item<Echo>);
      case 'edit':
        return this.edit(item as Item<Edit>);
      case 'deletion':
        return this.deletion(item as Item<Deletion>);
      case 'status':
        return this.status(item as Item<StatusUpdate>);
      case 'watermark':
        return this.watermark(item as Item<Watermark>);
    }
  }

  private message(item: Item<InboundMessage>): Decision {
    const { event, messageId, providerId } = item;
    if (this.messages.get(messageId)) return ['duplicate', null];
    if (this.isRefused(item)) return ['refused', 'blocked'];
    this.store(item, 'received');
    if (event.messageId !== undefined && !this.names.messageIdOf(providerId))
      this.names.name(providerId, messageId);
    return ['accepted', null];
  }

  private echo(item: Item<Echo>): Decision {
    const { messageId, providerId } = item;
    if (this.messages.get(messageId) || this.names.messageIdOf(providerId))
      return ['duplicate', null];
    this.store(item, this.names.waitingFor(providerId) ?? 'sent');
    this.names.name(providerId, messageId);
    return ['accepted', null];
  }

  /** New words for a message of the same contact. */
  private edit(item: Item<Edit>): Decision {
    const { from, event, providerId } = item;
    if (this.isRefused(item)) return ['refused', 'blocked'];
    const known = this.named(providerId);
    if (!known) return this.editEarly(item);
    const writers = this.inbox.contactsOf(from.workspaceId, event.identities);
    const theirs = writers.some((writer) => idsOf(writer).some((id) => id.equals(known.contactId)));
    if (known.direction !== 'in' || !theirs) return ['ignored', 'unknown_message'];
    if (known.type === 'deleted') return ['ignored', 'deleted_message'];
    const [outcome, reason] = inTime(event, known);
    if (outcome === 'accepted') this.messages.change(known._id, edited(editOf(event, known)));
    return [outcome, reason];
  }

  private editEarly({ event, providerId }: Item<Edit>): Decision {
    const early = this.messages.early(providerId);
    if (early?.type === 'deleted') return ['ignored', 'deleted_message'];
    if (inTime(event, early ?? {})[0] === 'accepted')
      this.wait(providerId, { ...editOf(event, early ?? {}), writers: event.identities });
    return ['ignored', 'unknown_message'];
  }

  private deletion({ providerId }: Item<Deletion>): Decision {
    const known = this.named(providerId);
    const type = known?.type ?? this.messages.early(providerId)?.type;
    if (type === 'deleted') return ['duplicate', null];
    if (known) this.messages.change(known._id, DELETED);
    else this.wait(providerId, { type: 'deleted' });
    return known ? ['accepted', null] : ['ignored', 'unknown_message'];
  }

  private status({ event, providerId }: Item<StatusUpdate>): Decision {
    const { status } = event;
    const lower = statusesBefore(status);
    const known = this.named(providerId);
    if (!known && !this.names.messageIdOf(providerId)) {
      const waiting = this.names.waitingFor(providerId);
      if (waiting === null || lower.includes(waiting)) this.names.wait(providerId, status);
    }
    if (known?.direction !== 'out') return ['ignored', 'unknown_message'];
    if (known.status === status) return ['duplicate', null];
    if (!lower.includes(known.status)) return ['ignored', 'stale_status'];
    this.messages.change(known._id, { status });
    return ['accepted', null];
  }

  private watermark({ from, event }: Item<Watermark>): Decision {
    const [contact] = this.inbox.contactsOf(from.workspaceId, event.identities);
    if (!contact) return ['ignored', 'unknown_contact'];
    const lower = statusesBefore(event.status);
    const raised = conversationIds(from.channelId, contact)
      .flatMap((conversation) => this.messages.outgoing(conversation))
      .filter(({ at, status }) => at.getTime() <= event.until && lower.includes(status));
    for (const { _id } of raised) this.messages.change(_id, { status: event.status });
    return [raised.length > 0 ? 'accepted' : 'duplicate', null];
  }

  private named(providerId: string): KnownMessage | undefined {
    return this.messages.get(this.names.messageIdOf(providerId) ?? providerId);
  }

  /** Keeps what became of a message until that is here; not when it was here and is gone. */
  private wait(providerId: string, early: EarlyChange): void {
    if (this.names.messageIdOf(providerId)) return;
    this.messages.wait(providerId, early);
    // Also when nothing is new in it: who stores the message meanwhile writes this row too.
    this.names.wait(providerId, this.names.waitingFor(providerId));
  }

  /** Makes of a message that has just come what became of it before. */
  private catchUp(
    { event, messageId, providerId }: Item<InboundMessage | Echo>,
    early: EarlyChange,
  ): void {
    if (providerId !== messageId) this.messages.forget(providerId);
    if (early.type === 'deleted') this.messages.change(messageId, DELETED);
    else if (event.kind === 'message') {
      const { writers, ...edit } = early;
      if (event.identities.some((urn) => writers.includes(urn)))
        this.messages.change(messageId, edited(edit));
    }
  }

  /**
   * The second look: MongoDB is the truth, whatever the cache said at the door. As there, one blocked
   * identity is enough, though the message would go to the contact of another; so is a blocked group.
   */
  private isRefused({ from, event }: Item<InboundMessage | Edit>): boolean {
    const identities = screenedBy(event);
    const refuser = this.inbox
      .contactsOf(from.workspaceId, identities)
      .find((contact) => isRefused(contact, from.receivedAt, identities));
    if (!refuser) return false;
    const lastAt = new Date(from.receivedAt);
    const messagesAt = event.kind === 'message' ? [from.receivedAt] : [];
    const { _id, workspaceId } = refuser;
    this.refused.push({ contact: { _id, workspaceId }, count: 1, lastAt, messagesAt });
    return true;
  }

  private store(item: Item<InboundMessage | Echo>, status: Message['status']): void {
    const { from, event, messageId: _id, providerId } = item;
    const inbound = event.kind === 'message';
    const receivedAt = new Date(from.receivedAt);
    const contact = this.inbox.contactOf(from.workspaceId, event.identities);
    // What is said in a group is kept in the group's conversation, whoever says it.
    const group = inbound && event.group ? [event.group.identity] : undefined;
    const owner = group ? this.inbox.contactOf(from.workspaceId, group) : contact;
    const contactId = contact._id.toString();
    const place = { workspaceId: contact.workspaceId, channelId: this.objectId(from.channelId) };
    const early = this.messages.early(providerId);
    const hasOthers = contact.identities.some((urn) => !event.identities.includes(urn));
    const here = { contactId: contact._id, conversationId: this.converse(owner, item, receivedAt) };
    if (inbound && this.inbox.isListened(from.workspaceId, 'message_received')) {
      const received = {
        ...here,
        type: 'message_received',
        messageId: _id,
        at: receivedAt,
      } as const;
      this.events.push(eventOf({ workspaceId: contact.workspaceId, ...received }, _id));
    }
    this.messages.add({
      _id,
      ...place,
      ...here,
      direction: inbound ? 'in' : 'out',
      ...fieldsOf(event.content),
      at: new Date(event.at),
      receivedAt,
      status,
      eventId: event.eventId,
      ...(event.messageId !== undefined && { providerMessageId: event.messageId }),
      sender: inbound ? { type: 'contact', id: contactId } : { type: 'echo', id: null },
      ...(hasOthers && { identities: event.identities }),
      ...(group && { inGroup: true }),
    });
    if (early) this.catchUp(item, early);
    if (inbound && this.inbox.tells(from.workspaceId, 'message.received'))
      this.outgoing.push({
        _id: outgoingId(_id),
        workspaceId: contact.workspaceId,
        type: 'message.received',
        data: { messageId: _id },
        at: receivedAt,
      });
    const cycle = this.inbox.cycleOf(from.workspaceId, from.receivedAt);
    const activeId = activeContactId(from.workspaceId, cycle, contactId);
    if (this.inbox.activeContacts.has(activeId) || this.active.has(activeId)) return;
    const active = { ...place, contactId: contact._id, cycle, at: receivedAt };
    this.active.set(activeId, this.inbox.activeContactOf(active));
  }

  /** The conversation with a contact on a channel, which now has a message of that moment. */
  private converse(owner: Contact, { from, event }: Item, at: Date): string {
    const { channelId } = from;
    const inbound = event.kind === 'message';
    const _id = conversationId(channelId, owner._id.toString());
    const own = this.opened.get(_id);
    if (this.inbox.conversations.has(_id)) {
      touch(this.touched, _id, at, inbound);
      if (inbound) this.announce(_id, owner, at);
    } else if (own) {
      if (own.lastMessageAt < at) own.lastMessageAt = at;
    } else {
      const blocked = owner.blocked !== null;
      this.opened.set(_id, {
        _id,
        workspaceId: owner.workspaceId,
        channelId: this.objectId(channelId),
        contactId: owner._id,
        status: blocked ? 'closed' : 'open',
        blocked,
        assigneeId: null,
        snoozedUntil: null,
        readAt: new Date(0),
        lastMessageAt: at,
        createdAt: at,
      });
      if (!blocked) this.announce(_id, owner, at);
    }
    return _id;
  }

  /** Tells workflows that a conversation opens: a new one now, another when it turns out to be closed. */
  private announce(conversationId: string, owner: Contact, at: Date): void {
    const { workspaceId, _id: contactId } = owner;
    if (!this.inbox.isListened(workspaceId.toString(), 'conversation_opened')) return;
    const opening = {
      workspaceId,
      type: 'conversation_opened',
      contactId,
      conversationId,
    } as const;
    const event = eventOf({ ...opening, at }, new Types.ObjectId().toString());
    if (this.inbox.conversations.has(conversationId)) this.watched.set(conversationId, event);
    else this.events.push(event);
  }

  private objectId(hex: string): ObjectId {
    const id = this.objectIds.get(hex) ?? new Types.ObjectId(hex);
    this.objectIds.set(hex, id);
    return id;
  }
}

/** Whose block refuses the event: any identity of who wrote it, or the group that it was said in. */
function screenedBy({ identities, group }: InboundMessage | Edit) {
  return group ? [...identities, group.identity] : identities;
}

function fieldsOf({ type, text, attachments, replyTo, thread }: Content) {
  return {
    type,
    ...(text !== undefined && { text }),
    ...(attachments && { attachments }),
    ...(replyTo !== undefined && { replyTo }),
    ...(thread && { thread }),
  };
}

const DELETED: NewValues = {
  type: 'deleted',
  text: undefined,
  attachments: undefined,
  thread: undefined,
};

type Edits = Pick<Message, 'editedAt' | 'editIds'>;

/** An edit counts when it is of a later moment, or another one of the same. */
function inTime(event: Edit, { editedAt, editIds }: Edits): Decision {
  if (editIds?.includes(event.eventId)) return ['duplicate', null];
  return editedAt && event.at < editedAt.getTime() ? ['ignored', 'stale_edit'] : ['accepted', null];
}

function editOf(event: Edit, { editedAt, editIds = [] }: Edits) {
  const others = editedAt?.getTime() === event.at ? editIds : [];
  return {
    ...fieldsOf(event.content),
    editedAt: new Date(event.at),
    editIds: [...others, event.eventId],
  };
}

/** What a message had and its new content has not, goes. */
function edited(edit: EditFields & Edits): NewValues {
  return { text: undefined, attachments: undefined, ...edit };
}
