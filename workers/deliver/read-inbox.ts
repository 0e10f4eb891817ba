import type { Contact } from '../../models/contact.ts';
import { conversationId } from '../../models/conversation.ts';
import type { Urn } from '../../models/event.ts';
import { Types } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { activeContactId, type Cycle, cycleAt } from '../../models/mac.ts';
import type { Message } from '../../models/message.ts';
import type { Workspace } from '../../models/workspace.ts';
import { findOrCreateContacts } from './contacts.ts';
import type { Item } from './item.ts';

/** What the inbox has already of all that a delivery is about. */
export interface Inbox {
  contactOf(workspaceId: string, identities: Urn[]): Contact;
  /** All whom one of the identities belongs to. */
  contactsOf(workspaceId: string, identities: Urn[]): Contact[];
  conversations: Set<string>;
  messages: Map<string, Pick<Message, 'direction' | 'status'>>;
  activeContacts: Set<string>;
  /** Name of the billing cycle of a moment (ms). */
  cycleOf(workspaceId: string, time: number): string;
}

/**
 * Reads in bulk, one query a collection. `assumeNew` leaves out the look for messages that are there
 * already; their unique key then stops the transaction, and the delivery is made again without it.
 */
export async function readInbox(
  models: Models,
  items: Item[],
  { assumeNew }: { assumeNew: boolean },
): Promise<Inbox> {
  const [contacts, cycleOf, messages] = await Promise.all([
    findOrCreateContacts(models, items),
    readCycles(models, items),
    readMessages(models, assumeNew ? items.filter(({ event }) => event.kind === 'status') : items),
  ]);
  const conversationIds = new Set<string>();
  const activeIds = new Set<string>();
  for (const { from, event } of items) {
    if (event.kind !== 'message' && event.kind !== 'echo') continue;
    const contactId = contacts.of(from.workspaceId, event.identities)._id.toString();
    conversationIds.add(conversationId(from.channelId, contactId));
    activeIds.add(
      activeContactId(from.workspaceId, cycleOf(from.workspaceId, from.receivedAt), contactId),
    );
  }
  const [conversations, activeContacts] = await Promise.all([
    existing(models.conversations, conversationIds),
    existing(models.activeContacts, activeIds),
  ]);
  return {
    contactOf: contacts.of,
    contactsOf: contacts.all,
    cycleOf,
    messages,
    conversations,
    activeContacts,
  };
}

async function readMessages(models: Models, items: Item[]): Promise<Inbox['messages']> {
  if (items.length === 0) return new Map();
  const found = await models.messages.collection
    .find(
      { _id: { $in: items.map(({ messageId }) => messageId) as never[] } },
      { projection: { direction: 1, status: 1 } },
    )
    .toArray();
  return new Map(found.map((message) => [String(message._id), message as unknown as Message]));
}

async function existing(
  model: Models['conversations'] | Models['activeContacts'],
  ids: Set<string>,
): Promise<Set<string>> {
  if (ids.size === 0) return ids;
  const found = await model.collection
    .find({ _id: { $in: [...ids] as never[] } }, { projection: { _id: 1 } })
    .toArray();
  return new Set(found.map(({ _id }) => String(_id)));
}

async function readCycles(models: Models, items: Item[]): Promise<Inbox['cycleOf']> {
  const ids = new Set(items.map(({ from }) => from.workspaceId));
  const found = await models.workspaces
    .find({ _id: { $in: [...ids].map((id) => new Types.ObjectId(id)) } }, { billing: 1 })
    .lean<Workspace[]>();
  const billing = new Map(found.map((workspace) => [workspace._id.toString(), workspace.billing]));
  const recent = new Map<string, Cycle>();
  return (workspaceId, time) => {
    const last = recent.get(workspaceId);
    if (last && last.start.getTime() <= time && time < last.end.getTime()) return last.name;
    const cycle = cycleAt(time, billing.get(workspaceId) ?? DEFAULT_BILLING);
    recent.set(workspaceId, cycle);
    return cycle.name;
  };
}

/** For messages of a workspace that was deleted while they were on their way. */
const DEFAULT_BILLING: Workspace['billing'] = { anchorDay: 1, timeZone: 'UTC', macLimit: null };
