import { expect } from 'chai';
import { custom, customBody } from '../support/deliveries.ts';
import { FakeProvider } from '../support/provider.ts';
import { until } from '../support/until.ts';
import { type Json, type TestChannel, World } from '../support/world.ts';

describe('Who counts as a monthly active contact', () => {
  let world: World;
  let provider: FakeProvider;
  let channel: TestChannel;
  let events = 0;
  before(async () => {
    provider = await FakeProvider.start();
    world = await World.start({ env: { ALLOW_PRIVATE_OUTBOUND: 'true' } });
    channel = await world.custom(provider);
  });
  after(async () => {
    await world.stop();
    await provider.stop();
  });

  const receive = async (name: string, ...items: unknown[]) => {
    const body = customBody(name, items);
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    events += items.length;
    return await world.settled(events);
  };
  const mac = async (): Promise<Json> => (await world.api('GET', `${world.workspace}/mac`)).body;
  const contactOf = (name: string) => world.contact(`custom:${channel.id}/${name}`);
  const conversationOf = async (name: string): Promise<string> =>
    (await world.conversations((await contactOf(name)).id))[0].id;
  const becomes = async (name: string, text: string, status: string): Promise<void> => {
    const conversation = await conversationOf(name);
    const { body } = await world.send(conversation, { text });
    await until(`${text} to be ${status}`, async () => {
      return (await world.message(conversation, body.id)).status === status;
    });
  };

  it('When a contact writes for the first time, then it can be read at once, and again and again it stays one', async () => {
    const hello = custom.text({ mId: 'm1', text: 'Hello' });
    await receive('ada', hello);
    expect(await mac()).to.include({ count: 1, saved: 0, late: 0, signedOff: null });
    await receive('ada', hello, custom.text({ mId: 'm2', text: 'Again' }));
    await receive('ben', custom.text({ mId: 'm3', text: 'Hello' }));
    const { count, byChannel, byDay } = await mac();
    expect(count).to.equal(2);
    expect(byChannel).to.deep.equal([{ channelId: channel.id, count: 2 }]);
    expect(byDay.reduce((sum: number, day: Json) => sum + day.count, 0)).to.equal(2);
  });

  it('When a contact that is active is blocked, then it stays counted, and nothing was saved', async () => {
    await world.block((await contactOf('ben')).id);
    await receive('ben', custom.text({ mId: 'm4', text: 'Refused' }));
    await until(
      'the refusal to be tallied',
      async () => (await contactOf('ben')).refused.count === 1,
    );
    expect(await mac()).to.include({ count: 2, saved: 0 });
  });

  describe('in another cycle', () => {
    before(async () => {
      // As if everything until now had been in the cycle before.
      const { activeContacts, macCounts } = world.models;
      await activeContacts.deleteMany({});
      await macCounts.deleteMany({});
    });

    it('When a blocked contact writes, a message comes again, a status comes, a note is written or a send fails, then nobody is counted', async () => {
      await receive('ben', custom.text({ mId: 'm5', text: 'Refused' }));
      await receive('ada', custom.text({ mId: 'm1', text: 'Hello' }));
      await receive('ada', custom.status({ mId: 'nobody knows', status: 'delivered' }));
      const notes = `${world.workspace}/conversations/${await conversationOf('ada')}/notes`;
      expect((await world.api('POST', notes, { text: 'A note' })).status).to.equal(201);
      provider.plan('failing', { status: 400 });
      await becomes('ada', 'failing', 'failed');
      await until('what the block saved', async () => (await mac()).saved === 1);
      expect(await mac()).to.include({ count: 0, late: 0 });
    });

    it('When a message of ours is sent, or its echo comes, then its contact is', async () => {
      await becomes('ada', 'sending', 'sent');
      expect((await mac()).count).to.equal(1);
      await receive('cem', custom.echo({ mId: 'e1', text: 'Written elsewhere' }));
      expect((await mac()).count).to.equal(2);
    });

    it('When a contact is deleted, then it stays counted', async () => {
      const { id } = await contactOf('ada');
      const { status } = await world.api('DELETE', `${world.workspace}/contacts/${id}`);
      expect(status).to.be.within(200, 204);
      expect((await mac()).count).to.equal(2);
    });
  });

  it('When the limit is reached, then that is told within seconds, once for each threshold', async () => {
    await world.api('PATCH', world.workspace, { billing: { macLimit: 2 } });
    const told = async () => (await world.models.macCycles.find().lean()).map(({ told }) => told);
    // The events themselves go on to the webhooks at once.
    await until('both to be told', async () => JSON.stringify(await told()) === '[[80,100]]');
  });
});
