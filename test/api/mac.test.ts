import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { fieldOf } from '../../gateway/api/shell/csv.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { activeContactOf } from '../../models/mac/active-contact.ts';
import { cycleAt } from '../../models/mac/cycle.ts';
import { countActive } from '../../models/mac/mac.ts';
import { CLOSE_AFTER_MS, signOff } from '../../models/mac/sign-off.ts';
import type { Workspace } from '../../models/people/workspace.ts';
import { TestApi } from '../support/api.ts';

const billing = { anchorDay: 1, timeZone: 'UTC', macLimit: null };

describe('reading MAC', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let key: string;
  let path: string;
  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());
  beforeEach(async () => {
    workspaceId = await api.workspace();
    key = await api.key(workspaceId, ['mac:read']);
    path = `/workspaces/${workspaceId}/mac`;
  });

  const get = (rest: string, headers = {}) => api.call('GET', `${path}${rest}`, { key, headers });
  async function count(time: number, people: number, channelId = new Types.ObjectId()) {
    const cycle = cycleAt(time, billing).name;
    const at = new Date(time);
    const rows = Array.from({ length: people }, () =>
      activeContactOf(
        { workspaceId, cycle, contactId: new Types.ObjectId(), channelId, at },
        billing,
      ),
    );
    await api.models.db.transaction((session) => countActive(api.models, rows, session));
    return rows.map(({ contactId }) => contactId.toString()).toSorted();
  }
  const close = async (time: number) => {
    for (const later of [0, 180_000]) {
      const workspace = await api.models.workspaces.findById(workspaceId).lean<Workspace>();
      if (workspace) await signOff(api.models, workspace, time + CLOSE_AFTER_MS + later);
    }
  };

  it('When the history is read, then every cycle is in it once, newest first, with what was signed off', async () => {
    const now = Date.now();
    const last = cycleAt(now, billing).start.getTime() - 1;
    const before = cycleAt(last, billing).start.getTime() - 1;
    await count(last, 2);
    await count(before, 1);
    await close(cycleAt(last, billing).end.getTime());
    const first = (await get('/history?limit=1')).body;
    expect(first.items[0]).to.include({ count: 0, saved: 0, late: 0, signedOff: null });
    const rest = (await get(`/history?limit=100&cursor=${first.nextCursor}`)).body;
    expect(rest.nextCursor).to.equal(null);
    const all = [...first.items, ...rest.items];
    expect(all.map(({ cycle }) => cycle)).to.deep.equal(
      [now, last, before].map((time) => cycleAt(time, billing).name),
    );
    expect(all.find(({ cycle }) => cycle === cycleAt(last, billing).name)).to.include({ count: 2 });
    for (const one of all) {
      const single = (await get(`?cycle=${one.cycle}`)).body;
      const { limit: _, byChannel: __, byDay: ___, ...figures } = single;
      expect(figures).to.deep.equal(one);
    }
  });

  it('When the contacts of a cycle are read, then each is there once, by pages and as CSV, and they have its checksum', async () => {
    const march = Date.UTC(2024, 2, 10, 9);
    const contacts = await count(march, 5);
    await count(Date.UTC(2024, 3, 10), 1);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/contacts?cycle=2024-03-01&limit=2${cursor}`);
      seen.push(...body.items.map((item: { contactId: string }) => item.contactId));
      cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
    } while (cursor);
    expect(seen).to.deep.equal(contacts);
    const csv = await get('/contacts?cycle=2024-03-31', { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).to.match(/^text\/csv; charset=utf-8/);
    const [head, ...lines] = csv.text.trimEnd().split('\r\n');
    expect(head).to.equal('contact_id,channel_id,at,day,late');
    expect(lines.map((line) => line.split(',')[0])).to.deep.equal(contacts);
    expect(lines[0]).to.match(/,2024-03-10T09:00:00.000Z,2024-03-10,false$/);
    await close(Date.UTC(2024, 3, 1));
    const { signedOff } = (await get('?cycle=2024-03-01')).body;
    const list = lines.map((line) => `${line.split(',')[0]}\n`).join('');
    expect(signedOff).to.deep.include({
      count: 5,
      checksum: createHash('sha256').update(list).digest('hex'),
    });
    for (const accept of ['application/json', '*/*', 'text/html'])
      expect((await get('/contacts', { accept })).body).to.have.keys('items', 'nextCursor');
  });

  it('When a key may read MAC only, then it reads that and nothing of the contacts', async () => {
    await count(Date.now(), 1);
    expect((await get('/contacts')).body.items[0]).to.have.all.keys(
      ...['contactId', 'channelId', 'at', 'day', 'late'],
    );
    const contacts = await api.call('GET', `/workspaces/${workspaceId}/contacts`, { key });
    expect(contacts.status).to.equal(403);
  });

  it('When a field of CSV looks like a formula, has a comma or a quote, then it is text', () => {
    for (const [value, field] of [
      ['plain', 'plain'],
      ['=1+1', "'=1+1"],
      ['+33', "'+33"],
      ['-1', "'-1"],
      ['@SUM(A1)', "'@SUM(A1)"],
      ['\t=1', "'\t=1"],
      ['a,b', '"a,b"'],
      ['say "x"', '"say ""x"""'],
      ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
      ['two\nlines', '"two\nlines"'],
    ] as const)
      expect(fieldOf(value)).to.equal(field);
  });
});
