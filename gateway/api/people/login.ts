import { z } from 'zod';
import { isPassword } from '../../../models/password.ts';
import { ROLES } from '../../../models/user.ts';
import type { ApiDeps, AppDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { createSession, endSession } from '../shell/sessions.ts';
import { forgiveAttempts, noteAttempt } from './throttle.ts';

/** argon2 reads the whole password: nobody's is longer than this. */
const LONGEST_PASSWORD = 1_000;

export const loginBody = z.strictObject({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(LONGEST_PASSWORD),
});
export const sessionOut = z.strictObject({ expiresAt: timeOut });
export const meOut = z.strictObject({
  user: z.strictObject({ id: idOut, email: z.string() }),
  workspaces: z.array(z.strictObject({ id: idOut, name: z.string(), role: z.enum(ROLES) })),
});

type LoginBody = z.output<typeof loginBody>;

type SignIn = LoginBody & Pick<ApiRequest, 'ip' | 'sessionToken'>;

/**
 * A new session for who knows the password; the session that the browser had before ends with it.
 * The throttle needs Redis: without it nobody signs in, but sessions and keys go on working.
 */
export async function signIn(
  { models, redis }: Pick<AppDeps, 'models' | 'redis'>,
  { email: given, password, ip, sessionToken }: SignIn,
) {
  const email = given.trim().toLowerCase();
  await redis.run(() => noteAttempt(redis.client, email, ip));
  const user = await models.users.findOne({ email }).lean();
  const right = await isPassword(password, user?.passwordHash);
  if (!user || !right) throw new ApiError('invalid_credentials');
  await redis.run(() => forgiveAttempts(redis.client, email, ip));
  await endSession(models, sessionToken);
  return await createSession(models, user._id);
}

export async function login(
  { body, ip, sessionToken }: ApiRequest<unknown, unknown, LoginBody>,
  deps: ApiDeps,
): Promise<Result> {
  const session = await signIn(deps, { ...body, ip, sessionToken });
  return { status: 200, body: { expiresAt: session.expiresAt }, session };
}

export async function logout({ sessionToken }: ApiRequest, { models }: ApiDeps): Promise<Result> {
  await endSession(models, sessionToken);
  return { status: 204, session: null };
}

/** The user, and the workspaces with the role in each. */
export async function me({ auth }: ApiRequest, { models }: ApiDeps): Promise<Result> {
  if (auth.type !== 'user') throw new ApiError('forbidden');
  const { _id, email, memberships } = auth.user;
  const workspaces = await models.workspaces
    .find({ _id: { $in: memberships.map(({ workspaceId }) => workspaceId) } })
    .lean();
  return {
    status: 200,
    body: {
      user: { id: _id, email },
      workspaces: memberships.flatMap(({ workspaceId, role }) => {
        const workspace = workspaces.find(({ _id }) => _id.equals(workspaceId));
        return workspace ? [{ id: workspaceId, name: workspace.name, role }] : [];
      }),
    },
  };
}
