import { expect } from 'chai';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { cycleAt } from '../../../models/mac/cycle.ts';

const billing = (anchorDay: number, timeZone = 'UTC') => ({ anchorDay, timeZone, macLimit: null });
const at = (iso: string, zone = 'UTC') => DateTime.fromISO(iso, { zone }).toMillis();

/** Zones whose clocks change at midnight too, so that a day may begin at one o'clock or twice. */
const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'America/Asuncion',
  'Asia/Damascus',
  'America/Havana',
  'Africa/Cairo',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Australia/Lord_Howe',
];

/** Walks back in the calendar from the moment's own day to the last one on which a cycle starts. */
function naiveName(time: number, anchorDay: number, zone: string): string {
  const local = DateTime.fromMillis(time, { zone });
  const day = new Date(Date.UTC(local.year, local.month - 1, local.day));
  const startsCycle = () => {
    const next = new Date(day.getTime() + 24 * 3_600_000);
    const isLast = next.getUTCDate() === 1;
    return day.getUTCDate() === anchorDay || (isLast && day.getUTCDate() < anchorDay);
  };
  while (!startsCycle()) day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}

describe('Billing cycles', () => {
  it('When a month is short, then the anchor falls on its last day', () => {
    const names = (anchorDay: number, ...days: string[]) =>
      days.map((day) => cycleAt(at(`${day}T12:00`), billing(anchorDay)).name);
    expect(names(31, '2027-01-31', '2027-02-27', '2027-02-28', '2027-03-30', '2027-04-30')).to.eql([
      '2027-01-31',
      '2027-01-31',
      '2027-02-28',
      '2027-02-28',
      '2027-04-30',
    ]);
    expect(names(29, '2028-02-28', '2028-02-29', '2027-02-28', '2027-03-28', '2027-03-29')).to.eql([
      '2028-01-29',
      '2028-02-29',
      '2027-02-28',
      '2027-02-28',
      '2027-03-29',
    ]);
    expect(names(1, '2027-01-01', '2026-12-31')).to.eql(['2027-01-01', '2026-12-01']);
  });

  it('When the workspace is elsewhere, then its own midnight counts, to the millisecond', () => {
    const paris = billing(1, 'Europe/Paris');
    const midnight = Date.UTC(2027, 5, 30, 22);
    expect(cycleAt(midnight - 1, paris).name).to.equal('2027-06-01');
    expect(cycleAt(midnight, paris).name).to.equal('2027-07-01');
    expect(cycleAt(midnight, paris).start.getTime()).to.equal(midnight);
    expect(cycleAt(midnight - 1, paris).end.getTime()).to.equal(midnight);
    const kathmandu = Date.UTC(2027, 5, 30, 18, 15);
    expect(cycleAt(kathmandu, billing(1, 'Asia/Kathmandu')).start.getTime()).to.equal(kathmandu);
  });

  it('When the clocks skip the midnight of the anchor day, then the cycle starts with that day', () => {
    // 1 October 2017 began at one o'clock in Asunción, 15 October 2017 in São Paulo.
    const asuncion = cycleAt(at('2017-10-10'), billing(1, 'America/Asuncion'));
    expect(asuncion.name).to.equal('2017-10-01');
    expect(asuncion.start.toISOString()).to.equal('2017-10-01T04:00:00.000Z');
    const saoPaulo = cycleAt(at('2017-10-20'), billing(15, 'America/Sao_Paulo'));
    expect(saoPaulo.name).to.equal('2017-10-15');
    expect(saoPaulo.start.toISOString()).to.equal('2017-10-15T03:00:00.000Z');
  });

  it('When the anchor day has two midnights, then the cycle starts with the first, whenever it is looked up', () => {
    // 1 November 2020 in Havana: 04:00 and 05:00 UTC are both midnight.
    const first = Date.UTC(2020, 10, 1, 4);
    const havana = billing(1, 'America/Havana');
    for (const later of [0, 1, 1_800_000, 3_600_000, 7_200_000, 20 * 24 * 3_600_000])
      expect(cycleAt(first + later, havana).start.getTime(), `${later} ms later`).to.equal(first);
    expect(cycleAt(first - 1, havana)).to.deep.include({
      name: '2020-10-01',
      end: new Date(first),
    });
  });

  it('When any moment is looked up, then its cycle holds it, is named as the calendar says, and touches its neighbours', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2004, 0), max: Date.UTC(2036, 0) }),
        fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constantFrom(1, 29, 30, 31)),
        fc.constantFrom(...ZONES),
        (time, anchorDay, zone) => {
          const look = (moment: number) => cycleAt(moment, billing(anchorDay, zone));
          const cycle = look(time);
          const [start, end] = [cycle.start.getTime(), cycle.end.getTime()];
          expect(start <= time && time < end, 'the moment is in it').to.equal(true);
          expect(cycle.name).to.equal(naiveName(time, anchorDay, zone));
          for (const moment of [start, end - 1]) {
            expect(look(moment)).to.deep.equal(cycle);
            expect(naiveName(moment, anchorDay, zone)).to.equal(cycle.name);
          }
          expect(look(end).start.getTime(), 'no gap after it').to.equal(end);
          expect(look(start - 1).end.getTime(), 'no gap before it').to.equal(start);
          expect(naiveName(end, anchorDay, zone)).to.equal(look(end).name);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('When the days around a change of the clocks are walked through, then every hour is in exactly one cycle', () => {
    for (const [zone, change, anchorDays] of [
      ['America/Asuncion', '2017-10-01', [1, 30, 31]],
      ['America/Sao_Paulo', '2017-10-15', [14, 15, 16]],
      ['Asia/Damascus', '2005-04-01', [1, 31]],
      ['America/Havana', '2026-11-01', [1, 31]],
      ['Europe/Paris', '2027-03-28', [28, 31]],
    ] as const)
      for (const anchorDay of anchorDays) {
        const from = at(change, zone) - 72 * 3_600_000;
        let last = cycleAt(from, billing(anchorDay, zone));
        for (let hour = 1; hour < 6 * 24; hour += 1) {
          const time = from + hour * 3_600_000;
          const cycle = cycleAt(time, billing(anchorDay, zone));
          expect(cycle.name, zone).to.equal(naiveName(time, anchorDay, zone));
          if (cycle.name !== last.name) expect(cycle.start).to.deep.equal(last.end);
          last = cycle;
        }
      }
  });
});
