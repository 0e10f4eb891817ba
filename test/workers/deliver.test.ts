import { expect } from 'chai';
import sinon from 'sinon';
import { unblock } from '../../models/block/block.ts';
import { awaitDeliveries } from '../../models/block/delivery-fence.ts';
import { followConversations } from '../../models/block/interaction.ts';
import { hourOf } from '../../models/delivery/outcome.ts';
import type { ObjectId } from '../../models/ids.ts';
import { conversationId } from '../../models/inbox/conversation.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { gatherJobs } from '../../workers/deliver/gather.ts';
import { gate, openStores, type Stores, silent } from '../support/stores.ts';
import { until } from '../support/until.ts';
import {
  deletion,
  echo,
  edit,
  from,
  jobOf,
  message,
  newId,
  outcomesOf,
  readAll,
  status,
  T,
  watermark,
} from './inbox.ts';

const A = 'tel:+16505550001';
const B = 'tel:+16505550002';
const HOUR = new Date(T(0)).toISOString();

describe('Delivering', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let channelId: ObjectId;
  let deliver: (jobs: DeliverJob[]) => Promise<void>;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    workspaceId = await stores.workspace();
    channelId = newId();
    deliver = createDeliver(stores.models, silent);
  });
  afterEach(() => sinon.restore());

  const batch = (receivedAt: number, ...events: Parameters<typeof from>[3][]) =>
    jobOf([from(workspaceId, channelId, receivedAt, ...events)]);
  const all = () => readAll(stores.models, workspaceId, [channelId]);
  const outcomes = () => outcomesOf(stores.models, workspaceId);
  const contactOf = async (urn: string) => {
    const contact = await stores.models.contacts.findOne({ workspaceId, identities: urn }).lean();
    if (!contact) throw new Error(`nobody is ${urn}`);
    return contact;
  };
  const setBlocked = (urn: string) =>
    stores.models.contacts.updateOne(
      { workspaceId, identities: urn },
      { blocked: { id: newId(), since: new Date(T(0)) } },
    );

  it('When somebody writes for the first time, then contact, conversation, message, MAC and outcome are there', async () => {
    const profile = { firstName: 'Ada' };
    await deliver([batch(T(1), message('m1', A, { profile }))]);
    expect(await all()).to.deep.equal({
      contacts: [
        { identities: [A], firstName: 'Ada', blocked: false, refused: { count: 0, lastAt: null } },
      ],
      conversations: [
        {
          who: `0 ${A}`,
          status: 'open',
          blocked: false,
          snoozedUntil: null,
          lastMessageAt: new Date(T(1)),
          createdAt: new Date(T(1)),
        },
      ],
      messages: [
        {
          eventId: 'm1',
          in: `0 ${A}`,
          who: A,
          direction: 'in',
          type: 'text',
          text: 'text of m1',
          status: 'received',
          at: new Date(T(0)),
          receivedAt: new Date(T(1)),
          sender: 'contact',
          ...{ editedAt: undefined, attachments: undefined, replyTo: undefined },
        },
      ],
      names: [],
      active: [{ cycle: '2027-03-01', who: A, channel: 0 }],
      outcomes: { [`0 accepted  ${HOUR}`]: 1 },
    });
    expect(
      await stores.models.deliveryRuns.countDocuments({ workspaceIds: `${workspaceId}` }),
    ).to.equal(0);
  });

  it('When a batch holds a message several times, then one is accepted and the others are duplicates', async () => {
    await deliver([batch(T(1), message('m1', A), message('m1', A)), batch(T(2), message('m1', A))]);
    expect(await outcomes()).to.deep.equal({ accepted: 1, duplicate: 2 });
    expect((await all()).messages).to.have.length(1);
  });

  it('When a later batch holds it again, then it is a duplicate, and what is new in it is stored', async () => {
    await deliver([batch(T(1), message('m1', A))]);
    await deliver([batch(T(2), message('m1', A), message('m2', A), message('m3', B))]);
    expect(await outcomes()).to.deep.equal({ accepted: 3, duplicate: 1 });
    const { messages, active } = await all();
    expect(messages.map(({ eventId }) => eventId)).to.deep.equal(['m1', 'm2', 'm3']);
    expect(active).to.have.length(2);
  });

  it('When the same job is run again, then nothing changes', async () => {
    const job = batch(T(1), message('m1', A), message('m1', A), status('none', 'read'));
    job.settled.push({
      workspaceId: workspaceId.toString(),
      channelId: null,
      outcome: 'ignored',
      reason: 'unknown_channel',
      count: 3,
      at: Date.now(),
    });
    await deliver([job]);
    const once = await all();
    expect(await outcomes()).to.deep.equal({ accepted: 1, duplicate: 1, ignored: 4 });
    await deliver([job]);
    await createDeliver(stores.models, silent)([job, batch(T(2), message('m1', A))]);
    expect(await outcomes()).to.deep.equal({ accepted: 1, duplicate: 2, ignored: 4 });
    expect({ ...(await all()), outcomes: 0 }).to.deep.equal({ ...once, outcomes: 0 });
  });

  it('When the same job is given twice at once, then it is delivered once', async () => {
    const job = batch(T(1), message('m1', A));
    await deliver([job, job]);
    expect(await outcomes()).to.deep.equal({ accepted: 1 });
  });

  it('When jobs of several hours are delivered together, then each event counts in the hour of its receipt', async () => {
    const HOUR = 3_600_000;
    await deliver([batch(T(1), message('m1', A)), batch(T(1) - 2 * HOUR, message('m2', A))]);
    const rows = await stores.models.outcomes.find({ workspaceId }).sort({ hour: 1 }).lean();
    expect(rows.map(({ hour, count }) => [hour.getTime(), count])).to.deep.equal([
      [hourOf(T(1) - 2 * HOUR).getTime(), 1],
      [hourOf(T(1)).getTime(), 1],
    ]);
  });

  it('When a job has only outcomes that were known at the door, then they are counted', async () => {
    const tally = { workspaceId: `${workspaceId}`, channelId: `${channelId}`, reason: 'not_json' };
    await deliver([jobOf([], [{ ...tally, outcome: 'invalid', count: 2, at: Date.now() }])]);
    expect(await outcomes()).to.deep.equal({ invalid: 2 });
  });

  it('When the billing cycle turns, then the contact is active in both', async () => {
    const april = Date.UTC(2027, 3, 1);
    await deliver([batch(april - 1, message('m1', A)), batch(april, message('m2', A))]);
    await deliver([batch(april + 1, message('m3', A))]);
    expect((await all()).active.map(({ cycle }) => cycle)).to.deep.equal([
      '2027-03-01',
      '2027-04-01',
    ]);
  });

  it('When the contact writes into a closed or snoozed conversation, then it opens; an echo only moves it up', async () => {
    await deliver([batch(T(1), message('m1', A))]);
    const set = (fields: object) =>
      stores.models.conversations.updateOne({ workspaceId }, { $set: fields });
    await set({ status: 'closed' });
    await deliver([batch(T(2), echo('e1', A))]);
    expect((await all()).conversations[0]).to.deep.include({
      status: 'closed',
      lastMessageAt: new Date(T(2)),
    });
    await set({ status: 'snoozed', snoozedUntil: new Date(T(99)) });
    await deliver([batch(T(3), message('m2', A))]);
    expect((await all()).conversations[0]).to.deep.include({
      status: 'open',
      snoozedUntil: null,
      lastMessageAt: new Date(T(3)),
    });
    // A batch that was held up does not move it back.
    await deliver([batch(T(2), message('m3', A))]);
    expect((await all()).conversations[0]?.lastMessageAt).to.deep.equal(new Date(T(3)));
  });

  describe('Statuses', () => {
    it('When they come in any order and again, then the message only goes forward', async () => {
      await deliver([batch(T(1), echo('e1', A))]);
      const seen: (string | undefined)[] = [];
      for (const to of [
        'delivered',
        'sent',
        'read',
        'delivered',
        'read',
        'failed',
        'read',
      ] as const) {
        await deliver([batch(T(2), status('e1', to))]);
        seen.push((await all()).messages[0]?.status);
      }
      expect(seen).to.deep.equal([
        ...['delivered', 'delivered', 'read', 'read', 'read', 'failed', 'failed'],
      ]);
      expect(await outcomes()).to.deep.equal({ accepted: 4, ignored: 3, duplicate: 1 });
    });

    it('When two workers have statuses of the same messages at once, then each step is counted once', async () => {
      const ids = Array.from({ length: 10 }, (_, i) => `e${i}`);
      await deliver([batch(T(1), ...ids.map((id) => echo(id, A)))]);
      const job = () =>
        batch(T(2), ...ids.flatMap((id) => [status(id, 'delivered'), status(id, 'read')]));
      await Promise.all([1, 2, 3].map(() => createDeliver(stores.models, silent)([job()])));
      const { messages } = await all();
      expect(new Set(messages.map((one) => one.status))).to.deep.equal(new Set(['read']));
      const { accepted = 0, duplicate = 0, ignored = 0 } = await outcomes();
      expect(accepted, 'the echoes, and two steps each').to.equal(10 + 20);
      expect(duplicate + ignored).to.equal(40);
    });
  });

  describe('Groups', () => {
    const GROUP = { identity: 'line:C1', name: 'Friends' };
    const said = (id: string, by: string) => message(id, by, { group: GROUP });

    it('When members write in a group, then all is in its conversation and the members are active', async () => {
      await deliver([batch(T(1), said('m1', A), said('m2', B), message('m3', A))]);
      await deliver([batch(T(2), said('m4', B))]);
      const { contacts, conversations, messages, active } = await all();
      expect(contacts.map(({ identities, firstName }) => [identities[0], firstName])).to.deep.equal(
        [
          ['line:C1', 'Friends'],
          [A, undefined],
          [B, undefined],
        ],
      );
      expect(conversations.map(({ who, lastMessageAt }) => [who, lastMessageAt])).to.deep.equal([
        ['0 line:C1', new Date(T(2))],
        [`0 ${A}`, new Date(T(1))],
      ]);
      expect(messages.map(({ eventId, in: place, who }) => [eventId, place, who])).to.deep.equal([
        ['m1', '0 line:C1', A],
        ['m2', '0 line:C1', B],
        ['m3', `0 ${A}`, A],
        ['m4', '0 line:C1', B],
      ]);
      expect(active.map(({ who }) => who)).to.deep.equal([A, B]);
    });

    const follow = async (urn: string) => {
      await followConversations(stores.models, (await contactOf(urn))._id);
    };

    it('When a member is blocked, then its own conversation closes and that of the group goes on', async () => {
      await deliver([batch(T(1), said('m1', A), message('m2', A))]);
      await setBlocked(A);
      await follow(A);
      await deliver([batch(T(2), said('m3', A), said('m4', B))]);
      const { conversations, messages, contacts } = await all();
      expect(conversations.map(({ who, blocked, status }) => [who, blocked, status])).to.deep.equal(
        [
          ['0 line:C1', false, 'open'],
          [`0 ${A}`, true, 'closed'],
        ],
      );
      expect(messages.map(({ eventId }) => eventId)).to.deep.equal(['m1', 'm2', 'm4']);
      expect(contacts.find(({ identities }) => identities[0] === A)?.refused.count).to.equal(1);
      expect(await outcomes()).to.deep.equal({ accepted: 3, refused: 1 });
    });

    it('When the group is blocked, then nobody is heard in it, and everybody elsewhere', async () => {
      await deliver([batch(T(1), said('m1', A))]);
      await setBlocked('line:C1');
      await follow('line:C1');
      await deliver([batch(T(2), said('m2', A), said('m3', B), message('m4', A))]);
      const { conversations, messages } = await all();
      expect(conversations.map(({ who, blocked }) => [who, blocked])).to.deep.equal([
        ['0 line:C1', true],
        [`0 ${A}`, false],
      ]);
      expect(messages.map(({ eventId }) => eventId)).to.deep.equal(['m1', 'm4']);
      expect((await contactOf('line:C1')).refused.count).to.equal(2);
    });

    it('When a blocked contact is the first to write in a group, then there is no such group', async () => {
      await stores.contact(workspaceId, [A]);
      await setBlocked(A);
      await deliver([batch(T(1), said('m1', A))]);
      expect((await all()).contacts.map(({ identities }) => identities)).to.deep.equal([[A]]);
      expect(await outcomes()).to.deep.equal({ refused: 1 });
    });

    it('When several workers meet a new group at once, then it is one', async () => {
      await Promise.all(
        [0, 1, 2, 3].map((i) =>
          createDeliver(stores.models, silent)([batch(T(1), said(`a${i}`, A), said(`b${i}`, B))]),
        ),
      );
      const { contacts, conversations, messages } = await all();
      expect([contacts.length, conversations.length, messages.length]).to.deep.equal([3, 1, 8]);
      expect(await outcomes()).to.deep.equal({ accepted: 8 });
    });
  });

  describe('Edits and deletions', () => {
    const attachments = [{ type: 'image' as const, id: '7' }];
    const content = { type: 'attachment' as const, attachments, text: 'see', replyTo: 'm0' };
    const first = async () => (await all()).messages[0];

    it('When a message is edited, then it has the new content and stays where it is', async () => {
      await deliver([batch(T(1), message('m1', A, { content }))]);
      await stores.models.conversations.updateOne({ workspaceId }, { status: 'closed' });
      await deliver([batch(T(9), edit('e1', 'm1', A, T(5)))]);
      expect(await first()).to.deep.include({
        ...{ eventId: 'm1', type: 'text', text: 'text of e1', attachments: undefined },
        ...{
          replyTo: 'm0',
          editedAt: new Date(T(5)),
          at: new Date(T(0)),
          receivedAt: new Date(T(1)),
        },
      });
      const { conversations, active } = await all();
      expect(conversations[0]).to.deep.include({ status: 'closed', lastMessageAt: new Date(T(1)) });
      expect(active).to.have.length(1);
    });

    it('When edits come in any order and again, then the last one stays', async () => {
      await deliver([batch(T(1), message('m1', A))]);
      for (const [id, seconds] of [
        ['e5', 5],
        ['e4', 4],
        ['e5', 5],
        ['e5b', 5],
        ['e5', 5],
        ['e6', 6],
        ['e5b', 5],
      ] as const)
        await deliver([batch(T(9), edit(id, 'm1', A, T(seconds)))]);
      expect(await first()).to.include({ text: 'text of e6' });
      expect(await outcomes()).to.deep.equal({ accepted: 4, ignored: 2, duplicate: 2 });
    });

    it('When a blocked contact edits, then that is refused; when it deletes, then the content goes', async () => {
      await deliver([batch(T(1), message('m1', A, { content }), message('m2', B))]);
      await setBlocked(A);
      await deliver([batch(T(2), edit('e1', 'm1', A, T(5)), edit('e2', 'm2', A, T(5)))]);
      expect(await first()).to.deep.include({ text: 'see', attachments, editedAt: undefined });
      expect(await outcomes()).to.deep.equal({ accepted: 2, refused: 2 });
      await deliver([batch(T(3), deletion('m1'))]);
      expect(await first()).to.deep.include({
        ...{ eventId: 'm1', type: 'deleted', text: undefined, attachments: undefined },
      });
      expect(await outcomes()).to.deep.equal({ accepted: 3, refused: 2 });
    });

    it('When somebody else or nobody wrote it, then an edit changes nothing and makes nobody', async () => {
      await deliver([batch(T(1), message('m1', A), echo('e0', A))]);
      await deliver([
        batch(
          T(2),
          edit('e1', 'm1', B, T(5)),
          edit('e2', 'e0', A, T(5)),
          edit('e3', 'none', A, T(5)),
        ),
      ]);
      const { messages, contacts } = await all();
      expect(messages.map(({ text }) => text)).to.deep.equal(['text of e0', 'text of m1']);
      expect(contacts).to.have.length(1);
      expect(await outcomes()).to.deep.equal({ accepted: 2, ignored: 3 });
      await deliver([batch(T(3), message('none', B))]);
      expect((await all()).messages.map(({ text }) => text)).to.include('text of none');
    });

    const kinds = {
      'whose event has its id': () => message('m1', A),
      'whose event has another id': () => message('ev1', A, { messageId: 'm1' }),
      'of ours from elsewhere': () => echo('m1', A),
      'of ours whose event has another id': () => echo('ev1', A, { messageId: 'm1' }),
    };
    for (const [kind, written] of Object.entries(kinds)) {
      const events = () => ({
        m: written(),
        e: edit('e1', 'm1', A, T(5)),
        d: deletion('m1'),
      });
      for (const order of ['med', 'mde', 'emd', 'edm', 'dme', 'dem'] as const)
        it(`When a message ${kind} is deleted, and its events come as ${order}, then it is there without content`, async () => {
          for (const turn of ['once', 'again']) {
            for (const name of order)
              await deliver([batch(T(1), events()[name as 'm' | 'e' | 'd'])]);
            const { messages, conversations, active } = await all();
            expect(messages, turn).to.have.length(1);
            expect(messages[0], turn).to.deep.include({ type: 'deleted', text: undefined, who: A });
            expect([conversations.length, active.length]).to.deep.equal([1, 1]);
            await nothingWaits();
          }
        });
    }

    const nothingWaits = async () => {
      const waiting = { $or: [{ early: { $exists: true } }, { expiresAt: { $exists: true } }] };
      expect(await stores.models.messages.collection.countDocuments(waiting)).to.equal(0);
    };

    for (const messageId of [undefined, 'm1'])
      for (const order of ['m12', 'm21', '1m2', '2m1', '12m', '21m'])
        it(`When a message${messageId ? ' with an id of its own' : ''} and its edits come as ${order}, then it has the last content`, async () => {
          const events = {
            m: message(messageId ? 'ev1' : 'm1', A, { content, ...(messageId && { messageId }) }),
            1: edit('e1', 'm1', A, T(5)),
            2: edit('e2', 'm1', A, T(6)),
          };
          for (const turn of ['once', 'again']) {
            for (const name of order) await deliver([batch(T(1), events[name as 'm' | 1 | 2])]);
            const { messages } = await all();
            expect(messages, turn).to.have.length(1);
            expect(messages[0], turn).to.deep.include({
              ...{ type: 'text', text: 'text of e2', editedAt: new Date(T(6)), replyTo: 'm0' },
              attachments: undefined,
            });
            await nothingWaits();
          }
        });

    it('When a message and its edits are delivered at once, then it has the last content', async () => {
      for (let round = 0; round < 30; round += 1) {
        const id = `m${round}`;
        const event = round % 2 ? message(`ev${round}`, A, { messageId: id }) : message(id, A);
        const jobs = [event, edit(`e${round}`, id, A, T(5)), edit(`f${round}`, id, A, T(6))];
        await Promise.all(
          jobs.map((one) => createDeliver(stores.models, silent)([batch(T(1), one)])),
        );
        await nothingWaits();
      }
      const { messages } = await all();
      expect(messages).to.have.length(30);
      for (const { text } of messages) expect(text).to.match(/^text of f/);
    });

    it('When a message, its edits and its deletion are delivered at once, then it is there without content', async () => {
      for (let round = 0; round < 30; round += 1) {
        const id = `m${round}`;
        const given = round % 2 ? { messageId: id } : {};
        const event = message(round % 2 ? `ev${round}` : id, A, given);
        const jobs = [event, edit(`e${round}`, id, A, T(5)), deletion(id), deletion(id)];
        await Promise.all(
          jobs.map((one) => createDeliver(stores.models, silent)([batch(T(1), one)])),
        );
      }
      const { messages } = await all();
      expect(messages).to.have.length(30);
      await nothingWaits();
      expect(new Set(messages.map(({ type }) => type))).to.deep.equal(new Set(['deleted']));
      const { accepted = 0, duplicate = 0, ignored = 0 } = await outcomes();
      expect(accepted + duplicate + ignored).to.equal(120);
    });

    it('When a message is stored between the two looks of its deletion, then it has no content', async () => {
      await deliver([batch(T(1), edit('e1', 'm1', A, T(5)))]);
      const { collection } = stores.models.messages;
      const find = collection.find.bind(collection);
      const stub = sinon.stub(collection, 'find').callsFake(((...args: Parameters<typeof find>) => {
        stub.restore();
        const cursor = find(...args);
        const read = cursor.toArray.bind(cursor);
        cursor.toArray = async () => {
          const event = message('ev1', A, { messageId: 'm1' });
          await createDeliver(stores.models, silent)([batch(T(1), event)]);
          return await read();
        };
        return cursor;
      }) as never);
      await deliver([batch(T(1), deletion('m1'))]);
      expect(await first()).to.deep.include({ type: 'deleted', text: undefined });
      await nothingWaits();
    });

    it('When several workers have a message that was deleted before, then it is counted once', async () => {
      const ids = Array.from({ length: 20 }, (_, i) => `m${i}`);
      await deliver([batch(T(1), ...ids.map(deletion))]);
      const job = () => batch(T(2), ...ids.map((id) => message(id, A)));
      await Promise.all([1, 2, 3].map(() => createDeliver(stores.models, silent)([job()])));
      expect(await outcomes()).to.deep.equal({ ignored: 20, accepted: 20, duplicate: 40 });
      await nothingWaits();
    });

    it('When a message is edited and deleted at once, then it has no content', async () => {
      for (let round = 0; round < 20; round += 1) {
        const id = `m${round}`;
        await deliver([batch(T(1), message(id, A))]);
        await Promise.all(
          [edit(`e${round}`, id, A, T(5)), deletion(id), edit(`f${round}`, id, A, T(6))].map(
            (one) => createDeliver(stores.models, silent)([batch(T(1), one)]),
          ),
        );
      }
      for (const { type, text } of (await all()).messages)
        expect([type, text]).to.deep.equal(['deleted', undefined]);
    });

    it('When several workers have the same edits at once, then each is counted once', async () => {
      const ids = Array.from({ length: 10 }, (_, i) => `m${i}`);
      await deliver([batch(T(1), ...ids.map((id) => message(id, A)))]);
      const job = () =>
        batch(
          T(2),
          ...ids.flatMap((id) => [edit(`${id}x`, id, A, T(5)), edit(`${id}y`, id, A, T(5))]),
        );
      await Promise.all([1, 2, 3].map(() => createDeliver(stores.models, silent)([job()])));
      expect(await outcomes()).to.deep.equal({ accepted: 30, duplicate: 40 });
      for (const { text, eventId } of (await all()).messages)
        expect(text).to.equal(`text of ${eventId}y`);
    });
  });

  describe('Watermarks', () => {
    it('When the contact has read until a moment, then what we wrote on that channel until then is read', async () => {
      await deliver([
        batch(
          T(1),
          message('m1', A),
          echo('o1', A),
          echo('o2', A, { at: T(5) }),
          echo('o3', A, { at: T(6) }),
          echo('o4', B),
        ),
        jobOf([from(workspaceId, newId(), T(1), echo('o5', A))]),
      ]);
      await deliver([batch(T(2), status('o2', 'failed'))]);
      await deliver([batch(T(9), watermark(A, 'read', T(5)))]);
      const states = Object.fromEntries(
        (await all()).messages.map(({ eventId, status }) => [eventId, status]),
      );
      expect(states).to.deep.equal({
        ...{ m1: 'received', o1: 'read', o2: 'failed', o3: 'sent', o4: 'sent', o5: 'sent' },
      });
      await deliver([batch(T(9), watermark(A, 'delivered', T(6)), watermark(A, 'read', T(5)))]);
      expect(await outcomes()).to.deep.equal({ accepted: 9, duplicate: 1 });
    });

    it('When nobody is known by that identity, then nobody is made', async () => {
      await deliver([batch(T(1), watermark(A, 'read', T(5)))]);
      expect((await all()).contacts).to.deep.equal([]);
      expect(await outcomes()).to.deep.equal({ ignored: 1 });
    });

    it('When several workers have the same one at once, with statuses, then each step is counted once', async () => {
      const ids = Array.from({ length: 10 }, (_, i) => `o${i}`);
      await deliver([batch(T(1), ...ids.map((id) => echo(id, A)))]);
      const job = () =>
        batch(T(2), ...ids.map((id) => status(id, 'delivered')), watermark(A, 'read', T(5)));
      await Promise.all([1, 2, 3].map(() => createDeliver(stores.models, silent)([job()])));
      expect(new Set((await all()).messages.map((one) => one.status))).to.deep.equal(
        new Set(['read']),
      );
      const { accepted = 0, duplicate = 0, ignored = 0 } = await outcomes();
      expect(accepted).to.equal(10 + 10 + 1);
      expect(duplicate + ignored).to.equal(2 * 11);
    });
  });

  it('When there are messages only, then nothing is asked for but what they need', async () => {
    const { models } = stores;
    await deliver([batch(T(1), message('m1', A))]);
    const { delivered_batches: _, ...inbox } = models.db.models;
    const reads = Object.values(inbox).map(
      ({ collection }) => [collection.name, sinon.spy(collection, 'find')] as const,
    );
    await deliver([batch(T(2), message('m2', A), message('m3', B))]);
    const asked = reads.filter(([, { callCount }]) => callCount > 0);
    expect(
      Object.fromEntries(asked.map(([name, { callCount }]) => [name, callCount])),
    ).to.deep.equal({ contacts: 1, workspaces: 1, conversations: 1, active_contacts: 1 });
  });

  describe('The second look', () => {
    it('When a blocked contact gets through the door, then its messages are refused and only counted', async () => {
      await deliver([batch(T(1), message('m1', A))]);
      await setBlocked(A);
      await deliver([batch(T(2), message('m2', A), message('m3', A), message('m4', B))]);
      expect(await outcomes()).to.deep.equal({ accepted: 2, refused: 2 });
      const { messages, contacts, active } = await all();
      expect(messages.map(({ eventId }) => eventId)).to.deep.equal(['m1', 'm4']);
      expect(contacts[0]).to.deep.include({
        identities: [A],
        refused: { count: 2, lastAt: new Date(T(2)) },
      });
      expect(active).to.have.length(2);
    });

    it('When a message was received during a past block, then it is refused however late it is delivered', async () => {
      const pastBlocks = [{ since: new Date(T(10)), until: new Date(T(20)) }];
      await stores.contact(workspaceId, [A], { pastBlocks });
      await deliver([
        batch(T(9), message('before', A)),
        batch(T(10), message('first', A)),
        batch(T(19), message('last', A)),
        batch(T(20), message('after', A)),
      ]);
      expect((await all()).messages.map(({ eventId }) => eventId)).to.deep.equal([
        'after',
        'before',
      ]);
      expect(await outcomes()).to.deep.equal({ accepted: 2, refused: 2 });
    });

    it('When one of several contacts that the sender is known as is blocked, then the message is refused', async () => {
      await stores.contact(workspaceId, [A]);
      await stores.contact(workspaceId, [B]);
      await setBlocked(B);
      await deliver([batch(T(1), message('m1', [A, B]))]);
      expect(await outcomes()).to.deep.equal({ refused: 1 });
      expect((await contactOf(B)).refused.count).to.equal(1);
      expect((await all()).messages).to.deep.equal([]);
    });

    it('When we write to a blocked contact elsewhere, then that is kept and the conversation stays closed', async () => {
      await deliver([batch(T(1), message('m1', A))]);
      await setBlocked(A);
      await stores.models.conversations.updateMany(
        { workspaceId },
        { blocked: true, status: 'closed' },
      );
      await stores.contact(workspaceId, [B]);
      await setBlocked(B);
      await deliver([batch(T(2), echo('e1', A), echo('e2', B))]);
      const { messages, conversations } = await all();
      expect(messages.map(({ eventId }) => eventId)).to.deep.equal(['e1', 'e2', 'm1']);
      for (const conversation of conversations)
        expect(conversation).to.include({ blocked: true, status: 'closed' });
      expect(conversations).to.have.length(2);
    });

    it('When a block revokes a delivery that has looked before it, then that looks again', async () => {
      await deliver([batch(T(1), message('m1', A))]);
      const { collection } = stores.models.activeContacts;
      const find = collection.find.bind(collection);
      let looks = 0;
      // The contacts have been read when the active ones are asked for.
      sinon.stub(collection, 'find').callsFake(((...args: Parameters<typeof find>) => {
        const cursor = find(...args);
        const read = cursor.toArray.bind(cursor);
        cursor.toArray = async () => {
          looks += 1;
          if (looks === 1) {
            await setBlocked(A);
            await awaitDeliveries(stores.models, workspaceId.toString(), 0);
          }
          return await read();
        };
        return cursor;
      }) as never);
      await deliver([batch(T(2), message('m2', A))]);
      expect(looks).to.be.at.least(1);
      expect(await outcomes()).to.deep.equal({ accepted: 1, refused: 1 });
      expect((await all()).messages.map(({ eventId }) => eventId)).to.deep.equal(['m1']);
    });

    it('When a contact is unblocked while an echo to it is stored, then its new conversation is not left in the blocked inbox', async () => {
      const contactId = await stores.contact(workspaceId, [A]);
      await setBlocked(A);
      const { opened, open } = gate();
      const transaction = stores.models.db.transaction.bind(stores.models.db);
      const stub = sinon.stub(stores.models.db, 'transaction');
      stub.callsFake(transaction as never);
      stub.onFirstCall().callsFake((async (...args: Parameters<typeof transaction>) => {
        await opened;
        return await transaction(...args);
      }) as never);
      const looks = sinon.spy(stores.models.deliveryRuns.collection, 'countDocuments');
      const delivering = deliver([batch(T(2), echo('e1', A))]);
      await until('the echo to be about to be stored', () => stub.called);

      const by = { type: 'user', id: 'u' } as const;
      let done = false;
      const unblocking = unblock(stores, { workspaceId, contactId, by, source: 'inbox' }).then(
        () => {
          done = true;
        },
      );
      await until('the unblock to wait, or not to', () => done || looks.callCount > 1);
      open();
      await Promise.all([delivering, unblocking]);
      expect((await all()).conversations).to.have.length(1);
      expect((await all()).conversations[0]).to.include({ blocked: false, status: 'closed' });
    });
  });

  describe('Identities', () => {
    it('When a sender comes with another identity, then that joins the contact', async () => {
      await deliver([batch(T(1), message('m1', A))]);
      await deliver([batch(T(2), message('m2', [A, 'whatsapp:US.1']))]);
      await deliver([batch(T(3), message('m3', 'whatsapp:US.1'))]);
      const { contacts, conversations, active } = await all();
      expect(contacts.map(({ identities }) => identities)).to.deep.equal([[A, 'whatsapp:US.1']]);
      expect([conversations.length, active.length]).to.deep.equal([1, 1]);
    });

    it('When that happens within one batch, in any order, then it is one contact too', async () => {
      await deliver([
        batch(T(1), message('m1', 'whatsapp:US.1'), message('m2', [A, 'whatsapp:US.1'])),
        batch(T(1), message('m3', A), echo('e1', [A, 'whatsapp:US.1', 'whatsapp:US.2'])),
      ]);
      const { contacts, messages } = await all();
      expect(contacts.map(({ identities }) => identities)).to.deep.equal([
        [A, 'whatsapp:US.1', 'whatsapp:US.2'],
      ]);
      expect(new Set(messages.map(({ in: conversation }) => conversation)).size).to.equal(1);
    });

    it('When another workspace knows the same identity, then that is another contact', async () => {
      const elsewhere = await stores.workspace();
      await deliver([
        jobOf([
          from(workspaceId, channelId, T(1), message('m1', A)),
          from(elsewhere, newId(), T(1), message('m1', A)),
        ]),
      ]);
      const found = await stores.models.contacts.find({ identities: A }).lean();
      const mine = found.filter((one) =>
        [`${workspaceId}`, `${elsewhere}`].includes(`${one.workspaceId}`),
      );
      expect(mine).to.have.length(2);
    });

    it('When several workers meet the same new senders, some with a second identity, then each is one contact', async () => {
      const urn = (i: number) => `tel:+1650556${1000 + i}`;
      const job = (worker: number) =>
        batch(
          T(1),
          ...Array.from({ length: 12 }, (_, i) =>
            message(`w${worker}m${i}`, worker % 2 ? [urn(i), `whatsapp:US.${i}`] : urn(i)),
          ),
        );
      await Promise.all(
        [0, 1, 2, 3].map((worker) => createDeliver(stores.models, silent)([job(worker)])),
      );
      const { contacts, conversations, messages, active } = await all();
      expect(contacts).to.have.length(12);
      for (const { identities } of contacts) expect(identities).to.have.length(2);
      expect([conversations.length, active.length, messages.length]).to.deep.equal([12, 12, 48]);
      expect(await outcomes()).to.deep.equal({ accepted: 48 });
    });
  });

  it('When several workers deliver batches that overlap, then every total is exact', async () => {
    await stores.contact(workspaceId, ['tel:+19']);
    await setBlocked('tel:+19');
    const SENDERS = 8;
    const urn = (i: number) => `tel:+1650557${1000 + (i % SENDERS)}`;
    // Messages 0–29, 10–39, 20–49, 30–59: 120 events, 60 messages.
    const jobs = [0, 10, 20, 30].map((first) =>
      batch(
        T(1),
        ...Array.from({ length: 30 }, (_, i) => message(`m${first + i}`, urn(first + i))),
        message(`x${first}`, 'tel:+19'),
      ),
    );
    await Promise.all(
      jobs.flatMap((job) => [
        createDeliver(stores.models, silent)([job]),
        // BullMQ may give a job to a second worker while the first still has it.
        createDeliver(stores.models, silent)([job]),
      ]),
    );
    expect(await outcomes()).to.deep.equal({ accepted: 60, duplicate: 60, refused: 4 });
    const { messages, conversations, active } = await all();
    expect([messages.length, conversations.length, active.length]).to.deep.equal([60, 8, 8]);
    expect((await contactOf('tel:+19')).refused.count).to.equal(4);
  });

  it('When jobs are gathered, then those that come during a delivery are delivered together', async () => {
    const runs: number[] = [];
    const { opened, open } = gate();
    const gather = gatherJobs(
      async (jobs) => {
        runs.push(jobs.length);
        if (runs.length === 1) await opened;
        await deliver(jobs);
      },
      { maxEvents: 100, concurrency: 1 },
    );
    const first = gather(batch(T(1), message('m0', A)));
    await until('the first to run', () => runs.length === 1);
    const rest = [1, 2, 3].map((i) => gather(batch(T(1), message(`m${i}`, A))));
    open();
    await Promise.all([first, ...rest]);
    expect(runs).to.deep.equal([1, 3]);
    expect(await outcomes()).to.deep.equal({ accepted: 4 });
  });

  describe('A delivery that is cut off', () => {
    const SEEN = 'tel:+16505550003';
    const BLOCKED = 'tel:+16505550004';

    /** A workspace with a history, and a batch that has something of everything. */
    const prepare = async () => {
      workspaceId = await stores.workspace();
      channelId = newId();
      const before = [
        ...[message('old', SEEN), message('edited', SEEN), message('deleted', SEEN)],
        ...[echo('ours', SEEN), echo('raised', SEEN, { at: T(-5) })],
      ];
      await deliver([batch(T(-10), ...before, status('early', 'delivered'))]);
      await deliver([batch(T(-9), edit('ev11', 'late', A, T(1)))]);
      const seen = await contactOf(SEEN);
      await stores.models.conversations.updateOne(
        { _id: conversationId(`${channelId}`, `${seen._id}`) },
        { status: 'closed' },
      );
      await stores.contact(workspaceId, [BLOCKED]);
      await setBlocked(BLOCKED);
      return batch(
        T(1),
        message('m1', A),
        message('m2', A),
        message('m1', A),
        message('old', SEEN),
        message('m3', [SEEN, 'whatsapp:US.3']),
        message('m4', BLOCKED),
        echo('e1', B),
        status('e1', 'delivered'),
        status('ours', 'read'),
        status('nothing', 'read'),
        message('m5', A, { group: { identity: 'line:C1', name: 'Friends' } }),
        message('ev6', A, { messageId: 'm6' }),
        edit('ev7', 'm6', A, T(1)),
        edit('ev8', 'edited', SEEN, T(1)),
        deletion('deleted'),
        ...[edit('ev9', 'not here', A, T(1)), deletion('gone'), edit('ev10', 'early', B, T(2))],
        message('late', A),
        watermark(SEEN, 'read', T(-5)),
        echo('early', B),
      );
    };

    let clean: Awaited<ReturnType<typeof all>>;
    before(async () => {
      deliver = createDeliver(stores.models, silent);
      await deliver([await prepare()]);
      clean = await all();
      expect(await outcomes()).to.deep.equal({
        ...{ accepted: 19, duplicate: 2, refused: 1, ignored: 6 },
      });
      expect(clean.messages).to.have.length(13);
      expect(clean.names).to.have.length(5);
      expect(clean.conversations.map((one) => one.status)).to.deep.equal(new Array(4).fill('open'));
    });

    class Cut extends Error {}
    /** Throws at the n-th call of a method, before it is done or when it has been. */
    const cutAt = (target: object, method: string, nth: number, when: 'before' | 'after') => {
      const methods = target as Record<string, (...args: unknown[]) => Promise<unknown>>;
      const original = methods[method]?.bind(target);
      if (!original) throw new Error(`no ${method}`);
      let calls = 0;
      sinon.stub(methods, method).callsFake(async (...args) => {
        calls += 1;
        if (calls !== nth) return await original(...args);
        if (when === 'after') await original(...args);
        throw new Cut();
      });
    };
    /**
     * What is written, in its order: what it is, where, and by which call of that method. The first
     * attempt takes every message for new and meets `old`, so from `conversations move up` on there
     * is only the second.
     */
    const STEPS: [string, (models: Models) => object, string, number?][] = [
      ['its run is noted', ({ deliveryRuns }) => deliveryRuns.collection, 'insertOne'],
      ['contacts are made', ({ contacts }) => contacts.collection, 'insertMany'],
      ['identities join', ({ contacts }) => contacts.collection, 'bulkWrite'],
      ['its run is confirmed', ({ deliveryRuns }) => deliveryRuns.collection, 'updateOne', 2],
      ['conversations are made', ({ conversations }) => conversations.collection, 'insertMany', 2],
      ['messages are stored', ({ messages }) => messages.collection, 'insertMany', 2],
      ['contacts become active', ({ activeContacts }) => activeContacts.collection, 'insertMany'],
      ['active contacts are counted', ({ macCounts }) => macCounts.collection, 'bulkWrite'],
      ['messages change', ({ messages }) => messages.collection, 'bulkWrite'],
      ['names are kept', ({ providerMessages }) => providerMessages.collection, 'insertMany'],
      [
        'a waiting status is taken',
        ({ providerMessages }) => providerMessages.collection,
        'bulkWrite',
      ],
      ['refused ones are counted', ({ contacts }) => contacts.collection, 'bulkWrite', 2],
      ['outcomes are counted', ({ outcomes }) => outcomes.collection, 'bulkWrite'],
      ['the batch is noted', ({ deliveredBatches }) => deliveredBatches.collection, 'insertMany'],
      ['all of it is committed', ({ db }) => db, 'transaction', 2],
      ['conversations move up', ({ conversations }) => conversations.collection, 'bulkWrite'],
      ['the batch is finished', ({ deliveredBatches }) => deliveredBatches, 'updateMany'],
      ['its run is over', ({ deliveryRuns }) => deliveryRuns.collection, 'deleteOne', 2],
    ];
    for (const [name, target, method, nth = 1] of STEPS)
      for (const when of ['before', 'after'] as const)
        it(`When it is cut off ${when} ${name} and run again, then all is as if it had not been`, async () => {
          const job = await prepare();
          cutAt(target(stores.models), method, nth, when);
          const outcome = await deliver([job]).catch((error) => error);
          expect(outcome, 'it was cut off').to.be.instanceOf(Cut);
          sinon.restore();
          await createDeliver(stores.models, silent)([job]);
          expect(await all()).to.deep.equal(clean);
          // And for good: once more changes nothing.
          await createDeliver(stores.models, silent)([job]);
          expect(await all()).to.deep.equal(clean);
        });

    it('When it held a message that was there already, then its run again does not open that conversation', async () => {
      await deliver([batch(T(1), message('m1', A), message('m2', B))]);
      const closed = { status: 'closed' as const };
      await stores.models.conversations.updateMany({ workspaceId }, closed);
      cutAt(stores.models.conversations.collection, 'bulkWrite', 1, 'before');
      const job = batch(T(2), message('m1', A), deletion('m1'), message('m3', B));
      expect(await deliver([job]).catch((error) => error)).to.be.instanceOf(Cut);
      sinon.restore();
      await deliver([job]);
      const { conversations } = await all();
      expect(conversations.map(({ who, status }) => [who, status])).to.deep.equal([
        [`0 ${A}`, 'closed'],
        [`0 ${B}`, 'open'],
      ]);
    });

    it('When a contact is blocked before the delivery is run again, then its conversation stays closed', async () => {
      const job = await prepare();
      cutAt(stores.models.conversations.collection, 'bulkWrite', 1, 'before');
      expect(await deliver([job]).catch((error) => error)).to.be.instanceOf(Cut);
      sinon.restore();
      await setBlocked(SEEN);
      await followConversations(stores.models, (await contactOf(SEEN))._id);
      await deliver([job]);
      const { conversations, outcomes: counted } = await all();
      expect(conversations.find(({ who }) => who === `0 ${SEEN}`)).to.include({
        status: 'closed',
        blocked: true,
      });
      expect(counted).to.deep.equal(clean.outcomes);
    });
  });
});
