import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { type TestChannel, World } from '../support/world.ts';

const CONNECTIONS = 64;
const SENDERS = 12;
const ROUNDS = 10;

/**
 * What a sender sent between the answer to a block and the call to unblock must not be in the inbox;
 * what it sent between the answer to an unblock and the call to block must be. What was under way
 * while a call was may end either way.
 */
describe('Blocking and unblocking under load', () => {
  let world: World;
  let channel: TestChannel;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
  });
  after(() => world.stop());

  const number = (sender: number) => `1650555${String(1000 + sender)}`;

  it('When contacts are blocked and unblocked while 64 connections send, then nothing leaks and nothing else is refused', async () => {
    let sent = 0;
    const phase: ('open' | 'blocked' | 'changing')[] = Array(SENDERS).fill('open');
    const epoch: number[] = Array(SENDERS).fill(0);
    const mustLand = new Set<string>();
    const mustNot = new Set<string>();

    const send = async (sender: number) => {
      const text = `${sender}-${sent++}`;
      const [phaseThen, epochThen] = [phase[sender], epoch[sender]];
      const body = whatsappBody([
        whatsapp.change('111', {
          messages: [whatsapp.text({ from: number(sender), id: text, text })],
        }),
      ]);
      const { status } = await world.post(channel.path, body, channel.sign(body));
      expect(status).to.equal(200);
      // It was sent and answered within one phase: the phase decides.
      if (epoch[sender] !== epochThen) return;
      if (phaseThen === 'open') mustLand.add(text);
      if (phaseThen === 'blocked') mustNot.add(text);
    };

    await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
    await world.settled(SENDERS);
    const contacts = await Promise.all(
      Array.from({ length: SENDERS }, (_, sender) => world.contact(`tel:+${number(sender)}`)),
    );

    let running = true;
    const load = Array.from({ length: CONNECTIONS }, async (_, i) => {
      while (running) await send(i % SENDERS);
    });
    const change = async (sender: number) => {
      const contact = contacts[sender];
      const turn = async (call: 'block' | 'unblock', next: 'open' | 'blocked') => {
        phase[sender] = 'changing';
        epoch[sender] = (epoch[sender] ?? 0) + 1;
        const { status } = await world[call](contact.id);
        expect(status).to.equal(200);
        phase[sender] = next;
        epoch[sender] = (epoch[sender] ?? 0) + 1;
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        await turn('block', 'blocked');
        const before = await world.models.messages.countDocuments({ contactId: contact.id });
        // Long enough for deliveries that were on their way to come through, if they could.
        const target = sent + 200;
        while (sent < target) await new Promise((resolve) => setImmediate(resolve));
        const after = await world.models.messages.countDocuments({ contactId: contact.id });
        expect(after, 'messages that reached the inbox after the answer to block').to.equal(before);
        await turn('unblock', 'open');
      }
    };
    try {
      await Promise.all(contacts.map((_, sender) => change(sender)));
    } finally {
      running = false;
      await Promise.all(load);
    }

    const outcomes = await world.settled(sent);
    expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).to.equal(sent);
    expect(outcomes).to.include({ duplicate: 0, ignored: 0, invalid: 0 });
    const inbox = new Set((await Promise.all(contacts.map(({ id }) => world.texts(id)))).flat());
    expect([...mustNot].filter((text) => inbox.has(text))).to.deep.equal([]);
    expect([...mustLand].filter((text) => !inbox.has(text))).to.deep.equal([]);
    expect(inbox.size).to.equal(outcomes.accepted);
    expect(mustNot.size, 'messages sent while blocked').to.be.greaterThan(0);
    expect(mustLand.size, 'messages sent while open').to.be.greaterThan(0);
    expect(await world.mac()).to.equal(SENDERS);
  });
});
