import { expect } from 'chai';
import { DateTime } from 'luxon';
import type { ObjectId } from '../../models/ids.ts';
import { open } from '../../models/secret-box.ts';
import { TestApi } from '../support/api.ts';

const CUSTOM = { token: 'a-secret-token-of-a-channel', apiBaseUrl: 'https://example.com/out' };
const WHATSAPP = {
  phoneNumberId: '106540352242922',
  appId: '900100',
  appSecret: 'app-secret-value',
  verifyToken: 'verify-token-value',
  accessToken: 'access-token-value',
};

describe('settings of a workspace', () => {
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

  const post = (to: string, body: unknown) => api.call('POST', path + to, { key, body });

  describe('channels', () => {
    it('When a channel is made, then no answer has its credentials and the store has them sealed', async () => {
      const made = await post('/channels', { type: 'custom', name: 'Shop', credentials: CUSTOM });
      expect(made.status).to.equal(201);
      const { id } = made.body;
      expect(made.body.webhookUrl).to.equal(`https://videur.example/webhooks/custom/${id}`);
      expect(made.body.appWebhookUrl).to.equal(null);
      const one = await api.call('GET', `${path}/channels/${id}`, { key });
      const list = await api.call('GET', `${path}/channels`, { key });
      const changed = await api.call('PATCH', `${path}/channels/${id}`, {
        key,
        body: { name: 'New' },
      });
      expect(changed.body.name).to.equal('New');
      const answers = [made, one, list, changed].map(({ text }) => text).join();
      expect(answers).not.to.match(/a-secret-token|sealed/);

      const row = await api.models.channels.findById(id);
      expect(row?.sealed.toString('latin1')).not.to.include(CUSTOM.token);
      const opened = open(row?.sealed ?? Buffer.of(), api.deps.settings.ENCRYPTION_KEY, id);
      expect(opened).to.deep.equal(CUSTOM);
    });

    it('When credentials are wrong, then 422 names the fields without values', async () => {
      const credentials = { ...WHATSAPP, appSecret: 12_345_678, apiBaseUrl: 'not-an-address' };
      const { status, body, text } = await post('/channels', {
        type: 'whatsapp',
        name: 'W',
        credentials,
      });
      expect([status, body.code]).to.deep.equal([422, 'invalid_request']);
      const paths = body.errors.map((fault: { path: string }) => fault.path);
      expect(paths).to.include('credentials.appSecret').and.include('credentials.apiBaseUrl');
      expect(text).not.to.match(/12345678|not-an-address|app-secret/);
    });

    it('When the account has a channel already, then 409; another workspace may have one', async () => {
      const whatsapp = { type: 'whatsapp', name: 'W', credentials: WHATSAPP };
      const made = await post('/channels', whatsapp);
      expect(made.body.appWebhookUrl).to.equal('https://videur.example/webhooks/meta/900100');
      const again = await post('/channels', whatsapp);
      expect([again.status, again.body.code]).to.deep.equal([409, 'channel_exists']);
      const second = { ...whatsapp, credentials: { ...WHATSAPP, phoneNumberId: '2' } };
      const { id } = (await post('/channels', second)).body;
      const moved = await api.call('PATCH', `${path}/channels/${id}`, {
        key,
        body: { credentials: WHATSAPP },
      });
      expect(moved.status).to.equal(409);

      const other = await api.workspace();
      const there = await api.call('POST', `/workspaces/${other}/channels`, {
        key: await api.key(other),
        body: whatsapp,
      });
      expect(there.status).to.equal(201);
    });

    it('When a channel is deleted, then it is gone; one of another workspace stays', async () => {
      const { id } = (await post('/channels', { type: 'custom', name: 'S', credentials: CUSTOM }))
        .body;
      const other = await api.workspace();
      const stranger = await api.key(other);
      const foreign = await api.call('DELETE', `/workspaces/${other}/channels/${id}`, {
        key: stranger,
      });
      expect(foreign.status).to.equal(404);
      expect((await api.call('DELETE', `${path}/channels/${id}`, { key })).status).to.equal(204);
      expect((await api.call('GET', `${path}/channels/${id}`, { key })).status).to.equal(404);
    });
  });

  describe('API keys', () => {
    it('When a key is made, then it is shown once, works, and only its hash is kept', async () => {
      const made = await post('/api-keys', { name: 'CI', scopes: ['mac:read', 'mac:read'] });
      expect(made.status).to.equal(201);
      expect(made.body.key).to.match(/^vk_[\w-]{43}$/);
      expect(made.body.scopes).to.deep.equal(['mac:read']);
      expect((await api.call('GET', `${path}/mac`, { key: made.body.key })).status).to.equal(200);
      const stored = await api.models.apiKeys.find({ workspaceId }).lean();
      const list = await api.call('GET', `${path}/api-keys`, { key });
      expect(JSON.stringify(stored) + list.text).not.to.include(made.body.key);
      expect(list.text).not.to.include('keyHash');
    });

    it('When a key is deleted, then it is refused at once', async () => {
      const made = await post('/api-keys', { name: 'Old', scopes: ['mac:read'] });
      const gone = await api.call('DELETE', `${path}/api-keys/${made.body.id}`, { key });
      expect(gone.status).to.equal(204);
      expect((await api.call('GET', '/workspaces', { key: made.body.key })).status).to.equal(401);
    });
  });

  describe('the workspace', () => {
    const endOfMonth = () => DateTime.utc().startOf('month').plus({ months: 1 }).toISO();

    it('When billing is changed in part, then the rest stays', async () => {
      const body = { name: 'Shop', billing: { timeZone: 'Europe/Paris', macLimit: 500 } };
      const changed = await api.call('PATCH', path, { key, body });
      expect(changed.body).to.deep.include({
        id: workspaceId.toString(),
        name: 'Shop',
        billing: {
          ...{ anchorDay: 1, timeZone: 'Europe/Paris', macLimit: 500 },
          inForce: { anchorDay: 1, timeZone: 'UTC', until: endOfMonth() },
        },
      });
      const [listed] = (await api.call('GET', '/workspaces', { key })).body.items;
      expect(listed).to.deep.equal(changed.body);
    });

    it('When the terms of billing are changed, then they are in force after the current cycle, and until then may be taken back', async () => {
      const change = async (billing: object) =>
        (await api.call('PATCH', path, { key, body: { billing } })).body.billing;
      const [cycle] = [(await api.call('GET', `${path}/mac`, { key })).body];
      await change({ timeZone: 'UTC', anchorDay: 10 });
      const changed = await change({ anchorDay: 12 });
      expect(changed).to.deep.include({
        anchorDay: 12,
        inForce: { anchorDay: 1, timeZone: 'UTC', until: cycle.cycleEnd },
      });
      const now = (await api.call('GET', `${path}/mac`, { key })).body;
      expect(now).to.deep.include({ cycleStart: cycle.cycleStart, cycleEnd: cycle.cycleEnd });
      const name = cycle.cycleEnd.slice(0, 10);
      const next = (await api.call('GET', `${path}/mac?cycle=${name}`, { key })).body;
      expect(next.cycleStart).to.equal(cycle.cycleEnd);
      expect(next.cycleEnd).to.equal(cycle.cycleEnd.replace('-01T', '-12T'));
      expect(await change({ anchorDay: 1 })).to.deep.include({
        inForce: { anchorDay: 1, timeZone: 'UTC', until: null },
      });
    });

    it('When the time zone or the day does not exist, then 422', async () => {
      for (const billing of [{ timeZone: 'Mars/Olympus' }, { anchorDay: 32 }, { anchorDay: 0 }])
        expect((await api.call('PATCH', path, { key, body: { billing } })).status).to.equal(422);
    });
  });
});
