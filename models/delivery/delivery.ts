import { Schema } from 'mongoose';

/**
 * A run of the worker's deliver step while it lasts. It is the fence between delivering and blocking:
 * a block answers when every run that may have read the contact before it has ended, or has been
 * revoked by deleting its row, which makes its transaction fail.
 */
export interface DeliveryRun {
  _id: string;
  workspaceIds: string[];
  startedAt: Date;
}

export const deliveryRunSchema = new Schema<DeliveryRun>(
  { _id: String, workspaceIds: [String], startedAt: Date },
  { versionKey: false },
);
// A run whose process died holds nobody up for longer than the fence's deadline; this sweeps it away.
deliveryRunSchema.index({ startedAt: 1 }, { expireAfterSeconds: 3_600 });

/**
 * A batch whose messages are stored: the same job run again stores nothing. Until it is `finished`,
 * the conversations that it wrote to have still to be brought up to date.
 */
export interface DeliveredBatch {
  _id: string;
  at: Date;
  finished: boolean;
  /** It could not be stored as one, and is stored as its two halves instead. */
  split?: boolean;
}

/** Longer than any job waits to be run again. */
const BATCH_MEMORY_SECONDS = 14 * 24 * 3_600;

export const deliveredBatchSchema = new Schema<DeliveredBatch>(
  { _id: String, at: Date, finished: Boolean, split: Boolean },
  { versionKey: false },
);
deliveredBatchSchema.index({ at: 1 }, { expireAfterSeconds: BATCH_MEMORY_SECONDS });
