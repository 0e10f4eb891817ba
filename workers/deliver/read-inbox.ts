import type { Contact } from '../../models/contacts/contact.ts';
import { statusesBefore, type Urn } from '../../models/delivery/event.ts';
import { Types } from '../../models/ids.ts';
import { conversationId, conversationIds } from '../../models/inbox/conversation.ts';
import type { EarlyMessage } from '../../models/inbox/message.ts';
import type { ProviderMessage } from '../../models/inbox/provider-message.ts';
import type { Models } from '../../models/index.ts';
import {
  type ActiveContact,
  activeContactId,
  activeContactOf,
} from '../../models/mac/active-contact.ts';
import { type Cycle, cycleAt } from '../../models/mac/cycle.ts';
import type { Billing, Workspace } from '../../models/people/workspace.ts';
import type { OutgoingType } from '../../models/webhooks/outgoing-event.ts';
import { isListened } from '../../models/workflows/workflow-event.ts';
import type { EventTrigger } from '../../models/workflows/workflow-trigger.ts';
import { type Contacts, findOrCreateContacts } from './contacts.ts';
import type { Item } from './item.ts';
import type { KnownMessage } from './messages.ts';

/** What the inbox has already of all that a delivery is about. */
export interface Inbox {
  /** The contact of who wrote, or was written to. */
  contactOf(workspaceId: string, identities: Urn[]): Contact;
  /** All whom one of the identities belongs to, in the order of the identities. */
  contactsOf(workspaceId: string, identities: Urn[]): Contact[];
  conversations: Set<string>;
  messages: Map<string, KnownMessage | EarlyMessage>;
  providerMessages: Map<string, ProviderMessage>;
  activeContacts: Set<string>;
  /** Name of the billing cycle of a moment (ms). */
  cycleOf(workspaceId: string, time: number): string;
  /** The row of a contact that becomes active. */
  activeContactOf(of: Parameters<typeof activeContactOf>[0]): ActiveContact;
  /** Whether workflows of the workspace wait for such an event. */
  isListened(workspaceId: string, type: EventTrigger): boolean;
  /** Whether a webhook of the workspace waits for such an event. */
  tells(workspaceId: string, type: OutgoingType): boolean;
}

/**
 * Reads in bulk, one query a collection, and none for what no event asks for. `assumeNew` leaves out
 * the look for messages that are there already; their unique key then stops the transaction, and the
 * delivery is made again without it.
 */
export async function readInbox(
  models: Models,
  items: Item[],
  { assumeNew }: { assumeNew: boolean },
): Promise<Inbox> {
  const [contacts, ofWorkspaces, { messages, providerMessages }] = await Promise.all([
    findOrCreateContacts(models, items),
    readWorkspaces(models, items),
    readNamed(models, items, assumeNew),
  ]);
  const conversationIds = new Set<string>();
  const activeIds = new Set<string>();
  for (const { from, event } of items) {
    if (event.kind !== 'message' && event.kind !== 'echo') continue;
    const contactId = contacts.of(from.workspaceId, event.identities)._id.toString();
    const group = event.kind === 'message' && event.group;
    if (group) {
      const [owner] = contacts.all(from.workspaceId, [group.identity]);
      if (owner) conversationIds.add(conversationId(from.channelId, owner._id.toString()));
    } else conversationIds.add(conversationId(from.channelId, contactId));
    activeIds.add(
      activeContactId(
        from.workspaceId,
        ofWorkspaces.cycleOf(from.workspaceId, from.receivedAt),
        contactId,
      ),
    );
  }
  const [conversations, activeContacts, below] = await Promise.all([
    existing(models.conversations, conversationIds),
    existing(models.activeContacts, activeIds),
    readBelowWatermarks(models, items, contacts),
  ]);
  for (const message of below) messages.set(message._id, message);
  return {
    contactOf: contacts.of,
    contactsOf: contacts.all,
    ...ofWorkspaces,
    messages,
    providerMessages,
    conversations,
    activeContacts,
  };
}

/** Messages that are there, and what provider's ids mean. */
async function readNamed(
  models: Models,
  items: Item[],
  assumeNew: boolean,
): Promise<Pick<Inbox, 'messages' | 'providerMessages'>> {
  const own = new Set<string>();
  const names = new Set<string>();
  for (const { event, messageId, providerId } of items) {
    const isNew = event.kind === 'message' || event.kind === 'echo';
    if (isNew && !assumeNew) own.add(messageId);
    if (event.kind === 'message' ? event.messageId && !assumeNew : event.kind !== 'watermark')
      names.add(providerId);
  }
  for (;;) {
    const providerMessages = await readNames(models, names);
    const meant = (id: string) => providerMessages.get(id)?.messageId;
    const named = new Set([...names].map((id) => meant(id) ?? id));
    const messages = await byId<KnownMessage>(models.messages, new Set([...own, ...named]), KNOWN);
    // An echo goes when the message that was sent takes its name: between these two reads, too.
    const lost = [...names].filter((id) => meant(id) && !messages.has(meant(id) as string));
    const now = await readNames(models, new Set(lost));
    if (lost.every((id) => now.get(id)?.messageId === meant(id)))
      return { messages, providerMessages };
  }
}

const readNames = (models: Models, ids: Set<string>) =>
  byId<ProviderMessage>(models.providerMessages, ids);

/** Messages that a watermark may raise. */
async function readBelowWatermarks(
  models: Models,
  items: Item[],
  contacts: Contacts,
): Promise<KnownMessage[]> {
  const below = items.flatMap(({ from, event }) => {
    if (event.kind !== 'watermark') return [];
    const [contact] = contacts.all(from.workspaceId, event.identities);
    if (!contact) return [];
    return {
      conversationId: { $in: conversationIds(from.channelId, contact) },
      direction: 'out',
      status: { $in: statusesBefore(event.status) },
      at: { $lte: new Date(event.until) },
    };
  });
  if (below.length === 0) return [];
  const found = models.messages.collection.find({ $or: below } as object, { projection: KNOWN });
  return (await found.toArray()) as unknown as KnownMessage[];
}

const KNOWN: Record<Exclude<keyof (KnownMessage & EarlyMessage), '_id' | 'expiresAt'>, 1> = {
  workspaceId: 1,
  conversationId: 1,
  contactId: 1,
  direction: 1,
  type: 1,
  status: 1,
  at: 1,
  editedAt: 1,
  editIds: 1,
  early: 1,
};

async function byId<Row extends { _id: string }>(
  model: { collection: Models['messages']['collection'] },
  ids: Set<string>,
  projection: Partial<Record<Exclude<keyof Row, '_id'>, 1>> | { _id: 1 } = {},
): Promise<Map<string, Row>> {
  if (ids.size === 0) return new Map();
  const found = (await model.collection
    .find({ _id: { $in: [...ids] as never[] } }, { projection })
    .toArray()) as unknown as Row[];
  return new Map(found.map((row) => [row._id, row]));
}

async function existing(
  model: Models['conversations'] | Models['activeContacts'],
  ids: Set<string>,
): Promise<Set<string>> {
  return new Set((await byId(model, ids, { _id: 1 })).keys());
}

async function readWorkspaces(
  models: Models,
  items: Item[],
): Promise<Pick<Inbox, 'cycleOf' | 'activeContactOf' | 'isListened' | 'tells'>> {
  const ids = new Set(items.map(({ from }) => from.workspaceId));
  const found = await models.workspaces
    .find(
      { _id: { $in: [...ids].map((id) => new Types.ObjectId(id)) } },
      { billing: 1, listens: 1, webhookEvents: 1 },
    )
    .lean<Workspace[]>();
  const workspaces = new Map(found.map((workspace) => [workspace._id.toString(), workspace]));
  const billingOf = (workspaceId: string) =>
    workspaces.get(workspaceId)?.billing ?? DEFAULT_BILLING;
  const recent = new Map<string, Cycle>();
  return {
    cycleOf(workspaceId, time) {
      const last = recent.get(workspaceId);
      if (last && last.start.getTime() <= time && time < last.end.getTime()) return last.name;
      const cycle = cycleAt(time, billingOf(workspaceId));
      recent.set(workspaceId, cycle);
      return cycle.name;
    },
    activeContactOf: (of) => activeContactOf(of, billingOf(of.workspaceId.toString())),
    isListened: (workspaceId, type) => isListened(workspaces.get(workspaceId)?.listens, type),
    tells: (workspaceId, type) =>
      workspaces.get(workspaceId)?.webhookEvents?.includes(type) === true,
  };
}

/** For messages of a workspace that was deleted while they were on their way. */
const DEFAULT_BILLING: Billing = { anchorDay: 1, timeZone: 'UTC', macLimit: null };
