import { Schema } from 'mongoose';
import type { ObjectId } from './ids.ts';

/** What happened, for the workspace's own programs: an outbox, written in one transaction with it. */
export interface OutgoingEvent {
  _id: ObjectId;
  workspaceId: ObjectId;
  /** `mac.threshold`, … */
  type: string;
  /** JSON. */
  data: Record<string, unknown>;
  at: Date;
}

export const outgoingEventSchema = new Schema<OutgoingEvent>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    type: { type: String, required: true },
    data: { type: Schema.Types.Mixed, required: true },
    at: { type: Date, required: true },
  },
  { versionKey: false, minimize: false },
);
outgoingEventSchema.index({ at: 1 });
