import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { end, type TestChannel, World } from '../support/world.ts';

const ANN = '16505558001';
const BOB = '16505558002';
const EVE = '16505558003';

describe('A store that goes away', function () {
  this.timeout(180_000);
  let world: World;
  let channel: TestChannel;
  let sent = 0;
  before(async () => {
    world = await World.start({ ownMongo: true });
    channel = await world.whatsapp('111');
    for (const from of [ANN, BOB, EVE]) expect(await send(from)).to.equal(200);
    await world.settled(sent);
  });
  after(() => world.stop());

  const text = () => `m${sent}`;
  const post = (from: string) => {
    const id = `m${++sent}`;
    const message = whatsapp.text({ from, id, text: id });
    const body = whatsappBody([whatsapp.change('111', { messages: [message] })]);
    return world.post(channel.path, body, channel.sign(body));
  };
  const send = async (from: string) => (await post(from)).status;
  const readable = async (from: string, wanted: string) => {
    const contact = await world.contact(`tel:+${from}`);
    return contact && (await world.texts(contact.id)).includes(wanted);
  };
  const arrives = (from: string, wanted: string) =>
    until(`${wanted} to be in the inbox`, () => readable(from, wanted));
  const seen = (store: 'mongodb' | 'redis', there: boolean) =>
    until(`${store} to be seen as ${there ? 'there' : 'away'}`, async () => {
      const stores = await world.stores();
      return stores[store] === there;
    });

  it('When Redis is killed, then messages are taken in, are readable before it is back, and blocks hold', async () => {
    const eve = await world.contact(`tel:+${EVE}`);
    expect((await world.block(eve.id)).status).to.equal(200);
    await world.store.kill();
    expect(await send(ANN)).to.equal(200);
    await arrives(ANN, text());
    expect(await world.stores()).to.deep.equal({ status: 200, mongodb: true, redis: false });

    const refused = (await world.outcomes()).refused;
    expect(await send(EVE)).to.equal(200);
    await until('it to be refused', async () => (await world.outcomes()).refused === refused + 1);
    expect(await readable(EVE, text())).to.equal(false);
    expect(await world.models.messages.countDocuments({ text: text() })).to.equal(0);

    await world.startRedis();
    await seen('redis', true);
    expect(await send(BOB)).to.equal(200);
    await arrives(BOB, text());
    expect((await world.unblock(eve.id)).status).to.equal(200);
  });

  for (const [how, break_, mend] of [
    [
      'hangs',
      () => process.kill(world.store.pid, 'SIGSTOP'),
      () => process.kill(world.store.pid, 'SIGCONT'),
    ],
    [
      'is read-only',
      () => world.redis.replicaof('127.0.0.1', 1),
      () => world.redis.replicaof('NO', 'ONE'),
    ],
    [
      'is out of memory',
      () => world.redis.config('SET', 'maxmemory', '1mb'),
      () => world.redis.config('SET', 'maxmemory', '0'),
    ],
  ] as const) {
    it(`When Redis ${how}, then messages are taken in and readable, and it is used again afterwards`, async () => {
      await break_();
      try {
        expect(await send(ANN)).to.equal(200);
        await arrives(ANN, text());
        await seen('redis', false);
      } finally {
        await mend();
      }
      await seen('redis', true);
      expect(await send(BOB)).to.equal(200);
      await arrives(BOB, text());
      await until('the queue to be empty', async () => (await jobs()).length === 0);
    });
  }

  const jobs = () =>
    world.redis
      .keys('{videur}:deliver:*')
      .then((keys) => keys.filter((key) => /deliver:[0-9a-f-]{36}$/.test(key)));

  it('When MongoDB is killed, then messages are taken in, wait without using up attempts, and arrive when it is back', async () => {
    await world.mongo?.kill();
    expect(await send(ANN)).to.equal(200);
    await seen('mongodb', false);
    expect(await send(BOB)).to.equal(200);
    const last = text();
    expect((await world.api('GET', `${world.workspace}/conversations`)).status).to.equal(503);
    const waiting = await until('the jobs to wait', async () => {
      const found = await jobs();
      return found.length >= 1 && found;
    });
    for (const job of waiting) expect(Number(await world.redis.hget(job, 'atm'))).to.equal(0);
    await world.startMongo();
    await seen('mongodb', true);
    await arrives(BOB, last);
    await arrives(ANN, `m${sent - 1}`);
  });

  it('When MongoDB hangs, then messages are taken in and arrive afterwards', async () => {
    process.kill(world.mongo?.pid ?? 0, 'SIGSTOP');
    try {
      await seen('mongodb', false);
      expect(await send(ANN)).to.equal(200);
    } finally {
      process.kill(world.mongo?.pid ?? 0, 'SIGCONT');
    }
    await seen('mongodb', true);
    await arrives(ANN, text());
  });

  it('When both are away, then 503 with Retry-After, at once, and what is sent again arrives', async () => {
    await world.store.kill();
    await world.mongo?.kill();
    await until('both to be seen as away', async () => (await world.stores()).status === 503);
    const started = performance.now();
    for (let i = 0; i < 20; i += 1) {
      const answer = await post(ANN);
      expect(answer.status).to.equal(503);
      expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
    }
    // Twenty times the time-out of one would be forty seconds.
    expect(performance.now() - started, 'time for twenty answers').to.be.below(20_000);
    await Promise.all([world.startRedis(), world.startMongo()]);
    await until('both to be there', async () => {
      const { mongodb, redis } = await world.stores();
      return mongodb && redis;
    });
    expect(await send(ANN)).to.equal(200);
    await arrives(ANN, text());
  });

  it('When the program starts without Redis, then it takes messages in and delivers them', async () => {
    await restart(() => world.store.kill());
    expect(await send(ANN)).to.equal(200);
    await arrives(ANN, text());
    await world.startRedis();
    await seen('redis', true);
    expect(await send(BOB)).to.equal(200);
    await arrives(BOB, text());
  });

  it('When the program starts without MongoDB, then it takes messages in, and they arrive when it is back', async () => {
    expect(await send(ANN)).to.equal(200);
    await restart(() => world.mongo?.kill());
    expect(await send(ANN)).to.equal(200);
    const last = text();
    await world.startMongo();
    await seen('mongodb', true);
    await arrives(ANN, last);
    const duplicates = (await world.outcomes()).duplicate;
    expect(duplicates).to.equal(0);
  });

  const restart = async (between: () => unknown) => {
    for (const child of world.processes.splice(0)) await end(child, 'SIGTERM');
    await between();
    await world.startGateway();
    world.startWorker();
  };

  it('When Redis comes back with old data, then who was blocked meanwhile is refused and who was unblocked is not', async () => {
    const [bob, eve] = await Promise.all([BOB, EVE].map((from) => world.contact(`tel:+${from}`)));
    expect((await world.block(eve.id)).status).to.equal(200);
    const refused = (await world.outcomes()).refused + 1;
    expect(await send(EVE)).to.equal(200);
    await until('it to be counted', async () => (await world.outcomes()).refused === refused);
    await world.store.kill();
    await seen('redis', false);
    expect((await world.block(bob.id)).status).to.equal(200);
    expect((await world.unblock(eve.id)).status).to.equal(200);
    await world.startRedis();

    const mustLand: string[] = [];
    const mustNot: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      expect(await send(i % 2 ? BOB : EVE)).to.equal(200);
      (i % 2 ? mustNot : mustLand).push(text());
    }
    for (const wanted of mustLand) await arrives(EVE, wanted);
    await until('the others to be refused', async () => {
      return (await world.outcomes()).refused >= refused + mustNot.length;
    });
    expect((await world.outcomes()).refused).to.equal(refused + mustNot.length);
    const leaked = (await world.texts(bob.id)).filter((each) => mustNot.includes(each));
    expect(leaked).to.deep.equal([]);
    expect((await world.unblock(bob.id)).status).to.equal(200);
  });

  it('When a contact is unblocked while Redis hangs, then its messages after the answer arrive, though the old set says otherwise', async () => {
    const eve = await world.contact(`tel:+${EVE}`);
    expect((await world.block(eve.id)).status).to.equal(200);
    expect(await send(EVE)).to.equal(200);
    process.kill(world.store.pid, 'SIGSTOP');
    try {
      await seen('redis', false);
      expect((await world.unblock(eve.id)).status).to.equal(200);
    } finally {
      process.kill(world.store.pid, 'SIGCONT');
    }
    await seen('redis', true);
    expect(await send(EVE)).to.equal(200);
    await arrives(EVE, text());
  });
});
