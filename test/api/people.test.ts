import { expect } from 'chai';
import { hashPassword } from '../../models/people/password.ts';
import { TestApi } from '../support/api.ts';
import { PASSWORD, People, sessionOf } from '../support/people.ts';

describe('people of a workspace', () => {
  let api: TestApi;
  let here: People;

  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());
  beforeEach(async () => {
    here = await People.of(api);
  });

  it('When a user is made with a password, then they can sign in at once; an account keeps its own', async () => {
    const email = here.somebody();
    const made = await here.asOwner('POST', '/users', {
      email,
      role: 'manager',
      password: PASSWORD,
    });
    expect([made.status, made.body.invitation]).to.deep.equal([201, null]);
    expect((await here.logIn(email)).status).to.equal(200);
    const other = await api.workspace();
    const answer = await api.call('POST', `/workspaces/${other}/users`, {
      session: (await api.signedIn(other, 'owner')).session,
      body: { email, role: 'agent', password: 'taken over by a stranger' },
    });
    expect([answer.status, answer.body.code]).to.deep.equal([409, 'user_exists']);
    expect((await here.logIn(email)).status).to.equal(200);
  });

  it('When a password is short, common or made of what one knows of the user, then it is refused without being repeated', async () => {
    const email = 'wilhelmina.featherstone@example.com';
    for (const bad of [
      'x9KQ2lfaUIDxx0', // 14
      'passwordpassword',
      'aaaaaaaaaaaaaaaaaaaa',
      '1234567890123456',
      'qwertyuiopasdfgh',
      email,
      'WilhelminaFeatherstone',
    ]) {
      const body = { email, role: 'agent', password: bad };
      const answer = await here.asOwner('POST', '/users', body);
      expect([answer.status, answer.body.errors?.[0]?.path], bad).to.deep.equal([422, 'password']);
      expect(answer.text).not.to.include(bad);
    }
    const { invitation } = await here.invite(email);
    const refused = await here.accept(invitation.token, 'password');
    expect([refused.status, refused.body.errors[0].path]).to.deep.equal([422, 'password']);
    expect((await here.accept(invitation.token)).status, 'the invitation is still good').to.equal(
      200,
    );
  });

  describe('roles', () => {
    it('When a role or a name is changed, then it counts from the next request', async () => {
      const { userId, session } = await here.join();
      const contacts = () => api.call('GET', `${here.path}/contacts`, { session });
      expect((await contacts()).status).to.equal(403);
      const change = await here.asOwner('PATCH', `/users/${userId}`, {
        role: 'manager',
        name: 'Ada L.',
      });
      expect([change.status, change.body.role, change.body.name]).to.deep.equal([
        200,
        'manager',
        'Ada L.',
      ]);
      expect((await contacts()).status).to.equal(200);
      await here.asOwner('PATCH', `/users/${userId}`, { role: 'agent' });
      expect((await contacts()).status).to.equal(403);
      expect(await here.users()).to.deep.include({
        id: userId.toString(),
        email: (await api.models.users.findById(userId).lean())?.email,
        name: 'Ada L.',
        role: 'agent',
      });
    });

    it('When a role or a name is changed, then in this workspace only', async () => {
      const { email, userId } = await here.join();
      const other = await api.workspace();
      await api.models.users.updateOne(
        { email },
        { $push: { memberships: { workspaceId: other, role: 'manager', name: 'Other' } } },
      );
      await here.asOwner('PATCH', `/users/${userId}`, { role: 'owner', name: 'Here' });
      const user = await api.models.users.findById(userId).lean();
      expect(user?.memberships.map(({ role, name }) => [role, name])).to.deep.equal([
        ['owner', 'Here'],
        ['manager', 'Other'],
      ]);
    });

    it('When the only owner is removed or given another role, then 409', async () => {
      for (const answer of [
        await here.asOwner('PATCH', `/users/${here.owner.userId}`, { role: 'agent' }),
        await here.asOwner('DELETE', `/users/${here.owner.userId}`),
      ])
        expect([answer.status, answer.body.code]).to.deep.equal([409, 'last_owner']);
      expect(
        (await here.asOwner('PATCH', `/users/${here.owner.userId}`, { name: 'Me' })).status,
      ).to.equal(200);
      expect(await here.users()).to.have.length(1);
    });

    it('When two owners take the role from each other at once, then one of them keeps it', async () => {
      for (let round = 0; round < 50; round++) {
        const id = await api.workspace();
        const [a, b] = [await api.signedIn(id, 'owner'), await api.signedIn(id, 'owner')];
        const demote = (who: typeof a, whom: typeof a) =>
          api.call('PATCH', `/workspaces/${id}/users/${whom.userId}`, {
            session: who.session,
            body: { role: 'agent' },
          });
        const remove = (who: typeof a, whom: typeof a) =>
          api.call('DELETE', `/workspaces/${id}/users/${whom.userId}`, { session: who.session });
        await Promise.all([demote(a, b), round % 2 ? demote(b, a) : remove(b, a)]);
        const owners = { memberships: { $elemMatch: { workspaceId: id, role: 'owner' } } };
        expect(await api.models.users.countDocuments(owners), `round ${round}`).to.equal(1);
      }
    });
  });

  describe('removal', () => {
    it('When a user is removed, then they are out at the next request, and what they had is unassigned', async () => {
      const { email, userId, session } = await here.join();
      const contactId = await api.contact(here.workspaceId);
      const mine = await api.conversation(here.workspaceId, contactId, { assigneeId: userId });
      expect(await here.statusOf(session)).to.equal(200);
      expect((await here.asOwner('DELETE', `/users/${userId}`)).status).to.equal(204);
      expect(await here.statusOf(session)).to.equal(401);
      expect((await here.logIn(email)).status).to.equal(401);
      const row = await api.models.conversations.findById(mine).lean();
      expect(row?.assigneeId).to.equal(null);
      expect(await api.models.sessions.countDocuments({ userId })).to.equal(0);
      expect((await here.asOwner('DELETE', `/users/${userId}`)).status).to.equal(404);
    });

    it('When they belong to another workspace as well, then they stay signed in, for that one', async () => {
      const { email, userId, session } = await here.join();
      const other = await api.workspace();
      await api.models.users.updateOne(
        { email },
        { $push: { memberships: { workspaceId: other, role: 'agent' } } },
      );
      const theirs = await api.conversation(other, await api.contact(other), {
        assigneeId: userId,
      });
      expect((await here.asOwner('DELETE', `/users/${userId}`)).status).to.equal(204);
      expect(await here.statusOf(session)).to.equal(404);
      expect(await here.statusOf(session, `/workspaces/${other}`)).to.equal(200);
      const row = await api.models.conversations.findById(theirs).lean();
      expect(row?.assigneeId?.toString()).to.equal(userId.toString());
    });

    it('When the only owner is not removed, then nothing of theirs is unassigned', async () => {
      const assigneeId = here.owner.userId;
      const contactId = await api.contact(here.workspaceId);
      const mine = await api.conversation(here.workspaceId, contactId, { assigneeId });
      await here.asOwner('DELETE', `/users/${here.owner.userId}`);
      const row = await api.models.conversations.findById(mine).lean();
      expect(row?.assigneeId?.toString()).to.equal(assigneeId.toString());
    });

    it('When somebody signs in while they are removed, then no session is left', async () => {
      const passwordHash = await hashPassword(PASSWORD);
      for (let round = 0; round < 20; round++) {
        const email = here.somebody();
        const memberships = [{ workspaceId: here.workspaceId, role: 'agent' as const }];
        const { _id } = await api.models.users.create({ email, passwordHash, memberships });
        const [login] = await Promise.all([
          here.logIn(email),
          here.asOwner('DELETE', `/users/${_id}`),
        ]);
        if (login.status === 200)
          expect(await here.statusOf(sessionOf(login)), `round ${round}`).to.equal(401);
        expect(await api.models.sessions.countDocuments({ userId: _id })).to.equal(0);
      }
    });

    it('When they are invited again, then they choose a password anew', async () => {
      const { email, userId } = await here.join();
      await here.asOwner('DELETE', `/users/${userId}`);
      const { invitation } = await here.invite(email);
      expect((await here.accept(invitation.token, 'a wholly different one')).status).to.equal(200);
      expect((await here.logIn(email, 'a wholly different one')).status).to.equal(200);
      expect((await here.logIn(email)).status).to.equal(401);
    });
  });
});
