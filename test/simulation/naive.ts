/**
 * Counts monthly active contacts from a log of what happened, in the plainest way, and with nothing of
 * the program: its own calendar, people by their names, one pass over the log in its order.
 */

export interface Terms {
  anchorDay: number;
  timeZone: string;
}

/** `at`: when it happened (ms); the log is in that order. */
export type Entry = { at: number } & (
  | { what: 'stored'; person: string; receivedAt: number }
  | { what: 'sent'; person: string }
  | { what: 'block' | 'unblock' | 'delete'; person: string }
  | { what: 'merge'; from: string; into: string }
  | { what: 'terms'; terms: Terms }
);

const STEP = 15 * 60_000;
const TWO_DAYS = 48 * 3_600_000;

/** When each cycle starts (ms), and how many contacts were active in it. */
export function naiveCount(
  log: Entry[],
  from: number,
  to: number,
): [start: number, count: number][] {
  const starts = startsOf(log, from, to);
  const cycleOf = (time: number) => starts.findLast((start) => start <= time) ?? Number.NaN;
  const active = new Map(starts.map((start) => [start, new Set<Contact>()]));
  const contacts = new Map<string, Contact>();
  const contactOf = (person: string): Contact => {
    const known = contacts.get(person) ?? { periods: [] };
    contacts.set(person, known);
    return now(known);
  };
  const count = (contact: Contact, time: number) => {
    const set = active.get(cycleOf(time)) as Set<Contact>;
    if (!contact.was?.some((one) => set.has(one))) set.add(contact);
  };
  for (const entry of log)
    switch (entry.what) {
      case 'stored': {
        const { receivedAt } = entry;
        const contact = contactOf(entry.person);
        const refused =
          contact.blockedSince !== undefined ||
          contact.periods.some(([since, until]) => since <= receivedAt && receivedAt < until);
        if (!refused) count(contact, receivedAt);
        break;
      }
      case 'sent':
        if (contactOf(entry.person).blockedSince === undefined)
          count(contactOf(entry.person), entry.at);
        break;
      case 'block':
        contactOf(entry.person).blockedSince ??= entry.at;
        break;
      case 'unblock': {
        const contact = contactOf(entry.person);
        if (contact.blockedSince !== undefined)
          contact.periods.push([contact.blockedSince, entry.at]);
        contact.blockedSince = undefined;
        break;
      }
      case 'delete':
        for (const [person, contact] of contacts)
          if (now(contact) === contactOf(entry.person)) contacts.delete(person);
        break;
      case 'merge': {
        const [gone, left] = [contactOf(entry.from), contactOf(entry.into)];
        gone.became = left;
        left.was = [...(left.was ?? []), gone, ...(gone.was ?? [])];
        left.periods.push(...gone.periods);
        for (const [start, set] of active)
          if (start >= cycleOf(entry.at) && set.delete(gone)) set.add(left);
        break;
      }
    }
  return starts.map((start) => [start, active.get(start)?.size ?? 0]);
}

interface Contact {
  blockedSince?: number | undefined;
  periods: [since: number, until: number][];
  became?: Contact;
  was?: Contact[];
}

function now(contact: Contact): Contact {
  return contact.became ? now(contact.became) : contact;
}

/** Walks through time in quarters of an hour and looks at the clock on the wall. */
function startsOf(log: Entry[], from: number, to: number): number[] {
  const changes = log.filter((entry) => entry.what === 'terms');
  let terms: Terms = { anchorDay: 1, timeZone: 'UTC' };
  let pending: Terms | undefined;
  let changedAt = Number.NEGATIVE_INFINITY;
  let yesterday = '';
  const starts: number[] = [];
  for (let time = from; time < to; time += STEP) {
    for (let next = changes[0]; next && next.at < time; next = changes[0]) {
      pending = next.terms;
      changes.shift();
    }
    const today = wall(time, terms.timeZone);
    const begins = today !== yesterday && isAnchor(today, terms.anchorDay);
    if (time === from || (begins && time - changedAt >= TWO_DAYS)) {
      starts.push(time);
      if (pending && JSON.stringify(pending) !== JSON.stringify(terms)) {
        terms = pending;
        changedAt = time;
      }
      pending = undefined;
    }
    yesterday = wall(time, terms.timeZone);
  }
  return starts;
}

function isAnchor(day: string, anchorDay: number): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  const isLast = new Date(date.getTime() + 24 * 3_600_000).getUTCDate() === 1;
  return date.getUTCDate() === anchorDay || (isLast && date.getUTCDate() < anchorDay);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `YYYY-MM-DD` */
function wall(time: number, timeZone: string): string {
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone });
  clocks.set(timeZone, clock);
  return clock.format(time);
}
