import { expect } from 'chai';
import { custom, customBody } from '../support/deliveries.ts';
import { FakeProvider } from '../support/provider.ts';
import { until } from '../support/until.ts';
import { end, type Json, type TestChannel, World } from '../support/world.ts';

const later = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('Scheduled messages', () => {
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

  let people = 0;
  /** Somebody who has written, and the conversation with them. */
  const somebody = async () => {
    people += 1;
    const name = `person-${people}`;
    const body = customBody(name, [custom.text({ mId: `hello-${name}`, text: 'Hello' })]);
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    events += 1;
    await world.settled(events);
    const contact = await world.contact(`custom:${channel.id}/${name}`);
    const [conversation] = await world.conversations(contact.id);
    return { contactId: contact.id as string, id: conversation.id as string };
  };
  const schedule = async (id: string, text: string, sendAt: string): Promise<Json> => {
    const { status, body } = await world.send(id, { text, sendAt });
    expect([status, body.status, body.sendAt]).to.deep.equal([201, 'scheduled', sendAt]);
    return body;
  };
  const path = (id: string) => `${world.workspace}/conversations/${id}`;
  const scheduled = async (id: string): Promise<string[]> =>
    (await world.list(`${path(id)}/scheduled-messages`)).map(({ text }) => text);
  const texts = async (id: string): Promise<string[]> =>
    (await world.list(`${path(id)}/messages`)).map(({ text }) => text);
  const becomes = (id: string, messageId: string, status: string): Promise<Json> =>
    until(`the message to be ${status}`, async () => {
      const message = await world.message(id, messageId);
      return message?.status === status && message;
    });

  it('When its time comes, then it leaves once, not before, and stands in the conversation where it left', async () => {
    const { id } = await somebody();
    const sendAt = later(2_000);
    const [late, soon] = [
      await schedule(id, 'a-late', later(3_600_000)),
      await schedule(id, 'a-soon', sendAt),
    ];
    expect(await scheduled(id)).to.deep.equal(['a-soon', 'a-late']);
    const { body: now } = await world.send(id, { text: 'a-now' });
    await becomes(id, now.id, 'sent');
    expect(await texts(id)).to.deep.equal(['a-now', 'Hello']);
    const sent = await becomes(id, soon.id, 'sent');
    expect(sent).to.include({ sendAt, failure: null });
    const [sending, ...more] = provider.of('a-soon');
    expect(more).to.deep.equal([]);
    expect(sending?.at).to.be.at.least(Date.parse(sendAt));
    expect(await texts(id)).to.deep.equal(['a-soon', 'a-now', 'Hello']);
    expect(await scheduled(id)).to.deep.equal(['a-late']);
    expect((await world.api('DELETE', `${path(id)}/messages/${late.id}`)).status).to.equal(204);
    expect(await scheduled(id)).to.deep.equal([]);
    const gone = await world.api('DELETE', `${path(id)}/messages/${sent.id}`);
    expect([gone.status, gone.body.code]).to.deep.equal([409, 'not_scheduled']);
  });

  it('When it is cancelled, then it does not leave at its time', async () => {
    const { id } = await somebody();
    const cancelled = await schedule(id, 'b-cancelled', later(1_000));
    const other = await schedule(id, 'b-other', later(1_500));
    await world.api('DELETE', `${path(id)}/messages/${cancelled.id}`);
    await becomes(id, other.id, 'sent');
    expect(provider.of('b-cancelled')).to.deep.equal([]);
  });

  it('When the contact is blocked before its time, then it has failed, and an unblock does not bring it back', async () => {
    const { id, contactId } = await somebody();
    const ended = await schedule(id, 'c-ended', later(1_500));
    await world.block(contactId, { reason: 'spam' });
    expect(await world.message(id, ended.id)).to.include({
      status: 'failed',
      failure: 'contact_blocked',
    });
    const refused = await world.send(id, { text: 'c-refused', sendAt: later(1_000) });
    expect([refused.status, refused.body.code, refused.body.block.reason]).to.deep.equal([
      409,
      'contact_blocked',
      'spam',
    ]);
    await world.unblock(contactId);
    const after = await schedule(id, 'c-after', later(2_000));
    await becomes(id, after.id, 'sent');
    expect(provider.of('c-ended')).to.deep.equal([]);
    expect(await world.message(id, ended.id)).to.include({ status: 'failed' });
  });

  it('When blocks come as messages are due, then none leaves after its block has answered, and each leaves once or never', async () => {
    const ROUNDS = 20;
    const theirs = [];
    for (let round = 0; round < ROUNDS; round += 1) theirs.push(await somebody());
    const sendAt = later(3_000);
    const sent = await Promise.all(theirs.map(({ id }, n) => schedule(id, `d-${n}`, sendAt)));
    const answered = await Promise.all(
      theirs.map(async ({ contactId }) => {
        const wait = Date.parse(sendAt) - Date.now() + (Math.random() - 0.3) * 300;
        await new Promise((resolve) => setTimeout(resolve, wait));
        expect((await world.block(contactId)).status).to.equal(200);
        const at = Date.now();
        await world.unblock(contactId);
        return at;
      }),
    );
    for (const [n, { id }] of theirs.entries()) {
      const message = await until('its end', async () => {
        const found = await world.message(id, sent[n].id);
        return /sent|failed/.test(found?.status) && found;
      });
      const left = provider.of(`d-${n}`);
      expect(left.length, message.failure).to.equal(message.status === 'sent' ? 1 : 0);
      if (left[0]) expect(left[0].at).to.be.at.most(answered[n] ?? 0);
    }
  });

  it('When Redis has lost its job, or the workers are dead at its time, then it leaves all the same, once', async () => {
    const { id } = await somebody();
    const { id: messageId } = await schedule(id, 'e', later(1_500));
    await world.redis.flushall();
    await Promise.all(
      world.processes
        .filter(({ spawnargs }) => spawnargs.some((arg) => /workers/.test(arg)))
        .map((worker) => end(worker, 'SIGKILL')),
    );
    world.startWorker();
    await becomes(id, messageId, 'sent');
    expect(provider.of('e')).to.have.length(1);
  });

  it('When Redis is away when it is scheduled, then it is taken, and leaves at its time', async () => {
    const { id } = await somebody();
    await world.store.kill();
    const sendAt = later(2_000);
    const { id: messageId } = await schedule(id, 'f', sendAt);
    await world.startRedis();
    await becomes(id, messageId, 'sent');
    expect(provider.of('f').map(({ at }) => at >= Date.parse(sendAt))).to.deep.equal([true]);
  });
});
