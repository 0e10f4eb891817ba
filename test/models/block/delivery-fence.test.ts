import { expect } from 'chai';
import {
  awaitDeliveries,
  beginDelivery,
  DeliveryRevoked,
} from '../../../models/block/delivery-fence.ts';
import { Types } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import { openModels } from '../../support/stores.ts';

describe('The fence between delivering and blocking', () => {
  let models: Models;
  let close: () => Promise<void>;
  const workspace = () => new Types.ObjectId().toString();
  before(async () => {
    ({ models, close } = await openModels());
  });
  after(() => close());

  const store = (run: Awaited<ReturnType<typeof beginDelivery>>) =>
    models.db
      .transaction(async (session) => {
        await run.assertInForce(session);
      })
      .then(
        () => 'stored',
        (error: unknown) => error,
      );

  it('When no delivery runs, then nobody waits', async () => {
    await awaitDeliveries(models, workspace(), 0);
  });

  it('When a delivery is in force, then it may store, as often as it tries', async () => {
    const run = await beginDelivery(models, [workspace()]);
    expect(await store(run)).to.equal('stored');
    expect(await store(run)).to.equal('stored');
    await run.end();
  });

  it('When a delivery does not end in time, then it is revoked and cannot store any more', async () => {
    const [mine, theirs] = [workspace(), workspace()];
    const stuck = await beginDelivery(models, [theirs, mine]);
    const elsewhere = await beginDelivery(models, [theirs]);
    await awaitDeliveries(models, mine, 20);
    expect(await store(stuck)).to.be.instanceOf(DeliveryRevoked);
    expect(await store(elsewhere)).to.equal('stored');
    await stuck.end();
    await elsewhere.end();
  });

  it('When a delivery begins while somebody waits, then it is neither waited for nor revoked', async () => {
    const id = workspace();
    const before = await beginDelivery(models, [id]);
    const waiting = awaitDeliveries(models, id, 10_000);
    const { collection } = models.deliveryRuns;
    // The wait has looked once the driver has answered a query that was sent after its own.
    await collection.countDocuments({ workspaceIds: id });
    await collection.countDocuments({ workspaceIds: id });
    const after = await beginDelivery(models, [id]);
    await before.end();
    await waiting;
    expect(await store(after)).to.equal('stored');
    await after.end();
  });

  it('When a delivery stores at the very moment that it is revoked, then the fence opens after it has', async () => {
    const id = workspace();
    const run = await beginDelivery(models, [id]);
    let open = false;
    let waiting: Promise<void> | undefined;
    await models.db.transaction(async (session) => {
      await run.assertInForce(session);
      waiting ??= awaitDeliveries(models, id, 0).then(() => {
        open = true;
      });
      // Rows that a transaction has written cannot be deleted by others until it has ended.
      for (let i = 0; i < 10; i += 1) await models.deliveryRuns.countDocuments({});
      expect(open).to.equal(false);
    });
    await waiting;
    expect(open).to.equal(true);
  });
});
