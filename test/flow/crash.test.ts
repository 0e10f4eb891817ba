import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { end, type TestChannel, World } from '../support/world.ts';

const MESSAGES = 1_500;
const KILLS = 4;

describe('A worker killed in the middle of its work', () => {
  let world: World;
  let channel: TestChannel;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
  });
  after(() => world.stop());

  it('When it dies again and again under load, then each message is there once, counted once, and the contact is active once', async () => {
    const send = async (i: number) => {
      const from = `1650557${1000 + (i % 50)}`;
      const body = whatsappBody([
        whatsapp.change('111', { messages: [whatsapp.text({ from, id: `c${i}`, text: `c${i}` })] }),
      ]);
      expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    };
    let next = 0;
    const load = Array.from({ length: 16 }, async () => {
      while (next < MESSAGES) await send(next++);
    });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const reached = Math.floor((MESSAGES * kill) / (KILLS + 1));
      await until('messages to arrive', () => next >= reached, 1);
      const worker = world.processes.at(-1);
      if (worker) await end(worker, 'SIGKILL');
      world.startWorker();
    }
    await Promise.all(load);

    const outcomes = await world.settled(MESSAGES);
    expect(outcomes).to.deep.equal({
      accepted: MESSAGES,
      refused: 0,
      duplicate: 0,
      ignored: 0,
      invalid: 0,
      dead_lettered: 0,
    });
    const conversations = await world.conversations();
    expect(conversations).to.have.length(50);
    const texts = await Promise.all(
      conversations.map(({ id }) => world.list(`${world.workspace}/conversations/${id}/messages`)),
    );
    expect(new Set(texts.flat().map(({ text }) => text)).size).to.equal(MESSAGES);
    expect(texts.flat()).to.have.length(MESSAGES);
    expect(await world.mac()).to.equal(50);
  });
});
