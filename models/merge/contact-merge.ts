import { Schema } from 'mongoose';
import type { Actor, Contact } from '../contacts/contact.ts';
import type { ObjectId } from '../ids.ts';
import type { Conversation } from '../inbox/conversation.ts';

/**
 * One contact became part of another: what each was before, which is all that it takes to part them
 * again. Messages say by `moves` where they were.
 */
export interface ContactMerge {
  _id: ObjectId;
  workspaceId: ObjectId;
  /** The one that stays. */
  primaryId: ObjectId;
  /** The one that is gone. */
  secondaryId: ObjectId;
  at: Date;
  by: Actor;
  before: { primary: MergedContact; secondary: MergedContact };
  /** Those of the secondary, each with the primary's on the same channel. */
  conversations: { secondary: Conversation; primary: Conversation | null }[];
  /** Absent when all of it is done. Else whoever completes it has it until then. */
  takenUntil?: Date;
}

export interface MergedContact {
  contact: Contact;
  /** Counted in the billing cycle of the merge. */
  active: boolean;
}

export const contactMergeSchema = new Schema<ContactMerge>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    primaryId: { type: Schema.Types.ObjectId, required: true },
    secondaryId: { type: Schema.Types.ObjectId, required: true },
    at: { type: Date, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    before: { type: Schema.Types.Mixed, required: true },
    conversations: { type: Schema.Types.Mixed, required: true },
    takenUntil: Date,
  },
  { versionKey: false, minimize: false },
);
contactMergeSchema.index({ primaryId: 1, _id: -1 });
contactMergeSchema.index({ takenUntil: 1 }, { sparse: true });
