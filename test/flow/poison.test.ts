import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { type TestChannel, World } from '../support/world.ts';

describe('A message that cannot be stored', () => {
  let world: World;
  let channel: TestChannel;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
    await refusePoison(true);
  });
  after(() => world.stop());

  const refusePoison = (refuse: boolean) =>
    world.db.db?.command({
      collMod: 'messages',
      validator: refuse ? { text: { $not: /^poison/ } } : {},
    });
  const deadLetters = () => world.list(`${world.workspace}/dead-letters`);
  const delivery = (...texts: string[]) =>
    whatsappBody([
      whatsapp.change('111', {
        messages: texts.map((text, i) =>
          whatsapp.text({ from: `1650555900${i % 4}`, id: text, text }),
        ),
      }),
    ]);
  const post = async (...texts: string[]) => {
    const body = delivery(...texts);
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
  };

  it('When it is in a batch, then the others are in the inbox, and it is listed with its reason and without its text', async () => {
    await post('m1', 'm2', 'poison 1', 'm3', 'm4', 'poison 2', 'm5');
    const outcomes = await world.settled(7);
    expect(outcomes).to.include({ accepted: 5, dead_lettered: 2 });
    const listed = await deadLetters();
    expect(listed.map(({ eventId }) => eventId).toSorted()).to.deep.equal(['poison 1', 'poison 2']);
    for (const letter of listed)
      expect(letter).to.include({
        channelId: channel.id,
        kind: 'message',
        reason: 'MongoBulkWriteError 121',
        attempts: 1,
      });
    expect(listed.flatMap(Object.keys)).to.not.include('event');
    const metrics = await (await fetch(`${world.base}/metrics`)).text();
    expect(metrics).to.include('videur_dead_letters{reason="MongoBulkWriteError 121"} 2');
    expect(world.output).to.include('event.dead_lettered').and.not.include('poison');
    expect(await world.redis.zcard('{videur}:deliver:failed')).to.equal(0);
  });

  it('When it is sent again while it still cannot be stored, then it is there with one attempt more', async () => {
    const [letter] = await deadLetters();
    const path = `${world.workspace}/dead-letters/${letter.id}`;
    expect((await world.api('POST', `${path}/retry`)).status).to.equal(202);
    await until('the second attempt', async () => {
      const again = (await deadLetters()).find(({ id }) => id === letter.id);
      return again.attempts === 2 && again.retriedAt === null;
    });
    expect(await world.outcomes()).to.include({ accepted: 5, dead_lettered: 2 });
  });

  it('When it is sent again and can be stored, then it is in the inbox and no dead letter; another one is discarded', async () => {
    await refusePoison(false);
    const [first, second] = await deadLetters();
    const at = (id: string) => `${world.workspace}/dead-letters/${id}`;
    expect((await world.api('POST', `${at(first.id)}/retry`)).status).to.equal(202);
    await until('it to be stored', async () => (await deadLetters()).length === 1);
    expect(await world.outcomes()).to.include({ accepted: 6, dead_lettered: 1 });
    expect(await world.models.messages.countDocuments({ text: first.eventId })).to.equal(1);

    expect((await world.api('DELETE', at(second.id))).status).to.equal(204);
    expect(await deadLetters()).to.deep.equal([]);
    expect((await world.api('POST', `${at(second.id)}/retry`)).status).to.equal(404);
    expect((await world.api('DELETE', at(second.id))).status).to.equal(404);
    expect(await world.models.messages.countDocuments({ text: second.eventId })).to.equal(0);
  });
});
