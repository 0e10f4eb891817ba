import { DateTime } from 'luxon';
import type { Workspace } from './workspace.ts';

export interface Cycle {
  /** The cycle's name: its first day in the workspace's time zone, `YYYY-MM-DD`. */
  name: string;
  start: Date;
  /** The first moment that is not in it. */
  end: Date;
}

/** The calendar day of a moment (ms) where the workspace is, `YYYY-MM-DD`. */
export function dayAt(time: number, { timeZone }: Workspace['billing']): string {
  return DateTime.fromMillis(time, { zone: timeZone }).toFormat('yyyy-MM-dd');
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
