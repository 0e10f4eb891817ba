import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { type TestChannel, World } from '../support/world.ts';

const SENDERS = 40;

describe('Redis losing what it knew of the blocklist', () => {
  let world: World;
  let channel: TestChannel;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
  });
  after(() => world.stop());

  const number = (sender: number) => `1650556${String(1000 + sender)}`;
  let sent = 0;
  const send = async (sender: number) => {
    const id = `m${sent++}`;
    const body = whatsappBody([
      whatsapp.change('111', { messages: [whatsapp.text({ from: number(sender), id, text: id })] }),
    ]);
    return (await world.post(channel.path, body, channel.sign(body))).status;
  };

  it('When the set is evicted again and again under load, then no blocked message is accepted and no other one refused', async () => {
    await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
    await world.settled(SENDERS);
    const contacts = await world.list(`${world.workspace}/contacts`);
    const isBlocked = (sender: number) => sender % 2 === 1;
    for (let sender = 0; sender < SENDERS; sender += 1) {
      const contact = contacts.find(({ identities }) =>
        identities.includes(`tel:+${number(sender)}`),
      );
      if (isBlocked(sender)) expect((await world.block(contact.id)).status).to.equal(200);
    }

    const ROUNDS = 12;
    const blocklist = `videur:{${world.workspaceId}}:blocked`;
    const accepted = { own: 0, blocked: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const load = Array.from({ length: SENDERS * 4 }, async (_, i) => {
        const sender = i % SENDERS;
        expect(await send(sender)).to.equal(200);
        accepted[isBlocked(sender) ? 'blocked' : 'own'] += 1;
        if (i === SENDERS) await world.redis.del(blocklist);
      });
      await Promise.all(load);
    }

    const outcomes = await world.settled(sent);
    expect(outcomes).to.deep.equal({
      accepted: SENDERS + accepted.own,
      refused: accepted.blocked,
      duplicate: 0,
      ignored: 0,
      invalid: 0,
      dead_lettered: 0,
    });
    // Whoever needs the set next has it made again.
    await until('the set to be complete again', async () => {
      expect(await send(1)).to.equal(200);
      const members = await world.redis.smembers(blocklist);
      return members.some((member) => member.startsWith('*'));
    });
    expect(await world.redis.scard(blocklist)).to.equal(1 + SENDERS / 2);
  });

  it('When all of Redis is flushed, then the set comes back from MongoDB', async () => {
    const before = await world.settled(sent);
    // The queue is empty: what is flushed here is the blocklist, not messages.
    await world.redis.flushall();
    for (let sender = 0; sender < SENDERS; sender += 1) await send(sender);
    const outcomes = await world.settled(sent);
    expect(outcomes.refused - before.refused).to.equal(SENDERS / 2);
    expect(outcomes.accepted - before.accepted).to.equal(SENDERS / 2);
  });
});
