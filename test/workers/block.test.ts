import { expect } from 'chai';
import sinon from 'sinon';
import { type BlockDeps, block, unblock } from '../../models/block/block.ts';
import { Blocklist } from '../../models/block/blocklist.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { EFFECTS, type EffectJob } from '../../models/jobs.ts';
import { liveChannel } from '../../models/live.ts';
import { effects } from '../../workers/block/effects.ts';
import { startRelay } from '../../workers/relay.ts';
import {
  awayRedis,
  blockedKey,
  gate,
  openRedis,
  openStores,
  type Stores,
} from '../support/stores.ts';
import { until } from '../support/until.ts';
import { newId } from './inbox.ts';

const A = 'tel:+16505550001';
const by = { type: 'user', id: 'u1' } as const;

describe('What follows from a block', () => {
  let stores: Stores;
  let deps: BlockDeps;
  let workspaceId: ObjectId;
  let contactId: ObjectId;
  before(async () => {
    stores = await openStores();
    deps = stores;
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    contactId = await stores.contact(workspaceId, [A]);
  });
  afterEach(() => sinon.restore());

  const request = () => ({ workspaceId, contactId, by, source: 'inbox' as const });
  const contact = async () => {
    const found = await stores.models.contacts.findById(contactId).lean();
    if (!found) throw new Error('no contact');
    return found;
  };
  const jobOf = (blockId: ObjectId | undefined, action: EffectJob['action']): EffectJob => ({
    workspaceId: workspaceId.toString(),
    contactId: contactId.toString(),
    blockId: `${blockId}`,
    action,
  });

  describe('Expiry', () => {
    it('When the time of a block is over, then it ends and the audit says by what', async () => {
      const id = (await block(stores, request()))?.contact.blocked?.id;
      await effects.expire(deps, jobOf(id, 'blocked'));
      expect((await contact()).blocked).to.equal(null);
      const [entry] = await stores.models.blockHistory
        .find({ contactId, action: 'unblocked' })
        .lean();
      expect(entry).to.deep.include({
        blockId: id,
        by: { type: 'system', id: 'expiry' },
        source: 'rule',
        reason: 'expired',
      });
      expect(await stores.redis.client.sismember(blockedKey(workspaceId), A)).to.equal(0);
    });

    it('When another block took its place, then that stays', async () => {
      const first = (await block(stores, request()))?.contact.blocked?.id;
      await unblock(stores, request());
      await block(stores, request());
      const before = await contact();
      await effects.expire(deps, jobOf(first, 'blocked'));
      expect(await contact()).to.deep.equal(before);
      expect(await stores.models.blockHistory.countDocuments({ contactId })).to.equal(3);
    });

    it('When it runs twice, then the audit has one entry of it', async () => {
      const id = (await block(stores, request()))?.contact.blocked?.id;
      for (let i = 0; i < 2; i += 1) await effects.expire(deps, jobOf(id, 'blocked'));
      expect(await stores.models.blockHistory.countDocuments({ contactId })).to.equal(2);
    });
  });

  it('When an inbox listens, then it hears of the change of its workspace, ids only', async () => {
    const listener = await openRedis();
    const heard: string[] = [];
    listener.on('message', (_channel, text) => heard.push(text));
    await listener.subscribe(liveChannel(workspaceId.toString()));
    const blockId = newId();
    await effects.notify(deps, { ...jobOf(blockId, 'blocked'), workspaceId: `${newId()}` });
    await effects.notify(deps, jobOf(blockId, 'blocked'));
    await until('the news', () => heard.length > 0);
    listener.disconnect();
    expect(heard.map((text) => JSON.parse(text))).to.deep.equal([
      [{ type: 'contact.blocked', contactId: `${contactId}`, blockId: `${blockId}` }],
    ]);
  });

  it('When an effect has a name, then somebody does it', () => {
    expect(Object.keys(effects)).to.have.members([...EFFECTS]);
  });

  describe('The relay', () => {
    const WAS = new Date(Date.now() - 60_000);
    const left = async (): Promise<void> => {
      const redis = awayRedis();
      const crashed: BlockDeps = {
        ...stores,
        redis,
        blocklist: new Blocklist({ ...stores, redis }),
      };
      await block(crashed, request());
    };
    const outbox = () => stores.models.blockChanges.countDocuments({ contactId });
    const jobs = async () => {
      const all = await stores.effects.getJobs(['waiting']);
      return all.filter(({ data }) => data.contactId === `${contactId}`).map(({ name }) => name);
    };

    it('When a change was left in the outbox, then it is completed; one that is being completed is left alone', async () => {
      await left();
      await stores.models.blockChanges.updateMany({ contactId }, { at: WAS });
      const recent = await stores.models.blockChanges.create({
        ...{ workspaceId, contactId: newId(), blockId: newId(), action: 'blocked', at: new Date() },
      });
      const relay = startRelay(stores);
      await until('the outbox to be empty', async () => (await outbox()) === 0);
      await relay.stop();
      expect(await stores.redis.client.sismember(blockedKey(workspaceId), A)).to.equal(1);
      expect(await jobs()).to.have.members(['notify']);
      expect(await stores.models.blockChanges.exists({ _id: recent._id })).not.to.equal(null);
      await stores.models.blockChanges.deleteOne({ _id: recent._id });
    });

    it('When a block is over and the job that should end it is gone, then it is ended', async () => {
      const { contact } = (await block(stores, { ...request(), expiresAt: new Date() })) ?? {};
      await stores.effects.obliterate({ force: true });
      await stores.models.contacts.updateOne({ _id: contactId }, { 'blocked.expiresAt': WAS });
      const relay = startRelay(stores);
      await until('the block to end', async () => {
        const now = await stores.models.contacts.findById(contactId).lean();
        return now?.blocked === null;
      });
      await relay.stop();
      const last = await stores.models.blockHistory.findOne({ contactId }).sort({ _id: -1 }).lean();
      expect(last).to.include({ action: 'unblocked', reason: 'expired' });
      expect(last?.blockId).to.deep.equal(contact?.blocked?.id);
    });

    it('When another Redis takes the place of the one before, then the side effects that it may lack are queued again, each once', async () => {
      const { contact: blocked } = (await block(stores, request())) ?? {};
      const old = newId();
      await stores.models.blockHistory.create({
        ...{ _id: Types.ObjectId.createFromTime(Date.now() / 1_000 - 3_600), by, source: 'api' },
        ...{ workspaceId, contactId, blockId: old, action: 'blocked', at: WAS },
      });
      let runId = 'before';
      const redis = Object.create(stores.redis, { runId: { get: () => runId } });
      const relay = startRelay({ ...stores, redis });
      await until('the relay to know it', () =>
        stores.lines.some(({ event }) => event === 'relay.swept'),
      );
      await stores.effects.obliterate({ force: true });
      runId = 'after';
      await until('the jobs to be there', async () => (await jobs()).length > 0);
      await relay.stop();
      expect(await jobs()).to.have.members(['notify']);
      const ids = (await stores.effects.getJobs(['waiting'])).map(({ data }) => data.blockId);
      expect(ids).to.include(`${blocked?.blocked?.id}`).and.not.include(`${old}`);
    });

    it('When MongoDB does not answer, then it looks again', async () => {
      await left();
      await stores.models.blockChanges.updateMany({ contactId }, { at: WAS });
      const find = sinon.stub(stores.models.blockChanges, 'find').callThrough();
      find.onFirstCall().throws(new Error('away'));
      const relay = startRelay(stores);
      await until('the outbox to be empty', async () => (await outbox()) === 0);
      await relay.stop();
      expect(stores.lines.some(({ event }) => event === 'relay.failed')).to.equal(true);
    });

    it('When it is stopped, then what it has in hand is finished first', async () => {
      await left();
      await stores.models.blockChanges.updateMany({ contactId }, { at: WAS });
      const { opened, open } = gate();
      const addBulk = stores.effects.addBulk.bind(stores.effects);
      const adding = sinon.stub(stores.effects, 'addBulk').callsFake(async (jobs) => {
        await opened;
        return await addBulk(jobs);
      });
      const relay = startRelay(stores);
      await until('the relay to have it in hand', () => adding.called);
      let stopped = false;
      const stopping = relay.stop().then(() => {
        stopped = true;
      });
      expect(await outbox()).to.equal(1);
      expect(stopped).to.equal(false);
      open();
      await stopping;
      expect(await outbox()).to.equal(0);
    });
  });
});
