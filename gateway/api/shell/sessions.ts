import { randomBytes } from 'node:crypto';
import type { ClientSession } from 'mongoose';
import type { ObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import type { Session, User } from '../../../models/people/user.ts';
import { hashToken } from '../../../models/secret-box.ts';

/** A working day; then one signs in again. */
const LIFETIME_MS = 12 * 3_600_000;
/** Without a request for so long, too. */
const IDLE_MS = 2 * 3_600_000;
/** Use is written down no more often than this. */
const NOTED_EVERY_MS = 5 * 60_000;
const TOKEN_BYTES = 32;
const LONGEST_USER_AGENT = 200;

export const SESSION_COOKIE = 'videur_session';

/** Where somebody signs in from. */
export interface Origin {
  ip?: string;
  userAgent?: string | undefined;
}

/** A new session. Its token is told once; only the hash is kept. */
export async function createSession(
  models: Models,
  userId: ObjectId,
  { ip = '', userAgent = '' }: Origin = {},
  transaction: ClientSession | null = null,
) {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const now = Date.now();
  const endsAt = new Date(now + LIFETIME_MS);
  const session: Omit<Session, '_id'> = {
    tokenHash: hashToken(token),
    userId,
    startedAt: new Date(now),
    usedAt: new Date(now),
    expiresAt: new Date(now + IDLE_MS),
    endsAt,
    ip,
    userAgent: userAgent.slice(0, LONGEST_USER_AGENT),
  };
  await models.sessions.create([session], { session: transaction });
  return { token, expiresAt: endsAt };
}

/**
 * A session that has not expired (the sweep of expired rows may be a minute late), and its user, if
 * they still belong to a workspace.
 */
export async function findSession(
  models: Models,
  token: string,
): Promise<{ session: Session; user: User } | undefined> {
  const now = new Date();
  const session = await models.sessions
    .findOne({ tokenHash: hashToken(token), expiresAt: { $gt: now }, endsAt: { $gt: now } })
    .lean<Session>();
  const user = session && (await models.users.findById(session.userId).lean<User>());
  return session && user?.memberships.length ? { session, user } : undefined;
}

/** Puts off the end of a session that is used. */
export async function noteUse(models: Models, { _id, usedAt, endsAt }: Session): Promise<void> {
  const now = Date.now();
  if (now - usedAt.getTime() < NOTED_EVERY_MS) return;
  const expiresAt = new Date(Math.min(now + IDLE_MS, endsAt.getTime()));
  await models.sessions.updateOne({ _id }, { usedAt: new Date(now), expiresAt });
}

export async function endSession(models: Models, token: string | undefined): Promise<void> {
  if (token) await models.sessions.deleteOne({ tokenHash: hashToken(token) });
}
