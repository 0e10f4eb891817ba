import { Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { SegmentFilter } from './segment-filter.ts';

/** The segment that is always there: all blocked contacts, and they are in no other. */
export const BLOCKED_SEGMENT = 'blocked';

/** A saved filter over the contacts of a workspace. */
export interface Segment {
  _id: ObjectId;
  workspaceId: ObjectId;
  name: string;
  filter: SegmentFilter;
  createdAt: Date;
}

export const segmentSchema = new Schema<Segment>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    name: { type: String, required: true },
    filter: { type: Schema.Types.Mixed, required: true },
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false, minimize: false },
);
segmentSchema.index({ workspaceId: 1, _id: -1 });
