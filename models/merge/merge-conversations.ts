import type { ClientSession } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import { type Conversation, conversationId } from '../inbox/conversation.ts';
import type { Models } from '../index.ts';
import { idsOf } from './merged.ts';

/** A conversation of the secondary, the primary's on the same channel, and what becomes of them. */
export interface JoinedConversation {
  secondary: Conversation;
  primary: Conversation | null;
  joined: Conversation;
}

interface Pair {
  primaryId: ObjectId;
  secondaryId: ObjectId;
}

/**
 * Writes the conversations before anything is read, so that who moves them to the top, as deliveries do
 * all the time, waits for the transaction instead of making it fail again and again.
 */
export async function holdConversations(
  models: Models,
  { workspaceId, primaryId, secondaryId }: Pair & { workspaceId: ObjectId },
  session: ClientSession,
): Promise<void> {
  await models.conversations.updateMany(
    { workspaceId, contactId: { $in: [primaryId, secondaryId] } },
    { $currentDate: { heldAt: true } },
    { session },
  );
}

/** What would become of the secondary's conversations. */
export async function planConversations(
  models: Models,
  pair: Pair,
  session?: ClientSession,
): Promise<JoinedConversation[]> {
  const known = await readConversations(models, pair, session);
  const of = (contactId: ObjectId) =>
    known.filter(({ conversation }) => conversation.contactId.equals(contactId));
  const own = of(pair.primaryId);
  return of(pair.secondaryId).map((theirs) => {
    const { channelId } = theirs.conversation;
    const ours = own.find(({ conversation }) => conversation.channelId.equals(channelId));
    return {
      secondary: theirs.conversation,
      primary: ours?.conversation ?? null,
      joined: join(pair.primaryId, theirs, ours),
    };
  });
}

/** Makes the secondary's conversations the primary's, in a transaction. Gives what they were. */
export async function joinConversations(
  models: Models,
  pair: Pair,
  session: ClientSession,
): Promise<Omit<JoinedConversation, 'joined'>[]> {
  const planned = await planConversations(models, pair, session);
  const rows = models.conversations.collection;
  for (const { secondary, joined } of planned) {
    await rows.replaceOne({ _id: joined._id as never }, joined, { upsert: true, session });
    await rows.deleteOne({ _id: secondary._id as never }, { session });
  }
  return planned.map(({ joined, ...before }) => before);
}

/** A conversation, and when the first message came in that nobody has read. */
interface Known {
  conversation: Conversation;
  unreadSince: Date | null;
}

async function readConversations(
  models: Models,
  { primaryId, secondaryId }: Pair,
  session?: ClientSession,
): Promise<Known[]> {
  const inSession = session ? { session } : {};
  const found = await models.conversations
    .find({ contactId: { $in: [primaryId, secondaryId] } }, { heldAt: 0 }, inSession)
    .lean<Conversation[]>();
  const known: Known[] = [];
  // One after the other: a transaction asks one thing at a time.
  for (const conversation of found) {
    const unread = await models.messages
      .findOne(
        {
          conversationId: conversation._id,
          direction: 'in',
          receivedAt: { $gt: conversation.readAt },
        },
        { receivedAt: 1 },
        inSession,
      )
      .sort({ receivedAt: 1 })
      .lean();
    known.push({ conversation, unreadSince: unread?.receivedAt ?? null });
  }
  return known;
}

/**
 * The livelier of the two decides, the primary's where they are alike. Nothing that is unread becomes
 * read. Neither contact is blocked, whatever an unblock has still to say of its conversations.
 */
function join(primaryId: ObjectId, theirs: Known, ours: Known | undefined): Conversation {
  const { conversation: secondary } = theirs;
  const place = {
    _id: conversationId(secondary.channelId.toString(), primaryId.toString()),
    contactId: primaryId,
    blocked: false,
  };
  if (!ours) return { ...secondary, ...place, mergedFrom: idsOf(secondary) };
  const { conversation: own } = ours;
  const [lead, other] = isLivelier(secondary, own) ? [secondary, own] : [own, secondary];
  const unread = earliest(ours.unreadSince, theirs.unreadSince);
  return {
    ...other,
    ...lead,
    ...place,
    assigneeId: lead.assigneeId ?? other.assigneeId,
    snoozedUntil:
      lead.status === 'snoozed' ? earliest(own.snoozedUntil, secondary.snoozedUntil) : null,
    // What one side has read after it is unread once more, rather than the other's read.
    readAt: unread ? new Date(unread.getTime() - 1) : latest(own.readAt, secondary.readAt),
    lastMessageAt: latest(own.lastMessageAt, secondary.lastMessageAt),
    createdAt: earliest(own.createdAt, secondary.createdAt) ?? own.createdAt,
    mergedFrom: [...(own.mergedFrom ?? []), ...idsOf(secondary)],
  };
}

const LIVELY = ['closed', 'snoozed', 'open'] as const;

function isLivelier({ status }: Conversation, than: Conversation): boolean {
  return LIVELY.indexOf(status) > LIVELY.indexOf(than.status);
}

const latest = (a: Date, b: Date): Date => (a > b ? a : b);

function earliest(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a < b ? a : b;
}
