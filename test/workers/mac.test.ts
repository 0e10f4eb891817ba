import { createHash, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import sinon from 'sinon';
import type { ObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { mergeActivity } from '../../models/mac/mac.ts';
import { readMac } from '../../models/mac/mac-count.ts';
import { recount } from '../../models/mac/mac-recount.ts';
import { CLOSE_AFTER_MS, signOff, sumUp } from '../../models/mac/sign-off.ts';
import type { Workspace } from '../../models/people/workspace.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { recountNightly } from '../../workers/mac/recounts.ts';
import { tellThresholds } from '../../workers/mac/thresholds.ts';
import { openStores, type Stores, silent } from '../support/stores.ts';
import { edit, from, jobOf, message, newId, T } from './inbox.ts';

const [A, B, C] = ['tel:+16505550001', 'tel:+16505550002', 'tel:+16505550003'] as const;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The end of the cycle that `T` is in. */
const END = Date.UTC(2027, 3, 1);
const APRIL = END + 10 * DAY;

describe('The figures of MAC', () => {
  let stores: Stores;
  let models: Models;
  let workspaceId: ObjectId;
  let channelId: ObjectId;
  let deliver: ReturnType<typeof createDeliver>;
  before(async () => {
    stores = await openStores();
    models = stores.models;
    deliver = createDeliver(models, silent);
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    const createdAt = new Date(Date.UTC(2027, 2, 1));
    await models.workspaces.updateOne({ _id: workspaceId }, { createdAt });
    channelId = newId();
  });
  afterEach(() => sinon.restore());

  const workspace = async () => (await models.workspaces.findById(workspaceId).lean()) as Workspace;
  const receive = (time: number, ...senders: string[]) =>
    deliver([
      jobOf([
        from(workspaceId, channelId, time, ...senders.map((one) => message(randomUUID(), one))),
      ]),
    ]);
  const refuseAtTheDoor = (
    urn: string,
    lastAt: number,
    messages?: { firstAt: number; lastAt: number },
  ) =>
    deliver([
      {
        ...jobOf([]),
        refused: [
          {
            ...{ workspaceId: workspaceId.toString(), channelId: channelId.toString() },
            ...{ urn, count: 2, lastAt, ...(messages && { messages }) },
          },
        ],
      },
    ]);
  const contactOf = async (urn: string) => {
    const contact = await models.contacts.findOne({ workspaceId, identities: urn }).lean();
    if (!contact) throw new Error('nobody');
    return contact._id;
  };
  const block = (urn: string, blocked: boolean) =>
    models.contacts.updateOne(
      { workspaceId, identities: urn },
      { blocked: blocked ? { id: newId(), since: new Date(T(0)) } : null },
    );
  const mac = async (cycle = '2027-03-01') => {
    const { count, late, saved } = await readMac(models, { workspaceId, cycle });
    expect(await recount(models, { workspaceId, cycle }), 'drift').to.equal(0);
    return { count, late, saved };
  };

  describe('What blocks saved', () => {
    it('When a blocked contact that is not active writes, then it is saved, once a cycle, from the door or at the second look', async () => {
      await stores.contact(workspaceId, [A]);
      await stores.contact(workspaceId, [B]);
      await block(A, true);
      await block(B, true);
      await receive(T(1), A, A);
      await refuseAtTheDoor(A, T(2), { firstAt: T(1), lastAt: T(2) });
      await refuseAtTheDoor(B, T(2), { firstAt: T(1), lastAt: T(2) });
      expect(await mac()).to.deep.equal({ count: 0, late: 0, saved: 2 });
      await refuseAtTheDoor(B, END, { firstAt: END - 1, lastAt: END });
      expect(await mac('2027-04-01'), 'over the turn of a cycle').to.include({ saved: 1 });
    });

    it('When the contact is active in the cycle already, then nothing is saved; nor by an edit, nor for nobody', async () => {
      await receive(T(1), A);
      await stores.contact(workspaceId, [B]);
      await block(A, true);
      await block(B, true);
      await receive(T(2), A);
      await refuseAtTheDoor(A, T(3), { firstAt: T(3), lastAt: T(3) });
      await refuseAtTheDoor(B, T(3));
      await refuseAtTheDoor(C, T(3), { firstAt: T(3), lastAt: T(3) });
      await deliver([jobOf([from(workspaceId, channelId, T(4), edit('e1', 'm1', B, T(4)))])]);
      expect(await mac()).to.deep.equal({ count: 1, late: 0, saved: 0 });
    });

    it('When it is unblocked and becomes active after all, then it was not saved', async () => {
      await stores.contact(workspaceId, [A]);
      await block(A, true);
      await receive(T(1), A);
      expect(await mac()).to.include({ count: 0, saved: 1 });
      await block(A, false);
      await receive(T(2), A);
      expect(await mac()).to.include({ count: 1, saved: 0 });
    });

    it('When one message is refused and another one stored at the same moment, then the contact is active and not saved', async function () {
      this.timeout(120_000);
      for (let round = 0; round < 30; round += 1) {
        workspaceId = await stores.workspace();
        await stores.contact(workspaceId, [A]);
        await Promise.all([
          receive(T(1), A),
          refuseAtTheDoor(A, T(1), { firstAt: T(1), lastAt: T(1) }),
        ]);
        expect(await mac(), `round ${round}`).to.deep.equal({ count: 1, late: 0, saved: 0 });
      }
    });

    it('When two contacts are merged, then what is saved is one, or none when one is active', async () => {
      for (const [active, saved] of [
        [[], 1],
        [[A], 0],
        [[B], 0],
      ] as const) {
        workspaceId = await stores.workspace();
        for (const urn of [A, B]) {
          await stores.contact(workspaceId, [urn]);
          await block(urn, true);
          if (!active.some((one) => one === urn)) await receive(T(1), urn);
          await block(urn, false);
          if (active.some((one) => one === urn)) await receive(T(2), urn);
        }
        const merge = {
          ...{ workspaceId, from: await contactOf(A), into: await contactOf(B) },
          at: new Date(T(3)),
        };
        await models.db.transaction((session) => mergeActivity(models, merge, session));
        expect(await mac()).to.deep.equal({ count: active.length, late: 0, saved });
      }
    });
  });

  describe('A cycle that is over', () => {
    /** Closed, and signed off as soon as that may be. */
    async function close(): Promise<void> {
      await signOff(models, await workspace(), END + CLOSE_AFTER_MS);
      await signOff(models, await workspace(), END + CLOSE_AFTER_MS + 3 * 60_000);
    }
    const signedOff = async (name = '2027-03-01') =>
      (await models.macCycles.findOne({ workspaceId, name }).lean())?.signedOff;

    it('When messages come late but before it is closed, then they count in the cycle of their receipt', async () => {
      await receive(T(1), A);
      await signOff(models, await workspace(), END + CLOSE_AFTER_MS - 1);
      await receive(T(2), B);
      expect(await mac()).to.deep.equal({ count: 2, late: 0, saved: 0 });
      expect((await workspace()).billing.closedUntil).to.equal(undefined);
    });

    it('When three days have passed, then it is closed, and signed off once what was under way is over', async () => {
      await receive(T(1), A, B);
      await signOff(models, await workspace(), END + CLOSE_AFTER_MS);
      expect((await workspace()).billing.closedUntil).to.deep.equal(new Date(END));
      expect(await signedOff()).to.equal(undefined);
      await signOff(models, await workspace(), END + CLOSE_AFTER_MS + 60_000);
      expect(await signedOff(), 'transactions may still be open').to.equal(undefined);
      const at = END + CLOSE_AFTER_MS + 120_000;
      const reader = await workspace();
      await Promise.all([1, 2].map(() => signOff(models, reader, at)));
      const ids = [await contactOf(A), await contactOf(B)].map((id) => `${id}\n`).toSorted();
      const checksum = createHash('sha256').update(ids.join('')).digest('hex');
      expect(await signedOff()).to.deep.equal({ at: new Date(at), count: 2, checksum });
      expect(await models.macCycles.countDocuments({ workspaceId })).to.equal(1);
    });

    it('When a message comes after that, then it counts and is seen as late, and what was signed off stays', async () => {
      await receive(T(1), A);
      await close();
      const before = await signedOff();
      await receive(T(2), A, B);
      expect(await mac()).to.deep.equal({ count: 2, late: 1, saved: 0 });
      await close();
      expect(await signedOff()).to.deep.equal(before);
      expect(await sumUp(models, workspaceId, '2027-03-01')).to.deep.include({
        count: 1,
        checksum: before?.checksum,
      });
      await receive(APRIL, B);
      expect(await mac('2027-04-01')).to.deep.equal({ count: 1, late: 0, saved: 0 });
    });

    it('When contacts are merged or deleted after that, then it stays', async () => {
      await receive(T(1), A, B);
      await close();
      const [before, merge] = [
        await mac(),
        { workspaceId, from: await contactOf(A), into: await contactOf(B), at: new Date(T(5)) },
      ];
      await models.db.transaction((session) => mergeActivity(models, merge, session));
      await models.contacts.deleteMany({ workspaceId });
      expect(await mac()).to.deep.equal(before);
      const { count, checksum } = (await signedOff()) ?? {};
      expect(await sumUp(models, workspaceId, '2027-03-01')).to.deep.equal({ count, checksum });
    });

    it('When several cycles are over, then each is signed off', async () => {
      await receive(Date.UTC(2027, 0, 5), A);
      await receive(Date.UTC(2027, 2, 5), A, B);
      await close();
      const rows = await models.macCycles.find({ workspaceId }).sort({ name: 1 }).lean();
      expect(rows.map(({ name, signedOff }) => [name, signedOff?.count])).to.deep.equal([
        ['2027-01-01', 1],
        ['2027-02-01', 0],
        ['2027-03-01', 2],
      ]);
    });

    it('When a delivery has read before it was closed, then it is waited for, or looks again', async () => {
      await receive(T(1), A);
      await signOff(models, await workspace(), END + CLOSE_AFTER_MS);
      await models.workspaces.updateOne(
        { _id: workspaceId },
        { $unset: { 'billing.closedUntil': 1 } },
      );
      const { collection } = models.messages;
      const insert = collection.insertMany.bind(collection);
      let signing: Promise<void> | undefined;
      // It has read all that it reads.
      sinon.stub(collection, 'insertMany').callsFake((async (
        ...args: Parameters<typeof insert>
      ) => {
        if (!signing) {
          await signOff(models, await workspace(), END + CLOSE_AFTER_MS);
          signing = signOff(models, await workspace(), END + CLOSE_AFTER_MS + 180_000);
        }
        return await insert(...args);
      }) as never);
      await receive(T(2), B);
      await signing;
      const { count, late } = await mac();
      expect(count).to.equal(2);
      expect((await signedOff())?.count).to.equal(count - late);
    });
  });

  describe('A limit', () => {
    const limit = (macLimit: number | null) =>
      models.workspaces.updateOne({ _id: workspaceId }, { 'billing.macLimit': macLimit });
    const told = async () =>
      (
        await models.outgoingEvents
          .find({ workspaceId })
          .sort({ at: 1, 'data.threshold': 1 })
          .lean()
      ).map(({ type, data }) => [type, data.threshold, data.count]);
    const people = (n: number) => Array.from({ length: n }, (_, i) => `tel:+1650556${1_000 + i}`);

    it('When 80 and 100 per cent are reached, then each is told once a cycle, whoever looks', async () => {
      await limit(10);
      await receive(T(1), ...people(7));
      await tellThresholds(models, T(2));
      expect(await told()).to.deep.equal([]);
      await receive(T(3), ...people(8));
      await Promise.all([1, 2, 3].map(() => tellThresholds(models, T(4))));
      expect(await told()).to.deep.equal([['mac.threshold', 80, 8]]);
      await receive(T(5), ...people(12));
      await tellThresholds(models, T(6));
      await tellThresholds(models, T(6));
      expect(await told()).to.deep.equal([
        ['mac.threshold', 80, 8],
        ['mac.threshold', 100, 12],
      ]);
      await limit(12);
      await tellThresholds(models, T(7));
      await models.outgoingEvents.deleteMany({ workspaceId });
      await tellThresholds(models, T(8));
      expect(
        await told(),
        'once, also when the limit was changed or the event was sent',
      ).to.deep.equal([]);
      await receive(APRIL, ...people(10));
      await tellThresholds(models, APRIL);
      expect(await told()).to.deep.equal([['mac.threshold', 80, 10]]);
    });

    it('When it is reached in the last moment of a cycle, then it is told in the next', async () => {
      await limit(1);
      await receive(END - 1, A);
      await tellThresholds(models, END + 1);
      expect((await told()).map(([, threshold]) => threshold)).to.deep.equal([80, 100]);
      const [event] = await models.outgoingEvents.find({ workspaceId }).lean();
      expect(event?.data).to.deep.include({ cycleEnd: new Date(END), limit: 1 });
    });

    it('When there is none, or nobody is active, then nothing is told', async () => {
      await receive(T(1), A);
      await tellThresholds(models, T(2));
      await limit(0);
      await tellThresholds(models, APRIL + 60 * DAY);
      expect(await told()).to.deep.equal([]);
    });
  });

  describe('The recount', () => {
    it('When counters are wrong, then it mends them and says by how much, once', async () => {
      await receive(T(1), A, B);
      const cycle = '2027-03-01';
      const right = await readMac(models, { workspaceId, cycle });
      const slot = { workspaceId, cycle };
      await models.macCounts.updateOne(slot, { $inc: { count: 5, [`channels.${newId()}`]: 2 } });
      await models.macCounts.updateOne(slot, { $unset: { days: 1 } });
      await Promise.all([
        ...[1, 2, 3].map(() => recount(models, { workspaceId, cycle })),
        receive(T(2), C),
      ]);
      const now = await readMac(models, { workspaceId, cycle });
      expect(now.count).to.equal(right.count + 1);
      expect(Object.fromEntries(now.byDay)).to.deep.equal({ '2027-03-15': 3 });
      expect(await recount(models, { workspaceId, cycle })).to.equal(0);
    });

    it('When a night has passed, then each workspace is recounted once, every open cycle of it', async () => {
      await receive(T(1), A);
      await receive(APRIL, A);
      await models.macCounts.updateMany({ workspaceId }, { $inc: { count: 1 } });
      const reader = await workspace();
      const look = (now: number) => recountNightly(models, reader, { now, log: stores.log });
      await Promise.all([look(APRIL), look(APRIL)]);
      const found = () =>
        stores.lines.filter(({ fields }) => fields?.workspaceId === `${workspaceId}`);
      expect(found().map(({ event, fields }) => [event, fields?.drift])).to.deep.equal([
        ['mac.drifted', 2],
      ]);
      expect((await models.macRecounts.findById(workspaceId).lean())?.drift).to.equal(2);
      await look(APRIL + HOUR);
      expect(found()).to.have.length(1);
      await look(APRIL + DAY);
      expect(found().map(({ event }) => event)).to.deep.equal(['mac.drifted', 'mac.recounted']);
    });
  });
});
