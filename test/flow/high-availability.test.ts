import { expect } from 'chai';
import { ask, startCluster, startReplicaSet, startSentinels } from '../support/topologies.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { World } from '../support/world.ts';

const PHONES = Array.from({ length: 6 }, (_, i) => `1650557${1000 + i}`);
const SPOOLED = 'videur_batches_spooled_total';

/** Loses servers of sets of several, under load, and looks that nothing else is lost with them. */
describe('High availability', function () {
  this.timeout(180_000);
  let world: World;
  let traffic: Traffic;
  const begin = async (stores: { mongoUri?: string; redisUrl?: string }, env = {}) => {
    world = await World.start({ ...stores, env });
    traffic = await Traffic.begin(world, await world.whatsapp('111'), PHONES);
  };
  const redisIs = (there: boolean) =>
    until(`Redis to be seen as ${there ? 'there' : 'away'}`, async () => {
      const { redis } = await world.stores();
      return redis === there;
    });

  describe('MongoDB as a replica set of three', () => {
    let set: Awaited<ReturnType<typeof startReplicaSet>>;
    before(async () => {
      set = await startReplicaSet();
      await begin({ mongoUri: set.uri });
    });
    after(async () => {
      await world?.stop();
      await set?.stop();
    });

    it('When the primary is killed under load, then every message arrives once, blocks hold, and deliveries go on by themselves', async () => {
      const [before, during, ended] = [0, 1, 2];
      await traffic.block(before);
      await traffic.block(ended);
      traffic.silence(during);
      traffic.start();
      await traffic.goOn(100);
      const lost = await set.killPrimary();
      await Promise.all([traffic.block(during), traffic.unblock(ended)]);
      expect(await set.primary()).not.to.equal(lost);
      await traffic.goOn(200);
      await traffic.stop();
      await traffic.expectDelivered();
    });
  });

  describe('Redis with a replica and sentinels', () => {
    let set: Awaited<ReturnType<typeof startSentinels>>;
    before(async () => {
      set = await startSentinels();
      await begin({ redisUrl: set.uri }, { REDIS_REPLICAS: '1' });
    });
    after(async () => {
      await world?.stop();
      await set?.stop();
    });
    const replicated = (wanted: boolean) =>
      until(`batches ${wanted ? '' : 'not '}to be replicated`, async () => {
        const { redis } = (await world.readiness()).body.dependencies;
        return redis.ok && redis.replicated === wanted;
      });

    it('When the replica hangs, then messages are taken in and arrive without it, and it is waited for again afterwards', async () => {
      const replica = await set.replica();
      const before = await world.metric(SPOOLED);
      set.servers.signal(replica, 'SIGSTOP');
      try {
        traffic.start();
        await replicated(false);
        await traffic.goOn(50);
        await traffic.stop();
        await traffic.expectDelivered();
        expect(await world.metric(SPOOLED)).to.be.greaterThan(before);
      } finally {
        set.servers.signal(replica, 'SIGCONT');
      }
      await replicated(true);
      const spooled = await world.metric(SPOOLED);
      await traffic.send(0);
      await traffic.expectDelivered();
      expect(await world.metric(SPOOLED)).to.equal(spooled);
    });

    it('When the master is killed under load, then every message arrives once, blocks hold, and the replica takes over', async () => {
      const [before, during, ended] = [0, 1, 2];
      await traffic.block(before);
      await traffic.block(ended);
      traffic.silence(during);
      traffic.start();
      await traffic.goOn(100);
      const lost = await set.killMaster();
      await Promise.all([traffic.block(during), traffic.unblock(ended)]);
      await set.failedOver();
      await redisIs(true);
      await traffic.goOn(100);
      await traffic.stop();
      await traffic.expectDelivered();
      await set.servers.start(lost);
      await replicated(true);
    });

    it('When the new master has an old set, then who was blocked meanwhile is refused and who was unblocked is not', async () => {
      const [blocked, unblocked] = [3, 0];
      const blocklist = `videur:{${world.workspaceId}}:blocked`;
      const holds = (contact: number) =>
        ask(set.master(), (redis) => redis.sismember(blocklist, `tel:+${PHONES[contact]}`));
      const replica = await set.replica();
      set.servers.signal(replica, 'SIGSTOP');
      await traffic.block(blocked);
      await traffic.unblock(unblocked);
      expect(await Promise.all([holds(blocked), holds(unblocked)])).to.deep.equal([1, 0]);
      await set.killMaster();
      set.servers.signal(replica, 'SIGCONT');
      await set.failedOver();
      expect(await Promise.all([holds(blocked), holds(unblocked)])).to.deep.equal([0, 1]);
      await redisIs(true);
      // Nothing is left that would have the set completed: it must not be believed.
      expect(await world.models.blockChanges.countDocuments()).to.equal(0);
      traffic.start();
      await traffic.goOn(100);
      await traffic.stop();
      await traffic.expectDelivered();
      const isMade = async () => (await holds(blocked)) === 1 && (await holds(unblocked)) === 0;
      await until('the set to be made again', isMade);
    });
  });

  describe('Redis Cluster', () => {
    let set: Awaited<ReturnType<typeof startCluster>>;
    let feed: Awaited<ReturnType<typeof listen>>;
    let queues: number;
    before(async () => {
      set = await startCluster('{videur}');
      queues = await set.masterOf('{videur}');
      await begin({ redisUrl: set.uri }, { REDIS_REPLICAS: '1' });
      feed = await listen(world);
    });
    after(async () => {
      await feed?.stop();
      await world?.stop();
      await set?.stop();
    });
    const isHeard = (event: string, contact: number) =>
      until(`${event} to be heard`, () =>
        feed.events.some(
          ({ type, contactId }) => type === event && contactId === traffic.contactId(contact),
        ),
      );
    const areBlocked = (contact: number) =>
      until('the conversations to be blocked', async () => {
        const conversations = await world.conversations(traffic.contactId(contact));
        return conversations.every(({ blocked, status }) => blocked && status === 'closed');
      });

    it('When all masters are there, then messages, blocks, side effects, figures, the live feed and the throttle work', async () => {
      traffic.silence(0);
      await traffic.block(0);
      await isHeard('contact.blocked', 0);
      await areBlocked(0);
      traffic.start();
      await traffic.goOn(100);
      await traffic.stop();
      await traffic.expectDelivered();
      expect(await world.metric(SPOOLED)).to.equal(0);
      expect(await world.metric('videur_screenings_total{source="cache"}')).to.be.greaterThan(0);
      const done = 'videur_queue_jobs{queue="block-effects",state="completed"}';
      await until(
        'the block’s notification to be counted',
        async () => (await world.metric(done)) === 1,
      );
      const login = { email: 'owner@example.com', password: 'wrong' };
      const answers: number[] = [];
      for (let i = 0; i < 11; i += 1)
        answers.push((await world.api('POST', '/auth/login', login)).status);
      expect(answers).to.deep.equal([...Array(10).fill(401), 429]);
    });

    it('When a master without a replica is killed, then MongoDB screens and spools, and afterwards all was delivered once', async () => {
      const holder = await set.masterOf(`{${world.workspaceId}}`);
      const other = set.masters.find((port) => port !== queues) as number;
      const lost = holder === queues ? other : holder;
      traffic.silence(1);
      traffic.start();
      await traffic.goOn(50);
      await set.servers.kill(lost);
      await redisIs(false);
      const before = await world.metric(SPOOLED);
      await traffic.block(1);
      const [last] = await Promise.all([traffic.send(2), traffic.goOn(50)]);
      await until('a message to be in the inbox', () =>
        world.models.messages.exists({ text: last }),
      );
      expect((await world.stores()).redis).to.equal(false);
      expect(await world.metric(SPOOLED)).to.be.greaterThan(before);
      await set.servers.start(lost);
      await set.complete();
      await redisIs(true);
      await traffic.goOn(50);
      await traffic.stop();
      await traffic.expectDelivered();
      await areBlocked(1);
    });

    it('When the master of the queues is killed under load, then its replica takes over and every message arrives once', async () => {
      traffic.silence(3);
      traffic.start();
      await traffic.goOn(50);
      await set.servers.kill(queues);
      await redisIs(false);
      await traffic.block(3);
      await set.complete();
      await redisIs(true);
      await traffic.goOn(50);
      await traffic.stop();
      await traffic.expectDelivered();
      await areBlocked(3);
      await isHeard('contact.blocked', 3);
    });

    it('When the last server of the queues is killed as well, then the spool takes over, and when both are back all was delivered once', async () => {
      traffic.start();
      await traffic.goOn(50);
      await set.servers.kill(set.replica);
      await redisIs(false);
      const last = await traffic.send(2);
      await until('a message to be in the inbox', () =>
        world.models.messages.exists({ text: last }),
      );
      expect((await world.stores()).redis).to.equal(false);
      await Promise.all([queues, set.replica].map((port) => set.servers.start(port)));
      await set.complete();
      await redisIs(true);
      await traffic.unblock(0);
      await traffic.goOn(50);
      await traffic.stop();
      await traffic.expectDelivered();
      await isHeard('contact.unblocked', 0);
    });
  });
});

/** Hears what the live feed of the workspace says. */
async function listen(world: World) {
  const ending = new AbortController();
  const { status, body } = await fetch(`${world.base}/api/v1${world.workspace}/live`, {
    headers: { authorization: `Bearer ${world.apiKey}` },
    signal: ending.signal,
  });
  expect(status).to.equal(200);
  const events: { type: string; contactId: string }[] = [];
  const read = async () => {
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const whole = text.split('\n\n');
      text = whole.pop() ?? '';
      for (const each of whole) {
        const data = /^data: (.*)$/m.exec(each)?.[1];
        if (data) events.push(JSON.parse(data));
      }
    }
  };
  const reading = read().catch((error) => {
    if (!ending.signal.aborted) throw error;
  });
  return {
    events,
    async stop() {
      ending.abort();
      await reading;
    },
  };
}
