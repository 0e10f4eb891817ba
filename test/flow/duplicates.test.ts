import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { World } from '../support/world.ts';

describe('The same delivery many times', () => {
  let world: World;
  before(async () => {
    world = await World.start();
    // A second worker, so that the copies meet in two processes too.
    world.startWorker();
  });
  after(() => world.stop());

  it('When it arrives 100 times at once, then there is one message, 99 duplicates are counted and the contact is active once', async () => {
    const channel = await world.whatsapp('111');
    const body = whatsappBody([
      whatsapp.change('111', {
        messages: [whatsapp.text({ from: '16505550001', id: 'once', text: 'hi' })],
      }),
    ]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => world.post(channel.path, body, channel.sign(body))),
    );
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));

    const outcomes = await world.settled(100);
    expect(outcomes).to.include({ accepted: 1, duplicate: 99 });
    const contact = await world.contact('tel:+16505550001');
    expect(await world.texts(contact.id)).to.deep.equal(['hi']);
    expect(await world.mac()).to.equal(1);
  });
});
