import { expect } from 'chai';
import fc from 'fast-check';
import { changeBilling, cycleAt, cycleOfDay, dayAt } from '../../../models/mac/cycle.ts';
import type { Billing } from '../../../models/people/workspace.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.UTC(2004, 0);
/** Shorter than clocks have ever been left changed. */
const STEP = 15 * DAY;
const TO = Date.UTC(2034, 0);

/** A zone's clock as a table, made without the library that the program uses. */
class Clock {
  /** Moments (ms) from which on the clock is so far (ms) ahead of UTC. */
  private readonly changes: [from: number, offset: number][] = [];
  private readonly format: Intl.DateTimeFormat;

  constructor(zone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      ...({ timeZone: zone, hourCycle: 'h23', era: 'short' } as const),
      ...({ year: 'numeric', month: 'numeric', day: 'numeric' } as const),
      ...({ hour: 'numeric', minute: 'numeric', second: 'numeric' } as const),
    });
    const first = FROM - 100 * DAY;
    this.changes.push([first, this.ask(first)]);
    for (let time = first; time < TO + 100 * DAY; time += STEP) this.look(time, time + STEP);
  }

  /** Local time as if it were UTC. */
  local(time: number): number {
    return time + (this.changes.findLast(([from]) => from <= time)?.[1] ?? Number.NaN);
  }

  /** The first moment that is on that local day (as UTC) or after it. */
  beginningOf(day: number): number {
    const near = this.changes.filter(([from]) => Math.abs(from - day) < 3 * DAY).map(([at]) => at);
    const offsets = new Set(this.changes.map(([, offset]) => offset));
    const midnights = [...offsets].map((offset) => day - offset);
    return Math.min(
      ...[...near, ...midnights].filter(
        (time) => this.local(time) >= day && this.local(time - 1) < day,
      ),
    );
  }

  changesAfter(time: number): number[] {
    return this.changes.map(([from]) => from).filter((from) => from > time);
  }

  private look(from: number, to: number): void {
    const [before, after] = [this.ask(from), this.ask(to)];
    if (before === after) return;
    let [low, high] = [from, to];
    while (high - low > 1_000) {
      const middle = Math.round((low + high) / 2_000) * 1_000;
      if (this.ask(middle) === before) low = middle;
      else high = middle;
    }
    this.changes.push([high, this.ask(high)]);
    if (this.ask(high) !== after) this.look(high, to);
  }

  private ask(time: number): number {
    const part = Object.fromEntries(
      this.format.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
    ) as Record<string, number>;
    const { year = 0, month = 0, day = 0, hour, minute, second } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - time;
  }
}

/** The anchor day of a month, as UTC. */
function anchorDayIn(year: number, month: number, anchor: number): number {
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(anchor, lastDay));
}

describe('Billing cycles anywhere', () => {
  it('When any zone, anchor and month of 30 years is looked up, then its cycle is what its clock and the calendar say', function () {
    this.timeout(180_000);
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      const clock = new Clock(timeZone);
      const hard = clock.changesAfter(FROM + 40 * DAY).filter((time) => time < TO);
      for (let anchorDay = 1; anchorDay <= 31; anchorDay += 1) {
        const billing: Billing = { anchorDay, timeZone, macLimit: null };
        const months: [number, number][] = [
          [2004, anchorDay % 2 ? random(360) : 1 + 12 * random(30)],
        ];
        // Months in which the clock changes within a day of the anchor.
        for (const change of hard) {
          const local = new Date(clock.local(change));
          const [year, month] = [local.getUTCFullYear(), local.getUTCMonth()] as const;
          if (Math.abs(anchorDayIn(year, month, anchorDay) - local.getTime()) < DAY)
            months.push([year, month]);
        }
        for (const [year, month] of months) {
          const [day, next] = [
            anchorDayIn(year, month, anchorDay),
            anchorDayIn(year, month + 1, anchorDay),
          ];
          const [start, end] = [clock.beginningOf(day), clock.beginningOf(next)];
          const name = new Date(clock.local(start)).toISOString().slice(0, 10);
          for (const time of [start, start + random(end - start), end - 1]) {
            const cycle = cycleAt(time, billing);
            const same =
              cycle.start.getTime() === start && cycle.end.getTime() === end && cycle.name === name;
            if (!same)
              expect.fail(`${timeZone}, ${anchorDay}, ${time}: not ${start}, ${end}, ${name}`);
          }
        }
      }
    }
  });

  const zones = fc.constantFrom(
    ...['UTC', 'Europe/Paris', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/Havana'],
    ...['America/New_York', 'Asia/Kathmandu', 'Africa/Cairo', 'Pacific/Apia'],
  );
  const change = fc.record({
    anchorDay: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constantFrom(1, 28, 31)),
    timeZone: zones,
    afterHours: fc.integer({ min: 0, max: 24 * 70 }),
  });

  it('When terms are changed again and again, then the current cycle keeps its end, and cycles have no gap, no overlap and names of their own', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        let now = Date.UTC(2010, 5, 10);
        let billing: Billing = { anchorDay: 1, timeZone: 'UTC', macLimit: 5 };
        const passed: { time: number; cycle: ReturnType<typeof cycleAt> }[] = [];
        for (const { afterHours, ...terms } of changes) {
          now += afterHours * HOUR;
          const before = cycleAt(now, billing);
          billing = changeBilling(billing, terms, now);
          expect(cycleAt(now, billing), 'the current cycle stays').to.deep.equal(before);
          expect(billing.macLimit).to.equal(5);
          passed.push({ time: now, cycle: before });
        }
        for (const { time, cycle } of passed)
          expect(cycleAt(time, billing), 'the past stays').to.deep.equal(cycle);
        let cycle = cycleAt(Date.UTC(2010, 4, 1), billing);
        for (let n = 0; n < 24; n += 1) {
          const next = cycleAt(cycle.end.getTime(), billing);
          expect(next.start).to.deep.equal(cycle.end);
          expect(cycleAt(next.start.getTime() - 1, billing)).to.deep.equal(cycle);
          expect(cycleAt(next.end.getTime() - 1, billing)).to.deep.equal(next);
          expect(next.name > cycle.name, `${cycle.name} before ${next.name}`).to.equal(true);
          const days = (next.end.getTime() - next.start.getTime()) / DAY;
          expect(days).to.be.within(1.9, 35);
          expect(cycleOfDay(next.name, billing)).to.deep.equal(next);
          expect(dayAt(next.start.getTime(), billing)).to.equal(next.name);
          cycle = next;
        }
      }),
      { numRuns: 150 },
    );
  });

  it('When only the zone is changed, then no cycle of some hours is made', () => {
    const billing: Billing = { anchorDay: 1, timeZone: 'Europe/Paris', macLimit: null };
    const now = Date.UTC(2027, 0, 20);
    const changed = changeBilling(billing, { timeZone: 'America/New_York' }, now);
    const { end } = cycleAt(now, changed);
    expect(end.toISOString()).to.equal('2027-01-31T23:00:00.000Z');
    expect(cycleAt(end.getTime(), changed)).to.deep.equal({
      name: '2027-01-31',
      start: end,
      end: new Date('2027-03-01T05:00:00.000Z'),
    });
  });

  it('When the anchor is changed, then one shorter cycle leads to it', () => {
    const billing: Billing = { anchorDay: 1, timeZone: 'UTC', macLimit: null };
    const changed = changeBilling(billing, { anchorDay: 15 }, Date.UTC(2027, 0, 20));
    const names = ['2027-01-20', '2027-02-01', '2027-02-14', '2027-02-15', '2027-03-14'].map(
      (day) => cycleOfDay(day, changed).name,
    );
    expect(names).to.deep.equal([
      ...['2027-01-01', '2027-02-01', '2027-02-01'],
      ...['2027-02-15', '2027-02-15'],
    ]);
  });
});
