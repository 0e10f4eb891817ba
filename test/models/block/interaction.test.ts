import { expect } from 'chai';
import sinon from 'sinon';
import { block, unblock } from '../../../models/block/block.ts';
import { followConversations } from '../../../models/block/interaction.ts';
import { type ObjectId, Types } from '../../../models/ids.ts';
import { type ConversationStatus, conversationId } from '../../../models/inbox/conversation.ts';
import type { Message } from '../../../models/inbox/message.ts';
import { openStores, type Stores } from '../../support/stores.ts';

const by = { type: 'user', id: 'u1' } as const;

describe('What is between a contact and us', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let contactId: ObjectId;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    contactId = await stores.contact(workspaceId, ['tel:+16505550001']);
  });
  afterEach(() => sinon.restore());

  const request = () => ({ workspaceId, contactId, by, source: 'inbox' as const });
  const conversation = async (status: ConversationStatus, given = {}, owner = contactId) => {
    const channelId = new Types.ObjectId();
    const now = new Date();
    const row = await stores.models.conversations.create({
      _id: conversationId(`${channelId}`, `${owner}`),
      ...{ workspaceId, contactId: owner, channelId, status },
      ...{ readAt: now, lastMessageAt: now, createdAt: now },
      ...given,
    });
    return async () => {
      const found = await stores.models.conversations.findById(row._id).lean();
      return { status: found?.status, blocked: found?.blocked, snoozedUntil: found?.snoozedUntil };
    };
  };
  const message = async (status: Message['status'], owner = contactId) => {
    const _id = new Types.ObjectId().toString();
    const now = new Date();
    await stores.models.messages.create({
      ...{ _id, workspaceId, channelId: new Types.ObjectId(), contactId: owner, status },
      ...{ conversationId: 'c', direction: 'out', type: 'text', at: now, receivedAt: now },
      ...{ eventId: _id, sender: by, outbox: { dueAt: now, attempts: 0 } },
    });
    return async () => {
      const found = await stores.models.messages.findById(_id).lean();
      return { status: found?.status, failure: found?.failure, last: found?.outbox?.last };
    };
  };
  const closed = { status: 'closed', blocked: true, snoozedUntil: null };

  it('When the contact is blocked, then all of its conversations close and are blocked, and no other one', async () => {
    const open = await conversation('open');
    const snoozed = await conversation('snoozed', { snoozedUntil: new Date() });
    const stranger = await conversation('open', {}, await stores.contact(workspaceId, ['x:1']));
    await block(stores, request());
    expect([await open(), await snoozed()]).to.deep.equal([closed, closed]);
    expect(await stranger()).to.include({ status: 'open', blocked: false });
  });

  it('When it is unblocked, then they come back closed', async () => {
    const open = await conversation('open');
    await block(stores, request());
    await unblock(stores, request());
    expect(await open()).to.deep.equal({ ...closed, blocked: false });
  });

  it('When it is blocked, then what has still to be sent to it fails, and no unblock brings it back', async () => {
    const unsent = await Promise.all([message('scheduled'), message('queued')]);
    const [sending, sent] = [await message('sending'), await message('sent')];
    const stranger = await message('queued', await stores.contact(workspaceId, ['x:1']));
    // It is waited for; nobody ends it here.
    const waited = block(stores, request());
    await waited;
    await unblock(stores, request());
    for (const read of unsent)
      expect(await read()).to.include({ status: 'failed', failure: 'contact_blocked' });
    expect(await sending()).to.include({ status: 'sending', last: true });
    expect(await sent()).to.include({ status: 'sent', last: undefined });
    expect(await stranger()).to.include({ status: 'queued' });
  });

  it('When its state is read at any moment, then contact and conversation say the same', async () => {
    const open = await conversation('open');
    const { db, models } = { db: stores.models.db, models: stores.models };
    const look = () =>
      db.transaction(
        async (session) => {
          const contact = await models.contacts.findById(contactId, null, { session }).lean();
          const theirs = await models.conversations.find({ contactId }, null, { session }).lean();
          return [contact?.blocked !== null, theirs[0]?.blocked, theirs[0]?.status === 'closed'];
        },
        { readConcern: 'snapshot' },
      );
    let done = false;
    const looks: Promise<unknown[]>[] = [];
    const looking = (async () => {
      while (!done) {
        looks.push(look());
        await looks.at(-1);
      }
    })();
    for (let round = 0; round < 30; round += 1) {
      await block(stores, request());
      await unblock(stores, request());
      await models.conversations.updateOne({ contactId }, { status: 'open' });
    }
    done = true;
    await looking;
    for (const seen of await Promise.all(looks)) {
      const [blocked, moved, isClosed] = seen;
      expect(moved).to.equal(blocked);
      if (blocked) expect(isClosed).to.equal(true);
    }
    expect(await open()).to.deep.equal({ ...closed, blocked: false, status: 'open' });
  });

  it('When a conversation was made meanwhile, then it is closed before the block answers', async () => {
    const model = stores.models.deliveryRuns.collection;
    const find = model.find.bind(model);
    let late: Awaited<ReturnType<typeof conversation>> | undefined;
    sinon.stub(model, 'find').callsFake(((...args: Parameters<typeof find>) => {
      const found = find(...args);
      const read = found.toArray.bind(found);
      found.toArray = async () => {
        late ??= await conversation('open');
        return await read();
      };
      return found;
    }) as never);
    await block(stores, request());
    expect(await late?.()).to.deep.equal(closed);
  });

  it('When the contact is unblocked while its conversations follow, then they end unblocked', async () => {
    const open = await conversation('open');
    await block(stores, request());
    await stores.models.conversations.updateMany({ contactId }, { blocked: false, status: 'open' });
    const model = stores.models.conversations;
    const updateMany = model.updateMany.bind(model);
    let first = true;
    sinon.stub(model, 'updateMany').callsFake((async (...args: Parameters<typeof updateMany>) => {
      const own = first;
      first = false;
      if (own) await unblock(stores, request());
      return await updateMany(...args);
    }) as never);
    await followConversations(stores.models, contactId);
    expect(await open()).to.include({ blocked: false });
  });

  it('When there is no such contact, then nothing follows', async () => {
    await followConversations(stores.models, new Types.ObjectId());
  });
});
