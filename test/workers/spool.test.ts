import { expect } from 'chai';
import sinon from 'sinon';
import { spooled } from '../../models/delivery/spool.ts';
import type { ObjectId } from '../../models/ids.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { startSpool } from '../../workers/spool.ts';
import { openStores, type Stores, silent } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { from, jobOf, message, newId, outcomesOf, T } from './inbox.ts';

describe('The spool', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    await stores.models.spool.deleteMany({});
  });
  afterEach(() => sinon.restore());

  const job = (...names: string[]): DeliverJob =>
    jobOf([from(workspaceId, newId(), T(1), ...names.map((name) => message(name, `x:${name}`)))]);
  const put = (job: DeliverJob, given = {}) =>
    stores.models.spool.create({ ...spooled(job), ...given });
  const start = (deliver: (job: DeliverJob) => Promise<void>) =>
    startSpool({ ...stores, deliver, concurrency: 4 });
  const empty = () =>
    until('the spool to be empty', async () => !(await stores.models.spool.exists({})));
  const store = () => {
    const deliver = createDeliver(stores.models, silent);
    return (job: DeliverJob) => deliver([job]);
  };

  it('When batches are in it, then they are delivered and gone', async () => {
    for (let i = 0; i < 10; i += 1) await put(job(`a${i}`, `b${i}`));
    const spool = start(store());
    await empty();
    await spool.stop();
    expect(await outcomesOf(stores.models, workspaceId)).to.deep.equal({ accepted: 20 });
  });

  it('When a batch is in the queue as well, or two workers have it, then it is stored once', async () => {
    const twice = job('m1', 'm2');
    await put(twice);
    const deliver = store();
    await deliver(twice);
    const spools = [start(deliver), start(store())];
    await empty();
    await Promise.all(spools.map((spool) => spool.stop()));
    expect(await outcomesOf(stores.models, workspaceId)).to.deep.equal({ accepted: 2 });
  });

  it('When another worker has a batch in hand, then it is left alone until that one has had its time', async () => {
    const theirs = job('theirs');
    await put(theirs, { takenUntil: new Date(Date.now() + 60_000) });
    await put(job('mine'));
    const seen: string[] = [];
    const spool = start(async ({ batchId }) => void seen.push(batchId));
    await until('mine to be gone', async () => (await stores.models.spool.countDocuments()) === 1);
    expect(seen).to.not.include(theirs.batchId);
    await stores.models.spool.updateMany({}, { takenUntil: new Date(0) });
    await empty();
    await spool.stop();
    expect(seen).to.include(theirs.batchId);
  });

  it('When a batch fails, then it stays, and the others are delivered', async () => {
    const bad = job('bad');
    await put(bad);
    for (let i = 0; i < 5; i += 1) await put(job(`g${i}`));
    const deliver = store();
    const spool = start((given) =>
      given.batchId === bad.batchId ? Promise.reject(new Error('not now')) : deliver(given),
    );
    await until('the others to be gone', async () => {
      return (await stores.models.spool.countDocuments()) === 1;
    });
    await spool.stop();
    expect(await stores.models.spool.exists({ _id: bad.batchId })).to.not.equal(null);
  });
});
