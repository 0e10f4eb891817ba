import { expect } from 'chai';
import { freePort } from '#stores';
import { custom, customBody } from '../support/deliveries.ts';
import { FakeProvider } from '../support/provider.ts';
import { Receiver, verify } from '../support/receiver.ts';
import { gate } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { end, type Json, type TestChannel, World } from '../support/world.ts';

const ALL = ['contact.blocked', 'contact.unblocked', 'message.received', 'conversation.closed'];

describe('Outgoing webhooks', function () {
  this.timeout(120_000);
  let world: World;
  let receiver: Receiver;
  let provider: FakeProvider;
  let channel: TestChannel;
  let events = 0;
  before(async () => {
    receiver = await Receiver.start();
    provider = await FakeProvider.start();
    world = await World.start({ env: { ALLOW_PRIVATE_OUTBOUND: 'true', SEND_TIMEOUT_MS: '2000' } });
    channel = await world.custom(provider);
  });
  after(async () => {
    await world.stop();
    await Promise.all([receiver.stop(), provider.stop()]);
  });
  afterEach(async () => {
    for (const { id } of await world.list(hooks())) await world.api('DELETE', `${hooks()}/${id}`);
  });

  const hooks = () => `${world.workspace}/webhooks`;
  const add = async (url: string, types: string[] = ALL): Promise<Json> => {
    const { status, body } = await world.api('POST', hooks(), { url, events: types });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body;
  };
  const receive = async (contactId: string, ...items: unknown[]) => {
    const body = customBody(contactId, items);
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    events += items.length;
    return await world.settled(events);
  };
  let people = 0;
  /** Somebody who has written. */
  const somebody = async (text = 'Hello') => {
    people += 1;
    const name = `person-${people}`;
    await receive(name, custom.text({ mId: `hello-${name}`, text }));
    return { name, contact: await world.contact(`custom:${channel.id}/${name}`) };
  };
  const log = (webhook: Json): Promise<Json[]> => world.list(`${hooks()}/${webhook.id}/deliveries`);
  const logged = (webhook: Json, what: Json): Promise<Json> =>
    until(`a line of the log with ${JSON.stringify(what)}`, async () =>
      (await log(webhook)).find((line) =>
        Object.entries(what).every(([field, value]) => line[field] === value),
      ),
    );

  it('When things happen, then the receiver is told of each once, signed, in the shapes of the API', async () => {
    const webhook = await add(receiver.url('/all'));
    const { name, contact } = await somebody('Good morning');
    const [told] = await receiver.got('/all');
    const [conversation] = await world.conversations(contact.id);
    const path = `${world.workspace}/conversations/${conversation.id}/messages`;
    const [message] = await world.list(path);
    expect(told?.body.type).to.equal('message.received');
    expect(told?.body.timestamp).to.equal(message.receivedAt);
    expect(told?.body.data).to.deep.equal({
      contactId: contact.id,
      channelId: channel.id,
      message,
    });

    await world.block(contact.id, { reason: 'spam' });
    await world.block(contact.id);
    await receive(name, custom.text({ mId: 'refused', text: 'Refused' }));
    await world.unblock(contact.id);
    const requests = await receiver.got('/all', 4);
    const byType = Object.fromEntries(requests.map(({ body }) => [body.type, body.data]));
    const [unblocked, blocked] = await world.list(
      `${world.workspace}/contacts/${contact.id}/block-history`,
    );
    expect(byType['contact.blocked']).to.deep.equal(blocked);
    expect(byType['contact.unblocked']).to.deep.equal(unblocked);
    expect(byType['conversation.closed']).to.deep.equal({
      conversationId: conversation.id,
      contactId: contact.id,
      channelId: channel.id,
      byBlock: true,
    });

    await until('all to be told', async () =>
      (await log(webhook)).every(({ status }) => status === 'delivered'),
    );
    expect(receiver.at('/all')).to.have.length(4);
    expect(new Set(requests.map(({ id }) => id)).size).to.equal(4);
    for (const request of requests) {
      expect(verify(webhook.secret, request)).to.deep.equal(request.body);
      const forged = { ...request, text: request.text.replace('type', 'Type') };
      expect(() => verify(webhook.secret, forged)).to.throw();
    }
    expect((await log(webhook)).map(({ eventId }) => eventId).toSorted()).to.deep.equal(
      requests.map(({ id }) => id).toSorted(),
    );
    expect(JSON.stringify(await world.list(hooks()))).not.to.include('whsec_');
  });

  it('When one receiver is down, one hangs and one answers 500, then no other waits for them', async () => {
    const { opened, open } = gate();
    receiver.answer('/slow', { status: 200, after: opened });
    receiver.answer('/broken', { status: 500 });
    const down = await add(`http://127.0.0.1:${await freePort()}/down`);
    const slow = await add(receiver.url('/slow'));
    const broken = await add(receiver.url('/broken'));
    await add(receiver.url('/well'), ['message.received']);
    const { name } = await somebody();
    for (let i = 0; i < 30; i += 1)
      await receive(name, custom.text({ mId: `load-${i}`, text: `text ${i}` }));
    const told = await receiver.got('/well', 31);
    expect(new Set(told.map(({ id }) => id)).size).to.equal(31);
    await logged(down, { failure: 'unreachable', lastCode: null, status: 'waiting' });
    await logged(slow, { failure: 'no_answer', lastCode: null, status: 'waiting' });
    await logged(broken, { failure: null, lastCode: 500, status: 'waiting' });
    const failing = (await world.list(hooks())).filter(({ failingSince }) => failingSince !== null);
    expect(failing.map(({ id }) => id).toSorted()).to.deep.equal(
      [down.id, slow.id, broken.id].toSorted(),
    );
    open();
    // A receiver that is back gets all that waited for it.
    receiver.answer('/slow', { status: 200 });
    await until('the slow one to have all', () => {
      return new Set(receiver.at('/slow').map(({ id }) => id)).size === 31;
    });
  });

  it('When a receiver fails once, then it is told again under the same id', async () => {
    receiver.plan('/again', { status: 503 });
    const webhook = await add(receiver.url('/again'), ['message.received']);
    await somebody();
    const [first, second] = await receiver.got('/again', 2);
    expect(second?.id).to.equal(first?.id);
    expect(second?.text).to.equal(first?.text);
    expect(await logged(webhook, { status: 'delivered' })).to.include({
      eventId: first?.id,
      attempts: 2,
      lastCode: 200,
      nextAttemptAt: null,
    });
    expect((await world.list(hooks()))[0]?.failingSince).to.equal(null);
  });

  it('When the worker is killed while the receiver has the request, then it is told again under the same id', async () => {
    const { opened, open } = gate();
    receiver.plan('/killed', { status: 200, after: opened });
    const webhook = await add(receiver.url('/killed'), ['contact.blocked']);
    const { contact } = await somebody();
    await world.block(contact.id);
    await receiver.got('/killed');
    await end(runningWorker(), 'SIGKILL');
    open();
    world.startWorker();
    const [first, second] = await receiver.got('/killed', 2);
    expect(second?.id).to.equal(first?.id);
    await logged(webhook, { status: 'delivered', attempts: 2 });
  });

  it('When the worker is away while things happen, then the receiver is told when it is back', async () => {
    await add(receiver.url('/late'), ['contact.blocked']);
    const { contact } = await somebody();
    await end(runningWorker(), 'SIGKILL');
    await world.block(contact.id);
    world.startWorker();
    const [told] = await receiver.got('/late');
    expect(told?.body.data.contactId).to.equal(contact.id);
  });

  it('When Redis has lost everything, then the receiver is told all the same', async () => {
    receiver.plan('/flushed', { status: 500 });
    await add(receiver.url('/flushed'), ['contact.blocked']);
    const { contact } = await somebody();
    await world.block(contact.id);
    await receiver.got('/flushed');
    await world.redis.flushall();
    const [first, second] = await receiver.got('/flushed', 2);
    expect(second?.id).to.equal(first?.id);
  });

  it('When a person asks for it, then an event is sent again, under the same id', async () => {
    const webhook = await add(receiver.url('/repeat'), ['contact.blocked']);
    const { contact } = await somebody();
    await world.block(contact.id);
    const line = await logged(webhook, { status: 'delivered' });
    const path = `${hooks()}/${webhook.id}/deliveries/${line.id}/retry`;
    const { status, body } = await world.api('POST', path);
    expect([status, body.status]).to.deep.equal([202, 'waiting']);
    const [first, second] = await receiver.got('/repeat', 2);
    expect(second?.id).to.equal(first?.id);
    await logged(webhook, { status: 'delivered', attempts: 2 });
  });

  it('When the secret is rotated, then both sign', async () => {
    const webhook = await add(receiver.url('/rotated'), ['contact.blocked']);
    const { status, body } = await world.api('POST', `${hooks()}/${webhook.id}/secret`);
    expect(status).to.equal(200);
    expect(body.secret)
      .to.match(/^whsec_/)
      .and.not.to.equal(webhook.secret);
    const { contact } = await somebody();
    await world.block(contact.id);
    const [told] = await receiver.got('/rotated');
    if (!told) throw new Error('nothing');
    for (const secret of [webhook.secret, body.secret])
      expect(verify(secret, told)).to.deep.equal(told.body);
  });

  it('When a webhook is disabled, then nothing is sent to it until it is enabled', async () => {
    receiver.answer('/off', { status: 500 });
    const webhook = await add(receiver.url('/off'), ['contact.blocked']);
    const { contact } = await somebody();
    await world.block(contact.id);
    await logged(webhook, { lastCode: 500 });
    const path = `${hooks()}/${webhook.id}`;
    expect((await world.api('PATCH', path, { enabled: false })).body).to.include({
      enabled: false,
      disabledReason: null,
    });
    receiver.answer('/off', { status: 200 });
    const other = await somebody();
    await world.block(other.contact.id);
    expect((await world.api('PATCH', path, { enabled: true })).body.enabled).to.equal(true);
    await logged(webhook, { status: 'delivered' });
    // What happened while it was disabled is not told.
    expect(await log(webhook)).to.have.length(1);
  });

  it('When a receiver says that it is gone, then its webhook is disabled and says why', async () => {
    receiver.answer('/gone', { status: 410 });
    const webhook = await add(receiver.url('/gone'), ['contact.blocked']);
    const { contact } = await somebody();
    await world.block(contact.id);
    await until('it to be disabled', async () => {
      const [shown] = await world.list(hooks());
      return shown.enabled === false && shown.disabledReason === 'gone';
    });
    expect((await log(webhook))[0]).to.include({ lastCode: 410 });
  });

  it('When private addresses are not allowed, then nothing is sent to one and the log says why', async () => {
    await end(runningWorker(), 'SIGTERM');
    world.startWorker({ ALLOW_PRIVATE_OUTBOUND: 'false' });
    const webhook = await add(receiver.url('/private'), ['contact.blocked']);
    const { contact } = await somebody();
    await world.block(contact.id);
    await logged(webhook, { failure: 'forbidden_address', lastCode: null });
    expect(receiver.at('/private')).to.deep.equal([]);
    await end(runningWorker(), 'SIGTERM');
    world.startWorker();
  });

  it('When all of that is over, then logs, jobs and the log of deliveries have ids, and nothing else', async () => {
    const webhook = await add(receiver.url('/secrets?token=PRIVATE-TOKEN'));
    await somebody('PRIVATE-TEXT');
    await logged(webhook, { type: 'message.received', status: 'delivered' });
    const keys = (await world.redis.keys('*')).join('\n');
    const jobs: Json[] = [];
    for (const key of await world.redis.keys('{videur}:webhooks:*'))
      if ((await world.redis.type(key)) === 'hash') jobs.push(await world.redis.hgetall(key));
    const rows = await world.models.webhookDeliveries.find().lean();
    for (const [where, text] of Object.entries({
      logs: world.output,
      keys,
      jobs: JSON.stringify(jobs),
      rows: JSON.stringify(rows),
    }))
      for (const secret of ['PRIVATE-TEXT', 'PRIVATE-TOKEN', webhook.secret, 'whsec_'])
        expect(text.includes(secret), `${secret} in ${where}`).to.equal(false);
    expect(world.output).to.include('"webhook.attempt"');
  });

  function runningWorker() {
    const worker = world.processes.findLast(
      ({ exitCode, signalCode, spawnargs }) =>
        exitCode === null && signalCode === null && spawnargs.some((arg) => /workers/.test(arg)),
    );
    if (!worker) throw new Error('no worker');
    return worker;
  }
});
