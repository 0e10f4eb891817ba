import { expect } from 'chai';
import { liveChannel } from '../../models/live.ts';
import {
  custom,
  customBody,
  telegramUpdate,
  whatsapp,
  whatsappBody,
} from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { end, type Json, type TestChannel, World } from '../support/world.ts';

describe('What a block means', () => {
  let world: World;
  let channel: TestChannel;
  let sent = 0;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
  });
  after(() => world.stop());

  const send = async (from: string, text: string) => {
    const body = whatsappBody([
      whatsapp.change('111', { messages: [whatsapp.text({ from, id: text, text })] }),
    ]);
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    sent += 1;
    await world.settled(sent);
  };
  const inbox = (name: string): Promise<Json[]> =>
    world.list(`${world.workspace}/conversations?inbox=${name}`);
  const conversationIn = async (name: string, contactId: string) =>
    (await inbox(name)).find((conversation) => conversation.contactId === contactId);

  it('When an open conversation’s contact is blocked, then it closes, moves to the blocked inbox, and is in no other', async () => {
    await send('16505550001', 'first');
    const contact = await world.contact('tel:+16505550001');
    const open = await conversationIn('all', contact.id);
    expect(open).to.include({ status: 'open', blocked: false, unread: 1 });

    const { status, body } = await world.api(
      'POST',
      `${world.workspace}/conversations/${open.id}/block`,
      { reason: 'spam' },
    );
    expect(status).to.equal(200);
    expect(body).to.include({ id: open.id, blocked: true });
    const { blocked } = await world.contact('tel:+16505550001');
    expect(blocked).to.include({ reason: 'spam', expiresAt: null });
    const moved = await until('the conversation to move', () =>
      conversationIn('blocked', contact.id),
    );
    expect(moved).to.include({ id: open.id, status: 'closed', blocked: true });
    for (const name of ['all', 'mine', 'unassigned'])
      expect(await conversationIn(name, contact.id), name).to.equal(undefined);
  });

  it('When a blocked contact writes, then nothing shows it but the count of what was refused', async () => {
    const contact = await world.contact('tel:+16505550001');
    const mac = await world.mac();
    await send('16505550001', 'spam');
    expect(await world.texts(contact.id)).to.deep.equal(['first']);
    expect(await conversationIn('blocked', contact.id)).to.include({ status: 'closed' });
    expect(await world.mac()).to.equal(mac);
    const { refused } = await world.contact('tel:+16505550001');
    expect(refused.count).to.equal(1);
    expect(new Date(refused.lastAt).getTime()).to.be.closeTo(Date.now(), 60_000);
  });

  it('When it is unblocked, then its conversation can be resumed and what was refused stays away', async () => {
    const contact = await world.contact('tel:+16505550001');
    const { status, body } = await world.unblock(contact.id);
    expect([status, body.blocked]).to.deep.equal([200, null]);
    await until('the conversation to come back', () => conversationIn('all', contact.id));
    await send('16505550001', 'back');
    const conversation = await conversationIn('all', contact.id);
    expect(conversation).to.include({ status: 'open', blocked: false });
    expect(await world.texts(contact.id)).to.have.members(['first', 'back']);
  });

  it('When it is blocked twice, then the second call answers 200 and changes nothing; the trail has every change', async () => {
    const contact = await world.contact('tel:+16505550001');
    const first = await world.block(contact.id, { reason: 'one' });
    const second = await world.block(contact.id, { reason: 'two' });
    expect(second.status).to.equal(200);
    expect(second.body.blocked).to.deep.equal(first.body.blocked);
    const trail = await world.list(`${world.workspace}/contacts/${contact.id}/block-history`);
    expect(trail.map(({ action, reason }) => [action, reason])).to.have.deep.members([
      ['blocked', 'spam'],
      ['unblocked', null],
      ['blocked', 'one'],
    ]);
    await world.unblock(contact.id);
  });

  it('When the same person writes on another channel with the same phone number, then the block holds there too', async () => {
    const contact = await world.contact('tel:+16505550001');
    await world.block(contact.id);
    const token = 'custom-token';
    const other = await world.createChannel('custom', { token, apiBaseUrl: 'https://example.com' });
    const body = customBody('+16505550001', [custom.text({ mId: 'm1', text: 'elsewhere' })]);
    const { status } = await world.post(other.path, body, { authorization: `Bearer ${token}` });
    expect(status).to.equal(200);
    sent += 1;
    await world.settled(sent);
    expect(await world.texts(contact.id)).to.not.include('elsewhere');
    await world.unblock(contact.id);
  });

  it('When the block has an end, then the contact is unblocked at that time by itself', async () => {
    await send('16505550002', 'short');
    const contact = await world.contact('tel:+16505550002');
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const { body } = await world.block(contact.id, { expiresAt });
    expect(body.blocked.expiresAt).to.equal(expiresAt);
    const free = await until('the block to end', async () => {
      const { body } = await world.api('GET', `${world.workspace}/contacts/${contact.id}`);
      return body.blocked === null && body;
    });
    expect(Date.now()).to.be.at.least(new Date(expiresAt).getTime());
    expect(free.id).to.equal(contact.id);
    // Nobody waits for this change as a caller of unblock does: it has reached the door when its
    // outbox row is gone.
    await until(
      'the door to open',
      async () => (await world.models.blockChanges.countDocuments()) === 0,
    );
    await send('16505550002', 'after the end');
    expect(await world.texts(contact.id)).to.include('after the end');
  });

  it('When a contact is blocked, then an open inbox hears of it', async () => {
    const contact = await world.contact('tel:+16505550002');
    const feed = world.redis.duplicate();
    const heard: Json[] = [];
    feed.on('message', (_, events) => heard.push(...JSON.parse(events)));
    await feed.subscribe(liveChannel(world.workspaceId));
    try {
      const { body } = await world.block(contact.id);
      await until('the notification', () => heard.length > 0);
      expect(heard[0]).to.deep.equal({
        type: 'contact.blocked',
        contactId: contact.id,
        blockId: body.blocked.id,
      });
    } finally {
      feed.disconnect();
      await world.unblock(contact.id);
    }
  });

  it('When a Telegram sender is blocked, then another one is not', async () => {
    const telegram = await world.telegram();
    const write = async (updateId: number, from: number) => {
      const { status } = await world.post(
        telegram.path,
        telegramUpdate({ updateId, from, text: `update ${updateId}` }),
        telegram.sign(''),
      );
      expect(status).to.equal(200);
      sent += 1;
      await world.settled(sent);
    };
    await write(1, 1111);
    const contact = await world.contact('telegram:1111');
    await world.block(contact.id);
    await write(2, 1111);
    await write(3, 2222);
    expect(await world.texts(contact.id)).to.deep.equal(['update 1']);
    const other = await world.contact('telegram:2222');
    expect(await world.texts(other.id)).to.deep.equal(['update 3']);
  });

  it('When all processes are killed and started again, then everything is there', async () => {
    const before = {
      contacts: await world.list(`${world.workspace}/contacts`),
      mac: await world.mac(),
    };
    await Promise.all(world.processes.map((child) => end(child, 'SIGKILL')));
    await world.startGateway();
    world.startWorker();
    expect(await world.list(`${world.workspace}/contacts`)).to.deep.equal(before.contacts);
    expect(await world.mac()).to.equal(before.mac);
    await send('16505550003', 'after the restart');
    expect(await world.contact('tel:+16505550003')).to.include({ blocked: null });
  });
});
