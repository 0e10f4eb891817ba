import { expect } from 'chai';
import sinon from 'sinon';
import { type BlockDeps, block, complete, unblock } from '../../../models/block/block.ts';
import { Blocklist } from '../../../models/block/blocklist.ts';
import { beginDelivery } from '../../../models/block/delivery-fence.ts';
import { PERIODS_KEPT } from '../../../models/contacts/contact.ts';
import { type ObjectId, Types } from '../../../models/ids.ts';
import { awayRedis, blockedKey, openStores, type Stores } from '../../support/stores.ts';
import { until } from '../../support/until.ts';

const by = { type: 'user', id: 'u1' } as const;
const A = 'tel:+16505550001';

describe('Blocking', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let contactId: ObjectId;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    contactId = await stores.contact(workspaceId, [A]);
  });
  afterEach(() => sinon.restore());

  const request = (given = {}) => ({
    workspaceId,
    contactId,
    by,
    source: 'inbox' as const,
    ...given,
  });
  const history = () => stores.models.blockHistory.find({ contactId }).sort({ _id: 1 }).lean();
  const outbox = () => stores.models.blockChanges.find({ contactId }).lean();
  const jobs = async () => {
    const all = await stores.effects.getJobs(['waiting', 'delayed']);
    return all.filter(({ data }) => data.contactId === contactId.toString());
  };
  const blockId = async () => {
    const contact = await stores.models.contacts.findById(contactId).lean();
    return contact?.blocked?.id;
  };
  const redisAway = async (): Promise<BlockDeps> => {
    const redis = awayRedis();
    return { ...stores, redis, blocklist: new Blocklist({ ...stores, redis }) };
  };

  it('When a contact is blocked, then state, audit entry, Redis and one job per effect say so and the outbox is empty', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const result = await block(stores, request({ reason: 'spam', expiresAt }));
    expect(result?.changed).to.equal(true);
    const state = result?.contact.blocked;
    expect(state).to.deep.include({ by, source: 'inbox', reason: 'spam', expiresAt });
    expect(await history()).to.have.length(1);
    expect((await history())[0]).to.deep.include({
      workspaceId,
      contactId,
      blockId: state?.id,
      action: 'blocked',
      at: state?.since,
      by,
      source: 'inbox',
      reason: 'spam',
      expiresAt,
    });
    expect(await stores.redis.client.sismember(blockedKey(workspaceId), A)).to.equal(1);
    expect(await outbox()).to.deep.equal([]);

    const added = await jobs();
    expect(added.map(({ name, id }) => [name, id]).toSorted()).to.deep.equal([
      ['expire', `${state?.id}-blocked-expire`],
      ['notify', `${state?.id}-blocked-notify`],
    ]);
    for (const { data } of added)
      expect(data).to.deep.equal({
        workspaceId: workspaceId.toString(),
        contactId: contactId.toString(),
        blockId: state?.id.toString(),
        action: 'blocked',
      });
    const expiry = added.find(({ name }) => name === 'expire');
    expect(expiry?.opts.delay).to.be.within(3_590_000, 3_600_000);
  });

  it('When a block has no end, then nothing is set to end it', async () => {
    await block(stores, request());
    expect((await jobs()).map(({ name }) => name)).to.deep.equal(['notify']);
  });

  it('When a blocked contact is blocked again, then nothing changes', async () => {
    const first = await block(stores, request({ reason: 'first' }));
    const second = await block(stores, request({ reason: 'second', by: { type: 'api', id: 'k' } }));
    expect(second?.changed).to.equal(false);
    expect(second?.contact).to.deep.equal(first?.contact);
    expect(await history()).to.have.length(1);
    expect(await jobs()).to.have.length(1);
  });

  it('When several block at once, then there is one block, one audit entry and all see the same', async () => {
    const results = await Promise.all(
      Array.from({ length: 5 }, (_, i) => block(stores, request({ reason: `${i}` }))),
    );
    expect(results.filter((result) => result?.changed)).to.have.length(1);
    expect(new Set(results.map((result) => result?.contact.blocked?.id.toString())).size).to.equal(
      1,
    );
    expect(await history()).to.have.length(1);
    expect(await outbox()).to.deep.equal([]);
    expect(await jobs()).to.have.length(1);
  });

  it('When a contact is unblocked, then the past block is kept, the audit has both and Redis forgets it', async () => {
    const blocked = await block(stores, request({ reason: 'spam' }));
    const state = blocked?.contact.blocked;
    const result = await unblock(
      stores,
      request({ by: { type: 'api', id: 'k' }, source: 'api', reason: 'sorry' }),
    );
    expect(result?.changed).to.equal(true);
    expect(result?.contact.blocked).to.equal(null);
    const entries = await history();
    expect(entries.map(({ action, reason }) => [action, reason])).to.deep.equal([
      ['blocked', 'spam'],
      ['unblocked', 'sorry'],
    ]);
    expect(entries[1]).to.deep.include({ blockId: state?.id, by: { type: 'api', id: 'k' } });
    expect(result?.contact.pastBlocks).to.deep.equal([
      { since: state?.since, until: entries[1]?.at },
    ]);
    expect(await stores.redis.client.sismember(blockedKey(workspaceId), A)).to.equal(0);
    expect(await outbox()).to.deep.equal([]);
    expect((await jobs()).map(({ id }) => id)).to.have.members([
      `${state?.id}-blocked-notify`,
      `${state?.id}-unblocked-notify`,
    ]);
  });

  it('When several unblock at once, then it is done once', async () => {
    await block(stores, request());
    const results = await Promise.all(Array.from({ length: 4 }, () => unblock(stores, request())));
    expect(results.filter((result) => result?.changed)).to.have.length(1);
    expect((await history()).map(({ action }) => action)).to.deep.equal(['blocked', 'unblocked']);
    expect((await stores.models.contacts.findById(contactId).lean())?.pastBlocks).to.have.length(1);
  });

  it('When only a certain block is to end and another is in force, then nothing changes', async () => {
    const first = await block(stores, request());
    await unblock(stores, request());
    await block(stores, request());
    const second = await blockId();
    const result = await unblock(
      stores,
      request({ onlyBlock: first?.contact.blocked?.id ?? new Types.ObjectId() }),
    );
    expect(result?.changed).to.equal(false);
    expect(await blockId()).to.deep.equal(second);
    expect((await unblock(stores, request({ onlyBlock: second })))?.changed).to.equal(true);
  });

  it('When who is not blocked is unblocked, then nothing changes', async () => {
    expect((await unblock(stores, request()))?.changed).to.equal(false);
    expect(await history()).to.deep.equal([]);
  });

  it('When the contact is of another workspace or of none, then there is no such contact', async () => {
    const elsewhere = request({ workspaceId: await stores.workspace() });
    const nobody = request({ contactId: new Types.ObjectId() });
    for (const wrong of [elsewhere, nobody]) {
      expect(await block(stores, wrong)).to.equal(null);
      expect(await unblock(stores, wrong)).to.equal(null);
    }
    expect(await blockId()).to.equal(undefined);
    expect(await history()).to.deep.equal([]);
  });

  it('When there were more blocks than a contact remembers, then it remembers the last ones', async () => {
    const pastBlocks = Array.from({ length: PERIODS_KEPT }, (_, i) => ({
      since: new Date(i * 10),
      until: new Date(i * 10 + 5),
    }));
    await stores.models.contacts.updateOne({ _id: contactId }, { pastBlocks });
    const since = (await block(stores, request()))?.contact.blocked?.since;
    const kept = (await unblock(stores, request()))?.contact.pastBlocks;
    expect(kept).to.have.length(PERIODS_KEPT);
    expect(kept?.[0]?.since).to.deep.equal(new Date(10));
    expect(kept?.at(-1)?.since).to.deep.equal(since);
  });

  it('When the transaction fails, then nothing of the block is there', async () => {
    sinon.stub(stores.models.blockChanges, 'create').rejects(new Error('away'));
    const outcome = await block(stores, request()).catch((error) => error);
    expect(outcome).to.be.instanceOf(Error);
    expect(await blockId()).to.equal(undefined);
    expect(await history()).to.deep.equal([]);
    expect(await jobs()).to.deep.equal([]);
  });

  it('When Redis is away, then the block is made and its row waits until it can be completed', async () => {
    const result = await block(await redisAway(), request());
    expect(result?.changed).to.equal(true);
    expect(await history()).to.have.length(1);
    const [row] = await outbox();
    expect(row).to.deep.include({ contactId, blockId: result?.contact.blocked?.id });
    expect(await jobs()).to.deep.equal([]);

    if (row) await complete(stores, row);
    expect(await outbox()).to.deep.equal([]);
    expect(await stores.redis.client.sismember(blockedKey(workspaceId), A)).to.equal(1);
    expect(await jobs()).to.have.length(1);
  });

  it('When a change is completed twice, then there is still one job per effect', async () => {
    await block(await redisAway(), request());
    const [row] = await outbox();
    if (!row) throw new Error('no row');
    await Promise.all([complete(stores, row), complete(stores, row)]);
    await complete(stores, row);
    expect(await jobs()).to.have.length(1);
    expect(await outbox()).to.deep.equal([]);
  });

  it('When a block is completed late, after the unblock, then Redis does not get the identity back', async () => {
    await block(await redisAway(), request());
    const [row] = await outbox();
    await unblock(stores, request());
    if (row) await complete(stores, row);
    expect(await stores.redis.client.sismember(blockedKey(workspaceId), A)).to.equal(0);
  });

  describe('while messages are delivered', () => {
    /** Starts the change while a delivery runs; what it answers, and whether it has yet. */
    const during = async (change: () => Promise<unknown>, stored: () => Promise<unknown>) => {
      const run = await beginDelivery(stores.models, [workspaceId.toString()]);
      const looks = sinon.spy(stores.models.deliveryRuns.collection, 'countDocuments');
      let answered = false;
      const changing = change().then(() => {
        answered = true;
      });
      await until('the change to be stored', stored);
      await until('the change to wait, or not to', () => answered || looks.callCount >= 3);
      return { run, changing, answered: () => answered };
    };

    it('When a delivery of the workspace runs, then a block is answered after it, and not before', async () => {
      const { run, changing, answered } = await during(() => block(stores, request()), blockId);
      expect(answered()).to.equal(false);
      await run.end();
      await changing;
      expect(answered()).to.equal(true);
    });

    it('When another has blocked the contact meanwhile, then the answer to the second waits as well', async () => {
      await stores.models.contacts.updateOne(
        { _id: contactId },
        { blocked: { id: new Types.ObjectId(), since: new Date() } },
      );
      const { run, changing, answered } = await during(() => block(stores, request()), blockId);
      expect(answered()).to.equal(false);
      await run.end();
      await changing;
    });

    it('When Redis is away, then a block waits all the same', async () => {
      const deps = await redisAway();
      const { run, changing, answered } = await during(() => block(deps, request()), blockId);
      expect(answered()).to.equal(false);
      await run.end();
      await changing;
    });

    it('When a delivery runs, then an unblock waits before its effects, which must see what was stored', async () => {
      await block(stores, request());
      const { run, changing, answered } = await during(
        () => unblock(stores, request()),
        async () => !(await blockId()),
      );
      expect(answered()).to.equal(false);
      expect(await jobs()).to.have.length(1);
      await run.end();
      await changing;
      expect(await jobs()).to.have.length(2);
    });

    it('When a delivery of another workspace runs, then nobody waits for it', async () => {
      const run = await beginDelivery(stores.models, [(await stores.workspace()).toString()]);
      const looks = sinon.spy(stores.models.deliveryRuns.collection, 'countDocuments');
      await block(stores, request());
      expect(looks.callCount).to.equal(0);
      await run.end();
    });
  });
});
