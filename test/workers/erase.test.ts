import { expect } from 'chai';
import sinon from 'sinon';
import { block, unblock } from '../../models/block/block.ts';
import { deleteContact } from '../../models/contacts/contact-deletion.ts';
import { searchWords } from '../../models/contacts/contact-search.ts';
import type { ObjectId } from '../../models/ids.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { erase } from '../../workers/erase.ts';
import { findWords } from '../../workers/find-words.ts';
import { gate, openStores, type Stores, silent } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { from, jobOf, message, newId, T } from './inbox.ts';

const A = 'tel:+16505550001';
const B = 'tel:+16505550002';
const GROUP = { identity: 'telegram:-100', name: 'Group' };
const by = { type: 'system', id: 'test' } as const;

describe('Erasing a deleted contact', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let channelId: ObjectId;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    channelId = newId();
  });
  afterEach(() => sinon.restore());

  const deliver = (...events: ReturnType<typeof message>[]) =>
    createDeliver(stores.models, silent)([jobOf([from(workspaceId, channelId, T(1), ...events)])]);
  const contactOf = async (urn: string) => {
    const contact = await stores.models.contacts.findOne({ workspaceId, identities: urn }).lean();
    if (!contact) throw new Error(`nobody is ${urn}`);
    return contact;
  };
  const running = new AbortController().signal;
  const rowOf = async (contactId: ObjectId) => {
    const row = await stores.models.contactDeletions.findById(contactId).lean();
    if (!row) throw new Error('it was not deleted');
    return row;
  };
  const texts = async () =>
    (await stores.models.messages.find({ workspaceId }).sort({ text: 1 }).lean()).map(
      ({ text }) => text,
    );

  it('When it is cut off and goes on, then all of the contact is gone, others stay, MAC and the trail too', async () => {
    const { models } = stores;
    await deliver(
      ...['a1', 'a2', 'a3'].map((id) => message(id, A)),
      ...[message('a4', A, { group: GROUP }), message('b1', B, { group: GROUP })],
      message('b2', B),
    );
    const { _id: contactId } = await contactOf(A);
    const who = { workspaceId, contactId };
    await block(stores, { ...who, by, source: 'api', reason: 'wrote rude things' });
    await unblock(stores, { ...who, by, source: 'api' });
    const conversation = await models.conversations.findOne({ contactId }).lean();
    const { _id: conversationId = '' } = conversation ?? {};
    await models.notes.create({ workspaceId, conversationId, text: 'rude', by, at: new Date() });
    await deleteContact(stores, { ...who, by });
    expect(await models.contacts.countDocuments({ workspaceId })).to.equal(2);
    expect(await models.conversations.countDocuments({ contactId })).to.equal(0);

    const stop = new AbortController();
    const deleteMany = models.messages.deleteMany.bind(models.messages);
    const once = sinon.stub(models.messages, 'deleteMany').callsFake(((filter: object) => {
      stop.abort();
      return deleteMany(filter);
    }) as never);
    expect(await erase(models, await rowOf(contactId), stop.signal)).to.equal(undefined);
    once.restore();
    expect((await rowOf(contactId)).dueAt).to.be.instanceOf(Date);
    expect(await erase(models, await rowOf(contactId), running)).to.equal(1);
    expect(await erase(models, await rowOf(contactId), running)).to.equal(0);

    expect(await texts()).to.deep.equal(['text of b1', 'text of b2']);
    expect(await models.notes.countDocuments({ workspaceId })).to.equal(0);
    expect(await models.activeContacts.countDocuments({ workspaceId })).to.equal(2);
    const trail = await models.blockHistory.find({ contactId }).lean();
    expect(trail.map(({ action, reason }) => [action, reason])).to.have.deep.members([
      ['blocked', null],
      ['unblocked', null],
    ]);
    const { at, ...row } = await rowOf(contactId);
    expect(row).to.deep.equal({ _id: contactId, workspaceId, by });
  });

  it('When a delivery is under way that has read the contact, then nothing of it is left, and later ones make a new contact', async () => {
    const { models } = stores;
    await deliver(message('m1', A));
    const { _id: contactId } = await contactOf(A);
    channelId = newId();
    const { opened, open } = gate();
    const insertMany = models.messages.collection.insertMany.bind(models.messages.collection);
    const stub = sinon.stub(models.messages.collection, 'insertMany').callsFake((async (
      ...given: Parameters<typeof insertMany>
    ) => {
      await opened;
      return await insertMany(...given);
    }) as never);
    const late = deliver(message('m2', A));
    await until('the delivery to be about to store', () => stub.callCount > 0);
    const deleted = deleteContact(stores, { workspaceId, contactId, by });
    await until(
      'the contact to be gone',
      async () => !(await models.contacts.exists({ _id: contactId })),
    );
    open();
    await Promise.all([late, deleted]);
    expect(await models.conversations.countDocuments({ contactId })).to.equal(0);
    await erase(models, await rowOf(contactId), running);
    expect(await texts()).to.deep.equal([]);
    await deliver(message('m3', A));
    expect((await contactOf(A))._id.equals(contactId)).to.equal(false);
    expect(await texts()).to.deep.equal(['text of m3']);
  });
});

describe('The words that contacts are found by', () => {
  let stores: Stores;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());

  it('When a delivery makes a contact, or an identity joins one, then it is found by it', async () => {
    const workspaceId = await stores.workspace();
    const deliver = (...events: ReturnType<typeof message>[]) =>
      createDeliver(stores.models, silent)([jobOf([from(workspaceId, newId(), T(1), ...events)])]);
    await deliver(message('m1', A, { profile: { firstName: 'Ada' } }));
    await deliver(message('m2', [A, 'whatsapp:US.1']));
    const contact = await stores.models.contacts.findOne({ workspaceId }).select('+words').lean();
    expect(contact?.words).to.have.members(searchWords(contact as never));
    expect(contact?.words).to.include.members(['ada', '6505550001', 'us']);
  });

  it('When contacts were stored before there was a search, then they are given their words once', async () => {
    const { models } = stores;
    const workspaceId = await stores.workspace();
    const row = { workspaceId, tags: [], fields: {}, blocked: null };
    await models.contacts.collection.insertMany([
      { ...row, identities: [A], firstName: 'Ada' },
      { ...row, identities: [B] },
    ] as never[]);
    expect(await findWords(models, workspaceId)).to.equal(2);
    expect(await findWords(models, workspaceId)).to.equal(0);
    const found = await models.contacts.find({ workspaceId, words: 'ada' }).lean();
    expect(found.map(({ identities }) => identities)).to.deep.equal([[A]]);
  });
});
