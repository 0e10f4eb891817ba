import { hash, verify } from '@node-rs/argon2';

/** argon2id with the library's own parameters (19 MiB, two passes), which are OWASP's. */
export function hashPassword(password: string): Promise<string> {
  return hash(password);
}

/** Made on first use: nobody knows its password. */
let unknown: Promise<string> | undefined;

/**
 * Whether the password is the one that was hashed. Without a hash (no such user) the same work is
 * done in vain, so that the time of an answer does not tell which e-mail addresses are known.
 */
export async function isPassword(password: string, passwordHash?: string): Promise<boolean> {
  unknown ??= hashPassword(crypto.randomUUID());
  return (await verify(passwordHash ?? (await unknown), password)) && passwordHash !== undefined;
}
