import { expect } from 'chai';
import type { ObjectId } from '../../models/ids.ts';
import { TestApi } from '../support/api.ts';

describe('blocking through the API', () => {
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

  const historyOf = async (id: ObjectId) =>
    (await api.call('GET', `${path}/contacts/${id}/block-history`, { key })).body.items;

  it('When a key blocks a contact, then the state, the door, the jobs and the history say so', async () => {
    const id = await api.contact(workspaceId, {
      firstName: 'Ada',
      identities: ['tel:+33612345678'],
    });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const ask = { key, body: { reason: 'spam', expiresAt } };
    const { status, body } = await api.call('POST', `${path}/contacts/${id}/block`, ask);
    expect(status).to.equal(200);
    expect(body).to.have.all.keys(
      ...['id', 'firstName', 'lastName', 'phone', 'email', 'tags', 'fields', 'identities'],
      ...['blocked', 'refused', 'createdAt'],
    );
    expect(body).to.deep.include({ lastName: null, refused: { count: 0, lastAt: null } });
    expect(body.blocked).to.deep.include({ source: 'api', reason: 'spam', expiresAt });
    expect(body.blocked.by.type).to.equal('api');

    const blocked = await api.deps.blocklist.blockedAmong(workspaceId.toString(), [
      'tel:+33612345678',
    ]);
    expect([...blocked]).to.deep.equal(['tel:+33612345678']);
    const jobs = await api.deps.effects.getJobs();
    const ours = jobs
      .filter(({ data }) => data.contactId === id.toString())
      .map(({ name }) => name);
    expect(ours).to.have.members(['notify', 'expire']);
    const [entry, ...older] = await historyOf(id);
    expect(older).to.deep.equal([]);
    expect(entry).to.include({ action: 'blocked', reason: 'spam', blockId: body.blocked.id });

    const again = await api.call('POST', `${path}/contacts/${id}/block`, {
      key,
      body: { reason: 'other' },
    });
    expect(again.status).to.equal(200);
    expect(again.body.blocked).to.deep.equal(body.blocked);
    expect(await historyOf(id)).to.have.length(1);
  });

  it('When a manager unblocks it, then it is not blocked and both changes are in the history', async () => {
    const id = await api.contact(workspaceId);
    const { session, userId } = await api.signedIn(workspaceId, 'manager');
    await api.call('POST', `${path}/contacts/${id}/block`, { session });
    const { status, body } = await api.call('POST', `${path}/contacts/${id}/unblock`, { session });
    expect([status, body.blocked]).to.deep.equal([200, null]);
    const [second, first] = await historyOf(id);
    expect(first).to.deep.include({ action: 'blocked', source: 'contacts' });
    expect(second).to.deep.include({
      action: 'unblocked',
      by: { type: 'user', id: userId.toString() },
      source: 'contacts',
    });
    const all = await api.call('GET', `${path}/block-history?limit=1`, { key });
    expect(all.body.items).to.deep.equal([second]);
    const rest = await api.call('GET', `${path}/block-history?cursor=${all.body.nextCursor}`, {
      key,
    });
    expect(rest.body).to.deep.equal({ items: [first], nextCursor: null });
  });

  it('When an agent blocks from the inbox, then the conversation is closed and blocked', async () => {
    const contactId = await api.contact(workspaceId);
    const id = await api.conversation(workspaceId, contactId);
    const { session } = await api.signedIn(workspaceId, 'agent');
    const blocked = await api.call('POST', `${path}/conversations/${id}/block`, { session });
    expect(blocked.status).to.equal(200);
    expect(blocked.body).to.include({ id, blocked: true, status: 'closed' });
    expect((await historyOf(contactId))[0]).to.include({ source: 'inbox' });
    const again = await api.call('POST', `${path}/conversations/${id}/unblock`, { session });
    expect(again.body).to.include({ id, blocked: false });
  });

  it('When the end of a block is in the past, then 422 and nothing is blocked', async () => {
    const id = await api.contact(workspaceId);
    const body = { expiresAt: new Date(Date.now() - 1_000).toISOString() };
    const answer = await api.call('POST', `${path}/contacts/${id}/block`, { key, body });
    expect(answer.status).to.equal(422);
    expect(answer.body.errors).to.deep.equal([
      { path: 'expiresAt', message: 'must be in the future' },
    ]);
    expect((await api.call('GET', `${path}/contacts/${id}`, { key })).body.blocked).to.equal(null);
  });

  it('When the contact or conversation is of another workspace, then 404 and it stays as it is', async () => {
    const other = await api.workspace();
    const contactId = await api.contact(other);
    const conversation = await api.conversation(other, contactId);
    for (const target of [`contacts/${contactId}`, `conversations/${conversation}`])
      for (const action of ['block', 'unblock'])
        expect((await api.call('POST', `${path}/${target}/${action}`, { key })).status).to.equal(
          404,
        );
    for (const read of [
      `contacts/${contactId}/block-history`,
      `conversations/${conversation}/messages`,
    ])
      expect((await api.call('GET', `${path}/${read}`, { key })).status).to.equal(404);
    expect((await api.models.contacts.findById(contactId))?.blocked).to.equal(null);
  });
});
