import { expect } from 'chai';
import { PendingChanges } from '../../../models/block/pending-changes.ts';
import { Types } from '../../../models/ids.ts';
import { openStores, type Stores } from '../../support/stores.ts';
import { until } from '../../support/until.ts';

describe('Changes that have not reached Redis', () => {
  let stores: Stores;
  let pending: PendingChanges;
  before(async () => {
    stores = await openStores();
    pending = new PendingChanges(stores.models, stores.mongo, stores.log);
  });
  after(async () => {
    pending.stop();
    await stores.close();
  });

  const change = (workspaceId: Types.ObjectId, at: Date) =>
    stores.models.blockChanges.create({
      ...{ workspaceId, contactId: new Types.ObjectId(), blockId: new Types.ObjectId() },
      ...{ action: 'unblocked', at },
    });
  const seconds = (count: number) => new Date(Date.now() + count * 1_000);

  it('When one is overdue, then its workspace is known, and no other; when it is completed, then no longer', async () => {
    const [late, recent, calm] = [new Types.ObjectId(), new Types.ObjectId(), new Types.ObjectId()];
    const row = await change(late, seconds(-1));
    // Whoever makes it is just completing it: the time is far enough in the future for this test.
    await change(recent, seconds(60));
    await pending.start();
    expect(pending.has(late.toString())).to.equal(true);
    expect(pending.has(recent.toString())).to.equal(false);
    expect(pending.has(calm.toString())).to.equal(false);
    await row.deleteOne();
    await until('it to be noticed', () => !pending.has(late.toString()));
  });

  it('When MongoDB is away, then what was known stays', async () => {
    const late = new Types.ObjectId();
    await change(late, seconds(-1));
    await until('it to be noticed', () => pending.has(late.toString()));
    stores.mongo.stop();
    stores.mongo.lost();
    await stores.models.blockChanges.deleteMany({ workspaceId: late });
    const other = new PendingChanges(stores.models, stores.mongo, stores.log);
    await other.start();
    other.stop();
    expect(other.has(late.toString())).to.equal(false);
    expect(pending.has(late.toString())).to.equal(true);
  });
});
