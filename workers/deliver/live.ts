import type { LiveEvent, Publish } from '../../models/live.ts';
import type { Plan } from './plan.ts';

/** Tells open inboxes of each message that a delivery stored or changed: one publication a workspace. */
export function tellStored({ messages, changes }: Plan, publish: Publish): void {
  const events = new Map<string, LiveEvent[]>();
  const tell = (workspaceId: string, conversationId: string, messageId: string) => {
    const theirs = events.get(workspaceId) ?? [];
    events.set(workspaceId, theirs);
    theirs.push({ type: 'message.stored', conversationId, messageId });
  };
  for (const { workspaceId, conversationId, _id } of messages)
    tell(workspaceId.toString(), conversationId, _id);
  for (const { read } of changes)
    if ('conversationId' in read) tell(read.workspaceId.toString(), read.conversationId, read._id);
  for (const [workspaceId, theirs] of events) publish(workspaceId, theirs);
}
