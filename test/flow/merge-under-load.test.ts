import { expect } from 'chai';
import { Traffic } from '../support/traffic.ts';
import { World } from '../support/world.ts';

const PEOPLE = 12;

describe('Merging under load', function () {
  this.timeout(240_000);
  let world: World;
  before(async () => {
    world = await World.start();
    world.startWorker();
  });
  after(() => world.stop());

  it('When contacts are merged while all of them write, then no message is lost or doubled, and all are the primary’s', async () => {
    const channel = await world.whatsapp('111');
    const phones = Array.from({ length: PEOPLE }, (_, i) => `1650556${1000 + i}`);
    const traffic = await Traffic.begin(world, channel, phones);
    traffic.start();
    const merge = async (primary: number, secondary: number) => {
      const { status, body } = await world.api('POST', `${world.workspace}/contacts/merge`, {
        primaryId: traffic.contactId(primary),
        secondaryId: traffic.contactId(secondary),
      });
      expect(status, JSON.stringify(body)).to.equal(200);
    };
    // 1 into 0, 3 into 2 …, two at a time; then 2 into 0, 6 into 4 …: of twelve there are three.
    for (const step of [1, 2]) {
      for (let i = 0; i < PEOPLE; i += 4 * step) {
        const pairs = [i, i + 2 * step].filter((primary) => primary + step < PEOPLE);
        await Promise.all(pairs.map((primary) => merge(primary, primary + step)));
        await traffic.goOn(100);
      }
    }
    await traffic.stop();
    await traffic.expectDelivered();

    const { models } = world;
    const contacts = await world.list(`${world.workspace}/contacts`);
    expect(contacts).to.have.length(PEOPLE / 4);
    for (const { id, identities } of contacts) {
      expect(identities).to.have.length(4);
      const [conversation, ...more] = await world.conversations(id);
      expect(more).to.deep.equal([]);
      expect(conversation).to.include({ status: 'open' });
      const stored = await models.messages.find({ contactId: id }, { conversationId: 1 }).lean();
      const places = new Set(stored.map(({ conversationId }) => conversationId));
      expect([...places]).to.deep.equal([conversation.id]);
    }
    expect(await world.mac()).to.equal(PEOPLE / 4);
    expect(await models.conversations.countDocuments({})).to.equal(PEOPLE / 4);
    const there = contacts.map(({ id }) => id);
    expect(await models.messages.countDocuments({ contactId: { $nin: there } })).to.equal(0);
    const unfinished = { takenUntil: { $exists: true } };
    expect(await models.contactMerges.countDocuments(unfinished)).to.equal(0);
  });
});
