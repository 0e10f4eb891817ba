import { expect } from 'chai';
import { custom, customBody } from '../support/deliveries.ts';
import { FakeProvider } from '../support/provider.ts';
import { gate } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { end, type Json, type TestChannel, World } from '../support/world.ts';

describe('Sending messages', () => {
  let world: World;
  let provider: FakeProvider;
  let channel: TestChannel;
  let events = 0;
  before(async () => {
    provider = await FakeProvider.start();
    world = await World.start({
      ownMongo: true,
      env: { ALLOW_PRIVATE_OUTBOUND: 'true', SEND_TIMEOUT_MS: '2000' },
    });
    channel = await world.custom(provider);
  });
  after(async () => {
    await world.stop();
    await provider.stop();
  });

  const receive = async (contactId: string, ...items: unknown[]) => {
    const body = customBody(contactId, items);
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    events += items.length;
    return await world.settled(events);
  };
  let people = 0;
  /** Somebody who has written, and the conversation with them. */
  const somebody = async () => {
    people += 1;
    const name = `person-${people}`;
    await receive(name, custom.text({ mId: `hello-${name}`, text: 'Hello' }));
    const contact = await world.contact(`custom:${channel.id}/${name}`);
    const [conversation] = await world.conversations(contact.id);
    return { name, contactId: contact.id as string, conversationId: conversation.id as string };
  };
  const send = async (conversationId: string, text: string): Promise<Json> => {
    const { status, body } = await world.send(conversationId, { text });
    expect([status, body.status]).to.deep.equal([201, 'queued']);
    return body;
  };
  const becomes = (conversationId: string, id: string, status: string): Promise<Json> =>
    until(`the message to be ${status}`, async () => {
      const message = await world.message(conversationId, id);
      return message.status === status && message;
    });

  it('When a message is sent, then the provider has it, and its status follows and never goes back', async () => {
    const { name, conversationId } = await somebody();
    const { id } = await send(conversationId, 'a1');
    const sent = await becomes(conversationId, id, 'sent');
    expect(sent).to.include({ text: 'a1', direction: 'out', failure: null });
    expect(sent.eventId).to.equal(provider.idOf('a1'));
    const [sending, ...more] = provider.of('a1');
    expect(more).to.deep.equal([]);
    expect(sending).to.include({ contactId: name });
    expect(sending?.headers['idempotency-key']).to.equal(id);

    const status = (status: string) =>
      receive(name, custom.status({ mId: provider.idOf('a1'), status }));
    await status('delivered');
    expect((await world.message(conversationId, id)).status).to.equal('delivered');
    await status('read');
    const outcomes = await status('delivered');
    expect(outcomes.ignored, 'the late one').to.be.greaterThan(0);
    expect((await world.message(conversationId, id)).status).to.equal('read');
  });

  it('When the status and the echo come before the answer, then there is one message and it has that status', async () => {
    const { name, conversationId } = await somebody();
    const { opened, open } = gate();
    provider.plan('b1', { status: 200, after: opened });
    const { id } = await send(conversationId, 'b1');
    await provider.asked('b1');
    const mId = provider.idOf('b1');
    await receive(name, custom.echo({ mId, text: 'b1' }));
    await receive(name, custom.status({ mId, status: 'delivered' }));
    open();
    await becomes(conversationId, id, 'delivered');
    await receive(name, custom.echo({ mId, text: 'b1' }));
    const messages = await world.list(
      `${world.workspace}/conversations/${conversationId}/messages`,
    );
    expect(messages.filter(({ text }) => text === 'b1').map((one) => one.id)).to.deep.equal([id]);
  });

  it('When a message goes out, then its contact is active, once', async () => {
    const { conversationId } = await somebody();
    const { activeContacts, macCounts } = world.models;
    await Promise.all([activeContacts.deleteMany({}), macCounts.deleteMany({})]);
    for (const text of ['c1', 'c2']) {
      const { id } = await send(conversationId, text);
      await becomes(conversationId, id, 'sent');
    }
    expect(await world.mac()).to.equal(1);
  });

  it('When the provider asks to wait, then that is waited for', async () => {
    const { conversationId } = await somebody();
    provider.plan('d1', { status: 429, headers: { 'retry-after': '3' } });
    const { id } = await send(conversationId, 'd1');
    await becomes(conversationId, id, 'sent');
    const [first, second, ...more] = provider.of('d1');
    expect(more).to.deep.equal([]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).to.be.at.least(3_000);
  });

  it('When the provider fails and then accepts, then it is one message', async () => {
    const { conversationId } = await somebody();
    provider.plan('e1', { status: 500 }, { status: 502 });
    const { id } = await send(conversationId, 'e1');
    await becomes(conversationId, id, 'sent');
    expect(provider.of('e1')).to.have.length(3);
    const keys = provider.of('e1').map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys)).to.deep.equal(new Set([id]));
    expect(await world.models.messages.countDocuments({ text: 'e1' })).to.equal(1);
  });

  it('When the provider refuses, then it has failed for good and says why', async () => {
    const { conversationId } = await somebody();
    provider.plan('f1', { status: 400 });
    const { id } = await send(conversationId, 'f1');
    const failed = await becomes(conversationId, id, 'failed');
    expect(failed.failure).to.equal('rejected');
    expect(provider.of('f1')).to.have.length(1);
  });

  it('When no answer comes in time, then the outcome is unknown and it is not sent again', async () => {
    const { conversationId } = await somebody();
    const { opened, open } = gate();
    provider.plan('g1', { status: 200, after: opened });
    const { id } = await send(conversationId, 'g1');
    const failed = await becomes(conversationId, id, 'failed');
    expect(failed.failure).to.equal('outcome_unknown');
    expect(provider.of('g1')).to.have.length(1);
    open();
  });

  it('When the contact is blocked, then the call is refused with the block', async () => {
    const { contactId, conversationId } = await somebody();
    await world.block(contactId, { reason: 'spam' });
    const { status, body } = await world.send(conversationId, { text: 'h1' });
    expect([status, body.code, body.block.reason]).to.deep.equal([409, 'contact_blocked', 'spam']);
    expect(provider.of('h1')).to.deep.equal([]);
  });

  it('When the contact is blocked while its message waits to be sent again, then it is not', async () => {
    const { contactId, conversationId } = await somebody();
    provider.plan('i1', { status: 429, headers: { 'retry-after': '2' } });
    const { id } = await send(conversationId, 'i1');
    await provider.asked('i1');
    expect((await world.block(contactId)).status).to.equal(200);
    const failed = await becomes(conversationId, id, 'failed');
    expect(failed.failure).to.equal('contact_blocked');
    expect(provider.of('i1')).to.have.length(1);
  });

  it('When the worker is killed while the provider has the message, then it is not sent a second time and is shown as unknown', async () => {
    const { conversationId } = await somebody();
    const { opened, open } = gate();
    provider.plan('j1', { status: 200, after: opened });
    const { id } = await send(conversationId, 'j1');
    await provider.asked('j1');
    expect((await world.message(conversationId, id)).status).to.equal('sending');
    await killWorker();
    open();
    world.startWorker();
    const failed = await becomes(conversationId, id, 'failed');
    expect(failed.failure).to.equal('outcome_unknown');
    expect(provider.of('j1')).to.have.length(1);
  });

  it('When the worker is told to stop while the provider has the message, then it waits for the answer', async () => {
    const { conversationId } = await somebody();
    const { opened, open } = gate();
    provider.plan('p1', { status: 200, after: opened });
    const { id } = await send(conversationId, 'p1');
    await provider.asked('p1');
    const worker = runningWorker();
    worker.kill('SIGTERM');
    open();
    await end(worker, 'SIGTERM');
    expect(worker.exitCode).to.equal(0);
    expect((await world.message(conversationId, id)).status).to.equal('sent');
    world.startWorker();
  });

  it('When MongoDB goes away while the provider has the message, then the answer is written down when it is back', async () => {
    const { conversationId } = await somebody();
    const { opened, open } = gate();
    provider.plan('q1', { status: 200, after: opened });
    const { id } = await send(conversationId, 'q1');
    await provider.asked('q1');
    await world.mongo?.kill();
    open();
    await world.startMongo();
    await until('MongoDB to be there again', async () => (await world.stores()).mongodb);
    await becomes(conversationId, id, 'sent');
    expect(provider.of('q1')).to.have.length(1);
  });

  it('When the worker is killed while messages wait, then each of them is sent once', async () => {
    const { conversationId } = await somebody();
    await killWorker();
    const texts = Array.from({ length: 20 }, (_, i) => `k${i}`);
    const sent = await Promise.all(texts.map((text) => send(conversationId, text)));
    world.startWorker();
    for (const { id } of sent) await becomes(conversationId, id, 'sent');
    for (const text of texts) expect(provider.of(text), text).to.have.length(1);
  });

  it('When Redis is away when a message is sent, then it is taken, and leaves once when Redis is back', async () => {
    const { conversationId } = await somebody();
    await world.store.kill();
    const { id } = await send(conversationId, 'l1');
    expect(provider.of('l1')).to.deep.equal([]);
    await world.startRedis();
    await becomes(conversationId, id, 'sent');
    expect(provider.of('l1')).to.have.length(1);
  });

  it('When Redis has lost the job of a message that waits, then it is sent at its time all the same', async () => {
    const { conversationId } = await somebody();
    provider.plan('m1', { status: 429, headers: { 'retry-after': '2' } });
    const { id } = await send(conversationId, 'm1');
    await provider.asked('m1');
    await until(
      'it to wait',
      async () => (await world.message(conversationId, id)).status === 'queued',
    );
    await world.redis.flushall();
    await becomes(conversationId, id, 'sent');
    expect(provider.of('m1')).to.have.length(2);
  });

  it('When the same Idempotency-Key is sent twice, then it is one message', async () => {
    const { conversationId } = await somebody();
    const path = `${world.workspace}/conversations/${conversationId}/messages`;
    const ask = () =>
      fetch(`${world.base}/api/v1${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${world.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': 'n1',
        },
        body: JSON.stringify({ text: 'n1' }),
      });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 200, 201]);
    const [{ id }, ...same] = await Promise.all(answers.map((answer): Json => answer.json()));
    expect(same.map((one: Json) => one.id)).to.deep.equal([id, id]);
    await becomes(conversationId, id, 'sent');
    expect(provider.of('n1')).to.have.length(1);
  });

  it('When private addresses are not allowed, then a channel with one sends nothing and says why', async () => {
    const { conversationId } = await somebody();
    await killWorker();
    world.env.ALLOW_PRIVATE_OUTBOUND = 'false';
    world.startWorker();
    const { id } = await send(conversationId, 'o1');
    const failed = await becomes(conversationId, id, 'failed');
    expect(failed.failure).to.equal('forbidden_address');
    expect(provider.of('o1')).to.deep.equal([]);
    await killWorker();
    world.env.ALLOW_PRIVATE_OUTBOUND = 'true';
    world.startWorker();
  });

  it('When all of that is over, then logs, metrics and jobs have ids and outcomes, and nothing else', async () => {
    const { conversationId } = await somebody();
    const { id } = await send(conversationId, 'PRIVATE-TEXT');
    await becomes(conversationId, id, 'sent');
    const lines = world.output.split('\n').filter((line) => line.includes('"message.send"'));
    const line = JSON.parse(lines.find((one) => one.includes(id)) ?? '{}');
    expect(line).to.include({ channelType: 'custom', channelId: channel.id, outcome: 'sent' });
    const metrics = await until('the metrics', async () => {
      const text = await (await fetch(`${world.base}/metrics`)).text();
      return /videur_sends_total\{channel_type="custom",outcome="sent"\} [1-9]/.test(text) && text;
    });
    const jobs = (await world.redis.keys('*')).join('\n');
    for (const [where, text] of Object.entries({ logs: world.output, metrics, jobs }))
      for (const secret of ['PRIVATE-TEXT', 'custom-token', 'person-1', provider.url])
        expect(text.includes(secret), `${secret} in ${where}`).to.equal(false);
  });

  async function killWorker(): Promise<void> {
    await end(runningWorker(), 'SIGKILL');
  }

  function runningWorker() {
    const worker = world.processes.findLast(({ exitCode, signalCode, spawnargs }) => {
      return (
        exitCode === null && signalCode === null && spawnargs.some((arg) => /workers/.test(arg))
      );
    });
    if (!worker) throw new Error('no worker');
    return worker;
  }
});
