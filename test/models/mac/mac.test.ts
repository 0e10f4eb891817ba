import { expect } from 'chai';
import { isDuplicateKey } from '../../../models/duplicate-key.ts';
import { type ObjectId, Types } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import { activeContactId } from '../../../models/mac/active-contact.ts';
import { type Cycle, cycleAt, dayAt } from '../../../models/mac/cycle.ts';
import { countActive, mergeActivity } from '../../../models/mac/mac.ts';
import { readMac } from '../../../models/mac/mac-count.ts';
import { openStores, type Stores } from '../../support/stores.ts';

const billing = { anchorDay: 1, timeZone: 'UTC', macLimit: null };
const PAST = Date.UTC(2027, 1, 10);
const NOW = Date.UTC(2027, 2, 15, 12);
const HOUR = 3_600_000;

describe('Monthly active contacts', () => {
  let stores: Stores;
  let models: Models;
  let workspaceId: ObjectId;
  const phone = new Types.ObjectId();
  const shop = new Types.ObjectId();
  before(async () => {
    stores = await openStores();
    models = stores.models;
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
  });

  const keyOf = (cycle: string, contactId: ObjectId) =>
    activeContactId(`${workspaceId}`, cycle, `${contactId}`);
  const rowOf = (contactId: ObjectId, time: number, channelId = phone) => {
    const cycle = cycleAt(time, billing).name;
    const _id = keyOf(cycle, contactId);
    const [at, day] = [new Date(time), dayAt(time, billing)];
    return { _id, workspaceId, cycle, contactId, channelId, at, day };
  };
  /** As a delivery does: what is there already is not counted again. */
  async function count(...rows: ReturnType<typeof rowOf>[]): Promise<void> {
    for (;;)
      try {
        const known = await models.activeContacts.find({
          _id: { $in: rows.map((row) => row._id) },
        });
        const ids = new Set(known.map(({ _id }) => _id));
        const added = rows.filter(({ _id }) => !ids.has(_id));
        return await models.db.transaction((session) => countActive(models, added, session));
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
  }
  const merge = (from: ObjectId, into: ObjectId, time = NOW) =>
    models.db.transaction((session) =>
      mergeActivity(models, { workspaceId, from, into, at: new Date(time) }, session),
    );
  const mac = async (time = NOW) => {
    const cycle: Cycle = cycleAt(time, billing);
    const read = await readMac(models, { workspaceId, cycle: cycle.name });
    return {
      count: read.count,
      byChannel: Object.fromEntries(read.byChannel),
      byDay: Object.fromEntries(read.byDay),
    };
  };
  /** The same from the rows. */
  const recount = async (time = NOW) => {
    const rows = await models.activeContacts
      .find({ workspaceId, cycle: cycleAt(time, billing).name })
      .lean();
    const by = (key: (row: (typeof rows)[number]) => string) => {
      const sums: Record<string, number> = {};
      for (const row of rows) sums[key(row)] = (sums[key(row)] ?? 0) + 1;
      return sums;
    };
    return {
      count: rows.length,
      byChannel: by(({ channelId }) => channelId.toString()),
      byDay: by(({ day }) => day),
    };
  };
  const newContact = () => new Types.ObjectId();

  it('When contacts are counted, then the counters say how many, by channel and by day', async () => {
    const [a, b, c] = [newContact(), newContact(), newContact()];
    await count(rowOf(a, NOW), rowOf(b, NOW, shop), rowOf(c, NOW - 24 * HOUR), rowOf(a, PAST));
    expect(await mac()).to.deep.equal({
      count: 3,
      byChannel: { [`${phone}`]: 2, [`${shop}`]: 1 },
      byDay: { '2027-03-14': 1, '2027-03-15': 2 },
    });
    expect((await mac(PAST)).count).to.equal(1);
    expect((await mac(NOW + 100 * 24 * HOUR)).count, 'nothing yet').to.equal(0);
  });

  it('When the transaction fails, then nothing is counted', async () => {
    const failed = await models.db
      .transaction(async (session) => {
        await countActive(models, [rowOf(newContact(), NOW)], session);
        throw new Error('cut off');
      })
      .catch(({ message }) => message);
    expect(failed).to.equal('cut off');
    expect([await mac(), await recount()].map(({ count }) => count)).to.deep.equal([0, 0]);
  });

  it('When many are counted and merged at the same time, then the counters are what a recount says', async function () {
    this.timeout(120_000);
    const people = Array.from({ length: 40 }, newContact);
    const [first] = people as [ObjectId];
    const work = people.map(async (contactId, i) => {
      const rows = people
        .slice(i, i + 4)
        .map((one) => rowOf(one, NOW + i * HOUR, i % 2 ? phone : shop));
      await count(...rows, rowOf(contactId, PAST));
      if (i > 0 && i < 10) await merge(contactId, first);
    });
    await Promise.all(work);
    for (const contactId of people.slice(1, 10)) await merge(contactId, first);
    expect((await mac()).count).to.equal(31);
    expect(await mac()).to.deep.equal(await recount());
    expect((await mac(PAST)).count, 'past cycles stay as they were').to.equal(40);
    expect(await mac(PAST)).to.deep.equal(await recount(PAST));
  });

  describe('Two contacts that are merged', () => {
    const rows = () => models.activeContacts.find({ workspaceId }).sort({ at: 1 }).lean();

    it('When both are active, then one is, by the message that came first', async () => {
      for (const [mine, theirs, channel] of [
        [NOW, NOW + HOUR, phone],
        [NOW + HOUR, NOW, shop],
      ] as const) {
        workspaceId = await stores.workspace();
        const [from, into] = [newContact(), newContact()];
        await count(rowOf(from, mine, phone), rowOf(into, theirs, shop));
        await merge(from, into);
        expect(await rows()).to.deep.equal([rowOf(into, NOW, channel)]);
        expect(await mac()).to.deep.equal(await recount());
        await merge(from, into);
        expect(await mac(), 'once more changes nothing').to.deep.equal(await recount());
      }
    });

    it('When only the one that goes is active, then the other one is in its place', async () => {
      const [from, into] = [newContact(), newContact()];
      await count(rowOf(from, NOW));
      await merge(from, into);
      expect(await rows()).to.deep.equal([rowOf(into, NOW)]);
      await count(rowOf(into, NOW + HOUR, shop));
      expect(await mac()).to.deep.equal(await recount());
      expect((await mac()).count).to.equal(1);
    });

    it('When they were active in a past cycle, then its figures and contacts stay, and what comes late counts nobody again', async () => {
      const [from, into, third] = [newContact(), newContact(), newContact()];
      await count(rowOf(from, PAST), rowOf(into, PAST, shop), rowOf(third, PAST - 40 * 24 * HOUR));
      const before = await mac(PAST);
      await merge(from, into);
      await merge(third, into);
      expect(await mac(PAST)).to.deep.equal(before);
      expect((await rows()).map(({ contactId }) => `${contactId}`)).to.have.members(
        [from, into, third].map(String),
      );
      await count(rowOf(into, PAST + HOUR), rowOf(into, PAST - 40 * 24 * HOUR));
      expect(await mac(PAST)).to.deep.equal(before);
      expect((await mac(PAST - 40 * 24 * HOUR)).count).to.equal(1);
    });

    it('When something is stored for the one that goes after the merge, then merging again counts them once', async () => {
      const [from, into] = [newContact(), newContact()];
      await count(rowOf(into, NOW));
      await merge(from, into);
      await count(rowOf(from, NOW + HOUR), rowOf(from, NOW + 40 * 24 * HOUR));
      await merge(from, into);
      expect(await mac()).to.deep.equal(await recount());
      expect((await mac()).count).to.equal(1);
      expect((await rows()).map(({ contactId }) => `${contactId}`)).to.deep.equal([
        `${into}`,
        `${into}`,
      ]);
    });
  });
});
