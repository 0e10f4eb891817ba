import { expect } from 'chai';
import sinon from 'sinon';
import type { RedisStore } from '../../../config/redis.ts';
import { block, unblock } from '../../../models/block/block.ts';
import { Blocklist, type Pending, type ScreeningSource } from '../../../models/block/blocklist.ts';
import type { ObjectId } from '../../../models/ids.ts';
import {
  awayMongo,
  awayRedis,
  blockedKey,
  gate,
  openRedisStore,
  openStores,
  type Stores,
} from '../../support/stores.ts';
import { until } from '../../support/until.ts';

const by = { type: 'user', id: 'u1' } as const;
const A = 'tel:+16505550001';
const A2 = 'whatsapp:US.1';
const B = 'tel:+16505550002';

describe('The blocklist', () => {
  let stores: Stores;
  let other: RedisStore;
  let workspaceId: ObjectId;
  let a: ObjectId;
  before(async () => {
    stores = await openStores();
    other = await openRedisStore();
  });
  after(async () => {
    await other.close();
    await stores.close();
  });
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    a = await stores.contact(workspaceId, [A, A2]);
    await stores.contact(workspaceId, [B]);
  });
  afterEach(() => sinon.restore());

  const request = () => ({ workspaceId, contactId: a, by, source: 'inbox' as const });
  const sources: ScreeningSource[] = [];
  const blocklistOn = (redis: RedisStore, pending?: Pending) => {
    sources.length = 0;
    return new Blocklist({
      ...stores,
      redis,
      ...(pending && { pending }),
      onScreened: (source) => sources.push(source),
    });
  };
  const sentinel = () => `*${stores.redis.runId}`;
  const screen = async (blocklist: Blocklist, ...senders: string[]) => [
    ...(await blocklist.blockedAmong(workspaceId.toString(), senders)),
  ];
  const complete = () =>
    until('the set to be complete', () =>
      other.client.sismember(blockedKey(workspaceId), sentinel()),
    );
  const members = async () => (await other.client.smembers(blockedKey(workspaceId))).toSorted();
  const blockInStore = (id: ObjectId) =>
    stores.models.contacts.updateOne({ _id: id }, { blocked: { since: new Date() } });
  /** Runs `between` once the next rebuild has read MongoDB and before it puts its set in place. */
  const whenReadForRebuild = (between: () => Promise<unknown>) => {
    const contacts = stores.models.contacts.collection;
    const find = contacts.find.bind(contacts) as (...args: unknown[]) => {
      toArray(): Promise<unknown[]>;
    };
    let reads = 0;
    sinon.stub(contacts, 'find').callsFake(((filter: object, options: object) => {
      const cursor = find(filter, options);
      if ('identities' in filter) return cursor;
      reads += 1;
      const first = reads === 1;
      return (async function* () {
        const rows = await cursor.toArray();
        if (first) await between();
        yield* rows;
      })();
    }) as never);
    return () => reads;
  };

  it('When the set is cold, then MongoDB answers, and from then on the set does', async () => {
    await blockInStore(a);
    const blocklist = blocklistOn(stores.redis);
    expect(await screen(blocklist, A, B, 'tel:+1999')).to.deep.equal([A]);
    await complete();
    expect(await members()).to.deep.equal([sentinel(), A, A2].toSorted());

    const reads = sinon.spy(stores.models.contacts.collection, 'find');
    expect(await screen(blocklist, A2, B)).to.deep.equal([A2]);
    expect(await screen(blocklist, B)).to.deep.equal([]);
    expect(reads.callCount).to.equal(0);
    expect(sources).to.deep.equal(['store', 'cache', 'cache']);
  });

  it('When nobody is blocked, then the set becomes complete all the same', async () => {
    const blocklist = blocklistOn(stores.redis);
    expect(await screen(blocklist, A)).to.deep.equal([]);
    await complete();
    expect(await screen(blocklist, A)).to.deep.equal([]);
    expect(sources).to.deep.equal(['store', 'cache']);
  });

  it('When many screen at once while it is cold, then MongoDB answers all and the set is rebuilt once', async () => {
    await blockInStore(a);
    const reads = whenReadForRebuild(async () => {});
    const blocklist = blocklistOn(stores.redis);
    const answers = await Promise.all(Array.from({ length: 20 }, () => screen(blocklist, A, B)));
    for (const answer of answers) expect(answer).to.deep.equal([A]);
    await complete();
    expect(reads()).to.equal(1);
  });

  it('When another process rebuilds the set, then this one does not', async () => {
    await blockInStore(a);
    const { opened, open } = gate();
    const reads = whenReadForRebuild(() => opened);
    await screen(blocklistOn(other), A);
    await until('the rebuild to have begun', () => reads() === 1);
    const blocklist = blocklistOn(stores.redis);
    for (let i = 0; i < 5; i += 1) expect(await screen(blocklist, A)).to.deep.equal([A]);
    expect(reads()).to.equal(1);
    open();
    await complete();
    expect(reads()).to.equal(1);
  });

  it('When a contact of another workspace is blocked, then this one is not concerned', async () => {
    const elsewhere = await stores.workspace();
    await blockInStore(await stores.contact(elsewhere, [A]));
    const blocklist = blocklistOn(stores.redis);
    expect(await screen(blocklist, A)).to.deep.equal([]);
    await complete();
    expect(await screen(blocklist, A)).to.deep.equal([]);
  });

  it('When Redis is away, then MongoDB answers every time', async () => {
    await blockInStore(a);
    const blocklist = blocklistOn(awayRedis());
    expect(await screen(blocklist, A, B)).to.deep.equal([A]);
    expect(await screen(blocklist, B)).to.deep.equal([]);
    expect(sources).to.deep.equal(['store', 'store']);
  });

  it('When MongoDB and Redis are away, then nobody is blocked here and it is told', async () => {
    const asked: ScreeningSource[] = [];
    const blocklist = new Blocklist({
      ...stores,
      redis: awayRedis(),
      mongo: awayMongo(stores.models),
      onScreened: (source) => asked.push(source),
    });
    expect(await screen(blocklist, A)).to.deep.equal([]);
    expect(asked).to.deep.equal(['none']);
  });

  it('When Redis runs anew with the set of its last run, then the set is not trusted until it was made again', async () => {
    const blocklist = blocklistOn(stores.redis);
    await screen(blocklist, A);
    await complete();
    // The set of another run: complete as of then, and a block is missing in it.
    await other.client.srem(blockedKey(workspaceId), sentinel());
    await other.client.sadd(blockedKey(workspaceId), '*an-earlier-run', B);
    await blockInStore(a);
    expect(await screen(blocklist, A, B)).to.deep.equal([A]);
    expect(sources.at(-1)).to.equal('store');
    await complete();
    expect(await members()).to.deep.equal([sentinel(), A, A2].toSorted());
  });

  it('When a change of the workspace has not reached Redis, then MongoDB answers', async () => {
    const pending = new Set([workspaceId.toString()]);
    const blocklist = blocklistOn(stores.redis, pending);
    await screen(blocklistOn(stores.redis), A);
    await complete();
    await blockInStore(a);
    expect(await screen(blocklist, A)).to.deep.equal([A]);
    pending.clear();
    expect(await screen(blocklist, A)).to.deep.equal([]);
  });

  it('When a rebuild fails, then MongoDB goes on answering', async () => {
    await blockInStore(a);
    whenReadForRebuild(() => Promise.reject(new Error('away')));
    const blocklist = blocklistOn(stores.redis);
    expect(await screen(blocklist, A)).to.deep.equal([A]);
    await until('the failure to be logged', () =>
      stores.lines.some(
        ({ event, fields }) =>
          event === 'blocklist.rebuild_failed' && fields?.workspaceId === workspaceId.toString(),
      ),
    );
    expect(await screen(blocklist, A)).to.deep.equal([A]);
    expect(await other.client.sismember(blockedKey(workspaceId), sentinel())).to.equal(0);
  });

  it('When a contact is unblocked while the set is rebuilt, then none of its identities comes back', async () => {
    await block(stores, request());
    await other.client.del(blockedKey(workspaceId));
    const reads = whenReadForRebuild(() => unblock(stores, request()));
    await screen(blocklistOn(stores.redis), A);
    await complete();
    expect(await members()).to.deep.equal([sentinel()]);
    expect(reads()).to.equal(2);
  });

  it('When a contact is blocked while the set is rebuilt, then its identities are in it', async () => {
    const reads = whenReadForRebuild(() => block(stores, request()));
    await screen(blocklistOn(stores.redis), A);
    await complete();
    expect(await members()).to.deep.equal([sentinel(), A, A2].toSorted());
    expect(reads()).to.equal(2);
  });

  it('When a contact is blocked and unblocked, then the complete set follows each time, with every identity', async () => {
    const blocklist = blocklistOn(stores.redis);
    await screen(blocklist, A);
    await complete();
    await block(stores, request());
    expect(await screen(blocklist, A, A2, B)).to.deep.equal([A, A2]);
    await unblock(stores, request());
    expect(await screen(blocklist, A, A2, B)).to.deep.equal([]);
    expect(sources.slice(1)).to.deep.equal(['cache', 'cache']);
  });

  /** Two changes of one contact: the first is held up between MongoDB and Redis, the second is not. */
  const overtaken = async (first: boolean, second: boolean) => {
    const say = (blocked: boolean) =>
      stores.models.contacts.updateOne(
        { _id: a },
        { blocked: blocked ? { since: new Date() } : null },
      );
    const { opened, open } = gate();
    const multi = stores.redis.client.multi.bind(stores.redis.client);
    let held = false;
    sinon.stub(stores.redis.client, 'multi').callsFake((() => {
      const pipeline = multi();
      if (held) return pipeline;
      held = true;
      const exec = pipeline.exec.bind(pipeline);
      pipeline.exec = (async () => {
        await opened;
        return await exec();
      }) as never;
      return pipeline;
    }) as never);
    await say(first);
    const slow = stores.blocklist.follow(a);
    await until('the first change to reach Redis', () => held);
    await say(second);
    await new Blocklist({ ...stores, redis: other }).follow(a);
    open();
    await slow;
  };

  it('When an unblock overtakes the block before it on the way to Redis, then the set ends without it', async () => {
    await overtaken(true, false);
    expect(await members()).to.deep.equal([]);
  });

  it('When a block overtakes the unblock before it on the way to Redis, then the set ends with it', async () => {
    await blockInStore(a);
    await stores.blocklist.follow(a);
    await overtaken(false, true);
    expect(await members()).to.deep.equal([A, A2].toSorted());
  });

  it('When blocks and unblocks come from several at once, then the set ends as MongoDB does', async () => {
    const blocklist = blocklistOn(stores.redis);
    await screen(blocklist, A);
    await complete();
    for (let round = 0; round < 6; round += 1) {
      await Promise.all([
        block(stores, request()),
        unblock(stores, request()),
        block(stores, request()),
        unblock(stores, request()),
      ]);
      const contact = await stores.models.contacts.findById(a).lean();
      expect(await screen(blocklist, A, A2)).to.deep.equal(contact?.blocked ? [A, A2] : []);
    }
    expect(sources.slice(1)).to.not.include('store');
  });
});
