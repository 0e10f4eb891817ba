import type { Models } from '../../models/index.ts';
import type { SnoozeJob } from '../../models/jobs.ts';
import type { Publish } from '../../models/live.ts';

export interface WakeDeps {
  models: Models;
  publish: Publish;
}

/**
 * The snooze is over. Nothing happens when it ended before (somebody opened or closed the conversation,
 * the contact wrote or was blocked), or when another took its place.
 */
export async function wake(
  { models, publish }: WakeDeps,
  { workspaceId, conversationId, until }: SnoozeJob,
): Promise<boolean> {
  const { modifiedCount } = await models.conversations.updateOne(
    { _id: conversationId, status: 'snoozed', snoozedUntil: new Date(until) },
    { status: 'open', snoozedUntil: null },
  );
  if (modifiedCount === 0) return false;
  publish(workspaceId, [{ type: 'conversation.changed', conversationId }]);
  return true;
}
