import { expect } from 'chai';
import mongoose from 'mongoose';
import sinon from 'sinon';
import type { Tally } from '../../models/delivery/outcome.ts';
import type { ObjectId } from '../../models/ids.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { isPoison, settingAside } from '../../workers/deliver/set-aside.ts';
import { openStores, type Stores, silent } from '../support/stores.ts';
import { from, jobOf, message, newId, outcomesOf, T } from './inbox.ts';

const A = 'tel:+16505550001';
const B = 'tel:+16505550002';
const POISON = { content: { type: 'text' as const, text: 'poison' } };

describe('What cannot be stored', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let channelId: ObjectId;
  let deliver: (jobs: DeliverJob[]) => Promise<void>;
  before(async () => {
    stores = await openStores();
    await refusePoison(true);
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    channelId = newId();
    deliver = settingAside(createDeliver(stores.models, silent), stores);
  });
  afterEach(() => sinon.restore());

  /** MongoDB itself refuses such a message. */
  const refusePoison = (refuse: boolean) =>
    stores.models.db.db?.command({
      collMod: 'messages',
      validator: refuse ? { text: { $ne: 'poison' } } : {},
    });
  const batch = (...events: Parameters<typeof from>[3][]) =>
    jobOf([from(workspaceId, channelId, T(1), ...events)]);
  const outcomes = () => outcomesOf(stores.models, workspaceId);
  const texts = async () =>
    (await stores.models.messages.find({ workspaceId }).lean()).map(({ text }) => text).toSorted();
  const letters = () => stores.models.deadLetters.find({ workspaceId }).lean();
  const good = (count: number, name = 'm') =>
    Array.from({ length: count }, (_, i) => message(`${name}${i}`, i % 2 ? A : B));
  const retry = async (attempt: number): Promise<DeliverJob> => {
    const [letter] = await letters();
    if (!letter) throw new Error('no dead letter');
    return {
      ...jobOf([from(workspaceId, channelId, T(1), JSON.parse(letter.event))]),
      batchId: `${letter._id}.${attempt}`,
      deadLetterId: letter._id.toString(),
    };
  };

  it('When one message of a batch cannot be stored, then it is set aside with its reason and the others are stored', async () => {
    await deliver([batch(...good(5), message('p', A, POISON), ...good(4, 'n'))]);
    expect(await texts()).to.have.length(9);
    expect(await outcomes()).to.deep.equal({ accepted: 9, dead_lettered: 1 });
    const [letter, ...others] = await letters();
    expect(others).to.deep.equal([]);
    expect(letter).to.deep.include({ channelId, kind: 'message', eventId: 'p', attempts: 1 });
    expect(letter?.reason).to.equal('MongoBulkWriteError 121');
    expect(letter?.receivedAt.getTime()).to.equal(T(1));
  });

  it('When several of several batches cannot, then each is set aside, and what is only counted is counted once', async () => {
    const settled: Tally = {
      workspaceId: workspaceId.toString(),
      channelId: channelId.toString(),
      outcome: 'ignored',
      reason: 'empty',
      count: 3,
      at: T(1),
    };
    const first = batch(...good(3), message('p1', A, POISON), message('p2', B, POISON));
    await deliver([
      { ...first, settled: [settled] },
      batch(...good(2, 'n')),
      batch(message('p3', A, POISON)),
    ]);
    expect(await texts()).to.have.length(5);
    expect((await letters()).map(({ eventId }) => eventId).toSorted()).to.deep.equal([
      'p1',
      'p2',
      'p3',
    ]);
    expect(await outcomes()).to.deep.equal({ accepted: 5, dead_lettered: 3, ignored: 3 });
  });

  it('When this program cannot make anything of an event, then it is set aside as well', async () => {
    const broken = { ...message('b', A), content: undefined as never };
    await deliver([batch(...good(2), broken)]);
    expect(await outcomes()).to.deep.equal({ accepted: 2, dead_lettered: 1 });
    expect((await letters())[0]?.reason).to.equal('TypeError');
  });

  it('When it is cut off at any write and made again, then everything is counted once all the same', async () => {
    const names = [
      ['deliveredBatches', 'updateOne'],
      ['deliveredBatches', 'insertMany'],
      ['deliveredBatches', 'insertOne'],
      ['deadLetters', 'insertOne'],
      ['messages', 'insertMany'],
      ['outcomes', 'bulkWrite'],
    ] as const;
    let cut = 0;
    for (const [collection, method] of names) {
      for (let call = 0; call < 8; call += 1) {
        workspaceId = await stores.workspace();
        channelId = newId();
        const job = batch(...good(3), message('p', A, POISON), ...good(3, 'n'));
        const write = sinon.stub(stores.models[collection].collection, method).callThrough();
        write.onCall(call).rejects(new mongoose.mongo.MongoNetworkError('away'));
        const failed = await deliver([job]).then(
          () => false,
          () => true,
        );
        sinon.restore();
        if (failed) cut += 1;
        await deliver([job]);
        await deliver([job]);
        expect(await texts(), `${collection}.${method} ${call}`).to.have.length(6);
        expect(await outcomes()).to.deep.equal({ accepted: 6, dead_lettered: 1 });
        expect(await letters()).to.have.length(1);
      }
    }
    expect(cut, 'runs that were cut off').to.be.greaterThan(10);
  });

  it('When it is tried again and can be stored now, then it is a message and no dead letter', async () => {
    await deliver([batch(message('p', A, POISON))]);
    expect(await outcomes()).to.deep.equal({ dead_lettered: 1 });
    await refusePoison(false);
    try {
      const again = await retry(1);
      await deliver([again]);
      await deliver([again]);
    } finally {
      await refusePoison(true);
    }
    expect(await texts()).to.deep.equal(['poison']);
    expect(await letters()).to.deep.equal([]);
    expect(await outcomes()).to.deep.equal({ accepted: 1, dead_lettered: 0 });
  });

  it('When it is tried again and fails again, then it is the same dead letter with one attempt more', async () => {
    await deliver([batch(message('p', A, POISON))]);
    await deliver([await retry(1)]);
    await deliver([await retry(2)]);
    const [letter, ...others] = await letters();
    expect(others).to.deep.equal([]);
    expect(letter).to.deep.include({ attempts: 3, retriedAt: null });
    expect(await outcomes()).to.deep.equal({ dead_lettered: 1 });
  });

  it('When it was discarded while it was tried again, then it stays discarded', async () => {
    await deliver([batch(message('p', A, POISON))]);
    const again = await retry(1);
    await stores.models.deadLetters.deleteMany({ workspaceId });
    await refusePoison(false);
    try {
      await deliver([again, batch(message('m', A))]);
    } finally {
      await refusePoison(true);
    }
    expect(await texts()).to.deep.equal(['text of m']);
    expect(await outcomes()).to.deep.equal({ accepted: 1, dead_lettered: 1 });
  });

  it('When its sender was blocked meanwhile, then the retry is refused and no dead letter is left', async () => {
    await deliver([batch(message('p', A, POISON))]);
    await stores.models.contacts.updateOne(
      { workspaceId, identities: A },
      { blocked: { id: newId(), since: new Date(T(0)) } },
    );
    await deliver([await retry(1)]);
    expect(await texts()).to.deep.equal([]);
    expect(await letters()).to.deep.equal([]);
    expect(await outcomes()).to.deep.equal({ refused: 1, dead_lettered: 0 });
  });

  it('When MongoDB is away or busy, then nothing is set aside: it is tried again', () => {
    const { mongo } = mongoose;
    const server = (code: number, label?: string) => {
      const error = new mongo.MongoServerError({ message: 'no', code });
      if (label) error.addErrorLabel(label);
      return error;
    };
    const again = [
      new mongo.MongoNetworkError('x'),
      new mongo.MongoServerSelectionError('x', {} as never),
      server(10107),
      server(112, 'TransientTransactionError'),
      server(14031),
      server(13),
      server(11000),
      Object.assign(new Error('x'), { name: 'Outdated' }),
      Object.assign(new Error('x'), { name: 'DeliveryRevoked' }),
    ];
    for (const error of again) expect(isPoison(error), `${error.name}`).to.equal(false);
    for (const error of [new TypeError('x'), server(121), server(10334)])
      expect(isPoison(error), error.name).to.equal(true);
  });
});
