import { expect } from 'chai';
import type { ObjectId } from '../../models/ids.ts';
import { hashPassword } from '../../models/people/password.ts';
import { TestApi } from '../support/api.ts';

const PASSWORD = 'correct horse battery';

describe('signing in', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let users = 0;

  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
  });
  after(() => api.stop());

  async function user(): Promise<string> {
    const email = `user${users++}-${workspaceId}@example.com`;
    const passwordHash = await hashPassword(PASSWORD);
    await api.models.users.create({
      email,
      passwordHash,
      memberships: [{ workspaceId, role: 'owner' }],
    });
    return email;
  }

  const logIn = (email: string, password = PASSWORD, session?: string) =>
    api.call('POST', '/auth/login', { body: { email, password }, ...(session && { session }) });

  const tokenOf = (answer: { headers: Headers }) =>
    /videur_session=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';

  const signedInAs = async (email: string, password = PASSWORD) => ({
    session: tokenOf(await logIn(email, password)),
  });

  it('When the password is right, then a cookie that scripts and other sites cannot use', async () => {
    const email = await user();
    const answer = await logIn(email.toUpperCase());
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('set-cookie')).to.match(/HttpOnly; Secure; SameSite=Strict/);
    const token = tokenOf(answer);
    expect(Buffer.from(token, 'base64url')).to.have.length(32);

    const me = await api.call('GET', '/auth/me', { session: token });
    expect(me.body.user.email).to.equal(email);
    expect(me.body.workspaces).to.have.length(1);
    expect(me.body.workspaces[0]).to.include({ id: workspaceId.toString(), role: 'owner' });
  });

  it('When a session is kept, then only its hash', async () => {
    const token = tokenOf(await logIn(await user()));
    const rows = await api.models.sessions.find().lean();
    expect(JSON.stringify(rows)).not.to.include(token);
  });

  it('When the address or the password is wrong, then the same answer', async () => {
    const email = await user();
    const [wrong, unknown] = [await logIn(email, 'wrong'), await logIn('nobody@example.com')];
    expect(wrong.status).to.equal(401);
    expect(wrong.body.code).to.equal('invalid_credentials');
    expect(unknown.text).to.equal(wrong.text);
  });

  it('When one signs in again, then the session before it ends', async () => {
    const email = await user();
    const first = tokenOf(await logIn(email));
    const second = tokenOf(await logIn(email, PASSWORD, first));
    expect((await api.call('GET', '/auth/me', { session: first })).status).to.equal(401);
    expect((await api.call('GET', '/auth/me', { session: second })).status).to.equal(200);
  });

  it('When one signs out, then the token is worth nothing any more', async () => {
    const session = tokenOf(await logIn(await user()));
    const out = await api.call('POST', '/auth/logout', { session });
    expect(out.status).to.equal(204);
    expect(out.headers.get('set-cookie')).to.match(/videur_session=;/);
    expect((await api.call('GET', '/auth/me', { session })).status).to.equal(401);
  });

  it('When a session has expired, then 401 even before it is swept away', async () => {
    const { userId, session } = await api.signedIn(workspaceId, 'owner');
    await api.models.sessions.updateOne({ userId }, { expiresAt: new Date(Date.now() - 1) });
    expect((await api.call('GET', '/auth/me', { session })).status).to.equal(401);
  });

  it('When a change comes with a cookie from another site or from nowhere, then 403', async () => {
    const { session } = await api.signedIn(workspaceId, 'owner');
    const path = `/workspaces/${workspaceId}`;
    const ask = (origin: string | null, headers = {}) =>
      api.call('PATCH', path, { session, origin, headers, body: { name: 'Renamed' } });
    for (const foreign of [null, 'https://evil.example', 'null'])
      expect((await ask(foreign)).body.code, `${foreign}`).to.equal('cross_site');
    const named = { 'sec-fetch-site': 'cross-site' };
    expect((await ask(api.baseUrl, named)).status, 'cross-site').to.equal(403);
    expect((await ask(api.baseUrl)).status, 'own host').to.equal(200);
    expect((await ask('https://videur.example')).status, 'public address').to.equal(200);
    expect((await ask(null, { 'sec-fetch-site': 'same-origin' })).status).to.equal(200);
  });

  it('When another site submits the login, then 403', async () => {
    const headers = { origin: 'https://evil.example' };
    const answer = await api.call('POST', '/auth/login', {
      headers,
      body: { email: 'a', password: 'b' },
    });
    expect(answer.body.code).to.equal('cross_site');
  });

  it('When the same letters come from another keyboard, then they are the same password', async () => {
    const email = await user();
    const { session } = await signedInAs(email);
    const body = { currentPassword: PASSWORD, newPassword: 'un café très serré' };
    expect((await api.call('POST', '/auth/password', { session, body })).status).to.equal(200);
    expect((await logIn(email, body.newPassword.normalize('NFD'))).status).to.equal(200);
  });

  it('When ten attempts failed, then 429 even with the right password, for this address only', async () => {
    const [email, other] = [await user(), await user()];
    const wrong = await Promise.all(Array.from({ length: 10 }, () => logIn(email, 'wrong')));
    expect(wrong.map(({ status }) => status)).to.deep.equal(Array(10).fill(401));
    const refused = await logIn(email);
    expect([refused.status, refused.body.code]).to.deep.equal([429, 'too_many_attempts']);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 900);
    expect((await logIn(other)).status).to.equal(200);
  });

  it('When another site submits the form, then 403 and no cookie', async () => {
    const email = await user();
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const answer = await api.fetch('POST', '/login', {
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } as Record<
          string,
          string
        >,
        body: new URLSearchParams({ email, password: PASSWORD }).toString(),
      });
      expect([answer.status, answer.headers.get('set-cookie')]).to.deep.equal([403, null]);
    }
  });

  it('When the form is used, then a cookie and back to a path of ours, never elsewhere', async () => {
    const email = await user();
    const submit = (next: string, password = PASSWORD) =>
      api.fetch('POST', '/login', {
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: api.baseUrl },
        body: new URLSearchParams({ email, password, next }).toString(),
      });
    const good = await submit('/queues?x=1');
    expect([good.status, good.headers.get('location')]).to.deep.equal([303, '/queues?x=1']);
    expect(tokenOf(good)).to.have.length(43);
    for (const bad of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/\t/evil.example',
    ])
      expect((await submit(bad)).headers.get('location'), bad).to.equal('/queues');
    const wrong = await submit('/queues', 'wrong"><script>');
    expect(wrong.status).to.equal(401);
    expect(wrong.text).to.include(`role="alert"`).and.not.include('<script');
    expect(wrong.headers.get('content-security-policy')).to.include("default-src 'none'");
  });
});
