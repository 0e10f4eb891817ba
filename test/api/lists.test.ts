import { expect } from 'chai';
import { hourOf, type Outcome } from '../../models/delivery/outcome.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { activeContactId } from '../../models/mac/active-contact.ts';
import { cycleAt, dayAt } from '../../models/mac/cycle.ts';
import { countActive } from '../../models/mac/mac.ts';
import { TestApi } from '../support/api.ts';

describe('reading', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let key: string;
  let path: string;

  before(async () => {
    api = await TestApi.start();
  });
  beforeEach(async () => {
    workspaceId = await api.workspace();
    key = await api.key(workspaceId);
    path = `/workspaces/${workspaceId}`;
  });
  after(() => api.stop());

  const get = (from: string) => api.call('GET', path + from, { key });
  const idsOf = (answer: { body: { items: { id: string }[] } }) =>
    answer.body.items.map(({ id }) => id);

  /** All pages of a list. */
  async function walk(from: string): Promise<string[][]> {
    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await get(`${from}${cursor && `&cursor=${cursor}`}`);
      expect(answer.status).to.equal(200);
      pages.push(idsOf(answer));
      cursor = answer.body.nextCursor;
    }
    return pages;
  }

  it('When contacts are read in pages, then each is seen once, newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await api.contact(workspaceId)).toString());
    expect(await walk('/contacts?limit=2')).to.deep.equal([
      ids.slice(0, 2),
      ids.slice(2, 4),
      ids.slice(4),
    ]);
    expect(await walk('/contacts?limit=5')).to.deep.equal([ids]);
  });

  it('When a limit or cursor is not valid, then 422', async () => {
    const foreign = Buffer.from(JSON.stringify([1, 'x'])).toString('base64url');
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=x',
      'cursor=%00',
      `cursor=${foreign}`,
      'limit=1&limit=2',
    ]) {
      const { status, body } = await get(`/contacts?${query}`);
      expect([status, body.code], query).to.deep.equal([422, 'invalid_request']);
    }
  });

  it('When contacts are searched, then by part of name, number, address or identity, as it is typed', async () => {
    const ada = await api.contact(workspaceId, {
      firstName: 'Ada (CEO)',
      identities: ['tel:+33600000001'],
    });
    const bob = await api.contact(workspaceId, {
      email: 'bob@example.com',
      identities: ['telegram:77'],
    });
    expect(idsOf(await get('/contacts?q=ada%20(c'))).to.deep.equal([ada.toString()]);
    expect(idsOf(await get('/contacts?q=%2B336000'))).to.deep.equal([ada.toString()]);
    expect(idsOf(await get('/contacts?q=BOB@'))).to.deep.equal([bob.toString()]);
    expect(idsOf(await get('/contacts?q=.*'))).to.deep.equal([]);
  });

  it('When the blocked segment is read, then only blocked contacts are in it', async () => {
    await api.contact(workspaceId);
    const id = (await api.contact(workspaceId)).toString();
    await api.call('POST', `${path}/contacts/${id}/block`, { key });
    expect(idsOf(await get('/contacts?segment=blocked'))).to.deep.equal([id]);
  });

  it('When inboxes are read, then each has its own conversations, the latest first', async () => {
    const { userId, session } = await api.signedIn(workspaceId, 'agent');
    const at = (minutes: number) => ({ lastMessageAt: new Date(Date.now() - minutes * 60_000) });
    const talk = async (more: object) =>
      api.conversation(workspaceId, await api.contact(workspaceId), more);
    const old = await talk({ ...at(3), status: 'closed' });
    const mine = await talk({ ...at(2), assigneeId: userId });
    const blocked = await talk({ ...at(1), blocked: true, status: 'closed' });
    const fresh = await talk(at(0));
    expect(idsOf(await get('/conversations'))).to.deep.equal([fresh, mine, old]);
    expect(await walk('/conversations?limit=1')).to.deep.equal([[fresh], [mine], [old]]);
    expect(idsOf(await get('/conversations?status=closed'))).to.deep.equal([old]);
    expect(idsOf(await get('/conversations?inbox=unassigned'))).to.deep.equal([fresh, old]);
    expect(idsOf(await get('/conversations?inbox=blocked'))).to.deep.equal([blocked]);
    expect(idsOf(await get('/conversations?inbox=mine')), 'a key').to.deep.equal([]);
    const ours = await api.call('GET', `${path}/conversations?inbox=mine`, { session });
    expect(idsOf(ours)).to.deep.equal([mine]);
  });

  it('When a conversation is read, then unread is what came in since, and messages are newest first', async () => {
    const contactId = await api.contact(workspaceId);
    const readAt = new Date(Date.now() - 10_000);
    const id = await api.conversation(workspaceId, contactId, { readAt });
    const message = (n: number, direction: 'in' | 'out') => ({
      _id: `${id}-${n}`,
      workspaceId,
      channelId: new Types.ObjectId(),
      conversationId: id,
      contactId,
      direction,
      type: 'text' as const,
      text: `text ${n}`,
      at: new Date(readAt.getTime() + n),
      // Two at the same moment, so that the order needs the id as well.
      receivedAt: new Date(readAt.getTime() + Math.floor(n / 2) * 2),
      status: 'received' as const,
      eventId: String(n),
      sender: { type: 'contact' as const, id: contactId.toString() },
    });
    const out = message(5, 'out');
    await api.models.messages.create([0, 1, 2, 3, 4].map((n) => message(n, 'in')).concat(out));
    const { body } = await get(`/conversations/${id}`);
    expect(body).to.have.all.keys(
      ...['id', 'contactId', 'channelId', 'status', 'blocked', 'assigneeId', 'snoozedUntil'],
      ...['unread', 'lastMessageAt', 'contact', 'channel', 'assignee', 'lastMessage'],
    );
    expect(body.unread).to.equal(3);
    const pages = await walk(`/conversations/${id}/messages?limit=4`);
    expect(pages).to.deep.equal([
      [5, 4, 3, 2].map((n) => `${id}-${n}`),
      [1, 0].map((n) => `${id}-${n}`),
    ]);
    const [newest] = (await get(`/conversations/${id}/messages`)).body.items;
    expect(newest).to.have.all.keys(
      ...['id', 'conversationId', 'direction', 'type', 'text', 'attachments', 'at', 'receivedAt'],
      ...['status', 'eventId', 'sender', 'replyTo', 'editedAt', 'failure', 'providerCode'],
      'sendAt',
    );
    expect([newest.replyTo, newest.editedAt]).to.deep.equal([null, null]);
    const changed = { replyTo: 'wamid.1', editedAt: readAt, type: 'deleted' };
    const update = { $set: changed, $unset: { text: '' } };
    await api.models.messages.updateOne({ _id: `${id}-5` }, update);
    const [gone] = (await get(`/conversations/${id}/messages`)).body.items;
    expect(gone).to.deep.include({ ...changed, editedAt: readAt.toISOString(), text: null });

    const many = Array.from({ length: 120 }, (_, n) => message(n + 10, 'in'));
    await api.models.messages.insertMany(many);
    expect((await get('/conversations')).body.items[0].unread).to.equal(99);
  });

  it('When MAC is read, then the contacts of the cycle, by channel', async () => {
    const billing = { anchorDay: 1, timeZone: 'UTC', macLimit: null };
    const [phone, shop] = [new Types.ObjectId(), new Types.ObjectId()];
    const add = (channelId: ObjectId, time: number) => {
      const contactId = new Types.ObjectId();
      const { name } = cycleAt(time, billing);
      const _id = activeContactId(workspaceId.toString(), name, contactId.toString());
      const at = new Date(time);
      const day = dayAt(time, billing);
      const row = { _id, workspaceId, cycle: name, contactId, channelId, at, day };
      return api.models.db.transaction((session) => countActive(api.models, [row], session));
    };
    await add(phone, Date.now());
    await add(phone, Date.now());
    await add(shop, Date.now());
    await add(shop, Date.UTC(2024, 1, 15));
    const current = (await get('/mac')).body;
    expect(current).to.include({ count: 3, limit: null });
    expect(current.byChannel).to.deep.equal([
      { channelId: phone.toString(), count: 2 },
      { channelId: shop.toString(), count: 1 },
    ]);
    expect(current.byDay).to.deep.equal([{ day: dayAt(Date.now(), billing), count: 3 }]);
    expect((await get('/mac?cycle=2024-02-29')).body).to.deep.include({
      cycleStart: '2024-02-01T00:00:00.000Z',
      cycleEnd: '2024-03-01T00:00:00.000Z',
      count: 1,
    });
    expect((await get('/mac?cycle=2024-02-30')).status).to.equal(422);
  });

  it('When outcomes are read, then by hour, added up over processes, with totals', async () => {
    const channelId = new Types.ObjectId();
    const hour = hourOf(Date.now());
    const row = (slot: number, outcome: Outcome, more: object = {}) => ({
      workspaceId,
      channelId,
      outcome,
      reason: outcome === 'refused' ? 'blocked' : null,
      hour,
      slot,
      count: 2,
      ...more,
    });
    const old = new Date(hour.getTime() - 3 * 24 * 3_600_000);
    await api.models.outcomes.create([
      row(1, 'accepted'),
      row(2, 'accepted'),
      row(1, 'refused'),
      row(1, 'ignored', { channelId: null }),
      row(1, 'accepted', { hour: old }),
    ]);
    const { body } = await get('/outcomes');
    expect(body.totals).to.deep.equal({
      accepted: 4,
      refused: 2,
      duplicate: 0,
      ignored: 2,
      invalid: 0,
      dead_lettered: 0,
    });
    expect(body.items).to.deep.include({
      hour: hour.toISOString(),
      channelId: channelId.toString(),
      outcome: 'accepted',
      reason: null,
      count: 4,
    });
    const ofChannel = (await get(`/outcomes?channelId=${channelId}&from=${old.toISOString()}`))
      .body;
    expect(ofChannel.totals).to.include({ accepted: 6, ignored: 0 });
    expect((await get('/outcomes?from=2020-01-01T00:00:00Z')).status).to.equal(422);
  });
});
