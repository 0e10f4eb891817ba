import { expect } from 'chai';
import type { ObjectId } from '../../models/ids.ts';
import { TestApi } from '../support/api.ts';

describe('API keys', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let session: string;

  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
    ({ session } = await api.signedIn(workspaceId, 'owner'));
  });
  after(() => api.stop());

  const keys = (method: string, path = '', body?: object) =>
    api.call(method, `/workspaces/${workspaceId}/api-keys${path}`, {
      session,
      ...(body && { body }),
    });
  const create = async (more: object = {}) =>
    (await keys('POST', '', { name: 'Key', scopes: ['contacts:read'], ...more })).body;
  const listed = async (id: string) =>
    (await keys('GET')).body.items.find((one: { id: string }) => one.id === id);
  const isGood = async (key: string) =>
    (await api.call('GET', `/workspaces/${workspaceId}/contacts`, { key })).status;

  it('When a key is used, then its last use is known to the hour, and not written every time', async () => {
    const { id, key } = await create();
    expect((await listed(id)).lastUsedAt).to.equal(null);
    expect(await isGood(key)).to.equal(200);
    const { lastUsedAt } = await listed(id);
    expect(Date.now() - Date.parse(lastUsedAt)).to.be.within(0, 60_000);
    await isGood(key);
    expect((await listed(id)).lastUsedAt).to.equal(lastUsedAt);
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await api.models.apiKeys.updateOne({ _id: id }, { lastUsedAt: longAgo });
    await isGood(key);
    expect(Date.parse((await listed(id)).lastUsedAt)).to.be.greaterThan(longAgo.getTime());
  });

  it('When a key has expired or is revoked, then 401', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { id, key, ...made } = await create({ expiresAt });
    expect(made.expiresAt).to.equal(expiresAt);
    expect(await isGood(key)).to.equal(200);
    await api.models.apiKeys.updateOne({ _id: id }, { expiresAt: new Date() });
    expect(await isGood(key)).to.equal(401);

    const revoked = await create();
    expect((await keys('DELETE', `/${revoked.id}`)).status).to.equal(204);
    expect(await isGood(revoked.key)).to.equal(401);
  });

  it('When a key is to end in the past, then 422', async () => {
    const body = { name: 'Key', scopes: ['admin'], expiresAt: '2020-01-01T00:00:00Z' };
    expect((await keys('POST', '', body)).status).to.equal(422);
  });
});
