import { expect } from 'chai';
import { bootstrap } from '../../models/people/bootstrap.ts';
import { SCOPES } from '../../models/people/user.ts';
import { TestApi } from '../support/api.ts';

const WANTED = {
  BOOTSTRAP_OWNER_EMAIL: 'Owner@example.com',
  BOOTSTRAP_OWNER_PASSWORD: 'a long password',
  BOOTSTRAP_API_KEY: 'vk_0123456789abcdefghij',
};

describe('the first start', () => {
  let api: TestApi;

  beforeEach(async () => {
    api = await TestApi.start();
  });
  afterEach(() => api.stop());

  const counts = async () => [
    await api.models.workspaces.countDocuments(),
    await api.models.users.countDocuments(),
    await api.models.apiKeys.countDocuments(),
  ];

  it('When three gateways start at once, then one workspace, owner and key, which work', async () => {
    await Promise.all([1, 2, 3].map(() => bootstrap(api.models, WANTED)));
    expect(await counts()).to.deep.equal([1, 1, 1]);
    const key = WANTED.BOOTSTRAP_API_KEY;
    const list = await api.call('GET', '/workspaces', { key });
    expect(list.body.items).to.have.length(1);
    const keys = await api.call('GET', `/workspaces/${list.body.items[0].id}/api-keys`, { key });
    expect(keys.body.items[0].scopes).to.have.members([...SCOPES]);
    const body = { email: 'owner@example.com', password: WANTED.BOOTSTRAP_OWNER_PASSWORD };
    expect((await api.call('POST', '/auth/login', { body })).status).to.equal(200);
    expect((await api.models.users.findOne())?.passwordHash).to.match(/^\$argon2id\$/);
  });

  it('When it starts again after the key was deleted, then the key does not come back', async () => {
    await bootstrap(api.models, WANTED);
    await api.models.apiKeys.deleteMany();
    await bootstrap(api.models, { ...WANTED, BOOTSTRAP_OWNER_PASSWORD: 'another password' });
    expect(await counts()).to.deep.equal([1, 1, 0]);
  });

  it('When nothing is set, then nothing is made, and a later start makes it', async () => {
    const none = { BOOTSTRAP_OWNER_EMAIL: undefined, BOOTSTRAP_OWNER_PASSWORD: undefined };
    await bootstrap(api.models, { ...none, BOOTSTRAP_API_KEY: undefined });
    expect(await counts()).to.deep.equal([0, 0, 0]);
    await bootstrap(api.models, { ...none, BOOTSTRAP_API_KEY: WANTED.BOOTSTRAP_API_KEY });
    expect(await counts()).to.deep.equal([1, 0, 1]);
  });

  it('When half of the owner is set, then it refuses rather than start without one', async () => {
    const half = { ...WANTED, BOOTSTRAP_OWNER_PASSWORD: undefined };
    const error = await bootstrap(api.models, half).catch((error: Error) => error);
    expect(error?.message).to.include('go together');
    expect(await counts()).to.deep.equal([0, 0, 0]);
  });
});
