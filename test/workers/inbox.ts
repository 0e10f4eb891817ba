import { randomUUID } from 'node:crypto';
import type {
  ChannelEvents,
  Deletion,
  Echo,
  Edit,
  InboundMessage,
  StatusUpdate,
  Urn,
  Watermark,
} from '../../models/delivery/event.ts';
import type { ObjectId } from '../../models/ids.ts';
import { Types } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';

/** The first moment of what the tests deliver; `T(n)` is n seconds later. */
const START = Date.UTC(2027, 2, 15, 12);
export const T = (seconds: number) => START + seconds * 1_000;

export const message = (
  eventId: string,
  from: string | string[],
  given: Partial<InboundMessage> = {},
): InboundMessage => ({
  kind: 'message',
  eventId,
  at: T(0),
  identities: typeof from === 'string' ? [from] : from,
  content: { type: 'text', text: `text of ${eventId}` },
  ...given,
});

export const echo = (eventId: string, to: string | string[], given: Partial<Echo> = {}): Echo => ({
  kind: 'echo',
  eventId,
  at: T(0),
  identities: typeof to === 'string' ? [to] : to,
  content: { type: 'text', text: `text of ${eventId}` },
  ...given,
});

export const edit = (
  eventId: string,
  messageId: string,
  from: Urn,
  at: number,
  given: Partial<Edit> = {},
): Edit => ({
  kind: 'edit',
  eventId,
  messageId,
  at,
  identities: [from],
  content: { type: 'text', text: `text of ${eventId}` },
  ...given,
});

export const deletion = (messageId: string): Deletion => ({
  kind: 'deletion',
  eventId: `${messageId}:deletion`,
  messageId,
  at: T(0),
});

export const watermark = (of: Urn, status: Watermark['status'], until: number): Watermark => ({
  kind: 'watermark',
  eventId: `${of}:${status}:${until}`,
  at: T(0),
  identities: [of],
  status,
  until,
});

export const status = (messageId: string, to: StatusUpdate['status']): StatusUpdate => ({
  kind: 'status',
  eventId: `${messageId}:${to}`,
  at: T(0),
  messageId,
  status: to,
});

export const jobOf = (
  deliveries: ChannelEvents[],
  settled: DeliverJob['settled'] = [],
): DeliverJob => ({ batchId: randomUUID(), deliveries, settled });

export const from = (
  workspaceId: ObjectId,
  channelId: ObjectId,
  receivedAt: number,
  ...events: ChannelEvents['events']
): ChannelEvents => ({
  workspaceId: workspaceId.toString(),
  channelId: channelId.toString(),
  receivedAt,
  events,
});

export const newId = () => new Types.ObjectId();

/**
 * All that a workspace's inbox is, without what differs from run to run: people are named by their
 * first identity, channels by their place in `channels`. Two of them can be compared.
 */
export async function readAll(models: Models, workspaceId: ObjectId, channels: ObjectId[]) {
  const mine = { workspaceId };
  const [contacts, conversations, messages, active, outcomes, names] = await Promise.all([
    models.contacts.find(mine).lean(),
    models.conversations.find(mine).lean(),
    models.messages.find(mine).lean(),
    models.activeContacts.find(mine).lean(),
    models.outcomes.find(mine).lean(),
    models.providerMessages.find().lean(),
  ]);
  const person = (id: ObjectId) =>
    contacts.find(({ _id }) => _id.equals(id))?.identities[0] ?? 'nobody';
  const channel = (id: ObjectId | null) =>
    id ? channels.findIndex((one) => one.equals(id)) : null;
  const conversation = (id: string) => {
    const found = conversations.find(({ _id }) => _id === id);
    return found && `${channel(found.channelId)} ${person(found.contactId)}`;
  };
  const sums = new Map<string, number>();
  for (const { channelId, outcome, reason, hour, count } of outcomes) {
    const key = [channel(channelId), outcome, reason, hour.toISOString()].join(' ');
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return {
    contacts: sorted(
      contacts.map(({ identities, firstName, blocked, refused }) => ({
        identities: identities.toSorted(),
        firstName,
        blocked: blocked !== null,
        refused,
      })),
    ),
    conversations: sorted(
      conversations.map(({ _id, status, blocked, snoozedUntil, lastMessageAt, createdAt }) => ({
        who: conversation(_id),
        ...{ status, blocked, snoozedUntil, lastMessageAt, createdAt },
      })),
    ),
    messages: sorted(
      messages.map((one) => ({
        eventId: one.eventId,
        in: conversation(one.conversationId),
        who: person(one.contactId),
        ...{ direction: one.direction, type: one.type, text: one.text, status: one.status },
        ...{ at: one.at, receivedAt: one.receivedAt, sender: one.sender.type },
        ...{ editedAt: one.editedAt, attachments: one.attachments, replyTo: one.replyTo },
      })),
    ),
    names: sorted(
      names.flatMap(
        ({ messageId }) => messages.find(({ _id }) => _id === messageId)?.eventId ?? [],
      ),
    ),
    active: sorted(
      active.map(({ cycle, contactId, channelId }) => ({
        cycle,
        who: person(contactId),
        channel: channel(channelId),
      })),
    ),
    outcomes: Object.fromEntries([...sums].toSorted()),
  };
}

/** Outcomes of a workspace, summed up over channels and hours. */
export async function outcomesOf(models: Models, workspaceId: ObjectId) {
  const sums: Record<string, number> = {};
  for (const { outcome, count } of await models.outcomes.find({ workspaceId }).lean())
    sums[outcome] = (sums[outcome] ?? 0) + count;
  return sums;
}

function sorted<T>(rows: T[]): T[] {
  const key = (row: T) => JSON.stringify(row);
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
