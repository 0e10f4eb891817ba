import { toObjectId } from '../../models/ids.ts';
import {
  assignConversation,
  closeConversation,
  openConversation,
  snoozeConversation,
} from '../../models/inbox/conversation-change.ts';
import { addNote } from '../../models/inbox/note.ts';
import { NoMember } from '../../models/people/membership.ts';
import { conversationOf } from './conversation.ts';
import { type StepContext, StepFailed, type StepHandlers } from './progress.ts';

/** The same changes that people make, by the run. */
export const conversationSteps: Pick<
  StepHandlers,
  'assign' | 'add_note' | 'open_conversation' | 'close_conversation' | 'snooze_conversation'
> = {
  async assign({ userId }, context) {
    const to = { ...(await which(context)), userId: toObjectId(userId ?? '') ?? null };
    try {
      await assignConversation(context.models, to, context.session);
    } catch (error) {
      throw error instanceof NoMember ? new StepFailed('no_such_user') : error;
    }
    return { result: 'assigned' };
  },
  async add_note({ text }, context) {
    const by = { type: 'workflow' as const, id: context.run.workflowId.toString() };
    await addNote(context.models, { ...(await which(context)), text, by }, context.session);
    return { result: 'noted' };
  },
  async open_conversation(_step, context) {
    const { before, after } = await openConversation(
      context.models,
      await which(context),
      context.session,
    );
    return { result: before.status === after.status ? 'unchanged' : 'opened' };
  },
  async close_conversation(_step, context) {
    const { before, after } = await closeConversation(
      context.models,
      await which(context),
      context.session,
    );
    return { result: before.status === after.status ? 'unchanged' : 'closed' };
  },
  async snooze_conversation({ seconds }, context) {
    const until = new Date(context.now.getTime() + seconds * 1_000);
    await snoozeConversation(context.models, { ...(await which(context)), until }, context.session);
    return { result: 'snoozed' };
  },
};

async function which(context: StepContext) {
  const { _id: conversationId, workspaceId } = await conversationOf(context);
  return { workspaceId, conversationId, run: context.run };
}
