import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { type ApiResponse, type Json, type TestChannel, World } from '../support/world.ts';

const INBOXES = ['all', 'mine', 'unassigned', 'blocked'];

describe('The inbox', () => {
  let world: World;
  let channel: TestChannel;
  let events = 0;
  let owner: string;
  let ownerId: string;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
    const login = await fetch(`${world.base}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: world.base },
      body: JSON.stringify({ email: 'owner@example.com', password: 'a-long-password' }),
    });
    owner = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    ownerId = (await asOwner('GET', '/auth/me')).body.user.id;
  });
  after(() => world.stop());

  /** Calls the API as the console does. */
  const asOwner = async (method: string, path: string, body?: unknown): Promise<ApiResponse> => {
    const response = await fetch(`${world.base}/api/v1${path}`, {
      method,
      headers: { cookie: owner, origin: world.base, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, headers, body: await response.json() };
  };
  const post = (number: string, text: string) => {
    const body = whatsappBody([
      whatsapp.change('111', { messages: [whatsapp.text({ from: number, id: text, text })] }),
    ]);
    return world.post(channel.path, body, channel.sign(body));
  };
  const receive = async (number: string, text: string) => {
    expect((await post(number, text)).status).to.equal(200);
    events += 1;
    await world.settled(events);
  };
  let people = 0;
  const somebody = async () => {
    people += 1;
    const number = `1650555${2_000 + people}`;
    await receive(number, `hello ${people}`);
    const contact = await world.contact(`tel:+${number}`);
    const [conversation] = await world.conversations(contact.id);
    return { number, contactId: contact.id as string, id: conversation.id as string };
  };
  const ask = (id: string, action: string, body: object = {}) =>
    world.api('POST', `${world.workspace}/conversations/${id}/${action}`, body);
  const read = async (id: string): Promise<Json> =>
    (await world.api('GET', `${world.workspace}/conversations/${id}`)).body;
  /** The inboxes that it is in, as the owner sees them. */
  const inboxesOf = async (id: string): Promise<string[]> => {
    const lists = await Promise.all(
      INBOXES.map((inbox) =>
        asOwner('GET', `${world.workspace}/conversations?inbox=${inbox}&limit=200`),
      ),
    );
    return INBOXES.filter((_, n) => lists[n]?.body.items.some((one: Json) => one.id === id));
  };

  it('When a conversation is closed, then the next message opens it, and it is unread until it is read', async () => {
    const { id, number } = await somebody();
    expect((await ask(id, 'read')).body.unread).to.equal(0);
    expect((await ask(id, 'close')).body.status).to.equal('closed');
    await receive(number, 'one more thing');
    const open = await until('it to open', async () => {
      const conversation = await read(id);
      return conversation.status === 'open' && conversation;
    });
    expect(open).to.include({ unread: 1 });
    expect(open.lastMessage).to.include({ text: 'one more thing', direction: 'in' });
    expect(open.channel).to.include({ type: 'whatsapp' });
  });

  it('When it is assigned, then it is in the inbox of whom it is assigned to, and no longer unassigned', async () => {
    const { id } = await somebody();
    expect(await inboxesOf(id)).to.deep.equal(['all', 'unassigned']);
    expect((await ask(id, 'assign', { userId: ownerId })).body.assigneeId).to.equal(ownerId);
    expect(await inboxesOf(id)).to.deep.equal(['all', 'mine']);
  });

  it('When the contact is blocked, then the conversation is in the blocked inbox and in no other from the answer on; after the unblock it can be resumed', async () => {
    const { id, number, contactId } = await somebody();
    await ask(id, 'assign', { userId: ownerId });
    const blocked = await asOwner('POST', `${world.workspace}/conversations/${id}/block`, {});
    expect(blocked.body).to.include({ status: 'closed', blocked: true });
    expect(await inboxesOf(id)).to.deep.equal(['blocked']);
    for (const action of ['open', 'close']) {
      const refused = await ask(id, action);
      expect([refused.status, refused.body.code], action).to.deep.equal([409, 'contact_blocked']);
      expect(refused.body.block).to.deep.equal(blocked.body.contact.blocked);
    }
    const note = await ask(id, 'notes', { text: 'a note about them' });
    expect(note.status).to.equal(201);
    await receive(number, 'let me in');
    expect(await world.texts(contactId)).to.not.include('let me in');

    await asOwner('POST', `${world.workspace}/conversations/${id}/unblock`, {});
    expect(await inboxesOf(id)).to.deep.equal(['all', 'mine']);
    expect(await read(id)).to.include({ status: 'closed', blocked: false, unread: 1 });
    await receive(number, 'thank you');
    await until('it to open', async () => (await read(id)).status === 'open');
    expect(await world.texts(contactId))
      .to.include('thank you')
      .and.not.include('let me in');
    expect(await world.list(`${world.workspace}/conversations/${id}/notes`)).to.have.length(1);
  });

  it('When two people block at once, then both are told of one block, and it ends with one unblock', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id, contactId } = await somebody();
      const [one, two] = await Promise.all([
        ask(id, 'block', { reason: 'one' }),
        asOwner('POST', `${world.workspace}/conversations/${id}/block`, { reason: 'two' }),
      ]);
      expect([one.status, two.status]).to.deep.equal([200, 200]);
      expect(one.body.contact.blocked).to.deep.equal(two.body.contact.blocked);
      expect([one.body.blocked, two.body.blocked]).to.deep.equal([true, true]);
      const trail = await world.list(`${world.workspace}/contacts/${contactId}/block-history`);
      expect(trail).to.have.length(1);
      expect((await ask(id, 'unblock')).body).to.include({ blocked: false });
    }
  });

  it('When a block comes while a message is on its way, then it is there when the block answers or never, and the conversation stays closed', async () => {
    const ROUNDS = 20;
    const theirs = [];
    for (let round = 0; round < ROUNDS; round += 1) theirs.push(await somebody());
    const seen = await Promise.all(
      theirs.map(async ({ number, contactId, id }, n) => {
        const sending = post(number, `in flight ${n}`);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
        expect((await world.block(contactId)).status).to.equal(200);
        const texts = await world.texts(contactId);
        expect(await read(id)).to.include({ status: 'closed', blocked: true });
        expect((await sending).status).to.equal(200);
        return texts;
      }),
    );
    events += ROUNDS;
    await world.settled(events);
    for (const [n, { id, contactId }] of theirs.entries()) {
      expect(await world.texts(contactId), 'nothing after the answer').to.deep.equal(seen[n]);
      expect(await read(id)).to.include({ status: 'closed', blocked: true });
      expect(await inboxesOf(id)).to.deep.equal(['blocked']);
    }
  });

  it('When messages come and conversations change, then open inboxes hear of it', async () => {
    const { id, number } = await somebody();
    const heard: string[] = [];
    const leaving = new AbortController();
    const feed = await fetch(`${world.base}/api/v1${world.workspace}/live`, {
      headers: { authorization: `Bearer ${world.apiKey}` },
      signal: leaving.signal,
    });
    const listening = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of feed.body ?? []) heard.push(decoder.decode(chunk));
    })().catch(() => {});
    await receive(number, 'PRIVATE-TEXT');
    await until('the message', () => heard.join('').includes('event: message.stored'));
    await ask(id, 'close');
    await until('the change', () => heard.join('').includes('event: conversation.changed'));
    leaving.abort();
    await listening;
    expect(heard.join('')).to.include(`"conversationId":"${id}"`).and.not.include('PRIVATE-TEXT');
  });

  it('When Redis is away, then conversations are opened, closed and snoozed all the same', async () => {
    const { id } = await somebody();
    await world.store.kill();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    expect((await ask(id, 'snooze', { until })).body).to.include({ status: 'snoozed' });
    expect((await ask(id, 'close')).body).to.include({ status: 'closed' });
    expect((await ask(id, 'open')).body).to.include({ status: 'open' });
    await world.startRedis();
  });
});
