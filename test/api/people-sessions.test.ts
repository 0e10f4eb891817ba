import { expect } from 'chai';
import type { ObjectId } from '../../models/ids.ts';
import { hashPassword } from '../../models/people/password.ts';
import { TestApi } from '../support/api.ts';
import { PASSWORD, sessionOf } from '../support/people.ts';

const NEXT = 'eight enormous elephants';
const HOUR_MS = 3_600_000;

describe('sessions', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let passwordHash: string;
  let users = 0;

  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
    passwordHash = await hashPassword(PASSWORD);
  });
  after(() => api.stop());

  async function user() {
    const email = `user${users++}-${workspaceId}@example.com`;
    const memberships = [{ workspaceId, role: 'owner' as const }];
    const { _id: userId } = await api.models.users.create({ email, passwordHash, memberships });
    return { email, userId };
  }
  const logIn = (email: string, password = PASSWORD, headers = {}) =>
    api.call('POST', '/auth/login', { body: { email, password }, headers });
  const isIn = async (session: string) =>
    (await api.call('GET', '/auth/me', { session })).status === 200;
  const list = async (session: string) =>
    (await api.call('GET', '/auth/sessions', { session })).body.items;
  const change = (session: string, currentPassword = PASSWORD, newPassword = NEXT) =>
    api.call('POST', '/auth/password', { session, body: { currentPassword, newPassword } });
  /** Moves the session's times back. */
  const age = async (userId: ObjectId, field: string, ms: number) => {
    const moved = { $subtract: [`$${field}`, ms] };
    await api.models.sessions.updateMany({ userId }, [{ $set: { [field]: moved } }], {
      updatePipeline: true,
    });
  };

  it('When one is signed in at several places, then they are listed, and any of them can be ended', async () => {
    const { email } = await user();
    const here = sessionOf(await logIn(email, PASSWORD, { 'user-agent': 'Here/1.0' }));
    const there = sessionOf(await logIn(email, PASSWORD, { 'user-agent': 'There/1.0' }));
    const listed = await list(here);
    expect(
      listed.map(({ userAgent, current, ip }: Record<string, unknown>) => [userAgent, current, ip]),
    ).to.deep.equal([
      ['There/1.0', false, '127.0.0.1'],
      ['Here/1.0', true, '127.0.0.1'],
    ]);
    const end = (id: string) => api.call('DELETE', `/auth/sessions/${id}`, { session: here });
    const [other, own] = listed;
    expect((await end(other.id)).status).to.equal(204);
    expect([await isIn(there), await isIn(here)]).to.deep.equal([false, true]);
    expect((await end(other.id)).status).to.equal(404);
    const last = await end(own.id);
    expect([last.status, await isIn(here)]).to.deep.equal([204, false]);
    expect(last.headers.get('set-cookie')).to.match(/videur_session=;/);
  });

  it("When the session is another user's, then there is none", async () => {
    const [one, other] = [await user(), await user()];
    const [mine, theirs] = [sessionOf(await logIn(one.email)), sessionOf(await logIn(other.email))];
    const [{ id }] = await list(theirs);
    const answer = await api.call('DELETE', `/auth/sessions/${id}`, { session: mine });
    expect([answer.status, await isIn(theirs)]).to.deep.equal([404, true]);
  });

  it('When nothing was asked for two hours, then it has ended; use puts that off, but not beyond 12 hours', async () => {
    const { email, userId } = await user();
    const session = sessionOf(await logIn(email));
    const row = async () => await api.models.sessions.findOne({ userId }).lean();
    const lasts = async (field: 'expiresAt' | 'endsAt') =>
      (((await row())?.[field].getTime() ?? 0) - Date.now()) / HOUR_MS;
    expect(await lasts('expiresAt')).to.be.closeTo(2, 0.1);
    expect(await lasts('endsAt')).to.be.closeTo(12, 0.1);

    // An hour later it is used.
    for (const field of ['usedAt', 'expiresAt']) await age(userId, field, HOUR_MS);
    expect(await isIn(session)).to.equal(true);
    expect(await lasts('expiresAt')).to.be.closeTo(2, 0.1);
    // Eleven hours later it is used to the end.
    for (const field of ['usedAt', 'endsAt']) await age(userId, field, 11 * HOUR_MS);
    expect(await isIn(session)).to.equal(true);
    expect(await lasts('expiresAt')).to.be.closeTo(1, 0.1);
    await age(userId, 'endsAt', 1.1 * HOUR_MS);
    expect(await isIn(session), 'after its end').to.equal(false);
  });

  it('When it is used again and again, then that is not written down every time', async () => {
    const { email, userId } = await user();
    const session = sessionOf(await logIn(email));
    const usedAt = async () => (await api.models.sessions.findOne({ userId }).lean())?.usedAt;
    const before = await usedAt();
    for (let i = 0; i < 3; i++) await isIn(session);
    expect(await usedAt()).to.deep.equal(before);
  });

  it('When the password is changed, then the old one and every other session are worth nothing, and one goes on', async () => {
    const { email, userId } = await user();
    const [here, there] = [sessionOf(await logIn(email)), sessionOf(await logIn(email))];
    const changed = await change(here);
    expect(changed.status).to.equal(200);
    expect([await isIn(here), await isIn(there)]).to.deep.equal([false, false]);
    expect(await isIn(sessionOf(changed))).to.equal(true);
    expect(await api.models.sessions.countDocuments({ userId })).to.equal(1);
    expect((await logIn(email)).status).to.equal(401);
    expect((await logIn(email, NEXT)).status).to.equal(200);
  });

  it('When the current password is wrong, or the new one too weak, then nothing changes', async () => {
    const { email } = await user();
    const session = sessionOf(await logIn(email));
    const wrong = await change(session, 'not this one at all');
    expect([wrong.status, wrong.body.code]).to.deep.equal([401, 'invalid_credentials']);
    const weak = await change(session, PASSWORD, email);
    expect([weak.status, weak.body.errors[0].path]).to.deep.equal([422, 'newPassword']);
    expect((await logIn(email)).status).to.equal(200);
    expect(await isIn(session)).to.equal(true);
  });

  it('When a session tries out current passwords, then it is throttled like a login', async () => {
    const { email } = await user();
    const session = sessionOf(await logIn(email));
    const guesses = Array.from({ length: 10 }, () => change(session, 'not this one at all'));
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).to.deep.equal(
      new Set([401]),
    );
    expect((await change(session)).status).to.equal(429);
  });

  it('When somebody signs in with the old password while it is changed, then no session of theirs is left', async () => {
    for (let round = 0; round < 20; round++) {
      const { email, userId } = await user();
      const session = sessionOf(await logIn(email));
      const [changed, late] = await Promise.all([change(session), logIn(email)]);
      expect(changed.status).to.equal(200);
      if (late.status === 200)
        expect(await isIn(sessionOf(late)), `round ${round}`).to.equal(false);
      expect(await api.models.sessions.countDocuments({ userId })).to.equal(1);
    }
  });

  it('When it is changed twice at once, then once', async () => {
    const { email } = await user();
    const [a, b] = [sessionOf(await logIn(email)), sessionOf(await logIn(email))];
    const answers = await Promise.all([
      change(a, PASSWORD, 'first of two passwords'),
      change(b, PASSWORD, 'second of two passwords'),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 401]);
  });
});
