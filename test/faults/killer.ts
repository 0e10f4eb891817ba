import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { end } from '../support/world.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { Site } from './site.ts';

/** Pulls plugs, one after the other, and puts them in again. */
export class Killer {
  private running = true;
  private readonly loop: Promise<void>;
  /** How often each was done. */
  readonly done: Record<string, number> = {};

  constructor(
    private readonly site: Site,
    private readonly history: History,
    private readonly random: Random,
    private readonly log: (line: string) => void,
  ) {
    this.loop = this.run();
  }

  /** Everything is there again when this resolves. */
  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async run(): Promise<void> {
    // Every kind once, in a random order, and from then on any.
    const names = Object.keys(FAULTS) as (keyof typeof FAULTS)[];
    const first = names.toSorted(() => this.random.next() - 0.5);
    while (this.running) {
      await delay(this.random.between(300, 1_500));
      if (!this.running) return;
      const name = first.shift() ?? this.random.pick(names);
      this.log(name);
      await FAULTS[name](this.site, this.random, this.history);
      this.done[name] = (this.done[name] ?? 0) + 1;
    }
  }
}

const aWhile = (random: Random) => delay(random.between(300, 3_000));

const FAULTS = {
  'kill -9 a gateway': async ({ gateways, world }: Site, random: Random, history: History) => {
    const gateway = random.pick(gateways);
    history.gatewayKills.push(performance.now());
    await end(gateway.process, 'SIGKILL');
    gateway.process = await world.startGateway(gateway.port);
  },
  'kill -9 a worker': async ({ workers, world }: Site, random: Random) => {
    const at = random.below(workers.length);
    await end(workers[at] as (typeof workers)[number], 'SIGKILL');
    workers[at] = world.startWorker();
  },
  'restart a gateway': async ({ gateways, world }: Site, random: Random) => {
    const gateway = random.pick(gateways);
    await end(gateway.process, 'SIGTERM');
    gateway.process = await world.startGateway(gateway.port);
  },
  'restart a worker': async ({ workers, world }: Site, random: Random) => {
    const at = random.below(workers.length);
    await end(workers[at] as (typeof workers)[number], 'SIGTERM');
    workers[at] = world.startWorker();
  },
  'kill -9 Redis': async ({ world }: Site, random: Random) => {
    await world.store.kill();
    await aWhile(random);
    await world.startRedis();
  },
  'kill -9 MongoDB': async ({ world }: Site, random: Random) => {
    await world.mongo?.kill();
    await aWhile(random);
    await world.startMongo();
  },
  'kill -9 both': async ({ world }: Site, random: Random) => {
    await Promise.all([world.store.kill(), world.mongo?.kill()]);
    await aWhile(random);
    await Promise.all([world.startRedis(), world.startMongo()]);
  },
  'Redis hangs': async ({ world }: Site, random: Random) => {
    process.kill(world.store.pid, 'SIGSTOP');
    await aWhile(random);
    process.kill(world.store.pid, 'SIGCONT');
  },
  'MongoDB hangs': async ({ world }: Site, random: Random) => {
    const { pid } = world.mongo as { pid: number };
    process.kill(pid, 'SIGSTOP');
    await aWhile(random);
    process.kill(pid, 'SIGCONT');
  },
  'Redis is out of memory': async ({ world }: Site, random: Random) => {
    await asked(() => world.redis.config('SET', 'maxmemory', '1mb'));
    await aWhile(random);
    await asked(() => world.redis.config('SET', 'maxmemory', '0'));
  },
  'Redis is read-only': async ({ world }: Site, random: Random) => {
    await asked(() => world.redis.replicaof('127.0.0.1', 1));
    await aWhile(random);
    await asked(() => world.redis.replicaof('NO', 'ONE'));
  },
  'the blocklist is evicted': async ({ world }: Site) => {
    await asked(() => world.redis.del(`videur:{${world.workspaceId}}:blocked`));
  },
};

/** It may just have been started. */
const asked = (ask: () => Promise<unknown>) =>
  until('Redis to do it', () =>
    ask().then(
      () => true,
      () => false,
    ),
  );
