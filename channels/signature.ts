import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** A secret of this form, or the list of those that are good while one is rotated (the first is used to send). */
export const secretListOf = (secret: z.ZodType<string>, form: string) =>
  z.union([secret, z.array(secret).min(1).max(10)], {
    error: `must be ${form}, or a list of them`,
  });

export const secretList = secretListOf(z.string().min(1), 'a secret that is not empty');
export type Secrets = z.infer<typeof secretList>;

/** Every secret that is set. None at all means that nothing is let in. */
export function secretsOf(secrets: Secrets | undefined): readonly string[] {
  if (typeof secrets === 'string') return secrets === '' ? [] : [secrets];
  return Array.isArray(secrets) ? secrets.filter((secret) => secret !== '') : [];
}

/** True for equal texts; takes as long for any two of the same length. */
export function sameText(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** True when the text is one of the secrets. */
export const isOneOf = (given: string, secrets: Secrets | undefined): boolean =>
  secretsOf(secrets).some((secret) => sameText(given, secret));

/** Both ways: a delivery from the future is as little worth as a stale one. */
export const TOLERANCE_SECONDS = 5 * 60;

/** True when a signature of that time, in seconds, still counts at `now`, in milliseconds. */
export const isFresh = (seconds: number, now: number): boolean =>
  Math.abs(Math.floor(now / 1000) - seconds) <= TOLERANCE_SECONDS;
