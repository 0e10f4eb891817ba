import { Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { StoredEvent } from './event.ts';

/**
 * One event that could not be stored, set aside so that it holds up nobody else's. Its outcome is
 * `dead_lettered` until it is delivered after all; then it is that of any event, and the row is gone.
 */
export interface DeadLetter {
  _id: ObjectId;
  workspaceId: ObjectId;
  channelId: ObjectId;
  /** When the gateway had it: it is delivered, screened and counted as of then. */
  receivedAt: Date;
  kind: StoredEvent['kind'];
  eventId: string;
  /** The event as JSON. Never shown: it is somebody's message. */
  event: string;
  /** Kind and code of the error, never its text. */
  reason: string;
  /** How often it was tried. */
  attempts: number;
  failedAt: Date;
  /** A retry is on its way since then. */
  retriedAt: Date | null;
}

export const deadLetterSchema = new Schema<DeadLetter>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    channelId: { type: Schema.Types.ObjectId, required: true },
    receivedAt: { type: Date, required: true },
    kind: { type: String, required: true },
    eventId: { type: String, required: true },
    event: { type: String, required: true },
    reason: { type: String, required: true },
    attempts: { type: Number, required: true },
    failedAt: { type: Date, required: true },
    retriedAt: { type: Date, default: null },
  },
  { versionKey: false },
);
deadLetterSchema.index({ workspaceId: 1, _id: -1 });
