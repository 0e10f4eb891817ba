import { type ClientSession, Schema } from 'mongoose';
import { type ObjectId, stableId } from '../ids.ts';
import type { Models } from '../index.ts';
import type { Listened } from '../people/workspace.ts';
import type { EventTrigger, Trigger } from './workflow-trigger.ts';

/**
 * Something that workflows have still to be told of. It is stored in the transaction of what happened,
 * and goes in the one that starts their runs: so each of them starts once.
 */
export interface WorkflowEvent {
  /** The same happening is the same event. */
  _id: string;
  workspaceId: ObjectId;
  type: Exclude<Trigger['type'], 'shortcut'>;
  at: Date;
  /** How many workflow runs led to it, one through the other. */
  depth: number;
  /** Whom it is about; a schedule is about many. */
  contactId?: ObjectId;
  conversationId?: string;
  /** What was received. */
  messageId?: string;
  /** The block that was made or has ended. */
  blockId?: ObjectId;
  /** Of a schedule: which one, and the last contact that it has come to. */
  workflowId?: ObjectId;
  after?: ObjectId;
  /** A worker has it in hand until then. */
  takenUntil: Date;
}

export const workflowEventSchema = new Schema<WorkflowEvent>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    type: { type: String, required: true },
    at: { type: Date, required: true },
    depth: { type: Number, required: true },
    contactId: Schema.Types.ObjectId,
    conversationId: String,
    messageId: String,
    blockId: Schema.Types.ObjectId,
    workflowId: Schema.Types.ObjectId,
    after: Schema.Types.ObjectId,
    takenUntil: { type: Date, required: true },
  },
  { versionKey: false },
);
workflowEventSchema.index({ takenUntil: 1, at: 1 });
workflowEventSchema.index({ contactId: 1 });

type Happening = Omit<WorkflowEvent, '_id' | 'takenUntil' | 'depth' | 'at'> & {
  depth?: number;
  at?: Date;
};

/** `which` tells it from all others of its type in the workspace. */
export function eventOf(happening: Happening, which: string): WorkflowEvent {
  const { workspaceId, type } = happening;
  const _id = stableId('event', workspaceId.toString(), type, which);
  return { _id, depth: 0, at: new Date(), takenUntil: new Date(0), ...happening };
}

/** Which events a delivery has to store: a message may be the answer to a question as well. */
export function isListened(
  listens: readonly Listened[] | undefined,
  type: EventTrigger | 'schedule',
): boolean {
  if (!listens || listens.length === 0) return false;
  return listens.includes(type) || (type === 'message_received' && listens.includes('answer'));
}

/**
 * Stores the event when a workflow of the workspace waits for such. May be repeated: an event that is
 * there already stays the one it was.
 */
export async function recordEvent(
  models: Models,
  happening: Happening,
  which: string,
  session?: ClientSession,
): Promise<void> {
  const workspace = await models.workspaces
    .findById(happening.workspaceId, { listens: 1 })
    .session(session ?? null)
    .lean();
  if (!isListened(workspace?.listens, happening.type)) return;
  const { _id, ...event } = eventOf(happening, which);
  await models.workflowEvents.updateOne(
    { _id },
    { $setOnInsert: event },
    { upsert: true, ...(session && { session }) },
  );
}
