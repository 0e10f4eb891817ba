import { expect } from 'chai';
import { type Block, isRefused } from '../../../models/contacts/contact.ts';
import { hourOf, mergeTallies, type Tally } from '../../../models/delivery/outcome.ts';
import { Types } from '../../../models/ids.ts';

const A = 'tel:+16505550001';
const B = 'tel:+16505550002';
const block: Block = {
  id: new Types.ObjectId(),
  since: new Date(5_000),
  by: { type: 'user', id: 'u' },
  source: 'inbox',
  reason: null,
  expiresAt: null,
};
const past = (...periods: [number, number][]) => ({
  blocked: null,
  pastBlocks: periods.map(([since, until]) => ({ since: new Date(since), until: new Date(until) })),
});

describe('Whether a message falls under a block', () => {
  it('When the contact is blocked now, then it does, whenever the message was received', () => {
    for (const receivedAt of [0, 4_999, 5_000, 9_000])
      expect(isRefused({ blocked: block }, receivedAt, [A])).to.equal(true);
  });

  it('When the contact was never blocked, then it does not', () => {
    expect(isRefused({ blocked: null }, 1_000, [A])).to.equal(false);
    expect(isRefused(past(), 1_000, [A])).to.equal(false);
  });

  it('When a block has ended, then it holds from its first moment until before its last', () => {
    const contact = past([1_000, 2_000]);
    const refused = [999, 1_000, 1_500, 1_999, 2_000, 2_001].map((time) =>
      isRefused(contact, time, [A]),
    );
    expect(refused).to.deep.equal([false, true, true, true, false, false]);
  });

  it('When there were several blocks, then any of them holds, and the times between do not', () => {
    const contact = past([1_000, 2_000], [3_000, 4_000]);
    const refused = [1_500, 2_500, 3_500, 4_500].map((time) => isRefused(contact, time, [A]));
    expect(refused).to.deep.equal([true, false, true, false]);
  });

  it('When a block was of some of the identities, then it holds for what one of them sent', () => {
    const contact = {
      blocked: null,
      pastBlocks: [{ since: new Date(1_000), until: new Date(2_000), identities: [A] }],
    };
    const refused = [[A], [B], [B, A]].map((identities) => isRefused(contact, 1_500, identities));
    expect(refused).to.deep.equal([true, false, true]);
  });
});

describe('Adding up outcomes', () => {
  const tally = (given: Partial<Tally>): Tally => ({
    workspaceId: 'w',
    channelId: 'c',
    outcome: 'accepted',
    reason: null,
    count: 1,
    at: 0,
    ...given,
  });

  it('When tallies are alike, then they become one with their sum, and what was given stays as it was', () => {
    const given = [tally({}), tally({ count: 4, at: 3_599_999 }), tally({})];
    expect(mergeTallies(given)).to.deep.equal([tally({ count: 6 })]);
    expect(given[0]?.count).to.equal(1);
  });

  it('When they differ in anything but the count, then they stay apart', () => {
    const given = [
      tally({}),
      tally({ workspaceId: 'x' }),
      tally({ channelId: 'x' }),
      tally({ channelId: null }),
      tally({ outcome: 'refused' }),
      tally({ reason: 'blocked' }),
      tally({ at: 3_600_000 }),
    ];
    expect(mergeTallies([...given, ...given])).to.deep.equal(
      given.map((one) => ({ ...one, count: 2 })),
    );
  });

  it('When a moment is counted, then it is in the hour that it falls into', () => {
    const hour = Date.UTC(2027, 0, 1, 10);
    for (const time of [hour, hour + 1, hour + 3_599_999])
      expect(hourOf(time).getTime()).to.equal(hour);
    expect(hourOf(hour - 1).getTime()).to.equal(hour - 3_600_000);
  });
});
