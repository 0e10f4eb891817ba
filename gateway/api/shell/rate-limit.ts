import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisStore } from '../../../config/redis.ts';
import type { Auth } from './auth.ts';

const WINDOW_SECONDS = 60;
/** Redis that has not answered by then is not waited for. */
const DEADLINE_MS = 500;

/** What is left to who asks. */
export interface Quota {
  exceeded: boolean;
  /** Seconds until it is whole again. */
  resetAfter: number;
  /** The fields of https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
  headers: { 'RateLimit-Policy': string; RateLimit: string };
}

export type RateLimit = (auth: Auth) => Promise<Quota>;

/**
 * So many calls a minute for each key and each user, whichever gateway they come to. Without Redis each
 * gateway counts for itself: a limit is no reason to answer nobody.
 */
export function createRateLimit(redis: RedisStore, points: number): RateLimit {
  const limit = { points, duration: WINDOW_SECONDS };
  const shared = new RateLimiterRedis({
    storeClient: redis.client,
    keyPrefix: 'videur:api-calls',
    ...limit,
  });
  const own = new RateLimiterMemory(limit);

  const count = async (key: string): Promise<RateLimiterRes> => {
    try {
      return await redis.run(() => consume(shared, key), DEADLINE_MS);
    } catch {
      return await consume(own, key);
    }
  };

  return async (auth) => {
    const { consumedPoints, msBeforeNext } = await count(keyOf(auth));
    const remaining = Math.max(0, points - consumedPoints);
    const resetAfter = Math.max(1, Math.ceil(msBeforeNext / 1_000));
    return {
      exceeded: consumedPoints > points,
      resetAfter,
      headers: {
        'RateLimit-Policy': `"calls";q=${points};w=${WINDOW_SECONDS}`,
        RateLimit: `"calls";r=${remaining};t=${resetAfter}`,
      },
    };
  };
}

/** Too many is a result, and no error. */
async function consume(
  limiter: RateLimiterRedis | RateLimiterMemory,
  key: string,
): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (error) {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}

function keyOf(auth: Auth): string {
  return auth.type === 'api' ? `key:${auth.key._id}` : `user:${auth.user._id}`;
}
