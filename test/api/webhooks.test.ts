import { expect } from 'chai';
import type { ObjectId } from '../../models/ids.ts';
import { TestApi } from '../support/api.ts';

describe('Webhooks in the API', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let key: string;
  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());
  beforeEach(async () => {
    workspaceId = await api.workspace();
    key = await api.key(workspaceId);
  });

  const ask = (method: string, path = '', body?: unknown) =>
    api.call(method, `/workspaces/${workspaceId}/webhooks${path}`, { key, body });
  const GOOD = { url: 'https://receiver.example/a?b=c', events: ['contact.blocked'] };

  it('When a webhook is added, then its secret is in that answer and nowhere else', async () => {
    const { status, body } = await ask('POST', '', GOOD);
    const { id, secret, ...more } = body;
    expect(status).to.equal(201);
    expect(secret).to.match(/^whsec_[\w+/]{43}=$/);
    expect(more).to.deep.include({ ...GOOD, enabled: true, disabledReason: null });
    const { body: list } = await ask('GET');
    expect(list.items.map((one: { id: string }) => one.id)).to.deep.equal([id]);
    const changed = await ask('PATCH', `/${id}`, { events: ['mac.threshold', 'mac.threshold'] });
    expect(changed.body.events).to.deep.equal(['mac.threshold']);
    const rows = await api.models.webhooks.find({ workspaceId }).lean();
    for (const where of [list, changed.body, rows, api.lines])
      expect(JSON.stringify(where)).not.to.include(secret);
  });

  const BAD: Record<string, unknown> = {
    'no address': { ...GOOD, url: 'receiver' },
    'another protocol': { ...GOOD, url: 'ftp://receiver.example/' },
    'a password in the address': { ...GOOD, url: 'https://user:pass@receiver.example/' },
    'an address without an end': { ...GOOD, url: `https://receiver.example/${'a'.repeat(3_000)}` },
    'no events': { ...GOOD, events: [] },
    'an event that there is not': { ...GOOD, events: ['contact.deleted'] },
    'a field that there is not': { ...GOOD, secret: 'whsec_mine' },
    nothing: {},
  };
  for (const [what, body] of Object.entries(BAD))
    it(`When a webhook is added with ${what}, then it is refused`, async () => {
      const answer = await ask('POST', '', body);
      expect([answer.status, answer.body.code]).to.deep.equal([422, 'invalid_request']);
      expect(await api.models.webhooks.countDocuments({ workspaceId })).to.equal(0);
    });

  it('When there are 20, then another one is refused', async () => {
    for (let i = 0; i < 20; i += 1) expect((await ask('POST', '', GOOD)).status).to.equal(201);
    const answer = await ask('POST', '', GOOD);
    expect([answer.status, answer.body.code]).to.deep.equal([409, 'too_many_webhooks']);
  });

  it('When a webhook is removed, then it and its log are gone, and nothing is stored for it', async () => {
    const { body } = await ask('POST', '', GOOD);
    expect((await ask('DELETE', `/${body.id}`)).status).to.equal(204);
    expect((await ask('GET', `/${body.id}/deliveries`)).status).to.equal(404);
    const workspace = await api.models.workspaces.findById(workspaceId).lean();
    expect(workspace?.webhookEvents).to.deep.equal([]);
  });
});
