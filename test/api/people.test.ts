import { expect } from 'chai';
import type { ObjectId } from '../../models/ids.ts';
import { hashPassword } from '../../models/password.ts';
import type { Role } from '../../models/user.ts';
import { TestApi } from '../support/api.ts';

const PASSWORD = 'seven small sandwiches';

describe('people of a workspace', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let W: string;
  let owner: { userId: ObjectId; session: string };
  let people = 0;

  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());
  beforeEach(async () => {
    workspaceId = await api.workspace();
    W = `/workspaces/${workspaceId}`;
    owner = await api.signedIn(workspaceId, 'owner');
  });

  const somebody = () => `person${people++}-${workspaceId}@example.com`;
  const asOwner = (method: string, path: string, body?: object) =>
    api.call(method, W + path, { session: owner.session, ...(body && { body }) });
  const invite = async (email: string, role: Role = 'agent') =>
    (await asOwner('POST', '/users', { email, role, name: 'Ada' })).body;
  const accept = (token: string, password = PASSWORD) =>
    api.call('POST', '/auth/invitations/accept', { body: { token, password } });
  const logIn = (email: string, password = PASSWORD) =>
    api.call('POST', '/auth/login', { body: { email, password } });
  const tokenOf = ({ headers }: { headers: Headers }) =>
    /videur_session=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '';
  const join = async (email = somebody(), role: Role = 'agent') => {
    const { invitation } = await invite(email, role);
    const session = tokenOf(await accept(invitation.token));
    const user = await api.models.users.findOne({ email }).lean();
    return { email, session, userId: user?._id as ObjectId };
  };
  const users = async () => (await asOwner('GET', '/users')).body.items;
  const statusOf = async (session: string, path = W) =>
    (await api.call('GET', `${path}/conversations`, { session })).status;

  describe('invitations', () => {
    it('When somebody is invited, then they are nobody until they choose a password, and then signed in', async () => {
      const email = somebody();
      const created = await asOwner('POST', '/users', {
        email: email.toUpperCase(),
        role: 'agent',
      });
      expect(created.status).to.equal(201);
      const { id, invitation, ...rest } = created.body;
      expect(rest).to.deep.equal({ email, name: null, role: 'agent' });
      expect(Buffer.from(invitation.token, 'base64url')).to.have.length(32);
      expect(await users()).to.have.length(1);
      const open = (await asOwner('GET', '/invitations')).body.items;
      expect(open).to.have.length(1);
      expect(open[0]).to.include({ id, email, role: 'agent' });
      expect(open[0].by).to.deep.equal({ type: 'user', id: owner.userId.toString() });

      const accepted = await accept(invitation.token);
      expect(accepted.status).to.equal(200);
      expect(await statusOf(tokenOf(accepted))).to.equal(200);
      expect((await logIn(email)).status).to.equal(200);
      expect(await users()).to.deep.include({ id, email, name: null, role: 'agent' });
      expect((await asOwner('GET', '/invitations')).body.items).to.deep.equal([]);
    });

    it('When an invitation is kept, then only its hash', async () => {
      const { invitation } = await invite(somebody());
      const rows = JSON.stringify(await api.models.invitations.find({ workspaceId }).lean());
      expect(rows).to.include('example.com').and.not.include(invitation.token);
    });

    it('When an invitation was accepted, replaced, withdrawn or has expired, then it is worth nothing', async () => {
      const gone = async (token: string) => {
        const { status, body } = await accept(token);
        expect([status, body.code]).to.deep.equal([410, 'invitation_invalid']);
      };
      const email = somebody();
      const first = await invite(email);
      const second = await invite(email, 'manager');
      expect(second.id).to.equal(first.id);
      await gone(first.invitation.token);
      expect((await accept(second.invitation.token)).status).to.equal(200);
      await gone(second.invitation.token);

      const withdrawn = await invite(somebody());
      expect((await asOwner('DELETE', `/invitations/${withdrawn.id}`)).status).to.equal(204);
      await gone(withdrawn.invitation.token);

      const late = await invite(somebody());
      const past = { expiresAt: new Date(Date.now() - 1) };
      await api.models.invitations.updateOne({ _id: late.id }, past);
      await gone(late.invitation.token);
      await gone('unknown');
    });

    it('When one invitation is accepted many times at once, then once', async () => {
      const email = somebody();
      const { invitation } = await invite(email);
      const answers = await Promise.all(Array.from({ length: 8 }, () => accept(invitation.token)));
      const good = answers.filter(({ status }) => status === 200);
      expect(good).to.have.length(1);
      expect(await api.models.users.countDocuments({ email })).to.equal(1);
    });

    it('When somebody has an account elsewhere, then they join with their own password and no other', async () => {
      const { email, userId } = await join();
      const other = await api.workspace();
      const there = await api.signedIn(other, 'owner');
      const invited = await api.call('POST', `/workspaces/${other}/users`, {
        session: there.session,
        body: { email, role: 'manager', name: 'Countess' },
      });
      const { token } = invited.body.invitation;
      const wrong = await accept(token, 'another long password');
      expect([wrong.status, wrong.body.code]).to.deep.equal([401, 'invalid_credentials']);
      const session = tokenOf(await accept(token));

      const me = await api.call('GET', '/auth/me', { session });
      expect(me.body.user.id).to.equal(userId.toString());
      expect(
        me.body.workspaces.map(({ id, role, displayName }: Record<string, string>) => [
          id,
          role,
          displayName,
        ]),
      ).to.deep.equal([
        [workspaceId.toString(), 'agent', 'Ada'],
        [other.toString(), 'manager', 'Countess'],
      ]);
    });

    it('When two workspaces invite the same new person and both are accepted at once, then one account is in both', async () => {
      for (let round = 0; round < 10; round++) {
        const email = somebody();
        const other = await api.workspace();
        const there = await api.signedIn(other, 'owner');
        const elsewhere = await api.call('POST', `/workspaces/${other}/users`, {
          session: there.session,
          body: { email, role: 'agent' },
        });
        const here = await invite(email);
        const answers = await Promise.all([
          accept(here.invitation.token),
          accept(elsewhere.body.invitation.token),
        ]);
        expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
        const accounts = await api.models.users.find({ email }).lean();
        expect(accounts).to.have.length(1);
        expect(accounts[0]?.memberships).to.have.length(2);
      }
    });

    it('When somebody belongs to the workspace already, then 409', async () => {
      const { email } = await join();
      const again = await asOwner('POST', '/users', { email, role: 'owner' });
      expect([again.status, again.body.code]).to.deep.equal([409, 'user_exists']);
    });

    it('When two owners invite the same person at once, then there is one invitation', async () => {
      for (let round = 0; round < 20; round++) {
        const email = somebody();
        const both = await Promise.all([invite(email), invite(email)]);
        expect(both[0].id).to.equal(both[1].id);
        const statuses = [];
        for (const { invitation } of both) statuses.push((await accept(invitation.token)).status);
        expect(statuses.toSorted()).to.deep.equal([200, 410]);
      }
    });

    it('When another site makes a browser accept one, then 403', async () => {
      const { invitation } = await invite(somebody());
      const answer = await api.call('POST', '/auth/invitations/accept', {
        headers: { origin: 'https://evil.example' },
        body: { token: invitation.token, password: PASSWORD },
      });
      expect([answer.status, answer.body.code]).to.deep.equal([403, 'cross_site']);
    });
  });

  it('When a user is made with a password, then they can sign in at once; an account keeps its own', async () => {
    const email = somebody();
    const made = await asOwner('POST', '/users', { email, role: 'manager', password: PASSWORD });
    expect([made.status, made.body.invitation]).to.deep.equal([201, null]);
    expect((await logIn(email)).status).to.equal(200);
    const other = await api.workspace();
    const answer = await api.call('POST', `/workspaces/${other}/users`, {
      session: (await api.signedIn(other, 'owner')).session,
      body: { email, role: 'agent', password: 'taken over by a stranger' },
    });
    expect([answer.status, answer.body.code]).to.deep.equal([409, 'user_exists']);
    expect((await logIn(email)).status).to.equal(200);
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
      const answer = await asOwner('POST', '/users', body);
      expect([answer.status, answer.body.errors?.[0]?.path], bad).to.deep.equal([422, 'password']);
      expect(answer.text).not.to.include(bad);
    }
    const { invitation } = await invite(email);
    const refused = await accept(invitation.token, 'password');
    expect([refused.status, refused.body.errors[0].path]).to.deep.equal([422, 'password']);
    expect((await accept(invitation.token)).status, 'the invitation is still good').to.equal(200);
  });

  describe('roles', () => {
    it('When a role or a name is changed, then it counts from the next request', async () => {
      const { userId, session } = await join();
      const contacts = () => api.call('GET', `${W}/contacts`, { session });
      expect((await contacts()).status).to.equal(403);
      const change = await asOwner('PATCH', `/users/${userId}`, {
        role: 'manager',
        name: 'Ada L.',
      });
      expect([change.status, change.body.role, change.body.name]).to.deep.equal([
        200,
        'manager',
        'Ada L.',
      ]);
      expect((await contacts()).status).to.equal(200);
      await asOwner('PATCH', `/users/${userId}`, { role: 'agent' });
      expect((await contacts()).status).to.equal(403);
      expect(await users()).to.deep.include({
        id: userId.toString(),
        email: (await api.models.users.findById(userId).lean())?.email,
        name: 'Ada L.',
        role: 'agent',
      });
    });

    it('When a role or a name is changed, then in this workspace only', async () => {
      const { email, userId } = await join();
      const other = await api.workspace();
      await api.models.users.updateOne(
        { email },
        { $push: { memberships: { workspaceId: other, role: 'manager', name: 'Other' } } },
      );
      await asOwner('PATCH', `/users/${userId}`, { role: 'owner', name: 'Here' });
      const user = await api.models.users.findById(userId).lean();
      expect(user?.memberships.map(({ role, name }) => [role, name])).to.deep.equal([
        ['owner', 'Here'],
        ['manager', 'Other'],
      ]);
    });

    it('When the only owner is removed or given another role, then 409', async () => {
      for (const answer of [
        await asOwner('PATCH', `/users/${owner.userId}`, { role: 'agent' }),
        await asOwner('DELETE', `/users/${owner.userId}`),
      ])
        expect([answer.status, answer.body.code]).to.deep.equal([409, 'last_owner']);
      expect((await asOwner('PATCH', `/users/${owner.userId}`, { name: 'Me' })).status).to.equal(
        200,
      );
      expect(await users()).to.have.length(1);
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
      const { email, userId, session } = await join();
      const contactId = await api.contact(workspaceId);
      const mine = await api.conversation(workspaceId, contactId, { assigneeId: userId });
      expect(await statusOf(session)).to.equal(200);
      expect((await asOwner('DELETE', `/users/${userId}`)).status).to.equal(204);
      expect(await statusOf(session)).to.equal(401);
      expect((await logIn(email)).status).to.equal(401);
      const row = await api.models.conversations.findById(mine).lean();
      expect(row?.assigneeId).to.equal(null);
      expect(await api.models.sessions.countDocuments({ userId })).to.equal(0);
      expect((await asOwner('DELETE', `/users/${userId}`)).status).to.equal(404);
    });

    it('When they belong to another workspace as well, then they stay signed in, for that one', async () => {
      const { email, userId, session } = await join();
      const other = await api.workspace();
      await api.models.users.updateOne(
        { email },
        { $push: { memberships: { workspaceId: other, role: 'agent' } } },
      );
      const theirs = await api.conversation(other, await api.contact(other), {
        assigneeId: userId,
      });
      expect((await asOwner('DELETE', `/users/${userId}`)).status).to.equal(204);
      expect(await statusOf(session)).to.equal(404);
      expect(await statusOf(session, `/workspaces/${other}`)).to.equal(200);
      const row = await api.models.conversations.findById(theirs).lean();
      expect(row?.assigneeId?.toString()).to.equal(userId.toString());
    });

    it('When the only owner is not removed, then nothing of theirs is unassigned', async () => {
      const assigneeId = owner.userId;
      const contactId = await api.contact(workspaceId);
      const mine = await api.conversation(workspaceId, contactId, { assigneeId });
      await asOwner('DELETE', `/users/${owner.userId}`);
      const row = await api.models.conversations.findById(mine).lean();
      expect(row?.assigneeId?.toString()).to.equal(assigneeId.toString());
    });

    it('When somebody signs in while they are removed, then no session is left', async () => {
      const passwordHash = await hashPassword(PASSWORD);
      for (let round = 0; round < 20; round++) {
        const email = somebody();
        const memberships = [{ workspaceId, role: 'agent' as const }];
        const { _id } = await api.models.users.create({ email, passwordHash, memberships });
        const [login] = await Promise.all([logIn(email), asOwner('DELETE', `/users/${_id}`)]);
        if (login.status === 200)
          expect(await statusOf(tokenOf(login)), `round ${round}`).to.equal(401);
        expect(await api.models.sessions.countDocuments({ userId: _id })).to.equal(0);
      }
    });

    it('When they are invited again, then they choose a password anew', async () => {
      const { email, userId } = await join();
      await asOwner('DELETE', `/users/${userId}`);
      const { invitation } = await invite(email);
      expect((await accept(invitation.token, 'a wholly different one')).status).to.equal(200);
      expect((await logIn(email, 'a wholly different one')).status).to.equal(200);
      expect((await logIn(email)).status).to.equal(401);
    });
  });
});
