import { randomBytes } from 'node:crypto';
import type { ObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import { hashToken } from '../../../models/secret-box.ts';
import type { User } from '../../../models/user.ts';

/** A working day; then one signs in again. */
const LIFETIME_MS = 12 * 3_600_000;
const TOKEN_BYTES = 32;

export const SESSION_COOKIE = 'videur_session';

/** A new session. Its token is told once; only the hash is kept. */
export async function createSession(models: Models, userId: ObjectId) {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const expiresAt = new Date(Date.now() + LIFETIME_MS);
  await models.sessions.create({ tokenHash: hashToken(token), userId, expiresAt });
  return { token, expiresAt };
}

/** The user of a session that has not expired; the sweep of expired rows may be a minute late. */
export async function findSession(models: Models, token: string): Promise<User | undefined> {
  const session = await models.sessions
    .findOne({ tokenHash: hashToken(token), expiresAt: { $gt: new Date() } })
    .lean();
  return (session && (await models.users.findById(session.userId).lean<User>())) ?? undefined;
}

export async function endSession(models: Models, token: string | undefined): Promise<void> {
  if (token) await models.sessions.deleteOne({ tokenHash: hashToken(token) });
}
