import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import { expect } from 'chai';
import sinon from 'sinon';
import { NotReplicated } from '../../config/redis.ts';
import { type Batch, createHandOver } from '../../gateway/ingest/hand-over.ts';
import { type DeliverJob, QUEUES } from '../../models/jobs.ts';
import { openQueue } from '../../models/queues.ts';
import { awayMongo, awayRedis, openStores, type Stores } from '../support/stores.ts';
import { from, message, newId } from '../workers/inbox.ts';

describe('Handing a batch over', () => {
  let stores: Stores;
  let queue: Queue<DeliverJob>;
  let counted: { batches: number[]; spooled: number };
  before(async () => {
    stores = await openStores();
    queue = openQueue(QUEUES.deliver, stores.redis.client, `{hand_${randomUUID()}}`);
  });
  after(async () => {
    await queue.obliterate({ force: true });
    await queue.close();
    await stores.close();
  });
  beforeEach(() => {
    counted = { batches: [], spooled: 0 };
  });
  afterEach(async () => {
    sinon.restore();
    await stores.models.spool.deleteMany({});
    await queue.drain();
  });

  const handOver = (given: Partial<Parameters<typeof createHandOver>[0]> = {}) =>
    createHandOver({
      ...stores,
      queue,
      onBatch: (events) => counted.batches.push(events),
      onSpooled: () => {
        counted.spooled += 1;
      },
      ...given,
    });
  const batch = (): Batch => ({
    batchId: randomUUID(),
    settled: [],
    deliveries: [
      from(
        newId(),
        newId(),
        1,
        message('m1', 'tel:+1'),
        message('m2', 'tel:+2', {
          content: { type: 'text', text: 'half a pair \ud83d, $dollar, dotted.key \u0000' },
        }),
      ),
    ],
  });
  const inQueue = async () => (await queue.getJobs(['waiting'])).map(({ data }) => data);
  const inSpool = async () =>
    (await stores.models.spool.find().lean()).map(({ job }) => JSON.parse(job) as DeliverJob);

  it('When Redis takes it, then it is one job and nothing is in the spool', async () => {
    const given = batch();
    await handOver()(given);
    expect(await inQueue()).to.deep.equal([given]);
    expect(await inSpool()).to.deep.equal([]);
    expect(counted).to.deep.equal({ batches: [2], spooled: 0 });
  });

  it('When Redis is away, then the spool has exactly what the queue would have had', async () => {
    const given = batch();
    await handOver()({ ...given, batchId: 'through-redis' });
    await handOver({ redis: awayRedis() })({ ...given, batchId: 'through-redis' });
    expect(await inSpool()).to.deep.equal(await inQueue());
    expect(counted).to.deep.equal({ batches: [2, 2], spooled: 1 });
  });

  for (const [what, error] of [
    ['has no room', new Error("OOM command not allowed when used memory > 'maxmemory'.")],
    ['refuses the command', new Error('ERR something about the script')],
    ['has no replica that follows', new NotReplicated('x')],
  ] as const)
    it(`When Redis ${what}, then it is in the spool`, async () => {
      sinon.stub(queue, 'add').rejects(error);
      const given = batch();
      await handOver()(given);
      expect((await inSpool()).map(({ batchId }) => batchId)).to.deep.equal([given.batchId]);
      await stores.redis.whenAvailable();
    });

  it('When Redis took it and did not say so, then it is in both under one id', async () => {
    const add = queue.add.bind(queue);
    sinon.stub(queue, 'add').callsFake(async (...given) => {
      await add(...given);
      throw new Error('Command timed out');
    });
    const given = batch();
    await handOver()(given);
    await stores.redis.whenAvailable();
    const ids = [...(await inQueue()), ...(await inSpool())].map(({ batchId }) => batchId);
    expect(ids).to.deep.equal([given.batchId, given.batchId]);
  });

  it('When the same batch is handed over again, then it is there once', async () => {
    const given = batch();
    for (let i = 0; i < 2; i += 1) {
      await handOver()(given);
      await handOver({ redis: awayRedis() })(given);
    }
    expect(await inQueue()).to.have.length(1);
    expect(await inSpool()).to.have.length(1);
  });

  it('When both are away, then it fails, and nothing is counted', async () => {
    const failing = handOver({ redis: awayRedis(), mongo: awayMongo(stores.models) });
    expect(await failing(batch()).catch((error) => error.name)).to.equal('DependencyAway');
    expect(counted).to.deep.equal({ batches: [], spooled: 0 });
  });

  it('When there is nothing in it, then nobody is asked', async () => {
    await handOver({ redis: awayRedis(), mongo: awayMongo(stores.models) })({
      deliveries: [],
      settled: [],
    });
  });
});
