import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisClient, RedisStore } from '../../../config/redis.ts';
import { hashToken } from '../../../models/secret-box.ts';
import { ApiError } from '../shell/errors.ts';
import { networkOf } from './network.ts';

/** Who guesses: for which user, from where. */
export interface Guesser {
  /** In lower case. */
  email: string;
  ip: string;
}

interface Limit {
  name: string;
  /** Wrong guesses in that many seconds. */
  points: number;
  duration: number;
  keyOf: (guesser: Guesser) => string;
}

const QUARTER = 15 * 60;

/** One network that tries many addresses. An office behind one address has forgetful people too. */
const NETWORK: Limit = {
  name: 'network',
  points: 100,
  duration: QUARTER,
  keyOf: ({ ip }) => networkOf(ip),
};
/** What a forgetful person may do. */
const PAIR: Limit = {
  name: 'pair',
  points: 10,
  duration: QUARTER,
  keyOf: ({ email, ip }) => `${email} ${networkOf(ip)}`,
};
/** Many networks that try one address: no more wrong guesses in a row than NIST SP 800-63B allows. */
const ACCOUNT: Limit = {
  name: 'account',
  points: 100,
  duration: 3_600,
  keyOf: ({ email }) => email,
};

/** Where a user has signed in from lately, no stranger's guesses lock them out. */
const KNOWN_SECONDS = 30 * 24 * 3_600;

/**
 * Has a password looked at, if there were not too many wrong ones. The guess is counted before it is
 * looked at: guesses that run at the same time cannot slip past. `undefined` says that it was wrong; one
 * that was right, or could not be looked at, is taken back.
 */
export async function throttled<T>(
  redis: RedisStore,
  guesser: Guesser,
  guess: () => Promise<T | undefined>,
): Promise<T> {
  const { client } = redis;
  const limits = await redis.run(() => countGuess(client, guesser));
  let result: T | undefined;
  try {
    result = await guess();
  } catch (error) {
    await redis.run(() => Promise.all(limits.map((one) => one.limiter.reward(one.key))));
    throw error;
  }
  if (result === undefined) throw new ApiError('invalid_credentials');
  await redis.run(() => forgive(client, guesser));
  return result;
}

async function countGuess(client: RedisClient, guesser: Guesser) {
  const known = await client.exists(knownKey(guesser));
  const counted = [];
  for (const limit of known ? [NETWORK, PAIR] : [NETWORK, PAIR, ACCOUNT]) {
    const [limiter, key] = [limiterOf(client, limit), keyOf(limit, guesser)];
    try {
      await limiter.consume(key);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw new ApiError('too_many_attempts', { retryAfter: Math.ceil(error.msBeforeNext / 1000) });
    }
    counted.push({ limiter, key });
  }
  return counted;
}

/** Who knows the password was no guesser. */
async function forgive(client: RedisClient, guesser: Guesser): Promise<void> {
  await limiterOf(client, NETWORK).reward(keyOf(NETWORK, guesser));
  for (const limit of [PAIR, ACCOUNT]) await limiterOf(client, limit).delete(keyOf(limit, guesser));
  await client.set(knownKey(guesser), '1', 'EX', KNOWN_SECONDS);
}

/** Only names and numbers: what was counted is in Redis. */
function limiterOf(storeClient: RedisClient, { name, points, duration }: Limit): RateLimiterRedis {
  return new RateLimiterRedis({ storeClient, keyPrefix: `videur:login:${name}`, points, duration });
}

/** Digests: Redis holds no e-mail or network addresses for it. */
function keyOf(limit: Limit, guesser: Guesser): string {
  return hashToken(limit.keyOf(guesser));
}

function knownKey(guesser: Guesser): string {
  return `videur:login:known:${keyOf(PAIR, guesser)}`;
}
