import { expect } from 'chai';
import { ROUTES } from '../../gateway/api/routes.ts';
import type { Method } from '../../gateway/api/shell/route.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { ROLES, type Role, SCOPES, type Scope } from '../../models/people/user.ts';
import { TestApi } from '../support/api.ts';

const OWNER: Role[] = ['owner'];
const MANAGERS: Role[] = ['owner', 'manager'];
const ANY: Role[] = [...ROLES];

/** Who may call what, written down a second time: a route that is not here fails. */
const EXPECTED: Record<string, { roles: Role[]; scopes: Scope[] } | 'public'> = {
  'post /auth/login': 'public',
  'post /auth/logout': { roles: ANY, scopes: [] },
  'get /auth/me': { roles: ANY, scopes: [] },
  'get /auth/sessions': { roles: ANY, scopes: [] },
  'delete /auth/sessions/:id': { roles: ANY, scopes: [] },
  'post /auth/password': { roles: ANY, scopes: [] },
  'post /auth/invitations/accept': 'public',
  'get /workspaces': { roles: ANY, scopes: [...SCOPES] },
  'patch W': { roles: OWNER, scopes: ['admin'] },
  'get W/users': { roles: ANY, scopes: ['conversations:read', 'admin'] },
  'post W/users': { roles: OWNER, scopes: ['admin'] },
  'patch W/users/:id': { roles: OWNER, scopes: ['admin'] },
  'delete W/users/:id': { roles: OWNER, scopes: ['admin'] },
  'get W/invitations': { roles: OWNER, scopes: ['admin'] },
  'delete W/invitations/:id': { roles: OWNER, scopes: ['admin'] },
  'get W/api-keys': { roles: OWNER, scopes: ['admin'] },
  'post W/api-keys': { roles: OWNER, scopes: ['admin'] },
  'delete W/api-keys/:id': { roles: OWNER, scopes: ['admin'] },
  'get W/channels': { roles: ANY, scopes: ['channels:write', 'admin'] },
  'post W/channels': { roles: MANAGERS, scopes: ['channels:write'] },
  'get W/channels/:id': { roles: ANY, scopes: ['channels:write', 'admin'] },
  'patch W/channels/:id': { roles: MANAGERS, scopes: ['channels:write'] },
  'delete W/channels/:id': { roles: MANAGERS, scopes: ['channels:write'] },
  'get W/contacts': { roles: MANAGERS, scopes: ['contacts:read'] },
  'get W/contacts/:id': { roles: MANAGERS, scopes: ['contacts:read'] },
  'post W/contacts': { roles: MANAGERS, scopes: ['contacts:write'] },
  'patch W/contacts/:id': { roles: MANAGERS, scopes: ['contacts:write'] },
  'delete W/contacts/:id': { roles: MANAGERS, scopes: ['contacts:write'] },
  'get W/segments': { roles: MANAGERS, scopes: ['contacts:read'] },
  'post W/segments': { roles: MANAGERS, scopes: ['contacts:write'] },
  'get W/segments/:id': { roles: MANAGERS, scopes: ['contacts:read'] },
  'patch W/segments/:id': { roles: MANAGERS, scopes: ['contacts:write'] },
  'delete W/segments/:id': { roles: MANAGERS, scopes: ['contacts:write'] },
  'get W/segments/:id/contacts': { roles: MANAGERS, scopes: ['contacts:read'] },
  'post W/contacts/:id/block': { roles: MANAGERS, scopes: ['blocks:write'] },
  'post W/contacts/:id/unblock': { roles: MANAGERS, scopes: ['blocks:write'] },
  'get W/contacts/:id/block-history': { roles: MANAGERS, scopes: ['contacts:read'] },
  'post W/contacts/merge': { roles: MANAGERS, scopes: ['contacts:write'] },
  'post W/contacts/merge/preview': { roles: MANAGERS, scopes: ['contacts:write'] },
  'get W/contacts/:id/merges': { roles: MANAGERS, scopes: ['contacts:read'] },
  'get W/block-history': { roles: MANAGERS, scopes: ['contacts:read'] },
  'get W/inboxes': { roles: ANY, scopes: ['conversations:read'] },
  'get W/conversations': { roles: ANY, scopes: ['conversations:read'] },
  'get W/conversations/:id': { roles: ANY, scopes: ['conversations:read'] },
  'get W/conversations/:id/messages': { roles: ANY, scopes: ['conversations:read'] },
  'post W/conversations/:id/messages': { roles: ANY, scopes: ['conversations:write'] },
  'delete W/conversations/:id/messages/:messageId': { roles: ANY, scopes: ['conversations:write'] },
  'get W/conversations/:id/scheduled-messages': { roles: ANY, scopes: ['conversations:read'] },
  'get W/conversations/:id/notes': { roles: ANY, scopes: ['conversations:read'] },
  'post W/conversations/:id/notes': { roles: ANY, scopes: ['conversations:write'] },
  'patch W/conversations/:id/notes/:noteId': { roles: ANY, scopes: ['conversations:write'] },
  'delete W/conversations/:id/notes/:noteId': { roles: ANY, scopes: ['conversations:write'] },
  'post W/conversations/:id/open': { roles: ANY, scopes: ['conversations:write'] },
  'post W/conversations/:id/close': { roles: ANY, scopes: ['conversations:write'] },
  'post W/conversations/:id/snooze': { roles: ANY, scopes: ['conversations:write'] },
  'post W/conversations/:id/assign': { roles: ANY, scopes: ['conversations:write'] },
  'post W/conversations/:id/read': { roles: ANY, scopes: ['conversations:write'] },
  'post W/conversations/:id/block': { roles: ANY, scopes: ['blocks:write'] },
  'post W/conversations/:id/unblock': { roles: ANY, scopes: ['blocks:write'] },
  'get W/dead-letters': { roles: MANAGERS, scopes: ['ops:read', 'admin'] },
  'post W/dead-letters/:id/retry': { roles: MANAGERS, scopes: ['admin'] },
  'delete W/dead-letters/:id': { roles: MANAGERS, scopes: ['admin'] },
  'get W/mac': { roles: MANAGERS, scopes: ['mac:read'] },
  'get W/mac/history': { roles: MANAGERS, scopes: ['mac:read'] },
  'get W/mac/contacts': { roles: MANAGERS, scopes: ['mac:read'] },
  'get W/outcomes': { roles: MANAGERS, scopes: ['ops:read', 'admin'] },
  'get W/workflows': { roles: ANY, scopes: ['conversations:read', 'admin'] },
  'post W/workflows': { roles: MANAGERS, scopes: ['admin'] },
  'get W/workflows/:id': { roles: MANAGERS, scopes: ['admin'] },
  'put W/workflows/:id': { roles: MANAGERS, scopes: ['admin'] },
  'delete W/workflows/:id': { roles: MANAGERS, scopes: ['admin'] },
  'post W/workflows/:id/launch': { roles: ANY, scopes: ['conversations:write'] },
  'get W/workflow-runs': { roles: ANY, scopes: ['conversations:read', 'admin'] },
  'get W/workflow-runs/:id': { roles: ANY, scopes: ['conversations:read', 'admin'] },
  'get W/webhooks': { roles: OWNER, scopes: ['admin'] },
  'post W/webhooks': { roles: OWNER, scopes: ['admin'] },
  'patch W/webhooks/:id': { roles: OWNER, scopes: ['admin'] },
  'delete W/webhooks/:id': { roles: OWNER, scopes: ['admin'] },
  'post W/webhooks/:id/secret': { roles: OWNER, scopes: ['admin'] },
  'get W/webhooks/:id/deliveries': { roles: OWNER, scopes: ['admin'] },
  'post W/webhooks/:id/deliveries/:deliveryId/retry': { roles: OWNER, scopes: ['admin'] },
  'get W/live': { roles: ANY, scopes: ['conversations:read'] },
};

const W = '/workspaces/:workspaceId';
const nameOf = ({ method, path }: { method: Method; path: string }) =>
  `${method} ${path.replace(W, 'W')}`;

describe('access', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let otherId: ObjectId;

  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
    otherId = await api.workspace();
  });
  after(() => api.stop());

  /** The status, as soon as it is known: a live feed has no end. Nothing that is asked for exists. */
  async function statusOf(
    { method, path }: { method: Method; path: string },
    who: { key?: string; session?: string },
  ): Promise<number> {
    const target = path
      .replace(':workspaceId', workspaceId.toString())
      .replace(/:\w+/g, () => new Types.ObjectId().toString());
    const response = await fetch(`${api.baseUrl}/api/v1${target}`, {
      method: method.toUpperCase(),
      headers: {
        ...(who.key && { authorization: `Bearer ${who.key}` }),
        ...(who.session && { cookie: `videur_session=${who.session}`, origin: api.baseUrl }),
        ...(method !== 'get' && { 'content-type': 'application/json' }),
      },
      ...(method !== 'get' && { body: '{"unknown":1}' }),
    });
    await response.body?.cancel();
    return response.status;
  }

  /** A user with this role here, who owns another workspace: that counts for nothing here. */
  async function member(role: Role): Promise<{ session: string }> {
    const { userId, session } = await api.signedIn(workspaceId, role);
    const more = { memberships: { workspaceId: otherId, role: 'owner' } };
    await api.models.users.updateOne({ _id: userId }, { $push: more });
    return { session };
  }

  const isRefused = (status: number) => status === 401 || status === 403;

  it('When the table is walked, then every route in it is expected and every expected one is in it', () => {
    expect(ROUTES.map(nameOf).sort()).to.deep.equal(Object.keys(EXPECTED).sort());
  });

  for (const route of ROUTES) {
    const name = nameOf(route);
    const expected = EXPECTED[name];
    if (!expected) continue;

    it(`When ${name} is called, then only its roles and scopes pass`, async () => {
      if (expected === 'public') {
        expect(isRefused(await statusOf(route, {}))).to.equal(false);
        return;
      }
      expect(await statusOf(route, {}), 'nobody').to.equal(401);
      expect(await statusOf(route, { key: 'vk_unknown' }), 'an unknown key').to.equal(401);
      expect(await statusOf(route, { session: 'unknown' }), 'an unknown session').to.equal(401);
      for (const role of ROLES) {
        const status = await statusOf(route, await member(role));
        if (expected.roles.includes(role))
          expect(isRefused(status), `${role}: ${status}`).to.equal(false);
        else expect(status, role).to.equal(403);
      }
      for (const scope of SCOPES) {
        const status = await statusOf(route, { key: await api.key(workspaceId, [scope]) });
        if (expected.scopes.includes(scope))
          expect(isRefused(status), `${scope}: ${status}`).to.equal(false);
        else expect(status, scope).to.equal(403);
      }
    });

    if (!route.path.startsWith(W)) continue;
    it(`When ${name} is called for another's workspace, then there is no such workspace`, async () => {
      expect(await statusOf(route, await api.signedIn(otherId, 'owner')), 'owner').to.equal(404);
      expect(await statusOf(route, { key: await api.key(otherId) }), 'key').to.equal(404);
    });
  }
});
