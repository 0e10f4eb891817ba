import type { ClientSession } from 'mongoose';
import { assertUnblocked } from '../block/unblocked.ts';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import { assertMember } from '../people/membership.ts';
import { type MakingRun, noticeStatus } from '../workflows/workflow-notice.ts';
import type { Conversation } from './conversation.ts';
import { tellClosed } from './conversation-closed.ts';

/** There is no such conversation in the workspace. */
export class NoConversation extends Error {
  constructor() {
    super('there is no such conversation');
    this.name = 'NoConversation';
  }
}

export interface Which {
  workspaceId: ObjectId;
  conversationId: string;
  /** The workflow run that makes the change. */
  run?: MakingRun;
}

/** The conversation as it was and as it is: the same when there was nothing to change. */
export interface ConversationChange {
  before: Conversation;
  after: Conversation;
}

/**
 * Changes of a conversation by people and by workflows, each in a transaction of the caller's. They throw
 * {@link NoConversation}. A blocked contact's conversation is closed and stays so: opening, closing and
 * snoozing it throw `ContactBlocked`, decided in one transaction with the block; assigning it, reading it
 * and writing notes (`note.ts`) go on.
 */
export async function openConversation(
  models: Models,
  which: Which,
  session: ClientSession,
): Promise<ConversationChange> {
  return await setStatus(models, which, { status: 'open', snoozedUntil: null }, session);
}

/** Nobody needs to answer it any more; an inbound message opens it again. */
export async function closeConversation(
  models: Models,
  which: Which,
  session: ClientSession,
): Promise<ConversationChange> {
  return await setStatus(models, which, { status: 'closed', snoozedUntil: null }, session);
}

/**
 * Until that time, or until the contact writes. Once it is committed, `snoozeJobOf` in the queue wakes
 * it at its time; the sweep of the workers does when that is lost.
 */
export async function snoozeConversation(
  models: Models,
  { until, ...which }: Which & { until: Date },
  session: ClientSession,
): Promise<ConversationChange> {
  return await setStatus(models, which, { status: 'snoozed', snoozedUntil: until }, session);
}

/** To a user of the workspace, or to nobody. Throws `NoMember`. */
export async function assignConversation(
  models: Models,
  { userId, ...which }: Which & { userId: ObjectId | null },
  session: ClientSession,
): Promise<ConversationChange> {
  const before = await readConversation(models, which, session);
  const { workspaceId } = which;
  if (userId) await assertMember(models, { workspaceId, userId }, session);
  return await change(models, before, { assigneeId: userId }, session);
}

/** All that has arrived by now is read: a message that is still on its way will be unread. */
export async function markRead(
  models: Models,
  which: Which,
  session: ClientSession,
): Promise<ConversationChange> {
  const before = await readConversation(models, which, session);
  const last = await models.messages
    .findOne({ conversationId: before._id, direction: 'in' }, { receivedAt: 1 }, { session })
    .sort({ receivedAt: -1, _id: -1 })
    .lean();
  const unread = last && last.receivedAt > before.readAt;
  return await change(models, before, unread ? { readAt: last.receivedAt } : {}, session);
}

/** Throws {@link NoConversation}. */
export async function readConversation(
  models: Models,
  { workspaceId, conversationId }: Which,
  session: ClientSession,
): Promise<Conversation> {
  const found = await models.conversations
    .findOne({ _id: conversationId, workspaceId }, null, { session })
    .lean<Conversation>();
  if (!found) throw new NoConversation();
  return found;
}

async function setStatus(
  models: Models,
  which: Which,
  to: Pick<Conversation, 'status' | 'snoozedUntil'>,
  session: ClientSession,
): Promise<ConversationChange> {
  const before = await readConversation(models, which, session);
  await assertUnblocked(models, before, session);
  const changed = await change(models, before, to, session);
  await noticeStatus(models, changed, which.run, session);
  if (to.status === 'closed' && before.status !== 'closed')
    await tellClosed(models, [before], { byBlock: false }, session);
  return changed;
}

async function change(
  models: Models,
  before: Conversation,
  to: Partial<Conversation>,
  session: ClientSession,
): Promise<ConversationChange> {
  const news = Object.entries(to).some(
    ([field, value]) =>
      JSON.stringify(before[field as keyof Conversation]) !== JSON.stringify(value),
  );
  if (!news) return { before, after: before };
  await models.conversations.updateOne({ _id: before._id }, { $set: to }, { session });
  return { before, after: { ...before, ...to } };
}
