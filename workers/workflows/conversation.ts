import type { Conversation } from '../../models/inbox/conversation.ts';
import { type StepContext, StepFailed } from './progress.ts';

/** The conversation that a step is about: where the run began, else the contact's latest. */
export async function conversationOf({ models, run, session }: StepContext): Promise<Conversation> {
  const { workspaceId, contactId, conversationId } = run;
  const began =
    conversationId !== null &&
    (await models.conversations
      .findOne({ _id: conversationId, workspaceId }, {}, { session })
      .lean<Conversation>());
  if (began) return began;
  const latest = await models.conversations
    .findOne({ contactId, workspaceId }, {}, { session, sort: { lastMessageAt: -1, _id: -1 } })
    .lean<Conversation>();
  if (!latest) throw new StepFailed('no_conversation');
  return latest;
}
