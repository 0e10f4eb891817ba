import { Schema } from 'mongoose';
import type { ObjectId } from './ids.ts';

/** The tenant. */
export interface Workspace {
  _id: ObjectId;
  name: string;
  billing: {
    /** Day of the month on which a cycle starts; 29 to 31 fall on the last day of a shorter month. */
    anchorDay: number;
    /** IANA name. */
    timeZone: string;
    /** Contacts in a cycle that the plan includes, for display. */
    macLimit: number | null;
  };
  /** Written by every change of who belongs to it, so that they come one after the other. */
  membersChangedAt?: Date;
  createdAt: Date;
}

export const workspaceSchema = new Schema<Workspace>(
  {
    name: { type: String, required: true },
    billing: {
      anchorDay: { type: Number, required: true, min: 1, max: 31, default: 1 },
      timeZone: { type: String, required: true, default: 'UTC' },
      macLimit: { type: Number, default: null },
    },
    membersChangedAt: Date,
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false },
);
