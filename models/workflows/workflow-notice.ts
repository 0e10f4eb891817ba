import { type ClientSession, Types } from 'mongoose';
import type { BlockChange } from '../block/block-change.ts';
import type { Conversation } from '../inbox/conversation.ts';
import type { Models } from '../index.ts';
import { recordEvent } from './workflow-event.ts';
import { endRuns, type WorkflowRun } from './workflow-run.ts';

/**
 * What workflows have to do with a change, in its own transaction: runs that it ends are over when it is
 * committed, and what it starts is not forgotten.
 */

/** A block ends all that runs for the contact; it and the unblock may start something. */
export async function noticeBlock(
  models: Models,
  { workspaceId, contactId, blockId, action }: Omit<BlockChange, '_id' | 'at' | 'expiresAt'>,
  session: ClientSession,
): Promise<void> {
  if (action === 'blocked') await endRuns(models, { contactId }, 'contact_blocked', session);
  const event = { workspaceId, type: `contact_${action}`, contactId, blockId } as const;
  await recordEvent(models, event, blockId.toString(), session);
}

/** The run that makes a change, when a workflow does. */
export type MakingRun = Pick<WorkflowRun, '_id' | 'depth'>;

/** A conversation that is closed ends the runs that began in it, but for the one that closes it. */
export async function noticeStatus(
  models: Models,
  { before, after }: { before: Conversation; after: Conversation },
  run: MakingRun | undefined,
  session: ClientSession,
): Promise<void> {
  const type = eventOf(before.status, after.status);
  if (!type) return;
  const { _id: conversationId, workspaceId, contactId } = after;
  if (type === 'conversation_closed') {
    const others = { conversationId, ...(run && { _id: { $ne: run._id } }) };
    await endRuns(models, others, 'conversation_closed', session);
  }
  const depth = run ? run.depth + 1 : 0;
  const event = { workspaceId, type, contactId, conversationId, depth } as const;
  await recordEvent(models, event, new Types.ObjectId().toString(), session);
}

/** Waking from a snooze is no opening. */
function eventOf(before: Conversation['status'], after: Conversation['status']) {
  if (after === 'closed' && before !== 'closed') return 'conversation_closed';
  if (after === 'open' && before === 'closed') return 'conversation_opened';
  return undefined;
}
