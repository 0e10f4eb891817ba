import { expect } from 'chai';
import { TestApi } from '../support/api.ts';
import { PASSWORD, People, sessionOf } from '../support/people.ts';

describe('invitations', () => {
  let api: TestApi;
  let here: People;

  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());
  beforeEach(async () => {
    here = await People.of(api);
  });

  it('When somebody is invited, then they are nobody until they choose a password, and then signed in', async () => {
    const email = here.somebody();
    const created = await here.asOwner('POST', '/users', {
      email: email.toUpperCase(),
      role: 'agent',
    });
    expect(created.status).to.equal(201);
    const { id, invitation, ...rest } = created.body;
    expect(rest).to.deep.equal({ email, name: null, role: 'agent' });
    expect(Buffer.from(invitation.token, 'base64url')).to.have.length(32);
    expect(await here.users()).to.have.length(1);
    const open = (await here.asOwner('GET', '/invitations')).body.items;
    expect(open).to.have.length(1);
    expect(open[0]).to.include({ id, email, role: 'agent' });
    expect(open[0].by).to.deep.equal({ type: 'user', id: here.owner.userId.toString() });

    const accepted = await here.accept(invitation.token);
    expect(accepted.status).to.equal(200);
    expect(await here.statusOf(sessionOf(accepted))).to.equal(200);
    expect((await here.logIn(email)).status).to.equal(200);
    expect(await here.users()).to.deep.include({ id, email, name: null, role: 'agent' });
    expect((await here.asOwner('GET', '/invitations')).body.items).to.deep.equal([]);
  });

  it('When an invitation is kept, then only its hash', async () => {
    const { invitation } = await here.invite(here.somebody());
    const rows = JSON.stringify(
      await api.models.invitations.find({ workspaceId: here.workspaceId }).lean(),
    );
    expect(rows).to.include('example.com').and.not.include(invitation.token);
  });

  it('When an invitation was accepted, replaced, withdrawn or has expired, then it is worth nothing', async () => {
    const gone = async (token: string) => {
      const { status, body } = await here.accept(token);
      expect([status, body.code]).to.deep.equal([410, 'invitation_invalid']);
    };
    const email = here.somebody();
    const first = await here.invite(email);
    const second = await here.invite(email, 'manager');
    expect(second.id).to.equal(first.id);
    await gone(first.invitation.token);
    expect((await here.accept(second.invitation.token)).status).to.equal(200);
    await gone(second.invitation.token);

    const withdrawn = await here.invite(here.somebody());
    expect((await here.asOwner('DELETE', `/invitations/${withdrawn.id}`)).status).to.equal(204);
    await gone(withdrawn.invitation.token);

    const late = await here.invite(here.somebody());
    const past = { expiresAt: new Date(Date.now() - 1) };
    await api.models.invitations.updateOne({ _id: late.id }, past);
    await gone(late.invitation.token);
    await gone('unknown');
  });

  it('When one invitation is accepted many times at once, then once', async () => {
    const email = here.somebody();
    const { invitation } = await here.invite(email);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => here.accept(invitation.token)),
    );
    const good = answers.filter(({ status }) => status === 200);
    expect(good).to.have.length(1);
    expect(await api.models.users.countDocuments({ email })).to.equal(1);
  });

  it('When somebody has an account elsewhere, then they join with their own password and no other', async () => {
    const { email, userId } = await here.join();
    const other = await api.workspace();
    const there = await api.signedIn(other, 'owner');
    const invited = await api.call('POST', `/workspaces/${other}/users`, {
      session: there.session,
      body: { email, role: 'manager', name: 'Countess' },
    });
    const { token } = invited.body.invitation;
    const wrong = await here.accept(token, 'another long password');
    expect([wrong.status, wrong.body.code]).to.deep.equal([401, 'invalid_credentials']);
    const session = sessionOf(await here.accept(token));

    const me = await api.call('GET', '/auth/me', { session });
    expect(me.body.user.id).to.equal(userId.toString());
    expect(
      me.body.workspaces.map(({ id, role, displayName }: Record<string, string>) => [
        id,
        role,
        displayName,
      ]),
    ).to.deep.equal([
      [here.workspaceId.toString(), 'agent', 'Ada'],
      [other.toString(), 'manager', 'Countess'],
    ]);
  });

  it('When two workspaces invite the same new person and both are accepted at once, then one account is in both', async () => {
    for (let round = 0; round < 10; round++) {
      const email = here.somebody();
      const other = await api.workspace();
      const there = await api.signedIn(other, 'owner');
      const elsewhere = await api.call('POST', `/workspaces/${other}/users`, {
        session: there.session,
        body: { email, role: 'agent' },
      });
      const own = await here.invite(email);
      const answers = await Promise.all([
        here.accept(own.invitation.token),
        here.accept(elsewhere.body.invitation.token),
      ]);
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
      const accounts = await api.models.users.find({ email }).lean();
      expect(accounts).to.have.length(1);
      expect(accounts[0]?.memberships).to.have.length(2);
    }
  });

  it('When somebody belongs to the workspace already, then 409', async () => {
    const { email } = await here.join();
    const again = await here.asOwner('POST', '/users', { email, role: 'owner' });
    expect([again.status, again.body.code]).to.deep.equal([409, 'user_exists']);
  });

  it('When two owners invite the same person at once, then there is one invitation', async () => {
    for (let round = 0; round < 20; round++) {
      const email = here.somebody();
      const both = await Promise.all([here.invite(email), here.invite(email)]);
      expect(both[0].id).to.equal(both[1].id);
      const statuses = [];
      for (const { invitation } of both)
        statuses.push((await here.accept(invitation.token)).status);
      expect(statuses.toSorted()).to.deep.equal([200, 410]);
    }
  });

  it('When another site makes a browser accept one, then 403', async () => {
    const { invitation } = await here.invite(here.somebody());
    const answer = await api.call('POST', '/auth/invitations/accept', {
      headers: { origin: 'https://evil.example' },
      body: { token: invitation.token, password: PASSWORD },
    });
    expect([answer.status, answer.body.code]).to.deep.equal([403, 'cross_site']);
  });

  it('When who invited is removed or no owner any more, then what they promised does not hold', async () => {
    for (const change of [
      (path: string) => here.asOwner('DELETE', path),
      (path: string) => here.asOwner('PATCH', path, { role: 'agent' }),
    ]) {
      const other = await api.signedIn(here.workspaceId, 'owner');
      const body = { email: here.somebody(), role: 'owner' };
      const path = `${here.path}/users`;
      const theirs = await api.call('POST', path, { session: other.session, body });
      const own = await here.invite(here.somebody());
      await change(`/users/${other.userId}`);
      expect((await here.accept(theirs.body.invitation.token)).status).to.equal(410);
      expect((await here.accept(own.invitation.token)).status).to.equal(200);
    }
  });
});
