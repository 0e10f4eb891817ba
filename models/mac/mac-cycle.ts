import { Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';

/** What is kept of a billing cycle besides its counters. */
export interface MacCycle {
  /** `WORKSPACE/NAME`. */
  _id: string;
  workspaceId: ObjectId;
  name: string;
  /** Percentages of the limit that were told of: once a cycle each. */
  told?: number[];
  signedOff?: SignOff;
}

/** What a cycle had when it was signed off (`sign-off.ts`). Never changed. */
export interface SignOff {
  at: Date;
  count: number;
  /** SHA-256 in hex, over the ids of the contacts in their order, each with a line feed. */
  checksum: string;
}

export const macCycleSchema = new Schema<MacCycle>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    name: { type: String, required: true },
    told: { type: [Number], default: undefined },
    signedOff: {
      type: new Schema<SignOff>({ at: Date, count: Number, checksum: String }, { _id: false }),
    },
  },
  { versionKey: false },
);
macCycleSchema.index({ workspaceId: 1, name: 1 });

export function macCycleId(workspaceId: ObjectId, name: string): string {
  return `${workspaceId}/${name}`;
}
