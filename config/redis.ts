import { Redis } from 'ioredis';
import { describeError, type Logger } from './logger.ts';

/** A command that is not answered by then counts as failed: its caller has another way. */
const COMMAND_TIMEOUT_MS = 2_000;

/** A connection for the request path: it fails at once rather than queue while Redis is away. */
export function connectRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    lazyConnect: true,
  });
  redis.on('error', (error) => log.warn('redis.error', describeError(error)));
  return redis;
}

/** A connection for BullMQ workers, whose blocking reads have no deadline and wait for Redis. */
export function connectRedisForWorker(url: string, log: Logger): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', (error) => log.warn('redis.error', describeError(error)));
  return redis;
}

/**
 * How durable Redis is. A policy that evicts would drop jobs that were answered 200, so it is refused.
 * Without an append-only file a crash of Redis loses the last seconds: a warning, shown in readiness.
 */
export async function checkDurability(redis: Redis): Promise<{ durable: boolean }> {
  const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as string[];
  if (policy !== 'noeviction')
    throw new Error(`Redis evicts keys (maxmemory-policy ${policy}): set it to noeviction`);
  const [, appendOnly] = (await redis.config('GET', 'appendonly')) as string[];
  return { durable: appendOnly === 'yes' };
}
