import { DateTime, IANAZone } from 'luxon';
import type { Billing, BillingTerms } from '../people/workspace.ts';

/** A billing cycle. They follow one another without gap or overlap. */
export interface Cycle {
  /** Its first day where the workspace is, `YYYY-MM-DD`: no two have the same, a later one a later. */
  name: string;
  start: Date;
  /** The first moment that is not in it. */
  end: Date;
}

/**
 * No cycle is shorter: what would be left between a change of the terms and the next anchor day (a
 * change of the time zone alone leaves hours) belongs to the cycle after it. Longer than two places on
 * Earth are apart, so that cycles in different zones have different names.
 */
const SHORTEST_MS = 48 * 3_600_000;

/** The billing cycle that a moment (ms) falls into. */
export function cycleAt(time: number, billing: Billing): Cycle {
  const period = periodAt(time, billing);
  const { from } = period;
  const anchor = lastAnchor(time, period);
  const start = anchor < from + SHORTEST_MS ? from : anchor;
  let end = nextAnchor(anchor, period);
  while (end < from + SHORTEST_MS) end = nextAnchor(end, period);
  return { name: nameOf(start, period), start: new Date(start), end: new Date(end) };
}

/** The cycle of that name; of another day, `YYYY-MM-DD`, the cycle that it ends in. */
export function cycleOfDay(day: string, billing: Billing): Cycle {
  const ends = periodsOf(billing).map((period) => ({
    from: period.from,
    end: DateTime.fromISO(day, { zone: period.timeZone }).endOf('day').toMillis(),
  }));
  return cycleAt(ends.findLast(({ from, end }) => end >= from)?.end ?? 0, billing);
}

/** The calendar day of a moment (ms) where the workspace is, `YYYY-MM-DD`. */
export function dayAt(time: number, billing: Billing): string {
  return nameOf(time, periodAt(time, billing));
}

/** The terms in force at a moment (ms), and until when; `null`: until somebody changes them. */
export function termsAt(time: number, billing: Billing): BillingTerms & { until: Date | null } {
  const { anchorDay, timeZone } = periodAt(time, billing);
  const until = billing.past?.find(({ until }) => until.getTime() > time)?.until ?? null;
  return { anchorDay, timeZone, until };
}

/**
 * Billing with what is named changed. Other terms are in force from the end of the current cycle on, in
 * place of what was to come then.
 */
export function changeBilling(billing: Billing, change: BillingChange, now: number): Billing {
  const { macLimit = billing.macLimit } = change;
  const { anchorDay = billing.anchorDay, timeZone = billing.timeZone } = change;
  const { until: _, ...current } = termsAt(now, billing);
  const past = (billing.past ?? []).filter(({ until }) => until.getTime() <= now);
  const changed = { ...billing, anchorDay, timeZone, macLimit, past };
  if (anchorDay === current.anchorDay && timeZone === current.timeZone) return changed;
  return { ...changed, past: [...past, { ...current, until: cycleAt(now, billing).end }] };
}

export type BillingChange = {
  [Field in keyof BillingTerms | 'macLimit']?: Billing[Field] | undefined;
};

/** Terms and the moment (ms) from which on they hold. */
interface Period extends BillingTerms {
  from: number;
}

function periodsOf({ anchorDay, timeZone, past = [] }: Billing): Period[] {
  let from = Number.NEGATIVE_INFINITY;
  const periods = past.map(({ anchorDay, timeZone, until }) => {
    const period = { anchorDay, timeZone, from };
    from = until.getTime();
    return period;
  });
  return [...periods, { anchorDay, timeZone, from }];
}

function periodAt(time: number, billing: Billing): Period {
  return periodsOf(billing).findLast(({ from }) => from <= time) as Period;
}

/** The last moment (ms) up to this one at which a cycle would start. */
function lastAnchor(time: number, terms: BillingTerms): number {
  const { year, month } = at(time, terms);
  const thisMonth = anchorIn(year, month, terms);
  return thisMonth <= time ? thisMonth : anchorIn(year, month - 1, terms);
}

function nextAnchor(anchor: number, terms: BillingTerms): number {
  const { year, month } = at(anchor, terms);
  return anchorIn(year, month + 1, terms);
}

/** The start of the anchor day; the 31st falls on the last day of a short month. `month` may be 0 or 13. */
function anchorIn(year: number, month: number, { anchorDay, timeZone }: BillingTerms): number {
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return startOfDay(Date.UTC(year, month - 1, Math.min(anchorDay, lastDay)), timeZone);
}

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

/**
 * The first moment of a day, which is given by its midnight in UTC. Where clocks go back over midnight
 * (Havana, 1 November) a day has two midnights: it starts with the first. Where they skip it (São
 * Paulo, once), it starts later. Asking luxon only in that case makes it eight times as fast.
 */
function startOfDay(day: number, timeZone: string): number {
  const zone = IANAZone.create(timeZone);
  for (const near of [day - DAY_MS, day + DAY_MS]) {
    const offset = zone.offset(near);
    const midnight = day - offset * MINUTE_MS;
    if (zone.offset(midnight) === offset) return midnight;
  }
  return DateTime.fromMillis(day, { zone: 'UTC' })
    .setZone(zone, { keepLocalTime: true })
    .startOf('day')
    .toMillis();
}

function at(time: number, { timeZone }: BillingTerms): DateTime {
  return DateTime.fromMillis(time, { zone: timeZone });
}

/** `YYYY-MM-DD` */
function nameOf(time: number, terms: BillingTerms): string {
  return at(time, terms).toFormat('yyyy-MM-dd');
}
