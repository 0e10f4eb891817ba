import { expect } from 'chai';
import { custom, customBody } from '../support/deliveries.ts';
import { FakeProvider } from '../support/provider.ts';
import { gate } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { end, type Json, type TestChannel, World } from '../support/world.ts';

const HISTORY = 4_000;

describe('Merging contacts', function () {
  this.timeout(240_000);
  let world: World;
  let provider: FakeProvider;
  let channel: TestChannel;
  let other: TestChannel;
  let events = 0;
  before(async () => {
    provider = await FakeProvider.start();
    world = await World.start({ env: { ALLOW_PRIVATE_OUTBOUND: 'true' } });
    channel = await world.custom(provider);
    other = await world.custom(provider);
  });
  after(async () => {
    await world.stop();
    await provider.stop();
  });

  const receive = async (name: string, text: string, on = channel) => {
    const body = customBody(name, [custom.text({ mId: `${on.id}-${name}-${text}`, text })]);
    expect((await world.post(on.path, body, on.sign(body))).status).to.equal(200);
    events += 1;
    return await world.settled(events);
  };
  let people = 0;
  /** Somebody who has written. */
  const somebody = async () => {
    people += 1;
    const name = `person-${people}`;
    await receive(name, `hello of ${name}`);
    const contact = await world.contact(`custom:${channel.id}/${name}`);
    const [conversation] = await world.conversations(contact.id);
    return { name, id: contact.id as string, conversationId: conversation.id as string };
  };
  const merge = (primaryId: string, secondaryId: string, path = '') =>
    world.api('POST', `${world.workspace}/contacts/merge${path}`, { primaryId, secondaryId });
  const get = (path: string) => world.api('GET', `${world.workspace}${path}`);
  const becomes = (conversationId: string, id: string, status: string): Promise<Json> =>
    until(`the message to be ${status}`, async () => {
      const message = await world.message(conversationId, id);
      return message?.status === status && message;
    });

  it('When two contacts are merged, then there is one, with what both said in one conversation, and it counts once', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await receive(bob.name, 'on another channel', other);
    const elsewhere = await world.contact(`custom:${other.id}/${bob.name}`);
    const mac = await world.mac();
    const preview = await merge(ada.id, bob.id, '/preview');
    expect(preview.status).to.equal(200);
    const { status, body } = await merge(ada.id, bob.id);
    expect(status).to.equal(200);
    expect(body.identities).to.deep.equal(
      [ada, bob].map(({ name }) => `custom:${channel.id}/${name}`),
    );
    expect(preview.body.contact).to.deep.equal(body);
    expect(preview.body.conversations).to.have.length(1);
    expect(preview.body.conversations[0]).to.deep.include({
      id: ada.conversationId,
      madeOf: [ada.conversationId, bob.conversationId],
    });
    expect(await world.mac()).to.equal(mac - 1);
    const conversations = await world.conversations(ada.id);
    expect(conversations.map(({ id }) => id)).to.deep.equal([ada.conversationId]);
    expect(await world.texts(ada.id)).to.have.members([
      `hello of ${ada.name}`,
      `hello of ${bob.name}`,
    ]);

    await merge(ada.id, elsewhere.id);
    await receive(bob.name, 'again');
    await receive(bob.name, 'again on another channel', other);
    expect(await world.conversations(ada.id)).to.have.length(2);
    expect(await world.texts(ada.id)).to.have.length(5);
    expect(await world.mac()).to.equal(mac - 2);
    const channels = (await world.conversations(ada.id)).map(({ channelId }) => channelId);
    expect(channels).to.have.members([channel.id, other.id]);
  });

  it('When a contact was merged away, then its ids say where it is now', async () => {
    const [ada, bob, eve] = [await somebody(), await somebody(), await somebody()];
    await merge(bob.id, eve.id);
    await merge(ada.id, bob.id);
    for (const gone of [bob, eve]) {
      for (const path of [`/contacts/${gone.id}`, `/contacts/${gone.id}/merges`]) {
        const { status, body } = await get(path);
        expect([status, body.code, body.mergedInto]).to.deep.equal([410, 'merged', ada.id]);
      }
      for (const path of ['', '/messages']) {
        const { status, body } = await get(`/conversations/${gone.conversationId}${path}`);
        expect([status, body.mergedInto]).to.deep.equal([410, ada.conversationId]);
      }
      const blocking = await world.block(gone.id);
      expect([blocking.status, blocking.body.mergedInto]).to.deep.equal([410, ada.id]);
      const sending = await world.send(gone.conversationId, { text: 'x' });
      expect([sending.status, sending.body.mergedInto]).to.deep.equal([410, ada.conversationId]);
      const again = await merge(gone.id, ada.id);
      expect([again.status, again.body.mergedInto]).to.deep.equal([410, ada.id]);
    }
    const { body } = await get(`/contacts/${ada.id}/merges`);
    const sides = body.items.map(({ primary, secondary }: Json) => [
      primary.contact.id,
      secondary.contact.id,
    ]);
    expect(sides).to.deep.equal([
      [ada.id, bob.id],
      [bob.id, eve.id],
    ]);
    expect(body.items[1]).to.deep.include({ complete: true });
    expect(body.items[1].secondary).to.deep.include({ active: true });
    expect(body.items[1].conversations[0].secondary.id).to.equal(eve.conversationId);
  });

  it('When either is blocked, then neither becomes part of the other, until it is unblocked', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await world.block(bob.id, { reason: 'spam' });
    for (const [primary, secondary] of [
      [ada, bob],
      [bob, ada],
    ] as const)
      for (const path of ['', '/preview']) {
        const { status, body } = await merge(primary.id, secondary.id, path);
        expect([status, body.code, body.contactId]).to.deep.equal([409, 'contact_blocked', bob.id]);
        expect(body.block.reason).to.equal('spam');
      }
    for (const { id } of [ada, bob]) expect((await get(`/contacts/${id}`)).status).to.equal(200);

    await world.unblock(bob.id);
    expect((await merge(ada.id, bob.id)).status).to.equal(200);
    await receive(bob.name, 'after the unblock');
    expect(await world.texts(ada.id)).to.include('after the unblock');
    const { body } = await get(`/contacts/${ada.id}/block-history`);
    const history = body.items.map(({ action, contactId }: Json) => [action, contactId]);
    expect(history).to.deep.equal([
      ['unblocked', bob.id],
      ['blocked', bob.id],
    ]);
  });

  it('When the merged contact is blocked, then nothing comes in from any of its identities', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await merge(ada.id, bob.id);
    await world.block(ada.id);
    for (const { name } of [ada, bob]) await receive(name, 'not wanted');
    const texts = await world.texts(ada.id);
    expect(texts).not.to.include('not wanted');
    await until('both to be counted', async () => {
      const { body } = await get(`/contacts/${ada.id}`);
      return body.refused.count === 2;
    });
    const [conversation] = await world.conversations(ada.id);
    expect(conversation).to.include({ blocked: true, status: 'closed' });
  });

  it('When it is asked for with itself, or with nobody, then that is said', async () => {
    const { id } = await somebody();
    const itself = await merge(id, id);
    expect([itself.status, itself.body.errors[0].path]).to.deep.equal([422, 'secondaryId']);
    const nobody = await merge(id, '000000000000000000000000');
    expect([nobody.status, nobody.body.code]).to.deep.equal([404, 'not_found']);
  });

  it('When a message waits to be sent while its contact is merged, then it still goes to whom it was written to', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const { opened, open } = gate();
    provider.plan('waits', { status: 429, headers: { 'retry-after': '1' } });
    provider.plan('in hand', { status: 200, after: opened });
    const [waits, inHand] = [
      await world.send(bob.conversationId, { text: 'waits' }),
      await world.send(bob.conversationId, { text: 'in hand' }),
    ];
    await provider.asked('waits');
    await provider.asked('in hand');
    expect((await merge(ada.id, bob.id)).status).to.equal(200);
    open();
    await becomes(ada.conversationId, waits.body.id, 'sent');
    await becomes(ada.conversationId, inHand.body.id, 'sent');
    for (const text of ['waits', 'in hand'])
      for (const { contactId } of provider.of(text)) expect(contactId).to.equal(bob.name);
  });

  it('When a merged contact is answered, then that goes to the identity that wrote last', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await merge(ada.id, bob.id);
    for (const { name } of [ada, bob, ada]) {
      await receive(name, `question ${events}`);
      const text = `answer to ${name} ${events}`;
      const { body } = await world.send(ada.conversationId, { text });
      await becomes(ada.conversationId, body.id, 'sent');
      expect(provider.of(text).map(({ contactId }) => contactId)).to.deep.equal([name]);
    }
  });

  it('When gateway and worker are killed while a long history is moved, then it is shown whole all the time, and arrives', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await addHistory(bob);
    const { models } = world;
    const [gateway] = world.processes;
    const worker = world.processes.findLast(({ exitCode, signalCode }) => {
      return exitCode === null && signalCode === null;
    });
    if (!gateway || !worker) throw new Error('no processes');
    const merging = merge(ada.id, bob.id).catch(() => undefined);
    const left = () => models.messages.countDocuments({ contactId: bob.id });
    await until('the move to begin', async () => (await left()) < HISTORY, 1);
    await end(gateway, 'SIGKILL');
    await merging;
    const atKill = await left();
    expect(atKill, 'messages that were left').to.be.greaterThan(0);
    await world.startGateway();
    expect(await world.texts(ada.id)).to.have.length(HISTORY + 2);
    await until('a worker to go on with it', async () => (await left()) < atKill, 1);
    await end(worker, 'SIGKILL');
    world.startWorker();
    await until('the merge to be complete', async () => {
      const { body } = await get(`/contacts/${ada.id}/merges`);
      return body.items[0].complete;
    });
    expect(await left()).to.equal(0);
    expect(await world.texts(ada.id)).to.have.length(HISTORY + 2);
    expect(await models.messages.countDocuments({ conversationId: bob.conversationId })).to.equal(
      0,
    );
  });

  async function addHistory({ id, conversationId }: { id: string; conversationId: string }) {
    const { messages } = world.models;
    const [model] = await messages.find({ conversationId }).lean();
    if (!model) throw new Error(`${id} has not written`);
    const rows = Array.from({ length: HISTORY }, (_, i) => ({
      ...model,
      _id: `${conversationId}-${i}`,
      eventId: `old-${i}`,
      text: `old ${i}`,
      receivedAt: new Date(model.receivedAt.getTime() - i),
    }));
    await messages.collection.insertMany(rows as never[]);
  }
});
