import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { Dependency, Unusable } from './dependency.ts';
import { describeError, type Logger } from './logger.ts';
import { type RedisPlace, readRedisUrl } from './redis-url.ts';

export type RedisClient = Redis | Cluster;

type Options = Omit<RedisOptions, 'replyMapping' | 'himportFieldsets'>;

/** A command that is not answered by then counts as failed: its caller has another way. */
const COMMAND_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** Most time between two tries to connect. */
const RECONNECT_MS = 500;

/** A connection for the request path: it fails at once rather than queue while Redis is away. */
export function connectRedis(url: string, log: Logger): RedisClient {
  return open(readRedisUrl(url), log, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    lazyConnect: true,
  });
}

/** A connection for BullMQ workers, whose blocking reads have no deadline and wait for Redis. */
export function connectRedisForWorker(url: string, log: Logger): RedisClient {
  return open(readRedisUrl(url), log, { maxRetriesPerRequest: null });
}

function open(place: RedisPlace, log: Logger, options: Options): RedisClient {
  const common: Options = {
    ...options,
    ...place.login,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MS),
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
    slotsRefreshInterval: 5_000,
  });
}

/** What the server says of itself when it does not take writes now, or has no master. */
const REFUSALS =
  /^(READONLY|OOM|MISCONF|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|UNBLOCKED|NOAUTH|WRONGPASS|NOPERM)\b/;
/** ioredis has no classes for these. */
const CONNECTION_LOST =
  /^(Connection is closed|Command timed out|Stream isn't writeable|Reached the max retries|Failed to refresh slots cache|None of startup nodes|Cluster isn't ready|All sentinels are unreachable|Too many Cluster redirections|Connection is already)/;
const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/** True for errors that say that Redis is away, or as good as away; not for commands that are wrong. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (
    REFUSALS.test(error.message) ||
    CONNECTION_LOST.test(error.message) ||
    (typeof code === 'string' && CONNECTION_CODES.has(code)) ||
    error instanceof NotReplicated
  );
}

/** Redis has it, and its replicas have not said so in time: a failover could lose it. */
export class NotReplicated extends Error {
  override name = 'NotReplicated';
}

/** Redis behind its breaker, with what is known of the server that is connected now. */
export class RedisStore extends Dependency {
  /** Whether what it acknowledges is kept over a crash (append-only file); false until it is known. */
  durable = false;
  /**
   * Names the running servers: another one after a restart or a failover, when what they hold may be
   * older than what was written. `undefined` from the moment a connection is lost.
   */
  runId: string | undefined;

  constructor(
    readonly client: RedisClient,
    log: Logger,
    { replicas }: { replicas: number } = { replicas: 0 },
  ) {
    super({
      name: 'redis',
      log,
      isAway: isRedisAway,
      trial: () => this.examine(log),
      ask: () => client.set('videur:asked', '1', 'PX', 60_000),
    });
    this.replicas = replicas;
    for (const event of ['close', 'end', '-node', '+node', 'node error'])
      client.on(event, () => {
        this.runId = undefined;
        this.lost();
      });
    client.on('ready', () => this.hint());
  }
  private readonly replicas: number;

  /**
   * Resolves when so many replicas as are configured have what this connection has written: a master
   * that dies takes nothing of it along. Throws {@link NotReplicated} when they do not say so in time.
   */
  async replicated(deadlineMs: number): Promise<void> {
    if (this.replicas === 0) return;
    const reached = await this.client.wait(this.replicas, deadlineMs);
    if (reached < this.replicas) throw new NotReplicated('the replicas did not follow in time');
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
  private async examine(log: Logger): Promise<void> {
    const { client } = this;
    if (client.status === 'wait' || client.status === 'end') await client.connect();
    const servers = client instanceof Cluster ? client.nodes('master') : [client];
    if (servers.length === 0) throw new Error('Connection is closed.');
    const examined = await Promise.all(servers.map((server) => examineServer(server)));
    await client.set('videur:asked', '1', 'PX', 60_000);
    const evicting = examined.find(({ policy }) => policy !== 'noeviction');
    if (evicting) {
      log.error('redis.evicts', { policy: evicting.policy, wanted: 'noeviction' });
      throw new Unusable(
        `Redis evicts keys (maxmemory-policy ${evicting.policy}): set it to noeviction`,
      );
    }
    this.durable = examined.every(({ appendOnly }) => appendOnly);
    if (!this.durable) log.warn('redis.not_durable', { appendonly: 'no' });
    this.runId = examined
      .map(({ runId }) => runId)
      .sort()
      .join('+');
  }
}

async function examineServer(server: Redis) {
  const [, policy] = (await server.config('GET', 'maxmemory-policy')) as string[];
  const [, appendOnly] = (await server.config('GET', 'appendonly')) as string[];
  const runId = /^run_id:(\w+)/m.exec(await server.info('server'))?.[1] ?? '';
  return { policy, appendOnly: appendOnly === 'yes', runId };
}
