import { type ClientSession, Schema } from 'mongoose';
import { type ObjectId, stableId, Types } from '../ids.ts';
import type { Models } from '../index.ts';

export const OUTGOING_TYPES = [
  'contact.blocked',
  'contact.unblocked',
  'message.received',
  'conversation.closed',
  'mac.threshold',
] as const;
export type OutgoingType = (typeof OUTGOING_TYPES)[number];

/**
 * What happened, for the workspace's own programs: an outbox, written in one transaction with it. It goes
 * when each webhook that waits for it has a delivery of its own (`webhook-delivery.ts`).
 */
export interface OutgoingEvent {
  /** {@link outgoingId}: receivers tell a repeat by it. */
  _id: string;
  workspaceId: ObjectId;
  type: OutgoingType;
  /** JSON: ids and figures. What people have written is read when it is sent. */
  data: Record<string, unknown>;
  at: Date;
}

export const outgoingEventSchema = new Schema<OutgoingEvent>(
  {
    _id: { type: String, default: () => outgoingId(new Types.ObjectId().toString()) },
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    type: { type: String, enum: OUTGOING_TYPES, required: true },
    data: { type: Schema.Types.Mixed, required: true },
    at: { type: Date, required: true },
  },
  { versionKey: false, minimize: false },
);
outgoingEventSchema.index({ at: 1 });

/** Of what tells the happening from all others. No dot: the signature puts one after it. */
export function outgoingId(...which: string[]): string {
  return `evt_${stableId('outgoing', ...which)}`;
}

/**
 * Stores the events, all of one workspace, that a webhook there waits for. In the transaction of what
 * happened.
 */
export async function recordOutgoing(
  models: Models,
  events: OutgoingEvent[],
  session: ClientSession,
): Promise<void> {
  const [first] = events;
  if (!first) return;
  const workspace = await models.workspaces
    .findById(first.workspaceId, { webhookEvents: 1 }, { session })
    .lean();
  const awaited = events.filter(({ type }) => workspace?.webhookEvents?.includes(type));
  if (awaited.length > 0)
    await models.outgoingEvents.collection.insertMany(awaited as never[], { session });
}
