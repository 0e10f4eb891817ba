import { createHash } from 'node:crypto';
import { type ChainableCommander, Cluster, Redis, type RedisOptions } from 'ioredis';
import { Dependency, Unusable } from './dependency.ts';
import { describeError, type Logger } from './logger.ts';
import { type RedisPlace, readRedisUrl } from './redis-url.ts';

export type RedisClient = Redis | Cluster;

type Options = Omit<RedisOptions, 'replyMapping' | 'himportFieldsets'>;

/** A command that is not answered by then counts as failed: its caller has another way. */
const COMMAND_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection on which nothing comes back for so long leads nowhere any more, and is made anew. */
const DEAD_AFTER_MS = 5_000;
/** For BullMQ's connections: its blocking reads last up to ten seconds. */
const DEAD_AFTER_BLOCKING_MS = 15_000;
/** Most time between two tries to connect. */
const RECONNECT_MS = 500;

/** A connection for the request path: it fails at once rather than queue while Redis is away. */
export function connectRedis(url: string, log: Logger): RedisClient {
  return open(readRedisUrl(url), log, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: DEAD_AFTER_MS,
    lazyConnect: true,
  });
}

/** A connection for BullMQ workers, whose blocking reads have no deadline and wait for Redis. */
export function connectRedisForWorker(url: string, log: Logger): RedisClient {
  return open(readRedisUrl(url), log, {
    maxRetriesPerRequest: null,
    socketTimeout: DEAD_AFTER_BLOCKING_MS,
  });
}

function open(place: RedisPlace, log: Logger, options: Options): RedisClient {
  const common: Options = {
    ...options,
    ...place.login,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MS),
    // A master that became a replica: the address, or the sentinels, may know of another one by now.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  };
  const client =
    place.kind === 'cluster'
      ? openCluster(place, common)
      : new Redis({ ...common, ...address(place) });
  client.on('error', (error) => log.debug('redis.error', describeError(error)));
  return client;
}

function address(place: Exclude<RedisPlace, { kind: 'cluster' }>): Options {
  if (place.kind === 'single') return { host: place.host, port: place.port };
  return {
    sentinels: place.sentinels,
    name: place.master,
    ...(place.login.tls && { enableTLSForSentinelMode: true, sentinelTLS: place.login.tls }),
    // One that hangs must not keep us from asking the next.
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    sentinelRetryStrategy: (times) => Math.min(times * 50, RECONNECT_MS),
    // Its word that another one is master now closes the connection to the old one.
    failoverDetector: true,
  };
}

function openCluster({ nodes }: Extract<RedisPlace, { kind: 'cluster' }>, options: Options) {
  const { enableOfflineQueue, lazyConnect, retryStrategy: _, ...redisOptions } = options;
  return new Cluster(nodes, {
    redisOptions,
    ...(enableOfflineQueue !== undefined && { enableOfflineQueue }),
    ...(lazyConnect !== undefined && { lazyConnect }),
    clusterRetryStrategy: (times) => Math.min(times * 50, RECONNECT_MS),
    // When ioredis's own check fails, its `connect` never settles, and whoever waits for it is stuck.
    enableReadyCheck: false,
    slotsRefreshInterval: 5_000,
  });
}

/** What the server says of itself when it does not take writes now, or has no master. */
const REFUSALS =
  /^(READONLY|OOM|MISCONF|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|UNBLOCKED|NOAUTH|WRONGPASS|NOPERM|EXECABORT)\b/;
/** ioredis has no classes for these. */
const CONNECTION_LOST =
  /^(Connection is closed|Command timed out|Stream isn't writeable|Reached the max retries|Failed to refresh slots cache|None of startup nodes|Cluster isn't ready|All sentinels are unreachable|Too many Cluster redirections|Connection is already|Command aborted due to connection close|No subscriber for the cluster|Cluster is ended)/;
const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/** True for errors that say that Redis is away, or as good as away; not for commands that are wrong. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (
    REFUSALS.test(error.message) ||
    CONNECTION_LOST.test(error.message) ||
    (typeof code === 'string' && CONNECTION_CODES.has(code))
  );
}

/** Redis has it, and not so many of its replicas as are wanted: a failover could lose it. */
export class NotReplicated extends Error {
  override name = 'NotReplicated';
}

/** A replica that has not confirmed by then, or has not been heard of for so long, does not follow. */
const CONFIRM_DEADLINE_MS = 1_000;
const MOST_LAG_SECONDS = 2;

/** Redis behind its breaker, with what is known of the server that is connected now. */
export class RedisStore extends Dependency {
  /** Whether what it acknowledges is kept over a crash (append-only file); false until it is known. */
  durable = false;
  /**
   * Names the running servers and the history of each: another one after a restart or a failover, when
   * what they hold may be older than what was written. `undefined` from the moment a connection is lost.
   */
  runId: string | undefined;
  /** Whether as many replicas as are configured follow, as far as is known. */
  followed = true;
  /** How many that is. */
  readonly wanted: number;
  /** On a cluster, where the queues are. */
  private readonly key: string;

  constructor(
    readonly client: RedisClient,
    private readonly log: Logger,
    { replicas = 0, prefix = '{videur}' }: { replicas?: number; prefix?: string } = {},
  ) {
    super({
      name: 'redis',
      log,
      isAway: isRedisAway,
      trial: () => this.examine(),
      ask: () => this.examine(),
    });
    this.wanted = replicas;
    this.key = `${prefix}:asked`;
    for (const event of ['close', 'end', '-node', '+node', 'node error'])
      client.on(event, () => {
        this.runId = undefined;
        this.lost();
      });
    client.on('ready', () => this.hint());
  }

  /**
   * Resolves when as many replicas as are configured have what was just written to the queues: a master
   * that dies takes nothing of it along. Else throws {@link NotReplicated}.
   */
  async replicated(): Promise<void> {
    if (this.wanted === 0) return;
    const { runId } = this;
    const asked = this.client.pipeline().exists(this.key).wait(this.wanted, CONFIRM_DEADLINE_MS);
    const reached = Number(await lastOf(asked));
    if (reached < this.wanted) this.follow(false);
    // Another server by now knows nothing of what the one before it was given.
    if (!this.followed || runId === undefined || runId !== this.runId) throw new NotReplicated();
  }

  /** Waits for what is under way; a connection that is down has nothing. */
  async close(): Promise<void> {
    this.stop();
    if (this.available) await this.client.quit();
    else this.client.disconnect();
  }

  /**
   * Stores whose policy evicts would drop jobs that were answered 200, so they are not used. Without
   * an append-only file a crash of Redis loses the last seconds: a warning, shown in readiness.
   */
  private async examine(): Promise<void> {
    const { client, log } = this;
    if (client.status === 'wait' || client.status === 'end') await client.connect();
    const servers = client instanceof Cluster ? client.nodes('master') : [client];
    if (servers.length === 0) throw new Error('Connection is closed.');
    if (client instanceof Cluster) await assertWhole(client);
    const examined = await Promise.all(servers.map((server) => examineServer(server)));
    const asked = client.pipeline().set(this.key, '1', 'PX', 60_000).info('replication');
    const followers = followersIn(String(await lastOf(asked)));
    const evicting = examined.find(({ policy }) => policy !== 'noeviction');
    if (evicting) {
      log.error('redis.evicts', { policy: evicting.policy, wanted: 'noeviction' });
      throw new Unusable(
        `Redis evicts keys (maxmemory-policy ${evicting.policy}): set it to noeviction`,
      );
    }
    this.durable = examined.every(({ appendOnly }) => appendOnly);
    // Told once a connection, though asked again and again.
    if (!this.durable && !this.runId) log.warn('redis.not_durable', { appendonly: 'no' });
    this.follow(followers >= this.wanted);
    const ids = examined.map(({ id }) => id).sort();
    this.runId = createHash('sha256').update(ids.join()).digest('base64url').slice(0, 22);
  }

  private follow(followed: boolean): void {
    if (this.followed === followed) return;
    this.followed = followed;
    const fields = { wanted: this.wanted };
    if (followed) this.log.info('redis.followed', fields);
    else this.log.warn('redis.not_followed', fields);
  }
}

/**
 * A cluster is used as a whole: while some of its slots are served by nobody it counts as away, as it
 * does by its own default (`cluster-require-full-coverage`).
 */
async function assertWhole(cluster: Cluster): Promise<void> {
  const masters = new Set(cluster.slots.map(([master]) => master));
  const info = (await cluster.cluster('INFO')) as string;
  const ok = /^cluster_state:ok/m.test(info) && /^cluster_slots_ok:16384/m.test(info);
  // Those who are left know of a lost master later than the connection to it.
  if (!ok || cluster.nodes('master').length < masters.size)
    throw new Error('CLUSTERDOWN some slots are served by nobody');
}

/** One INFO tells it all; CONFIG is not allowed where Redis is somebody's service. */
async function examineServer(server: Redis) {
  const info = await server.info('server', 'memory', 'persistence', 'replication');
  const field = (name: string) => new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1] ?? '';
  return {
    policy: field('maxmemory_policy'),
    appendOnly: field('aof_enabled') === '1',
    id: `${field('run_id')}.${field('master_replid')}`,
  };
}

/** How many replicas follow closely, in the words of their master. */
function followersIn(info: string): number {
  const replicas = [...info.matchAll(/^slave\d+:.*state=online.*lag=(\d+)/gm)];
  return replicas.filter(([, lag]) => Number(lag) <= MOST_LAG_SECONDS).length;
}

/** The last answer of a pipeline, whose first command has a key: a cluster sends all of it to that one's server. */
async function lastOf(pipeline: ChainableCommander): Promise<unknown> {
  const answers = (await pipeline.exec()) ?? [];
  for (const [error] of answers) if (error) throw error;
  return answers.at(-1)?.[1];
}
