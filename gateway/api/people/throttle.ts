import type { RedisClient } from '../../../config/redis.ts';
import { hashToken } from '../../../models/secret-box.ts';
import { ApiError } from '../shell/errors.ts';

/** Wrong guesses that a forgetful person may make. */
const MOST_ATTEMPTS = 10;
const WINDOW_SECONDS = 15 * 60;

/**
 * Counts an attempt to sign in, before its password is looked at: attempts that run at the same time
 * cannot slip past. By e-mail address and origin together, so that a stranger locks nobody out.
 */
export async function noteAttempt(redis: RedisClient, email: string, ip: string): Promise<void> {
  const key = keyOf(email, ip);
  const answers = await redis.multi().incr(key).expire(key, WINDOW_SECONDS, 'NX').ttl(key).exec();
  const [attempts, , secondsLeft] = (answers ?? []).map(([error, answer]) => {
    if (error) throw error;
    return Number(answer);
  });
  if (attempts === undefined || attempts > MOST_ATTEMPTS)
    throw new ApiError('too_many_attempts', { retryAfter: secondsLeft ?? WINDOW_SECONDS });
}

/** Who knows the password was no guesser. */
export async function forgiveAttempts(
  redis: RedisClient,
  email: string,
  ip: string,
): Promise<void> {
  await redis.del(keyOf(email, ip));
}

/** A digest: Redis holds no e-mail addresses for it. */
function keyOf(email: string, ip: string): string {
  return `videur:login:${hashToken(`${email} ${ip}`)}`;
}
