import { expect } from 'chai';
import sinon from 'sinon';
import { Refusals } from '../../gateway/ingest/refusals.ts';
import type { ChannelEvents } from '../../models/event.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { gate, openStores, type Stores } from '../support/stores.ts';
import { until } from '../support/until.ts';

const A = 'tel:+16505550001';
const A2 = 'whatsapp:US.1';
const B = 'tel:+16505550002';

describe('What is kept of refused messages', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let refusals: Refusals;
  let refused: number;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    await stores.contact(workspaceId, [A, A2]);
    await stores.contact(workspaceId, [B]);
    refused = 0;
    refusals = new Refusals(stores.models, stores.log, () => {
      refused += 1;
    });
  });
  afterEach(() => sinon.restore());

  const channelId = new Types.ObjectId().toString();
  const delivery = (receivedAt: number, channel = channelId): ChannelEvents => ({
    workspaceId: workspaceId.toString(),
    channelId: channel,
    receivedAt,
    events: [],
  });
  const tallyOf = async (urn: string) => {
    const contact = await stores.models.contacts.findOne({ workspaceId, identities: urn }).lean();
    return { count: contact?.refused.count, lastAt: contact?.refused.lastAt?.getTime() };
  };
  const counted = async () => {
    const rows = await stores.models.outcomes.find({ workspaceId }).lean();
    return rows.map((row) => [`${row.channelId}`, row.outcome, row.reason, row.count]);
  };

  it('When messages are refused, then their contacts have the count and the last time, and the channel the outcome', async () => {
    const other = new Types.ObjectId().toString();
    refusals.add({ from: delivery(1_000), urn: A });
    refusals.add({ from: delivery(3_000), urn: A });
    refusals.add({ from: delivery(2_000, other), urn: A2 });
    refusals.add({ from: delivery(1_500), urn: B });
    await refusals.stop();
    expect(refused).to.equal(4);
    expect(await tallyOf(A)).to.deep.equal({ count: 3, lastAt: 3_000 });
    expect(await tallyOf(B)).to.deep.equal({ count: 1, lastAt: 1_500 });
    expect(await counted()).to.have.deep.members([
      [channelId, 'refused', 'blocked', 3],
      [other, 'refused', 'blocked', 1],
    ]);
  });

  it('When they are written again and again, then the counts add up and the last time never goes back', async () => {
    refusals.add({ from: delivery(5_000), urn: A });
    await refusals.stop();
    refusals.add({ from: delivery(4_000), urn: A });
    await refusals.stop();
    await refusals.stop();
    expect(await tallyOf(A)).to.deep.equal({ count: 2, lastAt: 5_000 });
    expect((await counted()).reduce((sum, [, , , count]) => sum + Number(count), 0)).to.equal(2);
  });

  it('When MongoDB is away, then the tally is kept and written with what came meanwhile', async () => {
    const transaction = sinon.stub(stores.models.db, 'transaction').callThrough();
    transaction.onFirstCall().rejects(new Error(`no server for ${A}`));
    refusals.add({ from: delivery(1_000), urn: A });
    refusals.add({ from: delivery(2_000), urn: B });
    await refusals.stop();
    expect(await tallyOf(A)).to.deep.equal({ count: 0, lastAt: undefined });
    refusals.add({ from: delivery(3_000), urn: A });
    await refusals.stop();
    expect(await tallyOf(A)).to.deep.equal({ count: 2, lastAt: 3_000 });
    expect(await tallyOf(B)).to.deep.equal({ count: 1, lastAt: 2_000 });
    expect(stores.lines.filter(({ event }) => event === 'refusals.kept')).to.have.length(1);
    expect(JSON.stringify(stores.lines)).not.to.contain('tel:');
  });

  it('When one half of the write fails, then neither is there, and the next write makes both', async () => {
    const write = sinon.stub(stores.models.outcomes.collection, 'bulkWrite').callThrough();
    write.onFirstCall().rejects(new Error('away'));
    refusals.add({ from: delivery(1_000), urn: A });
    await refusals.stop();
    expect(await tallyOf(A)).to.deep.equal({ count: 0, lastAt: undefined });
    await refusals.stop();
    expect(await tallyOf(A)).to.deep.equal({ count: 1, lastAt: 1_000 });
    expect(await counted()).to.deep.equal([[channelId, 'refused', 'blocked', 1]]);
  });

  it('When messages are refused during a write, then they are in the next one', async () => {
    const { opened, open } = gate();
    const transaction = stores.models.db.transaction.bind(stores.models.db);
    const held = sinon.stub(stores.models.db, 'transaction').callsFake((async (
      ...args: Parameters<typeof transaction>
    ) => {
      await opened;
      return await transaction(...args);
    }) as never);
    refusals.add({ from: delivery(1_000), urn: A });
    const first = refusals.stop();
    await until('the write to begin', () => held.called);
    refusals.add({ from: delivery(2_000), urn: A });
    const second = refusals.stop();
    open();
    await Promise.all([first, second]);
    expect(await tallyOf(A)).to.deep.equal({ count: 2, lastAt: 2_000 });
    expect(held.callCount).to.equal(2);
  });

  it('When nobody stops it, then it writes by itself before long', async () => {
    refusals.start();
    refusals.add({ from: delivery(1_000), urn: A });
    await until('the tally to be written', async () => (await tallyOf(A)).count === 1);
    await refusals.stop();
  });
});
