import { expect } from 'chai';
import { custom, customBody } from '../support/deliveries.ts';
import { assertDocumented } from '../support/documented.ts';
import { PASSWORD } from '../support/people.ts';
import { until } from '../support/until.ts';
import { end, type Json, World } from '../support/world.ts';

const OWNER = { email: 'owner@example.com', password: 'a-long-password' };

/** Somebody at a browser. */
class Person {
  private cookie = '';

  constructor(private readonly world: World) {}

  async ask(method: string, path: string, body?: object): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${this.world.base}/api/v1${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        origin: this.world.base,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    assertDocumented(method, `/api/v1${path}`, { status, headers, text });
    this.cookie = headers.getSetCookie()[0]?.split(';')[0] ?? this.cookie;
    return { status, body: text ? JSON.parse(text) : null };
  }

  /** In the workspace of the world. */
  in(method: string, path: string, body?: object) {
    return this.ask(method, this.world.workspace + path, body);
  }

  /** Opens the live feed; `ended` says whether the gateway has closed it. */
  async listen() {
    const { base, workspace } = this.world;
    const response = await fetch(`${base}/api/v1${workspace}/live`, {
      headers: { cookie: this.cookie },
    });
    const feed = { status: response.status, text: '', ended: false };
    (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) feed.text += decoder.decode(chunk);
      feed.ended = true;
    })();
    return feed;
  }
}

describe('People', () => {
  let world: World;
  let owner: Person;
  let conversationId: string;
  let contactId: string;

  before(async () => {
    world = await World.start();
    const channel = await world.createChannel('custom', {
      token: 'custom-token',
      apiBaseUrl: 'https://provider.example',
    });
    const body = customBody('person-1', [custom.text({ mId: 'm1', text: 'Hello' })]);
    await world.post(channel.path, body, { authorization: 'Bearer custom-token' });
    await world.settled(1);
    ({ id: contactId } = await world.contact(`custom:${channel.id}/person-1`));
    [{ id: conversationId }] = (await world.conversations(contactId)) as [Json];
    owner = new Person(world);
    expect((await owner.ask('POST', '/auth/login', OWNER)).status).to.equal(200);
  });
  after(() => world.stop());

  const invite = async (email: string, role = 'agent'): Promise<string> => {
    const { status, body } = await owner.in('POST', '/users', { email, role, name: 'Ada' });
    expect(status).to.equal(201);
    return body.invitation.token;
  };
  const accept = async (token: string): Promise<Person> => {
    const person = new Person(world);
    const body = { token, password: PASSWORD };
    expect((await person.ask('POST', '/auth/invitations/accept', body)).status).to.equal(200);
    return person;
  };
  const idOf = async (email: string): Promise<string> => {
    const { body } = await owner.in('GET', '/users');
    return body.items.find((user: Json) => user.email === email).id;
  };

  it('When an agent is invited, works and is removed, then they may what agents may, for as long as they are one', async () => {
    const email = 'ada@example.com';
    const agent = await accept(await invite(email));

    // The inbox is theirs.
    const inbox = await agent.in('GET', '/conversations');
    expect(inbox.body.items.map(({ id }: Json) => id)).to.include(conversationId);
    expect((await agent.in('GET', `/conversations/${conversationId}/messages`)).status).to.equal(
      200,
    );
    const blocked = await agent.in('POST', `/conversations/${conversationId}/block`, {});
    expect([blocked.status, blocked.body.blocked]).to.deep.equal([200, true]);
    expect(
      (await agent.in('POST', `/conversations/${conversationId}/unblock`, {})).status,
    ).to.equal(200);
    // The Contacts module is not, nor is the workspace.
    for (const [method, path] of [
      ['GET', '/contacts'],
      ['GET', `/contacts/${contactId}`],
      ['POST', `/contacts/${contactId}/block`],
      ['GET', '/block-history'],
      ['GET', '/api-keys'],
      ['POST', '/users'],
      ['DELETE', `/users/${await idOf(OWNER.email)}`],
      ['GET', '/invitations'],
    ] as const)
      expect((await agent.in(method, path)).status, `${method} ${path}`).to.equal(403);

    // Removed, they are out at once, and soon hear nothing more.
    const feed = await agent.listen();
    await until('the feed to be open', () => feed.text.includes(': connected'));
    expect((await owner.in('DELETE', `/users/${await idOf(email)}`)).status).to.equal(204);
    expect((await agent.in('GET', '/conversations')).status).to.equal(401);
    await until('the feed to end', () => feed.ended);
    const login = { email, password: PASSWORD };
    expect((await agent.ask('POST', '/auth/login', login)).status).to.equal(401);
  });

  it('When an agent becomes a manager and an agent again, then each counts from the next request on', async () => {
    const email = 'grace@example.com';
    const person = await accept(await invite(email));
    const id = await idOf(email);
    const feed = await person.listen();
    await until('the feed to be open', () => feed.text.includes(': connected'));
    for (const [role, status] of [
      ['manager', 200],
      ['agent', 403],
    ] as const) {
      expect((await owner.in('PATCH', `/users/${id}`, { role })).status).to.equal(200);
      expect((await person.in('GET', '/contacts')).status, role).to.equal(status);
    }
    expect(feed.ended, 'an agent may go on listening').to.equal(false);
  });

  it('When a password is changed, then another browser is out at once', async () => {
    const email = 'edsger@example.com';
    const here = await accept(await invite(email));
    const there = new Person(world);
    const login = (password: string) => there.ask('POST', '/auth/login', { email, password });
    expect((await login(PASSWORD)).status).to.equal(200);
    const feed = await there.listen();
    const newPassword = 'considered harmful, all of it';
    const change = { currentPassword: PASSWORD, newPassword };
    expect((await here.ask('POST', '/auth/password', change)).status).to.equal(200);
    expect((await there.in('GET', '/conversations')).status).to.equal(401);
    expect((await here.in('GET', '/conversations')).status).to.equal(200);
    await until('the feed to end', () => feed.ended);
    expect([(await login(PASSWORD)).status, (await login(newPassword)).status]).to.deep.equal([
      401, 200,
    ]);
  });

  it('When a gateway starts again, then sessions go on; and without Redis too, though nobody signs in', async () => {
    const [gateway] = world.processes;
    if (!gateway) throw new Error('there is no gateway');
    await end(gateway, 'SIGKILL');
    await world.startGateway();
    expect((await owner.in('GET', '/users')).status).to.equal(200);
    await world.store.kill();
    const stranger = new Person(world);
    await until(
      'nobody to be let in',
      async () => (await stranger.ask('POST', '/auth/login', OWNER)).status === 503,
    );
    expect((await owner.in('GET', '/users')).status).to.equal(200);
    await world.startRedis();
    await until(
      'people to be let in again',
      async () => (await stranger.ask('POST', '/auth/login', OWNER)).status === 200,
    );
  });

  it('When all that has happened is logged, then no password, token or address is in it', async () => {
    await until('the log', () => world.output.includes('started'));
    expect(world.output).not.to.match(
      /seven small|considered harmful|a-long-password|ada@example|videur_session/,
    );
  });
});
