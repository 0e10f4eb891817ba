import { expect } from 'chai';
import { type ObjectId, Types } from '../../models/ids.ts';
import { CONVERSATION_STATUSES } from '../../models/inbox/conversation.ts';
import type { Message } from '../../models/inbox/message.ts';
import type { LiveEvent } from '../../models/live.ts';
import { TestApi } from '../support/api.ts';

const HOUR = 3_600_000;
const later = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('the inbox', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let key: string;
  let path: string;
  let contactId: ObjectId;
  let id: string;
  const published: LiveEvent[] = [];

  before(async () => {
    api = await TestApi.start(() => ({
      publish: (_workspaceId, events) => void published.push(...events),
    }));
  });
  after(() => api.stop());
  beforeEach(async () => {
    workspaceId = await api.workspace();
    key = await api.key(workspaceId);
    path = `/workspaces/${workspaceId}`;
    contactId = await api.contact(workspaceId);
    id = await api.conversation(workspaceId, contactId);
    published.length = 0;
  });

  const post = (action: string, body: unknown = {}, who: object = { key }) =>
    api.call('POST', `${path}/conversations/${id}/${action}`, { ...who, body });
  const get = (from: string, who: object = { key }) => api.call('GET', path + from, who);
  const idsOf = (answer: { body: { items: { id: string }[] } }) =>
    answer.body.items.map((item) => item.id);
  const block = (on = 'block') =>
    api.call('POST', `${path}/contacts/${contactId}/${on}`, { key, body: { reason: 'spam' } });
  const store = (given: Partial<Message> = {}) =>
    api.models.messages.create({
      _id: new Types.ObjectId().toString(),
      ...{ workspaceId, contactId, conversationId: id, channelId: new Types.ObjectId() },
      ...{ direction: 'in', type: 'text', text: 'Hello', at: new Date(), receivedAt: new Date() },
      ...{ status: 'received', eventId: 'e', sender: { type: 'contact', id: 'c' } },
      ...given,
    });

  it('When it is closed, opened and snoozed, then each answers the conversation as it is, and open inboxes hear of it', async () => {
    expect((await post('close')).body).to.include({ id, status: 'closed' });
    expect((await post('open')).body).to.include({ status: 'open' });
    const until = later(HOUR);
    expect((await post('snooze', { until })).body).to.include({
      status: 'snoozed',
      snoozedUntil: until,
    });
    expect((await get(`/conversations/${id}`)).body).to.include({ status: 'snoozed' });
    const job = await api.deps.queues.snooze.getJob(`${id}-${Date.parse(until)}`);
    expect(job?.data).to.deep.equal({
      workspaceId: `${workspaceId}`,
      conversationId: id,
      until: Date.parse(until),
    });
    expect(job?.opts.delay).to.be.within(HOUR - 10_000, HOUR);
    expect((await post('open')).body).to.include({ status: 'open', snoozedUntil: null });
    expect(published).to.deep.equal(
      Array(4).fill({ type: 'conversation.changed', conversationId: id }),
    );
    await post('open');
    expect(published, 'nothing has changed').to.have.length(4);
  });

  it('When the time of a snooze is past, too far or none, then 422', async () => {
    for (const until of [later(-1_000), later(367 * 24 * HOUR), 'tomorrow', undefined]) {
      const { status, body } = await post('snooze', { until });
      expect([status, body.errors[0].path], `${until}`).to.deep.equal([422, 'until']);
    }
    expect((await post('snooze', { until: later(365 * 24 * HOUR) })).status).to.equal(200);
  });

  it('When the contact is blocked, then opening, closing and snoozing answer 409 with the block, and it stays closed', async () => {
    await block();
    for (const [action, body] of [
      ['open', {}],
      ['close', {}],
      ['snooze', { until: later(HOUR) }],
    ] as const) {
      const answer = await post(action, body);
      expect([answer.status, answer.body.code, answer.body.block.reason], action).to.deep.equal([
        409,
        'contact_blocked',
        'spam',
      ]);
    }
    const { body } = await get(`/conversations/${id}`);
    expect(body).to.include({ status: 'closed', blocked: true });
    expect(body.contact.blocked).to.include({ reason: 'spam', source: 'api' });
    await block('unblock');
    expect((await post('open')).body).to.deep.include({ status: 'open', blocked: false });
  });

  it('When it is blocked from the inbox, then the answer has it in the blocked inbox, where the next look finds it', async () => {
    const { session } = await api.signedIn(workspaceId, 'agent');
    const { body } = await post('block', { reason: 'spam' }, { session });
    expect(body).to.include({ status: 'closed', blocked: true });
    expect(idsOf(await get('/conversations?inbox=blocked'))).to.deep.equal([id]);
    for (const inbox of ['all', 'mine', 'unassigned'])
      expect(idsOf(await get(`/conversations?inbox=${inbox}`)), inbox).to.deep.equal([]);
  });

  it('When it is assigned, then to a user of the workspace, who is named in it; also when the contact is blocked', async () => {
    const { userId, session } = await api.signedIn(workspaceId, 'agent');
    await api.models.users.updateOne(
      { _id: userId, 'memberships.workspaceId': workspaceId },
      { 'memberships.$.name': 'Ada' },
    );
    await block();
    const { body } = await post('assign', { userId });
    expect(body.assigneeId).to.equal(`${userId}`);
    expect(body.assignee).to.deep.equal({ id: `${userId}`, name: 'Ada' });
    await block('unblock');
    expect(idsOf(await get('/conversations?inbox=mine', { session }))).to.deep.equal([id]);
    const stranger = await api.signedIn(await api.workspace(), 'owner');
    expect((await post('assign', { userId: stranger.userId })).status).to.equal(404);
    expect((await post('assign', {})).status).to.equal(422);
    expect((await post('assign', { userId: null })).body.assignee).to.equal(null);
  });

  it('When it is read, then nothing is unread until more arrives', async () => {
    await store({ receivedAt: new Date(Date.now() - 2_000) });
    expect((await get(`/conversations/${id}`)).body.unread).to.equal(1);
    expect((await post('read')).body.unread).to.equal(0);
    await store();
    expect((await get(`/conversations/${id}`)).body.unread).to.equal(1);
  });

  it('When an agent reads a conversation, then it names the contact, the channel and the last message', async () => {
    const { session } = await api.signedIn(workspaceId, 'agent');
    const channel = await api.models.channels.create({
      ...{ workspaceId, type: 'telegram', name: 'Shop', sealed: Buffer.alloc(1) },
    });
    await api.models.conversations.updateOne({ _id: id }, { channelId: channel._id });
    await store({ text: 'before', receivedAt: new Date(Date.now() - 5_000) });
    const last = await store({ direction: 'out', text: 'x'.repeat(300), status: 'sent' });
    await store({ status: 'scheduled', sendAt: new Date(Date.now() + HOUR) });
    const names = { firstName: 'Grace', lastName: 'Hopper' };
    await api.models.contacts.updateOne({ _id: contactId }, names);
    const [item] = (await get('/conversations', { session })).body.items;
    expect(item.contact).to.deep.equal({
      id: `${contactId}`,
      name: 'Grace Hopper',
      blocked: null,
    });
    expect(item.channel).to.deep.equal({ id: `${channel._id}`, type: 'telegram', name: 'Shop' });
    expect(item.lastMessage).to.deep.include({ id: last._id, direction: 'out', status: 'sent' });
    expect(item.lastMessage.text).to.equal('x'.repeat(200));
    await api.models.contacts.updateOne(
      { _id: contactId },
      { $unset: { firstName: 1, lastName: 1 } },
    );
    const contact = await api.models.contacts.findById(contactId).lean();
    const number = contact?.identities[0]?.slice('tel:'.length);
    expect((await get(`/conversations/${id}`)).body.contact.name).to.equal(number);
  });

  it('When a list is narrowed to a channel or a contact, then the others are not in it', async () => {
    const other = await api.conversation(workspaceId, await api.contact(workspaceId));
    const { channelId } = (await get(`/conversations/${id}`)).body;
    expect(idsOf(await get('/conversations'))).to.have.members([id, other]);
    expect(idsOf(await get(`/conversations?channelId=${channelId}`))).to.deep.equal([id]);
    expect(idsOf(await get(`/conversations?contactId=${contactId}`))).to.deep.equal([id]);
  });

  it('When the inboxes are counted, then each has what waits in it', async () => {
    const { userId, session } = await api.signedIn(workspaceId, 'agent');
    const more = async (given: object) =>
      api.conversation(workspaceId, await api.contact(workspaceId), given);
    await more({ assigneeId: userId });
    await more({ status: 'closed' });
    await more({ status: 'snoozed', snoozedUntil: new Date(Date.now() + HOUR) });
    await block();
    const counts = async (who: object) =>
      (await get('/inboxes', who)).body.items.map((item: { inbox: string; count: number }) => [
        item.inbox,
        item.count,
      ]);
    const expected = [
      ['all', 1],
      ['mine', 1],
      ['unassigned', 0],
      ['blocked', 1],
    ];
    expect(await counts({ session })).to.deep.equal(expected);
    expect(await counts({ key })).to.deep.equal([['all', 1], ['mine', 0], ...expected.slice(2)]);
    await api.models.conversations.insertMany(
      Array.from({ length: 1_100 }, (_, n) => ({
        ...{ _id: `${id}-${n}`, workspaceId, contactId: new Types.ObjectId(), status: 'open' },
        ...{ channelId: new Types.ObjectId(), readAt: new Date(), lastMessageAt: new Date() },
        createdAt: new Date(),
      })),
    );
    expect((await counts({ key }))[0]).to.deep.equal(['all', 1_000]);
  });

  it('When any list of the inbox is read, at its beginning or further on, then an index has it in order', async () => {
    const { userId, session } = await api.signedIn(workspaceId, 'agent');
    const now = Date.now();
    const channels = [new Types.ObjectId(), new Types.ObjectId()];
    await api.models.conversations.insertMany(
      Array.from({ length: 600 }, (_, n) => ({
        ...{ _id: `${id}-${n}`, workspaceId, contactId: new Types.ObjectId() },
        ...{ channelId: channels[n % 2], status: CONVERSATION_STATUSES[n % 3] },
        ...{ blocked: n % 5 === 0, assigneeId: n % 7 === 0 ? userId : null },
        ...{ readAt: new Date(), lastMessageAt: new Date(now - n * 1_000), createdAt: new Date() },
      })),
    );
    await api.models.db.db?.command({ profile: 2 });
    try {
      for (const inbox of ['all', 'mine', 'unassigned', 'blocked'])
        for (const status of ['', ...CONVERSATION_STATUSES])
          for (const channel of ['', `${channels[0]}`]) {
            const query =
              `inbox=${inbox}&limit=2` +
              (status && `&status=${status}`) +
              (channel && `&channelId=${channel}`);
            const first = await get(`/conversations?${query}`, { session });
            const cursor = first.body.nextCursor;
            const next = await get(`/conversations?${query}&cursor=${cursor}`, { session });
            expect([first.status, next.status]).to.deep.equal([200, 200]);
          }
    } finally {
      await api.models.db.db?.command({ profile: 0 });
    }
    const profile = await api.models.db
      .collection('system.profile')
      .find({ ns: /\.conversations$/, 'command.aggregate': 'conversations' })
      .toArray();
    expect(profile).to.have.length(64);
    for (const { command, hasSortStage, planSummary, keysExamined } of profile) {
      const asked = JSON.stringify(command.pipeline[0]);
      expect(hasSortStage, `sorted: ${asked}`).to.not.equal(true);
      expect(planSummary, asked).to.match(/^IXSCAN/);
      // The page, and what the list of a channel passes over of others' or somebody's.
      expect(keysExamined, `${planSummary} for ${asked}`).to.be.lessThan(150);
    }
  });

  describe('Notes', () => {
    it('When a note is written, then the others read it, newest first, and it is no message', async () => {
      const { session, userId } = await api.signedIn(workspaceId, 'agent');
      await block();
      const first = await post('notes', { text: 'first' }, { session });
      expect(first.status).to.equal(201);
      expect(first.body).to.deep.include({ text: 'first', conversationId: id, editedAt: null });
      expect(first.body.by).to.deep.equal({ type: 'user', id: `${userId}` });
      const second = await post('notes', { text: 'second' });
      const { body } = await get(`/conversations/${id}/notes`);
      expect(body.items).to.deep.equal([second.body, first.body]);
      expect((await get(`/conversations/${id}/messages`)).body.items).to.deep.equal([]);
      expect((await get(`/conversations/${id}`)).body).to.include({ status: 'closed', unread: 0 });
      expect((await post('notes', { text: ' ' })).status).to.equal(422);
    });

    it('When somebody else’s note is changed or deleted, then 403; one’s own is', async () => {
      const { session } = await api.signedIn(workspaceId, 'agent');
      const owner = await api.signedIn(workspaceId, 'owner');
      const note = (await post('notes', { text: 'mine' }, { session })).body;
      const at = `${path}/conversations/${id}/notes/${note.id}`;
      const body = { text: 'changed' };
      for (const who of [{ key }, { session: owner.session }]) {
        expect((await api.call('PATCH', at, { ...who, body })).status).to.equal(403);
        expect((await api.call('DELETE', at, who)).status).to.equal(403);
      }
      const changed = await api.call('PATCH', at, { session, body });
      expect(changed.body).to.include({ id: note.id, text: 'changed', at: note.at });
      expect(changed.body.editedAt).to.be.a('string');
      expect((await api.call('DELETE', at, { session })).status).to.equal(204);
      expect((await api.call('DELETE', at, { session })).status).to.equal(404);
      expect((await get(`/conversations/${id}/notes`)).body.items).to.deep.equal([]);
    });
  });
});
