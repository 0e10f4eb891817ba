import { Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { Billing } from '../people/workspace.ts';
import { dayAt } from './cycle.ts';

/**
 * A contact with at least one message in or out in a billing cycle: one row, whatever comes after. It
 * stands for itself: what becomes of the contact later, deletion too, does not change it.
 */
export interface ActiveContact {
  /** {@link activeContactId}: counted once per workspace, cycle and contact. */
  _id: string;
  workspaceId: ObjectId;
  /** The cycle's name (`cycle.ts`). */
  cycle: string;
  /** Of a contact that was merged since a past cycle: the one that it was then. */
  contactId: ObjectId;
  /** The channel of the message that made the contact active. */
  channelId: ObjectId;
  at: Date;
  /** The day of `at` where the workspace is, `YYYY-MM-DD`. */
  day: string;
  /** Came after the cycle was closed (`sign-off.ts`). */
  late?: true;
}

export const activeContactSchema = new Schema<ActiveContact>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    cycle: { type: String, required: true },
    contactId: { type: Schema.Types.ObjectId, required: true },
    channelId: { type: Schema.Types.ObjectId, required: true },
    at: { type: Date, required: true },
    day: { type: String, required: true },
    late: Boolean,
  },
  { versionKey: false },
);
activeContactSchema.index({ workspaceId: 1, cycle: 1, contactId: 1 });

export function activeContactId(workspaceId: string, cycle: string, contactId: string): string {
  return `${workspaceId}/${cycle}/${contactId}`;
}

/** The row of a contact that a message makes active. `cycle`: the one that `at` is in. */
export function activeContactOf(
  of: Omit<ActiveContact, '_id' | 'day' | 'late'>,
  billing: Billing,
): ActiveContact {
  const { workspaceId, cycle, contactId, at } = of;
  const _id = activeContactId(workspaceId.toString(), cycle, contactId.toString());
  const late = billing.closedUntil && at < billing.closedUntil;
  return { _id, ...of, day: dayAt(at.getTime(), billing), ...(late && { late }) };
}
