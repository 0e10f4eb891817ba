import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import { block, unblock } from '../../../models/block/block.ts';
import { beginDelivery } from '../../../models/block/delivery-fence.ts';
import { ContactBlocked, NoContact } from '../../../models/block/unblocked.ts';
import type { Contact } from '../../../models/contacts/contact.ts';
import { type ObjectId, Types } from '../../../models/ids.ts';
import { conversationId } from '../../../models/inbox/conversation.ts';
import { cycleAt } from '../../../models/mac/cycle.ts';
import { readMac } from '../../../models/mac/mac-count.ts';
import { merge, previewMerge } from '../../../models/merge/merge.ts';
import { completeMerge } from '../../../models/merge/merge-completion.ts';
import { createDeliver } from '../../../workers/deliver/deliver.ts';
import { openStores, type Stores, silent } from '../../support/stores.ts';
import { until } from '../../support/until.ts';
import { edit, from, jobOf, message } from '../../workers/inbox.ts';

const by = { type: 'user', id: 'u1' } as const;
const A = 'tel:+16505550001';
const B = 'tel:+16505550002';
const C = 'tel:+16505550003';
const BILLING = { anchorDay: 1, timeZone: 'UTC', macLimit: null };

describe('Merging', function () {
  this.timeout(240_000);
  let stores: Stores;
  let workspaceId: ObjectId;
  let channelId: ObjectId;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    channelId = new Types.ObjectId();
  });
  afterEach(() => sinon.restore());

  let written = 0;
  /** They write, just now. */
  const write = async (urn: string | string[], on = channelId, receivedAt = Date.now()) => {
    const event = message(`m${++written}`, urn);
    await createDeliver(stores.models, silent)([jobOf([from(workspaceId, on, receivedAt, event)])]);
    return event.eventId;
  };
  const contactOf = async (urn: string): Promise<Contact> => {
    const found = await stores.models.contacts
      .findOne({ workspaceId, identities: urn })
      .lean<Contact>();
    if (!found) throw new Error(`nobody is ${urn}`);
    return found;
  };
  const pair = async (primary = A, secondary = B) => ({
    workspaceId,
    primaryId: (await contactOf(primary))._id,
    secondaryId: (await contactOf(secondary))._id,
  });
  const mergeNow = async (primary = A, secondary = B) =>
    await merge(stores, { ...(await pair(primary, secondary)), by });
  const messages = () => stores.models.messages.find({ workspaceId }).sort({ _id: 1 }).lean();
  const conversations = () => stores.models.conversations.find({ workspaceId }).lean();
  const record = () => stores.models.contactMerges.findOne({ workspaceId }).lean();
  const setContact = (urn: string, values: object) =>
    stores.models.contacts.updateOne({ workspaceId, identities: urn }, values);
  const failureOf = (doing: Promise<unknown>) =>
    doing.then(
      () => undefined,
      (error) => error,
    );

  /** All is the contacts' that are there, in conversations that are there, and counted once. */
  const expectWhole = async () => {
    const { models } = stores;
    const contacts = await models.contacts.find({ workspaceId }).lean();
    const ids = new Set(contacts.map(({ _id }) => _id.toString()));
    const rows = await conversations();
    const places = new Map(rows.map((row) => [row._id, row]));
    for (const row of rows) {
      expect(row._id).to.equal(conversationId(`${row.channelId}`, `${row.contactId}`));
      expect(ids.has(row.contactId.toString()), 'conversation of nobody').to.equal(true);
    }
    const stored = await messages();
    for (const { contactId, conversationId: place, sender, direction } of stored) {
      expect(ids.has(contactId.toString()), 'message of nobody').to.equal(true);
      expect(places.has(place), 'message in no conversation').to.equal(true);
      if (direction === 'in') expect(sender.id).to.equal(contactId.toString());
    }
    const active = await models.activeContacts.find({ workspaceId }).lean();
    expect(active.map(({ contactId }) => contactId.toString()).toSorted()).to.deep.equal(
      [...new Set(stored.map(({ contactId }) => contactId.toString()))].toSorted(),
    );
    const { name: cycle } = cycleAt(Date.now(), BILLING);
    const { count } = await readMac(models, { workspaceId, cycle });
    expect(count, 'what is billed').to.equal(active.length);
    expect(
      await models.contactMerges.countDocuments({ workspaceId, takenUntil: { $exists: true } }),
    ).to.equal(0);
  };

  it('When two contacts are merged, then the primary has all of both, its own first, and counts once', async () => {
    const [first, second] = [await write(A), await write(B)];
    await setContact(A, {
      firstName: 'Ada',
      email: 'ada@example.com',
      tags: ['vip', 'fr'],
      fields: { plan: 'gold' },
      refused: { count: 2, lastAt: new Date(5_000) },
    });
    await setContact(B, {
      firstName: 'A.',
      lastName: 'Lovelace',
      phone: '+16505550002',
      email: 'other@example.com',
      tags: ['fr', 'new'],
      fields: { plan: 'free', city: 'Paris' },
      refused: { count: 3, lastAt: new Date(9_000) },
    });
    const { primaryId, secondaryId } = await pair();
    const merged = await mergeNow();
    expect(merged).to.deep.include({
      _id: primaryId,
      identities: [A, B],
      firstName: 'Ada',
      lastName: 'Lovelace',
      phone: '+16505550002',
      email: 'ada@example.com',
      tags: ['vip', 'fr', 'new'],
      fields: { plan: 'gold', city: 'Paris' },
      refused: { count: 5, lastAt: new Date(9_000) },
      mergedFrom: [secondaryId],
    });
    expect(await stores.models.contacts.countDocuments({ workspaceId })).to.equal(1);
    expect((await messages()).map(({ eventId }) => eventId)).to.have.members([first, second]);
    expect(await conversations()).to.have.length(1);
    expect(await stores.models.activeContacts.countDocuments({ workspaceId })).to.equal(1);
    await expectWhole();
  });

  it('When they are merged, then what each was before is kept, down to where each message was', async () => {
    await write(A);
    const second = await write(B);
    const before = { primary: await contactOf(A), secondary: await contactOf(B) };
    const was = new Map((await conversations()).map((row) => [row.contactId.toString(), row]));
    await mergeNow();
    const kept = await record();
    expect(kept).to.deep.include({ by, primaryId: before.primary._id });
    for (const side of ['primary', 'secondary'] as const) {
      const { guardedAt, ...contact } = kept?.before[side].contact ?? ({} as Contact);
      expect(contact).to.deep.equal(before[side]);
      expect(kept?.before[side].active).to.equal(true);
    }
    const [one, ...more] = kept?.conversations ?? [];
    expect(more).to.deep.equal([]);
    expect(one?.primary).to.deep.equal(was.get(before.primary._id.toString()));
    expect(one?.secondary).to.deep.equal(was.get(before.secondary._id.toString()));
    const moves = (await messages()).map(({ eventId, moves }) => [eventId, moves]);
    expect(moves.filter(([, each]) => each !== undefined)).to.deep.equal([
      [
        second,
        [
          {
            mergeId: kept?._id,
            conversationId: one?.secondary._id,
            contactId: before.secondary._id,
          },
        ],
      ],
    ]);
  });

  it('When the secondary writes again, then it is in the conversation that is there, whichever had one', async () => {
    const other = new Types.ObjectId();
    await write(A);
    await write(B);
    await write(B, other);
    await mergeNow();
    await write(B);
    await write(B, other);
    await write([B, C], other);
    const { _id, identities } = await contactOf(A);
    expect(identities).to.deep.equal([A, B, C]);
    const rows = await conversations();
    expect(rows.map((row) => row._id)).to.have.members(
      [channelId, other].map((on) => conversationId(on.toString(), _id.toString())),
    );
    expect(await messages()).to.have.length(6);
    await expectWhole();
  });

  describe('of two conversations on one channel', () => {
    const set = async (urn: string, values: object) => {
      const { _id } = await contactOf(urn);
      await stores.models.conversations.updateOne({ contactId: _id }, values);
    };
    const joined = async (ours: object, theirs: object) => {
      await write(A);
      await write(B);
      await set(A, ours);
      await set(B, theirs);
      await mergeNow();
      const [row, ...more] = await conversations();
      expect(more).to.deep.equal([]);
      return row;
    };
    const [x, y] = [new Types.ObjectId(), new Types.ObjectId()];
    const early = new Date(Date.now() + 3_600_000);
    const late = new Date(Date.now() + 7_200_000);

    it('When one is open, then both are, and it is of who had that one', async () => {
      const row = await joined(
        { status: 'closed', assigneeId: x },
        { status: 'open', assigneeId: y },
      );
      expect(row).to.deep.include({ status: 'open', assigneeId: y });
    });

    it('When they are alike, then the primary’s assignee has it, or the other where there is none', async () => {
      expect(await joined({ assigneeId: x }, { assigneeId: y })).to.deep.include({ assigneeId: x });
      workspaceId = await stores.workspace();
      expect(await joined({ assigneeId: null }, { assigneeId: y })).to.deep.include({
        assigneeId: y,
      });
    });

    it('When both are snoozed, then it wakes at the earlier time; when one is open, then it is', async () => {
      const row = await joined(
        { status: 'snoozed', snoozedUntil: late },
        { status: 'snoozed', snoozedUntil: early },
      );
      expect(row).to.deep.include({ status: 'snoozed', snoozedUntil: early });
      workspaceId = await stores.workspace();
      const open = await joined({ status: 'open' }, { status: 'snoozed', snoozedUntil: early });
      expect(open).to.deep.include({ status: 'open', snoozedUntil: null });
    });

    it('When one was read and the other was not, then nothing unread is read, and what is read stays so', async () => {
      const start = Date.now();
      await write(A, channelId, start);
      await write(B, channelId, start + 10);
      await set(A, { readAt: new Date(start) });
      await mergeNow();
      const [row] = await conversations();
      expect(row?.readAt).to.deep.equal(new Date(start + 9));
      workspaceId = await stores.workspace();
      await write(A, channelId, start);
      await write(B, channelId, start + 10);
      await set(A, { readAt: new Date(start) });
      await set(B, { readAt: new Date(start + 20) });
      await mergeNow();
      expect((await conversations())[0]?.readAt).to.deep.equal(new Date(start + 20));
    });
  });

  it('When either is blocked, then it is refused with the block and whose it is, and nothing has moved', async () => {
    await write(A);
    await write(B);
    const [before, rows] = [await messages(), await conversations()];
    for (const urn of [A, B]) {
      const { _id: contactId } = await contactOf(urn);
      await block(stores, { workspaceId, contactId, by, source: 'api', reason: 'spam' });
      const which = await pair();
      for (const doing of [mergeNow, () => previewMerge(stores.models, which)]) {
        const failure = await failureOf(doing());
        expect(failure).to.be.instanceOf(ContactBlocked);
        expect((failure as ContactBlocked).contactId).to.deep.equal(contactId);
        expect((failure as ContactBlocked).block.reason).to.equal('spam');
      }
      await unblock(stores, { workspaceId, contactId, by, source: 'api' });
    }
    expect(await messages()).to.deep.equal(before);
    expect(await conversations()).to.have.length(rows.length);
    expect(await record()).to.equal(null);
    await mergeNow();
    await expectWhole();
  });

  it('When one of them is not there, or is another workspace’s, then there is no such contact', async () => {
    await write(A);
    await write(B);
    const known = await pair();
    const nobody = new Types.ObjectId();
    for (const wrong of [
      { ...known, primaryId: nobody },
      { ...known, secondaryId: nobody },
      { ...known, workspaceId: await stores.workspace() },
    ]) {
      expect(await failureOf(merge(stores, { ...wrong, by }))).to.be.instanceOf(NoContact);
      expect(await failureOf(previewMerge(stores.models, wrong))).to.be.instanceOf(NoContact);
    }
    expect(await stores.models.contacts.countDocuments({ workspaceId })).to.equal(2);
  });

  it('When it is asked for again, then it is answered again and done once', async () => {
    await write(A);
    await write(B);
    const which = await pair();
    const answers = await Promise.all([1, 2, 3].map(() => merge(stores, { ...which, by })));
    for (const { identities } of answers) expect(identities).to.deep.equal([A, B]);
    expect(await stores.models.contactMerges.countDocuments({ workspaceId })).to.equal(1);
    await expectWhole();
  });

  it('When a merge is previewed, then it says what the merge makes, and changes nothing', async () => {
    await write(A);
    await write(B);
    await write(B, new Types.ObjectId());
    await setContact(B, { lastName: 'Lovelace' });
    const before = await messages();
    const { contact, conversations: planned } = await previewMerge(stores.models, await pair());
    expect(await messages()).to.deep.equal(before);
    const merged = await mergeNow();
    const { guardedAt, ...values } = merged;
    expect(contact).to.deep.equal(values);
    const rows = await conversations();
    expect(planned.map(({ joined }) => joined)).to.have.deep.members(rows);
  });

  it('When a block of the one has ended, then it still refuses what came from its identity then, and not from the other’s', async () => {
    await write(A);
    await write(B);
    const { _id: contactId } = await contactOf(B);
    await block(stores, { workspaceId, contactId, by, source: 'api' });
    const during = Date.now();
    await delay(2);
    await unblock(stores, { workspaceId, contactId, by, source: 'api' });
    const { primaryId } = await pair();
    await mergeNow();
    await write(B, channelId, during);
    await write(A, channelId, during);
    const count = await stores.models.messages.countDocuments({ workspaceId });
    expect(count, 'theirs is refused, ours is not').to.equal(3);
    expect((await contactOf(B)).refused.count).to.equal(1);
    const history = await stores.models.blockHistory.countDocuments({ contactId });
    expect(history, 'the audit trail stays as it is').to.equal(2);
    expect((await contactOf(B))._id).to.deep.equal(primaryId);
  });

  it('When an unblock has not reached Redis before the merge, then completing it later still takes the identity out', async () => {
    const { models, blocklist } = stores;
    await write(A);
    await write(B);
    const { _id: contactId } = await contactOf(B);
    const blocked = await block(stores, { workspaceId, contactId, by, source: 'api' });
    sinon.stub(blocklist, 'follow').rejects(new Error('away'));
    await unblock(stores, { workspaceId, contactId, by, source: 'api' });
    sinon.restore();
    expect(blocked?.contact.blocked).not.to.equal(null);
    await mergeNow();
    const [row] = await models.blockChanges.find({ workspaceId }).lean();
    expect(row?.contactId).to.deep.equal((await contactOf(A))._id);
    await blocklist.follow(contactId);
    const set = `videur:{${workspaceId}}:blocked`;
    expect(await stores.redis.client.sismember(set, B)).to.equal(0);
  });

  it('When the merged contact is blocked, then all identities are in the set, and its conversations close', async () => {
    await write(A);
    await write(B);
    const { _id: contactId } = await mergeNow();
    await block(stores, { workspaceId, contactId, by, source: 'api' });
    const set = `videur:{${workspaceId}}:blocked`;
    expect(await stores.redis.client.smismember(set, A, B)).to.deep.equal([1, 1]);
    await write(B);
    expect(await messages()).to.have.length(2);
  });

  it('When a block and a merge come at once, then one of them sees the other, 200 times', async () => {
    for (let round = 0; round < 200; round += 1) {
      workspaceId = await stores.workspace();
      await write(A);
      await write(B);
      const which = await pair();
      const contactId = round % 2 ? which.primaryId : which.secondaryId;
      const [refused, blocked] = await Promise.all([
        failureOf(wait().then(() => merge(stores, { ...which, by }))),
        wait().then(() => block(stores, { workspaceId, contactId, by, source: 'api' })),
      ]);
      const { models } = stores;
      const contacts = await models.contacts.find({ workspaceId }).lean();
      const blockedOnes = contacts.filter((one) => one.blocked);
      if (refused) {
        expect(refused).to.be.instanceOf(ContactBlocked);
        expect(contacts).to.have.length(2);
        expect(await record()).to.equal(null);
        expect(blockedOnes.map(({ _id }) => _id)).to.deep.equal([contactId]);
        expect((await messages()).every((one) => !one.moves)).to.equal(true);
      } else {
        expect(contacts).to.have.length(1);
        // Of the secondary there was nothing left to block.
        const gone = contactId.equals(which.secondaryId);
        expect(blocked === null).to.equal(gone);
        expect(blockedOnes).to.have.length(gone ? 0 : 1);
        const set = `videur:{${workspaceId}}:blocked`;
        const known = gone ? 0 : 1;
        expect(await stores.redis.client.smismember(set, A, B)).to.deep.equal([known, known]);
      }
      await expectWhole();
    }
  });

  describe('several at once', () => {
    it('When A becomes part of B and B of A, then one of the two is, 20 times', async () => {
      for (let round = 0; round < 20; round += 1) {
        workspaceId = await stores.workspace();
        await write(A);
        await write(B);
        const outcomes = await Promise.all([
          failureOf(wait().then(() => mergeNow(A, B))),
          failureOf(wait().then(() => mergeNow(B, A))),
        ]);
        expect(outcomes.filter((failure) => failure)).to.have.length(1);
        expect(await stores.models.contacts.countDocuments({ workspaceId })).to.equal(1);
        expect((await contactOf(A)).identities).to.have.members([A, B]);
        await expectWhole();
      }
    });

    it('When C becomes part of A and of B, then it is part of one, 20 times', async () => {
      for (let round = 0; round < 20; round += 1) {
        workspaceId = await stores.workspace();
        for (const urn of [A, B, C]) await write(urn);
        const [a, b] = [await pair(A, C), await pair(B, C)];
        const outcomes = await Promise.all([
          failureOf(wait().then(() => merge(stores, { ...a, by }))),
          failureOf(wait().then(() => merge(stores, { ...b, by }))),
        ]);
        const failures = outcomes.filter((failure) => failure);
        expect(failures).to.have.length(1);
        expect(failures[0]).to.be.instanceOf(NoContact);
        expect(await stores.models.contacts.countDocuments({ workspaceId })).to.equal(2);
        await expectWhole();
      }
    });

    it('When B becomes part of A while C becomes part of B, then all of it arrives, 20 times', async () => {
      let chains = 0;
      for (let round = 0; round < 20; round += 1) {
        workspaceId = await stores.workspace();
        for (const urn of [A, B, C]) await write(urn);
        const [ab, bc] = [await pair(A, B), await pair(B, C)];
        const [outer, inner] = await Promise.all([
          failureOf(wait().then(() => merge(stores, { ...ab, by }))),
          failureOf(wait().then(() => merge(stores, { ...bc, by }))),
        ]);
        expect(outer).to.equal(undefined);
        // C may have found B gone; or B was gone when it was there, and it is part of A now.
        if (inner) expect(inner).to.be.instanceOf(NoContact);
        const gone = (await contactOf(A)).mergedFrom ?? [];
        if (gone.length === 2) chains += 1;
        await expectWhole();
      }
      expect(chains, 'merges of a merged contact').to.be.greaterThan(0);
    });
  });

  it('When messages are on their way while contacts are merged, then each is there once and in order, 40 times', async () => {
    const deliver = createDeliver(stores.models, silent);
    for (let round = 0; round < 40; round += 1) {
      workspaceId = await stores.workspace();
      await write(A);
      if (round % 2) await write(B);
      else await stores.contact(workspaceId, [B]);
      await stores.models.conversations.updateMany({ workspaceId }, { status: 'closed' });
      const sent = Array.from({ length: 6 }, (_, i) => message(`r${round}-${i}`, i % 3 ? B : A));
      const [merged] = await Promise.all([
        wait().then(() => mergeNow()),
        ...sent.map((event) =>
          wait().then(() => deliver([jobOf([from(workspaceId, channelId, Date.now(), event)])])),
        ),
      ]);
      const stored = await messages();
      expect(stored.filter(({ eventId }) => eventId.startsWith('r'))).to.have.length(6);
      expect(new Set(stored.map(({ contactId }) => `${contactId}`))).to.deep.equal(
        new Set([`${merged._id}`]),
      );
      const [row, ...more] = await conversations();
      expect(more).to.deep.equal([]);
      expect(row?.status, 'the contact has written').to.equal('open');
      const last = Math.max(...stored.map(({ receivedAt }) => receivedAt.getTime()));
      expect(row?.lastMessageAt).to.deep.equal(new Date(last));
      await expectWhole();
    }
  });

  it('When a delivery runs that may have read the secondary, then the merge is answered after it', async () => {
    await write(A);
    await write(B);
    const run = await beginDelivery(stores.models, [workspaceId.toString()]);
    let answered = false;
    const merging = mergeNow().then(() => {
      answered = true;
    });
    const looks = sinon.spy(stores.models.deliveryRuns.collection, 'countDocuments');
    await until('the merge to wait, or not to', () => answered || looks.callCount >= 3);
    expect(await record()).not.to.equal(null);
    expect(answered).to.equal(false);
    await run.end();
    await merging;
    await expectWhole();
  });

  it('When a history is still on its way, then edits find their message, and what was said in groups and noted comes along', async () => {
    const { models } = stores;
    const deliver = createDeliver(models, silent);
    const give = (event: Parameters<typeof from>[3]) =>
      deliver([jobOf([from(workspaceId, channelId, Date.now(), event)])]);
    await write(A);
    const second = await write(B);
    const group = { identity: 'whatsapp-group:1' };
    await give(message('said in a group', B, { group }));
    const which = await pair();
    const note = { workspaceId, text: 'note', by, at: new Date() };
    const place = conversationId(`${channelId}`, `${which.secondaryId}`);
    await models.notes.create({ ...note, conversationId: place });
    // The transaction, the fence and what was late; no message has moved.
    const cut = cutOff(4);
    expect(await failureOf(merge(stores, { ...which, by }))).to.be.instanceOf(Error);
    cut.restore();
    const theirs = { contactId: which.secondaryId };
    expect(await models.messages.countDocuments(theirs)).to.equal(2);
    await give(edit('e1', second, B, Date.now()));
    const stored = await record();
    if (!stored) throw new Error('the merge is not stored');
    await completeMerge(models, stored);
    const edited = await models.messages.findOne({ eventId: second, workspaceId }).lean();
    expect(edited?.text).to.equal('text of e1');
    expect(await models.messages.countDocuments(theirs)).to.equal(0);
    const here = conversationId(`${channelId}`, `${which.primaryId}`);
    const notes = await models.notes.find({ workspaceId }).lean();
    expect(notes.map((one) => [one.conversationId, one.moves])).to.deep.equal([
      [here, [{ mergeId: stored._id, conversationId: place }]],
    ]);
    const said = await models.messages.findOne({ workspaceId, inGroup: true }).lean();
    expect(said?.contactId).to.deep.equal(which.primaryId);
    expect(said?.conversationId).not.to.equal(here);
  });

  it('When it is cut off at any write, then completing it ends in the same state', async () => {
    const history = async () => {
      for (let i = 0; i < 4; i += 1) await write(A);
      const other = new Types.ObjectId();
      await write(B, other);
      await write(B);
      await many(B, 1_200);
    };
    let cuts = 0;
    for (let cutAt = 0; ; cutAt += 1) {
      workspaceId = await stores.workspace();
      channelId = new Types.ObjectId();
      await history();
      const which = await pair();
      const cut = cutOff(cutAt);
      const failure = await failureOf(merge(stores, { ...which, by }));
      cut.restore();
      const stored = await record();
      if (failure) cuts += 1;
      if (stored) await completeMerge(stores.models, stored);
      else await mergeNow();
      expect(await messages()).to.have.length(1_206);
      await expectWhole();
      if (!failure) break;
    }
    expect(cuts).to.be.greaterThan(5);
  });

  /** From its n-th step on nothing of a merge gets through. */
  function cutOff(n: number) {
    const { messages, contactMerges, deliveryRuns } = stores.models;
    let steps = 0;
    const cut = <T extends object>(of: T, method: keyof T & string) => {
      const real = (of[method] as (...args: unknown[]) => unknown).bind(of);
      const stub = sinon.stub(of as Record<string, () => unknown>, method);
      stub.callsFake((...args: unknown[]) => {
        steps += 1;
        if (steps > n) throw new Error('killed');
        return real(...args);
      });
      return stub;
    };
    const stubs = [
      cut(messages.collection, 'updateMany'),
      cut(deliveryRuns.collection, 'find'),
      cut(contactMerges, 'find'),
      cut(contactMerges, 'findOneAndUpdate'),
      cut(contactMerges, 'updateOne'),
    ];
    return { restore: () => stubs.forEach((stub) => void stub.restore()) };
  }

  /** A long history, put there at once. */
  async function many(urn: string, count: number): Promise<void> {
    const { models } = stores;
    const { _id: contactId } = await contactOf(urn);
    const [model] = await models.messages.find({ workspaceId, contactId, channelId }).lean();
    if (!model) throw new Error('there is no message yet');
    const rows = Array.from({ length: count }, (_, i) => ({
      ...model,
      _id: `${workspaceId}-${i}`,
      eventId: `e${i}`,
      receivedAt: new Date(Date.now() - i),
    }));
    await models.messages.collection.insertMany(rows as never[]);
  }

  const wait = () => delay(Math.random() * 12);
});
