import { expect } from 'chai';
import { block, unblock } from '../../models/block/block.ts';
import type { Contact } from '../../models/contacts/contact.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { TestApi } from '../support/api.ts';

const by = { type: 'system', id: 'test' } as const;
const DAY = 24 * 3_600_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY);

describe('segments', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let key: string;
  before(async () => {
    api = await TestApi.start();
  });
  beforeEach(async () => {
    workspaceId = await api.workspace();
    key = await api.key(workspaceId);
  });
  after(() => api.stop());

  const call = (method: string, to: string, body?: unknown) =>
    api.call(method, `/workspaces/${workspaceId}${to}`, { key, body });
  const save = async (filter: object): Promise<string> => {
    const { status, body, text } = await call('POST', '/segments', { name: 'Some', filter });
    expect(status, text).to.equal(201);
    return body.id;
  };
  /** First names of whom a filter selects, newest first. */
  const select = async (...all: [string, string, unknown][]) => {
    const id = await save({ all: all.map(([field, op, value]) => ({ field, op, value })) });
    return await namesIn(`/segments/${id}/contacts`);
  };
  const namesIn = async (list: string): Promise<string[]> => {
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const sign = list.includes('?') ? '&' : '?';
      const { status, body, text } = await call(
        'GET',
        `${list}${cursor && `${sign}cursor=${cursor}`}`,
      );
      expect(status, text).to.equal(200);
      names.push(...body.items.map(({ firstName }: { firstName: string }) => firstName));
      cursor = body.nextCursor;
    }
    return names;
  };
  const make = (firstName: string, more: Partial<Contact> = {}) =>
    api.contact(workspaceId, { firstName, ...more });
  const setBlocked = (contactId: ObjectId, is = true) =>
    (is ? block : unblock)(api.deps, { workspaceId, contactId, by, source: 'api', reason: 'spam' });

  it('When a segment is made, changed and deleted, then it is in the list after the built-in one, with counts', async () => {
    const id = await save({ all: [{ field: 'tags', op: 'is', value: 'vip' }] });
    await make('Ada', { tags: ['vip'] });
    await setBlocked(await make('Bob', { tags: ['vip'] }));
    const list = (await call('GET', '/segments')).body.items;
    expect(list).to.have.length(2);
    expect(list[0]).to.deep.include({ id: 'blocked', builtIn: true, filter: null });
    expect(list.map(({ contacts }: { contacts: object }) => contacts)).to.deep.equal([
      { count: 1, exact: true },
      { count: 1, exact: true },
    ]);
    const changed = await call('PATCH', `/segments/${id}`, { name: ' All ', filter: { all: [] } });
    expect(changed.body).to.deep.include({ id, name: 'All', filter: { all: [] }, builtIn: false });
    expect((await call('GET', `/segments/${id}`)).body).to.deep.equal(changed.body);
    expect((await call('GET', '/segments/blocked')).body.contacts.count).to.equal(1);
    expect((await call('PATCH', '/segments/blocked', { name: 'x' })).status).to.equal(404);
    expect((await call('DELETE', '/segments/blocked')).status).to.equal(404);
    expect((await call('DELETE', `/segments/${id}`)).status).to.equal(204);
    for (const gone of [`/segments/${id}`, `/segments/${id}/contacts`, `/contacts?segment=${id}`])
      expect((await call('GET', gone)).status, gone).to.equal(404);
    const bad = await call('POST', '/segments', { name: 'x', filter: { all: [{ field: 'x' }] } });
    expect([bad.status, bad.body.errors[0].path]).to.deep.equal([422, 'filter.all.0.op']);
  });

  it('When texts, tags and custom fields are compared, then each as its operation says', async () => {
    await make('Ada', {
      ...{ lastName: 'Lovelace', email: 'ada@example.com', phone: '+33612345678' },
      ...{ tags: ['vip', 'fr'], fields: { plan: 'Gold', seats: 3, since: '2026-02-01' } },
    });
    await make('Bob', { tags: ['fr'], fields: { plan: 'silver', seats: 30, paid: true } });
    await make('Ève', { email: 'eve@example.org' });
    for (const [names, ...rules] of [
      [['Ada'], ['firstName', 'is', 'ADA']],
      [
        ['Ève', 'Bob'],
        ['firstName', 'is_not', 'ada'],
      ],
      [['Ada'], ['email', 'contains', '@EXAMPLE.com']],
      [['Ada'], ['phone', 'starts_with', '+336']],
      [['Ada'], ['lastName', 'starts_with', 'love']],
      [
        ['Bob', 'Ada'],
        ['firstName', 'in', ['ada', 'bob']],
      ],
      [
        ['Ève', 'Ada'],
        ['email', 'exists', true],
      ],
      [['Bob'], ['email', 'exists', false]],
      [
        ['Bob', 'Ada'],
        ['tags', 'is', 'fr'],
      ],
      [
        ['Ève', 'Bob'],
        ['tags', 'is_not', 'vip'],
      ],
      [['Ada'], ['tags', 'in', ['vip', 'x']]],
      [['Ève'], ['tags', 'exists', false]],
      [['Ada'], ['fields.plan', 'is', 'gold']],
      [
        ['Ève', 'Bob'],
        ['fields.plan', 'is_not', 'gold'],
      ],
      [['Bob'], ['fields.seats', 'gt', 3]],
      [['Ada'], ['fields.seats', 'lt', 30]],
      [['Ada'], ['fields.seats', 'is', 3]],
      [['Bob'], ['fields.paid', 'is', true]],
      [['Ada'], ['fields.since', 'before', '2026-02-01T00:00:01Z']],
      [['Ada'], ['fields.since', 'after', '2026-02-01']],
      [[], ['fields.since', 'after', '2026-02-02']],
      [['Ada'], ['tags', 'is', 'fr'], ['fields.plan', 'is', 'gold'], ['firstName', 'is', 'ada']],
      [
        ['Ève', 'Bob', 'Ada'],
        ['createdAt', 'within_days', 1],
      ],
      [[], ['createdAt', 'older_than_days', 1]],
    ] as [string[], ...[string, string, unknown][]][])
      expect(await select(...rules), JSON.stringify(rules)).to.deep.equal(names);
  });

  it('When channel, last activity and refusals are asked for, then they are what the inbox says', async () => {
    const [phone, shop] = [new Types.ObjectId(), new Types.ObjectId()];
    const ada = await make('Ada');
    const bob = await make('Bob', { refused: { count: 4, lastAt: new Date() } });
    await make('Eve');
    const talk = (contactId: ObjectId, channelId: ObjectId, days: number) =>
      api.conversation(workspaceId, contactId, { channelId, lastMessageAt: daysAgo(days) });
    await talk(ada, phone, 40);
    await talk(ada, shop, 2);
    await talk(bob, phone, 20);
    for (const [names, ...rules] of [
      [
        ['Bob', 'Ada'],
        ['channel', 'is', phone.toString()],
      ],
      [['Ada'], ['channel', 'in', [shop.toString()]]],
      [
        ['Eve', 'Bob'],
        ['channel', 'is_not', shop.toString()],
      ],
      [['Ada'], ['channel', 'is', phone.toString()], ['lastMessageAt', 'within_days', 10]],
      [['Bob'], ['lastMessageAt', 'older_than_days', 10]],
      [['Bob'], ['lastMessageAt', 'before', daysAgo(10).toISOString()]],
      [['Ada'], ['lastMessageAt', 'after', daysAgo(10).toISOString()]],
      [['Eve'], ['lastMessageAt', 'exists', false]],
      [['Bob'], ['refused', 'gt', 3]],
    ] as [string[], ...[string, string, unknown][]][])
      expect(await select(...rules), JSON.stringify(rules)).to.deep.equal(names);
    const { body } = await call(
      'GET',
      `/contacts?segment=${await save({ all: [{ field: 'channel', op: 'is', value: phone.toString() }] })}&limit=1`,
    );
    expect(body.items[0]).not.to.have.any.keys('talks', 'words');
  });

  it('When filters are nested, then any and all mean what they say', async () => {
    for (const [name, ...tags] of ['A1 a b', 'A2 a', 'B1 b', 'C1'].map((one) => one.split(' ')))
      await make(name as string, { tags });
    const tag = (value: string) => ({ field: 'tags', op: 'is', value });
    for (const [filter, names] of [
      [{ any: [tag('a'), tag('b')] }, ['B1', 'A2', 'A1']],
      [
        { all: [tag('a'), { any: [tag('b'), { field: 'firstName', op: 'is', value: 'a2' }] }] },
        ['A2', 'A1'],
      ],
      [{ any: [{ all: [tag('a'), tag('b')] }, tag('none')] }, ['A1']],
      [{ all: [] }, ['C1', 'B1', 'A2', 'A1']],
    ] as const)
      expect(await namesIn(`/segments/${await save(filter)}/contacts?limit=1`)).to.deep.equal(
        names,
      );
  });

  it('When a contact is blocked, then it is in the blocked segment only, whatever a filter says; and back after the unblock', async () => {
    const ada = await make('Ada', { tags: ['vip'] });
    await make('Bob');
    const tag = (op: string, value: unknown) => ({ field: 'tags', op, value });
    const filters = [
      { all: [] },
      { all: [tag('is', 'vip')] },
      { all: [tag('is_not', 'x')] },
      { any: [tag('is_not', 'x'), tag('exists', true)] },
      { any: [tag('is', 'vip')] },
      { all: [{ field: 'refused', op: 'is', value: 0 }] },
      { all: [{ field: 'firstName', op: 'is', value: 'ada' }] },
    ];
    const segments = await Promise.all(filters.map(save));
    const holds = async (id: string) => (await namesIn(`/segments/${id}/contacts`)).includes('Ada');
    const holding = async () => (await Promise.all(segments.map(holds))).filter(Boolean).length;
    expect([await holding(), await holds('blocked')]).to.deep.equal([segments.length, false]);
    await setBlocked(ada);
    expect([await holding(), await holds('blocked')]).to.deep.equal([0, true]);
    expect(await namesIn(`/contacts?q=ada&segment=${segments[0]}`)).to.deep.equal([]);
    await setBlocked(ada, false);
    expect([await holding(), await holds('blocked')]).to.deep.equal([segments.length, false]);
  });

  it('When a block and an unblock come at the same moment, then the contact is in one place afterwards, 200 times', async function () {
    this.timeout(180_000);
    const ada = await make('Ada');
    const everybody = await save({ any: [{ field: 'tags', op: 'is_not', value: 'x' }] });
    for (let round = 0; round < 200; round += 1) {
      await Promise.all([setBlocked(ada), setBlocked(ada, false)]);
      const [answer, ...places] = await Promise.all([
        call('GET', `/contacts/${ada}`),
        namesIn(`/segments/${everybody}/contacts`),
        namesIn('/segments/blocked/contacts'),
      ]);
      const expected = answer.body.blocked ? [[], ['Ada']] : [['Ada'], []];
      expect(places, `round ${round}`).to.deep.equal(expected);
    }
  });

  it('When blocked contacts are listed, then the last one blocked is first, with reason and what was refused', async () => {
    const contacts: ObjectId[] = [];
    for (const name of ['A', 'B', 'C', 'D']) contacts.push(await make(name));
    for (const index of [2, 0, 3, 1]) await setBlocked(contacts[index] as ObjectId);
    expect(await namesIn('/segments/blocked/contacts')).to.deep.equal(['B', 'D', 'A', 'C']);
    expect(await namesIn('/contacts?segment=blocked&limit=1')).to.deep.equal(['B', 'D', 'A', 'C']);
    // At the very same moment: by id.
    const since = new Date();
    await api.models.contacts.updateMany({ workspaceId }, { 'blocked.since': since });
    expect(await namesIn('/contacts?segment=blocked&limit=1')).to.deep.equal(['D', 'C', 'B', 'A']);
    expect(await namesIn('/contacts?segment=blocked&q=c')).to.deep.equal(['C']);
    const { body } = await call('GET', '/segments/blocked/contacts?limit=1');
    expect(body.items[0].blocked).to.deep.include({
      reason: 'spam',
      by,
      since: since.toISOString(),
    });
    const foreign = await call('GET', `/contacts?cursor=${body.nextCursor}`);
    expect([foreign.status, foreign.body.errors[0].path]).to.deep.equal([422, 'cursor']);
  });

  it('When few of very many are in a segment, then its pages are short and go on until all were seen', async () => {
    const rows = Array.from({ length: 4_500 }, (_, i) => ({
      _id: new Types.ObjectId(),
      ...{ workspaceId, identities: [`telegram:${i}`], firstName: `Common${i}` },
      ...{ tags: [], fields: { n: i }, blocked: null, refused: { count: 0, lastAt: null } },
      ...{ createdAt: new Date(), words: ['common'] },
    }));
    await api.models.contacts.collection.insertMany(rows);
    const rare = { any: [{ field: 'fields.n', op: 'in', value: [3, 4_000] }] };
    const id = await save(rare);
    const first = (await call('GET', `/segments/${id}/contacts`)).body;
    expect(first.items.map(({ firstName }: { firstName: string }) => firstName)).to.deep.equal([
      'Common4000',
    ]);
    expect(first.nextCursor).to.be.a('string');
    expect(await namesIn(`/segments/${id}/contacts`)).to.deep.equal(['Common4000', 'Common3']);
    expect((await call('GET', `/segments/${id}`)).body.contacts).to.deep.equal({
      count: 1,
      exact: false,
    });
    const everybody = await save({ all: [] });
    expect((await call('GET', `/segments/${everybody}`)).body.contacts).to.deep.equal({
      count: 1_000,
      exact: false,
    });
    expect(await namesIn('/contacts?q=common&limit=200')).to.have.length(4_500);
  });
});
