import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { freePort, type Store, startMember, startRedis, startSentinel } from '#stores';
import { until } from './until.ts';

/** Sets of several servers on this machine, as small and as quick to notice a loss as may be. */

const NAME = 'videur';
/** A server that is silent for so long is lost. Shorter, and a busy machine loses servers that are there. */
const LOST_AFTER_MS = 2_000;

/** Servers by port, each with data of its own, which it has again when it starts again. */
class Servers {
  readonly byPort = new Map<number, Store>();
  private readonly starts = new Map<number, () => Promise<Store>>();

  private constructor(private readonly dataDir: string) {}

  static async make(): Promise<Servers> {
    return new Servers(await mkdtemp(join(tmpdir(), 'videur-topology-')));
  }

  async add(start: (place: { dataDir: string; port: number }) => Promise<Store>): Promise<number> {
    const port = await freePort();
    const place = { dataDir: join(this.dataDir, String(port)), port };
    this.starts.set(port, () => start(place));
    await this.start(port);
    return port;
  }

  /** Starts it again, on the data that it had. */
  async start(port: number): Promise<void> {
    const store = await this.starts.get(port)?.();
    if (store) this.byPort.set(port, store);
  }

  signal(port: number, signal: NodeJS.Signals): void {
    process.kill(this.at(port).pid, signal);
  }

  at(port: number): Store {
    const store = this.byPort.get(port);
    if (!store) throw new Error(`there is no server on port ${port}`);
    return store;
  }

  async kill(port: number): Promise<number> {
    await this.at(port).kill();
    this.byPort.delete(port);
    return port;
  }

  isRunning(port: number): boolean {
    return this.byPort.has(port);
  }

  async stop(): Promise<void> {
    // SIGTERM is patient with replicas, and here is nothing to be kept.
    await Promise.all([...this.byPort.values()].map((store) => store.kill()));
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Asks a Redis of its own connection: whoever answers is really there. */
export async function ask<T>(port: number, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: null,
    commandTimeout: LOST_AFTER_MS,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

/** The lines of INFO and CLUSTER INFO, by name. */
function figures(info: string): Record<string, string> {
  return Object.fromEntries(info.split('\r\n').map((line) => line.split(':') as [string, string]));
}

/** Three members, each of which may become primary. */
export async function startReplicaSet() {
  const servers = await Servers.make();
  const ports = await Promise.all([1, 2, 3].map(() => servers.add(startMember)));
  const hosts = ports.map((port) => `127.0.0.1:${port}`);
  const uri = `mongodb://${hosts.join(',')}/${NAME}?replicaSet=${NAME}`;
  const admin = async <T>(address: string, command: object): Promise<T> => {
    const client = new mongoose.mongo.MongoClient(address, { serverSelectionTimeoutMS: 2_000 });
    try {
      return (await client.db('admin').command(command)) as T;
    } finally {
      await client.close();
    }
  };
  await admin(`mongodb://${hosts[0]}/?directConnection=true`, {
    replSetInitiate: {
      _id: NAME,
      members: hosts.map((host, _id) => ({ _id, host })),
      settings: { electionTimeoutMillis: LOST_AFTER_MS, heartbeatIntervalMillis: 500 },
    },
  });
  const primary = async (): Promise<number> => {
    const { me } = await admin<{ me: string }>(uri, { hello: 1 });
    return Number(me.split(':')[1]);
  };
  const members = async () => {
    const status = await admin<{ members: { name: string; stateStr: string }[] }>(uri, {
      replSetGetStatus: 1,
    });
    return status.members.map(({ stateStr }) => stateStr);
  };
  await until('the replica set to be complete', async () => {
    const states = await members().catch(() => []);
    return states.every((state) => state === 'PRIMARY' || state === 'SECONDARY') && states[0];
  });
  return {
    uri,
    servers,
    primary,
    /** Gives the port that it had. */
    async killPrimary(): Promise<number> {
      return await servers.kill(await primary());
    },
    stop: () => servers.stop(),
  };
}

/** A master, a replica, and three sentinels of which two decide. */
export async function startSentinels() {
  const servers = await Servers.make();
  let master = 0;
  // Whoever starts after the first follows who is master by then.
  const server = () =>
    servers.add((place) =>
      startRedis({
        ...place,
        args: master > 0 ? ['--replicaof', '127.0.0.1', String(master)] : [],
      }),
    );
  master = await server();
  await server();
  const config = [
    `sentinel monitor ${NAME} 127.0.0.1 ${master} 2`,
    `sentinel down-after-milliseconds ${NAME} ${LOST_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} ${5 * LOST_AFTER_MS}`,
  ];
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => servers.add((place) => startSentinel({ ...place, config }))),
  );

  const seenBy = async (sentinel: number): Promise<Record<string, string | undefined>> =>
    await ask(sentinel, async (redis) => {
      const fields = (await redis.call('SENTINEL', 'MASTER', NAME)) as string[];
      return Object.fromEntries(
        fields.flatMap((field, i) => (i % 2 === 0 ? [[field, fields[i + 1]]] : [])),
      );
    });
  const replicas = async (): Promise<string | undefined> =>
    figures(await ask(master, (redis) => redis.info('replication'))).slave0;
  /** The replica has what the master has, and each sentinel knows all others. */
  const isComplete = async () => {
    const seen = await Promise.all(sentinels.map(seenBy));
    const known = seen.every(
      (each) => each['num-slaves'] === '1' && each['num-other-sentinels'] === '2',
    );
    return known && (await replicas())?.includes('state=online');
  };
  await until('the sentinels and the replica to be ready', () => isComplete().catch(() => false));
  return {
    uri: `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    servers,
    master: () => master,
    async replica(): Promise<number> {
      return Number(/port=(\d+)/.exec((await replicas()) ?? '')?.[1]);
    },
    /** Gives the port that it had. */
    async killMaster(): Promise<number> {
      return await servers.kill(master);
    },
    /** All sentinels have agreed on another master, and it is one. */
    async failedOver(): Promise<void> {
      const lost = master;
      master = await until('a new master', async () => {
        const ports = await Promise.all(sentinels.map(async (each) => (await seenBy(each)).port));
        const [port] = ports;
        const agreed = port && Number(port) !== lost && ports.every((other) => other === port);
        return agreed ? Number(port) : false;
      });
      await until('it to take over', async () => {
        const { role } = figures(await ask(master, (redis) => redis.info('replication')));
        return role === 'master';
      });
    },
    stop: () => servers.stop(),
  };
}

const SLOTS = 16_384;

/** Three masters, each with a third of the slots; the one that has this key has a replica. */
export async function startCluster(replicated: string) {
  const servers = await Servers.make();
  const add = async () => {
    const bus = await freePort();
    const args = [
      ...['--cluster-enabled', 'yes', '--cluster-port', String(bus)],
      ...['--cluster-node-timeout', String(LOST_AFTER_MS)],
    ];
    const port = await servers.add((place) => startRedis({ ...place, args }));
    return { port, bus };
  };
  const nodes = await Promise.all([add(), add(), add(), add()]);
  const [first, second, third, replica] = nodes.map(({ port }) => port) as [
    number,
    number,
    number,
    number,
  ];
  const masters = [first, second, third];
  const share = Math.ceil(SLOTS / masters.length);
  for (const { port, bus } of nodes)
    await ask(first, (redis) => redis.call('CLUSTER', 'MEET', '127.0.0.1', port, bus));
  for (const [i, port] of masters.entries()) {
    const last = Math.min(SLOTS, (i + 1) * share) - 1;
    await ask(port, (redis) => redis.cluster('ADDSLOTSRANGE', i * share, last));
  }
  const masterOf = async (key: string): Promise<number> => {
    const slot = await ask(first, (redis) => redis.cluster('KEYSLOT', key));
    return masters[Math.floor(Number(slot) / share)] ?? 0;
  };
  const master = await masterOf(replicated);
  const masterId = await ask(master, (redis) => redis.cluster('MYID'));
  await until('the replica to follow', () =>
    ask(replica, (redis) => redis.cluster('REPLICATE', String(masterId))).catch(() => false),
  );

  const isComplete = async () => {
    const alive = [...masters, replica].filter((port) => servers.isRunning(port));
    const seen = await Promise.all(
      alive.map((port) => ask(port, (redis) => redis.cluster('INFO') as Promise<string>)),
    );
    return seen
      .map(figures)
      .every((each) => each.cluster_state === 'ok' && each.cluster_slots_ok === String(SLOTS));
  };
  const isFollowed = async () => {
    const { slave0 } = figures(await ask(master, (redis) => redis.info('replication')));
    return slave0?.includes('state=online');
  };
  const complete = () =>
    until('all slots of the cluster to be served', () => isComplete().catch(() => false));
  await complete();
  await until('the replica to have followed', () => isFollowed().catch(() => false));
  return {
    uri: `redis+cluster://${masters.map((port) => `127.0.0.1:${port}`).join(',')}`,
    servers,
    masters,
    replica,
    masterOf,
    complete,
    stop: () => servers.stop(),
  };
}
