import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';

/**
 * One at a time in a process: whoever knocks, the rest of the gateway keeps the other cores, and a hash
 * of 19 MiB is in memory once. A hash takes some 20 ms.
 */
const oneAtATime = pLimit(1);
/** More than these would be waited for too long by everybody. */
const MOST_WAITING = 50;

/** More passwords are being looked at than can be: try again in a moment. */
export class TooBusy extends Error {
  constructor() {
    super('too many passwords at once');
    this.name = 'TooBusy';
  }
}

/** argon2id with the library's own parameters (19 MiB, two passes), which are OWASP's. Throws {@link TooBusy}. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(normal(password)));
}

/** Made on first use: nobody knows its password. */
let unknown: Promise<string> | undefined;

/**
 * Whether the password is the one that was hashed. Without a hash (no such user) the same work is
 * done in vain, so that the time of an answer does not tell which e-mail addresses are known. Throws
 * {@link TooBusy}.
 */
export async function isPassword(password: string, passwordHash?: string): Promise<boolean> {
  unknown ??= hash(crypto.randomUUID());
  const against = passwordHash ?? (await unknown);
  const right = await inTurn(() => verify(against, normal(password)));
  return right && passwordHash !== undefined;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (oneAtATime.pendingCount >= MOST_WAITING) throw new TooBusy();
  return await oneAtATime(work);
}

/** The same letters from whatever keyboard are the same password. */
function normal(password: string): string {
  return password.normalize('NFKC');
}
