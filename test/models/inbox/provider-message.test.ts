import { expect } from 'chai';
import sinon from 'sinon';
import {
  MESSAGE_STATUSES,
  type MessageStatus,
  statusesBefore,
} from '../../../models/delivery/event.ts';
import { type ObjectId, Types } from '../../../models/ids.ts';
import { claimProviderMessage, providerMessageId } from '../../../models/inbox/provider-message.ts';
import type { Models } from '../../../models/index.ts';
import { createDeliver } from '../../../workers/deliver/deliver.ts';
import { openStores, type Stores, silent } from '../../support/stores.ts';
import { echo, from, jobOf, outcomesOf, status, T } from '../../workers/inbox.ts';

const A = 'tel:+16505550001';
const ROUNDS = 200;

/** Resolves when a method is called for the first time from now on. */
async function called(target: object, method: string): Promise<void> {
  const methods = target as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[method]?.bind(target);
  await new Promise<void>((resolve) => {
    const stub = sinon.stub(methods, method).callsFake((...args) => {
      stub.restore();
      resolve();
      return original?.(...args);
    });
  });
}

describe("A provider's id of a message that we sent", () => {
  let stores: Stores;
  let models: Models;
  let workspaceId: ObjectId;
  let channelId: ObjectId;
  before(async () => {
    stores = await openStores();
    models = stores.models;
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    channelId = new Types.ObjectId();
  });

  const deliver = (...events: Parameters<typeof from>[3][]) =>
    createDeliver(models, silent)([jobOf([from(workspaceId, channelId, T(1), ...events)])]);

  /** A message of ours that waits to be sent. */
  const write = async (): Promise<string> => {
    const _id = new Types.ObjectId().toString();
    await models.messages.collection.insertOne({
      _id: _id as never,
      ...{ workspaceId, channelId, conversationId: 'c', contactId: new Types.ObjectId() },
      ...{ direction: 'out', type: 'text', text: 'x', at: new Date(T(0)), receivedAt: new Date() },
      ...{ status: 'queued', eventId: _id, sender: { type: 'user', id: 'u' } },
    });
    return _id;
  };
  const claim = (messageId: string, id: string) =>
    models.db.transaction(async (session) => {
      const given = { channelId: `${channelId}`, providerMessageId: id, messageId };
      const told = await claimProviderMessage(models, given, session);
      const sent: MessageStatus = told && statusesBefore(told).includes('sent') ? told : 'sent';
      await models.messages.updateOne({ _id: messageId }, { status: sent }, { session });
      return told;
    });
  const messages = async () => {
    const found = await models.messages.find({ workspaceId }).lean();
    return found.map(({ _id, status }) => ({ _id, status }));
  };
  const meant = (id: string) =>
    models.providerMessages.findById(providerMessageId(`${channelId}`, id)).lean();

  it('When nothing came of it before, then the id is ours and nothing is told', async () => {
    const ours = await write();
    expect(await claim(ours, 'p1')).to.equal(null);
    expect(await meant('p1')).to.include({ messageId: ours, status: null });
    expect(await claim(ours, 'p1'), 'the same again').to.equal(null);
    await deliver(status('p1', 'delivered'), echo('p1', A), status('p1', 'delivered'));
    expect(await messages()).to.deep.equal([{ _id: ours, status: 'delivered' }]);
    expect(await outcomesOf(models, workspaceId)).to.deep.equal({ accepted: 1, duplicate: 2 });
  });

  for (const last of MESSAGE_STATUSES)
    it(`When ${last} came before it, then that is told`, async () => {
      await deliver(status('p1', last), status('p1', 'sent'));
      expect(await meant('p1')).to.include({ messageId: null, status: last });
      expect(await outcomesOf(models, workspaceId)).to.deep.equal({ ignored: 2 });
      const ours = await write();
      expect(await claim(ours, 'p1')).to.equal(last);
      expect(await messages()).to.deep.equal([{ _id: ours, status: last }]);
      expect(await claim(ours, 'p1'), 'it was taken out').to.equal(null);
    });

  it('When its echo was stored before it, then the echo goes and its status is told', async () => {
    await deliver(status('p1', 'delivered'), echo('p1', A), echo('p2', A));
    await deliver(status('p1', 'read'));
    const ours = await write();
    expect(await claim(ours, 'p1')).to.equal('read');
    const stored = await messages();
    expect(stored).to.have.length(2);
    expect(stored).to.deep.include({ _id: ours, status: 'read' });
    await deliver(echo('p1', A));
    expect(await messages()).to.have.length(2);
  });

  it('When another message that we sent had the id, then that stays', async () => {
    const [first, second] = [await write(), await write()];
    await claim(first, 'p1');
    expect(await claim(second, 'p1')).to.equal(null);
    expect((await messages()).map(({ _id }) => _id)).to.have.members([first, second]);
    expect(await meant('p1')).to.include({ messageId: second });
  });

  it('When another channel has the same id, then that is another message', async () => {
    await deliver(echo('p1', A));
    const own = channelId;
    channelId = new Types.ObjectId();
    expect(await claim(await write(), 'p1')).to.equal(null);
    channelId = own;
    expect(await meant('p1')).not.to.equal(null);
    expect(await messages()).to.have.length(2);
  });

  it('When the echo and a status are delivered while the send is being recorded, then one message with that status is left', async () => {
    /** What a delivery does, in its order: the send is recorded from there on. */
    const moments: [object, string][] = [
      [models.deliveryRuns.collection, 'insertOne'],
      [models.contacts.collection, 'find'],
      [models.activeContacts.collection, 'find'],
      [models.db, 'transaction'],
      [models.messages.collection, 'insertMany'],
      [models.providerMessages.collection, 'insertMany'],
      [models.deliveredBatches.collection, 'insertMany'],
      [models.deliveryRuns.collection, 'deleteOne'],
    ];
    const told = new Set<string | null>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `p${round}`;
      const ours = await write();
      const [target, method] = moments[round % moments.length] as [object, string];
      const [answer] = await Promise.all([
        called(target, method).then(() => claim(ours, id)),
        deliver(echo(id, A)),
        deliver(status(id, 'delivered')),
      ]);
      told.add(answer);
      expect(await messages(), `round ${round}`).to.deep.equal([
        { _id: ours, status: 'delivered' },
      ]);
      expect(await meant(id)).to.include({ messageId: ours, status: null });
      await models.messages.deleteMany({ workspaceId });
    }
    const { accepted = 0, duplicate = 0, ignored = 0 } = await outcomesOf(models, workspaceId);
    expect(accepted + duplicate + ignored).to.equal(2 * ROUNDS);
    expect(duplicate, 'the send was faster').to.be.greaterThan(0);
    expect(told.has('delivered'), 'the send was slower').to.equal(true);
  }).timeout(180_000);

  it('When the send is recorded between the two looks of a status, then its message is found', async () => {
    await deliver(echo('p1', A));
    const ours = await write();
    const { collection } = models.messages;
    const find = collection.find.bind(collection);
    const stub = sinon.stub(collection, 'find').callsFake(((...args: Parameters<typeof find>) => {
      stub.restore();
      const cursor = find(...args);
      const read = cursor.toArray.bind(cursor);
      cursor.toArray = async () => {
        await claim(ours, 'p1');
        return await read();
      };
      return cursor;
    }) as never);
    await deliver(status('p1', 'read'));
    expect(await messages()).to.deep.equal([{ _id: ours, status: 'read' }]);
    expect(await outcomesOf(models, workspaceId)).to.deep.equal({ accepted: 2 });
  });
});
