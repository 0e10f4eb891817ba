import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import sinon from 'sinon';
import type { HandOver } from '../../gateway/ingest/hand-over.ts';
import { Refusals } from '../../gateway/ingest/refusals.ts';
import type { ChannelEvents } from '../../models/delivery/event.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { gate, openStores, type Stores, silent } from '../support/stores.ts';
import { until } from '../support/until.ts';

const A = 'tel:+16505550001';
const A2 = 'whatsapp:US.1';
const B = 'tel:+16505550002';

describe('What is kept of refused messages', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let refusals: Refusals;
  let refused: number;
  /** Straight into the worker's half, as if the queue were not there. */
  let handOver: sinon.SinonStub<Parameters<HandOver>, Promise<void>>;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    await stores.contact(workspaceId, [A, A2]);
    await stores.contact(workspaceId, [B]);
    refused = 0;
    const deliver = createDeliver(stores.models, silent);
    handOver = sinon
      .stub<Parameters<HandOver>, Promise<void>>()
      .callsFake((batch) => deliver([{ batchId: randomUUID(), ...batch }]));
    refusals = new Refusals(handOver, stores.log, () => {
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

  it('When Redis is away, then the tally is kept and handed over with what came meanwhile', async () => {
    handOver.onFirstCall().rejects(new Error(`no server for ${A}`));
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
    const deliver = createDeliver(stores.models, silent);
    handOver.callsFake(async (batch) => {
      await opened;
      await deliver([{ batchId: randomUUID(), ...batch }]);
    });
    refusals.add({ from: delivery(1_000), urn: A });
    const first = refusals.stop();
    await until('the write to begin', () => handOver.called);
    refusals.add({ from: delivery(2_000), urn: A });
    const second = refusals.stop();
    open();
    await Promise.all([first, second]);
    expect(await tallyOf(A)).to.deep.equal({ count: 2, lastAt: 2_000 });
    expect(handOver.callCount).to.equal(2);
  });

  it('When there are more senders than a job may hold, then they are handed over in several', async () => {
    handOver.callsFake(async () => {});
    for (let i = 0; i < 2_500; i += 1) refusals.add({ from: delivery(i), urn: `tel:+1650${i}` });
    await refusals.stop();
    const sizes = handOver.args.map(([{ refused }]) => refused?.length);
    expect(sizes).to.deep.equal([1_000, 1_000, 500]);
  });

  it('When nobody stops it, then it writes by itself before long', async () => {
    refusals.start();
    refusals.add({ from: delivery(1_000), urn: A });
    await until('the tally to be written', async () => (await tallyOf(A)).count === 1);
    await refusals.stop();
  });
});
