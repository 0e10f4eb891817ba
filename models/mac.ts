import { DateTime } from 'luxon';
import { Schema } from 'mongoose';
import type { ObjectId } from './ids.ts';
import type { Workspace } from './workspace.ts';

/** A contact with at least one message in or out in a billing cycle: one row, whatever comes after. */
export interface ActiveContact {
  /** {@link activeContactId}: counted once per workspace, cycle and contact. */
  _id: string;
  workspaceId: ObjectId;
  /** {@link Cycle.name}. */
  cycle: string;
  contactId: ObjectId;
  /** The channel of the message that made the contact active. */
  channelId: ObjectId;
  at: Date;
}

export const activeContactSchema = new Schema<ActiveContact>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    cycle: { type: String, required: true },
    contactId: { type: Schema.Types.ObjectId, required: true },
    channelId: { type: Schema.Types.ObjectId, required: true },
    at: { type: Date, required: true },
  },
  { versionKey: false },
);
activeContactSchema.index({ workspaceId: 1, cycle: 1, channelId: 1 });

export function activeContactId(workspaceId: string, cycle: string, contactId: string): string {
  return `${workspaceId}/${cycle}/${contactId}`;
}

export interface Cycle {
  /** The cycle's name: its first day in the workspace's time zone, `YYYY-MM-DD`. */
  name: string;
  start: Date;
  /** The first moment that is not in it. */
  end: Date;
}

/** The billing cycle that a moment (ms) falls into. */
export function cycleAt(time: number, billing: Workspace['billing']): Cycle {
  const month = DateTime.fromMillis(time, { zone: billing.timeZone }).startOf('month');
  const thisMonth = anchorIn(month, billing.anchorDay);
  const start =
    time < thisMonth.toMillis()
      ? anchorIn(month.minus({ months: 1 }), billing.anchorDay)
      : thisMonth;
  const end = anchorIn(start.startOf('month').plus({ months: 1 }), billing.anchorDay);
  return { name: start.toFormat('yyyy-MM-dd'), start: start.toJSDate(), end: end.toJSDate() };
}

/**
 * The start of the anchor day; the 31st falls on the last day of a short month. Where clocks go back
 * over midnight (Havana, 1 November) that day has two midnights: it starts with the first.
 */
function anchorIn(month: DateTime, anchorDay: number): DateTime {
  const day = month.set({ day: Math.min(anchorDay, month.daysInMonth ?? anchorDay) });
  const [first] = day.startOf('day').getPossibleOffsets();
  return first ?? day.startOf('day');
}
