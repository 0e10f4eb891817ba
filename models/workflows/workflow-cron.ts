import { CronExpressionParser } from 'cron-parser';

/** Minute, hour, day of month, month, day of week: nothing runs more often than once a minute. */
const FIELDS = 5;

/** The first moment after `after` that the expression names in the time zone. Throws when there is none. */
export function nextMoment(cron: string, timeZone: string, after: Date): Date {
  return CronExpressionParser.parse(cron, { tz: timeZone, currentDate: after }).next().toDate();
}

/** Whether the expression has five fields and names a moment at all: there is no 30 February. */
export function isCron(cron: string): boolean {
  if (cron.trim().split(/\s+/).length !== FIELDS) return false;
  try {
    nextMoment(cron, 'UTC', new Date());
    return true;
  } catch {
    return false;
  }
}
