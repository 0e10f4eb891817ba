import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort, type Store, startRedis } from '#stores';
import { connectRedis, RedisStore } from '../../config/redis.ts';
import { silent } from '../support/stores.ts';
import { ask } from '../support/topologies.ts';
import { until } from '../support/until.ts';

/** An address that leads to a server, later to another one, or nowhere. */
async function openName(port: number) {
  const sockets = new Set<Socket>();
  const name = { port: 0, leadsTo: port, silence, close };
  const server = createServer((near) => {
    const far = connect(name.leadsTo, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => near.destroy() && far.destroy());
    }
    near.pipe(far).pipe(near);
  });
  /** The connections that there are stay open and carry nothing more. */
  function silence() {
    for (const socket of sockets) socket.unpipe().pause();
  }
  function close() {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  name.port = (server.address() as AddressInfo).port;
  return name;
}

describe('Redis behind its breaker', () => {
  let dataDir: string;
  const servers: Store[] = [];
  const stores: RedisStore[] = [];
  const names: Awaited<ReturnType<typeof openName>>[] = [];
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'videur-redis-'));
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    for (const name of names.splice(0)) name.close();
    await Promise.all(servers.splice(0).map((server) => server.kill()));
  });
  after(() => rm(dataDir, { recursive: true, force: true }));

  const server = async (...args: string[]): Promise<Store> => {
    const port = await freePort();
    const started = await startRedis({ dataDir: join(dataDir, String(port)), port, args });
    servers.push(started);
    return started;
  };
  const nameOf = async ({ port }: Store) => {
    const name = await openName(port);
    names.push(name);
    return name;
  };
  const store = async (url: string, replicas = 0): Promise<RedisStore> => {
    const opened = new RedisStore(connectRedis(url, silent), silent, { replicas });
    stores.push(opened);
    await opened.start();
    return opened;
  };

  it('When some slots of a cluster are served by nobody, then connecting comes to an end, and it is used once they are', async () => {
    const { port } = await server(
      ...['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())],
      // Alone, it has nobody who could tell it its own address.
      ...['--cluster-announce-ip', '127.0.0.1'],
    );
    await ask(port, (redis) => redis.cluster('ADDSLOTSRANGE', 0, 16_000));
    const redis = await store(`redis+cluster://127.0.0.1:${port}`);
    expect(redis.available).to.equal(false);
    const another = connectRedis(`redis+cluster://127.0.0.1:${port}`, silent);
    await another.connect();
    another.disconnect();
    await ask(port, (asked) => asked.cluster('ADDSLOTSRANGE', 16_001, 16_383));
    await redis.whenAvailable();
    expect(await redis.run(() => redis.client.set('key', '1'))).to.equal('OK');
  });

  it('When the master becomes a replica and its address leads to another one, then that is used, and known to be another', async () => {
    const [one, other] = await Promise.all([server(), server()]);
    const name = await nameOf(one);
    const redis = await store(`redis://127.0.0.1:${name.port}`);
    const { runId } = redis;
    name.leadsTo = other.port;
    await ask(one.port, (asked) => asked.replicaof('127.0.0.1', other.port));
    await until('the other to be used', async () => {
      const set = await redis.run(() => redis.client.set('key', '1')).catch(() => undefined);
      return set === 'OK' && (await ask(other.port, (asked) => asked.get('key'))) === '1';
    });
    expect(redis.runId).to.be.a('string').and.not.equal(runId);
  });

  it('When a connection goes dead without a word, then another one takes its place', async () => {
    const name = await nameOf(await server());
    const redis = await store(`redis://127.0.0.1:${name.port}`);
    name.silence();
    await until('it to be seen as away', () => !redis.available);
    await redis.whenAvailable();
  });

  it('When a server is promoted to master again without a restart, then it is known to be another than before', async () => {
    const [one, other] = await Promise.all([server(), server()]);
    const redis = await store(one.uri);
    const { runId } = redis;
    await ask(one.port, (asked) => asked.replicaof('127.0.0.1', other.port));
    await until('it to be seen as away', () => !redis.available);
    await until('it to follow', async () => {
      const info = await ask(one.port, (asked) => asked.info('replication'));
      return info.includes('master_link_status:up');
    });
    await ask(one.port, (asked) => asked.replicaof('NO', 'ONE'));
    await redis.whenAvailable();
    expect(redis.runId).to.be.a('string').and.not.equal(runId);
  });

  it('When as many replicas as are wanted do not follow, then it is known, and nothing counts as replicated', async () => {
    const master = await server();
    const redis = await store(master.uri, 1);
    expect([redis.available, redis.followed]).to.deep.equal([true, false]);
    const replica = await server('--replicaof', '127.0.0.1', String(master.port));
    await until('the replica to be known', () => redis.followed);
    await redis.client.set('key', '1');
    await redis.replicated();
    process.kill(replica.pid, 'SIGSTOP');
    await redis.client.set('key', '2');
    const failure = await redis.replicated().catch((error) => error.name);
    expect([failure, redis.followed]).to.deep.equal(['NotReplicated', false]);
    process.kill(replica.pid, 'SIGCONT');
    await until('the replica to be known again', () => redis.followed);
    expect(redis.available).to.equal(true);
  });
});
