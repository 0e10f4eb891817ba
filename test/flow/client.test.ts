import { expect } from 'chai';
import { type ApiClient, createApiClient, type Schema } from '../../console/api/client.ts';
import { bearer, custom, customBody } from '../support/deliveries.ts';
import { World } from '../support/world.ts';

describe('The typed client', () => {
  let world: World;
  let api: ApiClient;
  let workspaceId: string;

  before(async () => {
    world = await World.start();
    ({ workspaceId } = world);
    api = browserOf(world);
    const channel = await world.createChannel('custom', {
      token: 'custom-token',
      apiBaseUrl: 'https://provider.example',
    });
    const body = customBody('somebody', [custom.text({ mId: 'm1', text: 'Hello' })]);
    await world.post(channel.path, body, bearer('custom-token'));
    await world.settled(1);
  });
  after(() => world.stop());

  it('When nobody is signed in, then the error is typed by its code', async () => {
    const { response, error } = await api.GET('/auth/me');
    expect(response.status).to.equal(401);
    const code: 'unauthenticated' | undefined = error?.status === 401 ? error.code : undefined;
    expect(code).to.equal('unauthenticated');
  });

  it('When somebody signs in, lists, blocks and sends, then each answer has the type that the document says', async () => {
    const body = { email: 'owner@example.com', password: 'a-long-password' };
    expect((await api.POST('/auth/login', { body })).data?.expiresAt).to.be.a('string');

    const list = await api.GET('/workspaces/{workspaceId}/contacts', {
      params: { path: { workspaceId }, query: { limit: 10 } },
    });
    const contact = list.data?.items[0] as Schema<'Contact'>;
    expect(contact.blocked).to.equal(null);

    const blocked = await api.POST('/workspaces/{workspaceId}/contacts/{id}/block', {
      params: { path: { workspaceId, id: contact.id } },
      body: { reason: 'spam' },
    });
    const block = blocked.data?.blocked;
    expect(block?.reason).to.equal('spam');

    const inbox = await api.GET('/workspaces/{workspaceId}/conversations', {
      params: { path: { workspaceId }, query: { inbox: 'blocked' } },
    });
    const conversation = inbox.data?.items[0] as Schema<'Conversation'>;
    const { data, error } = await api.POST(
      '/workspaces/{workspaceId}/conversations/{id}/messages',
      {
        params: {
          path: { workspaceId, id: conversation.id },
          header: { 'Idempotency-Key': 'once' },
        },
        body: { text: 'Are you there?' },
      },
    );
    expect(data).to.equal(undefined);
    // Only this code has a block, and the compiler knows.
    const refusedBy = error?.code === 'contact_blocked' ? error.block.id : undefined;
    expect(refusedBy).to.equal(block?.id);
  });

  it('When a call is not of the API, then it does not compile', async () => {
    // @ts-expect-error there is no such path
    expect((await api.GET('/workspaces/{workspaceId}/nothing')).response.status).to.equal(404);
    const { response } = await api.GET('/workspaces/{workspaceId}/conversations', {
      // @ts-expect-error there is no such inbox
      params: { path: { workspaceId }, query: { inbox: 'none' } },
    });
    expect(response.status).to.equal(422);
  });
});

/** The client as in a browser: it keeps the cookie that it is given, and says where a call was made. */
function browserOf({ base }: World): ApiClient {
  const api = createApiClient({ baseUrl: `${base}/api/v1` });
  let cookie = '';
  api.use({
    onRequest({ request }) {
      request.headers.set('origin', base);
      if (cookie) request.headers.set('cookie', cookie);
    },
    onResponse({ response }) {
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    },
  });
  return api;
}
