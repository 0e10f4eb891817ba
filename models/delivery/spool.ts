import { Schema } from 'mongoose';
import type { DeliverJob } from '../jobs.ts';

/**
 * A batch that was handed over while Redis was away: the same job, in MongoDB. As text, so that what
 * comes out is what BullMQ would have given, whatever is in it.
 */
export interface SpooledBatch {
  /** The batch's id: one that is in the queue as well is recognised by it and stored once. */
  _id: string;
  at: Date;
  /** Whoever delivers it has it until then. */
  takenUntil: Date;
  job: string;
  /** Where it is in its trace, when there is one. */
  trace?: string;
}

export const spoolSchema = new Schema<SpooledBatch>(
  {
    _id: String,
    at: { type: Date, required: true },
    takenUntil: { type: Date, required: true },
    job: { type: String, required: true },
    trace: String,
  },
  { versionKey: false },
);
spoolSchema.index({ takenUntil: 1, at: 1 });

export function spooled(job: DeliverJob, trace?: string): SpooledBatch {
  return {
    _id: job.batchId,
    at: new Date(),
    takenUntil: new Date(0),
    job: JSON.stringify(job),
    ...(trace !== undefined && { trace }),
  };
}
