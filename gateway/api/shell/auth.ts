import { type ObjectId, toObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import type { ApiKey, Role, Session, User } from '../../../models/people/user.ts';
import { hashToken } from '../../../models/secret-box.ts';
import type { Access } from './access.ts';
import { ApiError } from './errors.ts';
import { findSession, noteUse } from './sessions.ts';

/** Who asks: a user with a session, or a program with a key. */
export type Auth = { type: 'user'; user: User; session: Session } | { type: 'api'; key: ApiKey };

/** The last use of a key is written down no more often than this. */
const KEY_NOTED_EVERY_MS = 3_600_000;

export interface Credentials {
  /** The API key of `Authorization: Bearer …`; it goes before a cookie. */
  key: string | undefined;
  sessionToken: string | undefined;
}

/** Who the credentials belong to. A key that is not valid is not made good by a cookie. */
export async function identify(
  models: Models,
  { key: given, sessionToken }: Credentials,
): Promise<Auth | undefined> {
  if (given === undefined) {
    const found = sessionToken && (await findSession(models, sessionToken));
    return found ? { type: 'user', ...found } : undefined;
  }
  const key = await models.apiKeys.findOne({ keyHash: hashToken(given) }).lean<ApiKey>();
  const expired = key?.expiresAt && key.expiresAt.getTime() <= Date.now();
  return key && !expired ? { type: 'api', key } : undefined;
}

/** The same for a request, which keeps its session alive and is the last use of its key. */
export async function authenticate(
  models: Models,
  credentials: Credentials,
): Promise<Auth | undefined> {
  const auth = await identify(models, credentials);
  if (auth?.type === 'user') await noteUse(models, auth.session);
  if (auth?.type === 'api') await noteKeyUse(models, auth.key);
  return auth;
}

async function noteKeyUse(models: Models, { _id, lastUsedAt }: ApiKey): Promise<void> {
  const now = Date.now();
  if (lastUsedAt && now - lastUsedAt.getTime() < KEY_NOTED_EVERY_MS) return;
  await models.apiKeys.updateOne({ _id }, { lastUsedAt: new Date(now) });
}

/** The role that a user has in a workspace. */
export function roleIn(user: User, workspaceId: ObjectId): Role | undefined {
  return user.memberships.find((membership) => membership.workspaceId.equals(workspaceId))?.role;
}

/**
 * The workspace that the path names, if the asker belongs to it and may do this there. To everybody
 * else it does not exist. Without a workspace in the path, the role in any of them counts.
 */
export function authorize(auth: Auth, access: Access, id: unknown): ObjectId | undefined {
  const workspaceId = typeof id === 'string' ? toObjectId(id) : undefined;
  if (id !== undefined && !(workspaceId && belongsTo(auth, workspaceId)))
    throw new ApiError('not_found');
  if (!isAllowed(auth, access, workspaceId)) throw new ApiError('forbidden');
  return workspaceId;
}

function belongsTo(auth: Auth, workspaceId: ObjectId): boolean {
  if (auth.type === 'api') return auth.key.workspaceId.equals(workspaceId);
  return roleIn(auth.user, workspaceId) !== undefined;
}

/** Whether the roles or scopes are enough. */
export function isAllowed(auth: Auth, { roles, scopes }: Access, workspaceId?: ObjectId): boolean {
  if (auth.type === 'api') return auth.key.scopes.some((scope) => scopes.includes(scope));
  return auth.user.memberships.some(
    (membership) =>
      roles.includes(membership.role) &&
      (workspaceId === undefined || membership.workspaceId.equals(workspaceId)),
  );
}

/** Who asks, as it is kept with what they did. */
export function actorOf(auth: Auth): { type: 'user' | 'api'; id: string } {
  return auth.type === 'api'
    ? { type: 'api', id: auth.key._id.toString() }
    : { type: 'user', id: auth.user._id.toString() };
}
