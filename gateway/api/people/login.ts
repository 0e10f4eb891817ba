import { z } from 'zod';
import type { Models } from '../../../models/index.ts';
import { isPassword } from '../../../models/people/password.ts';
import { LONGEST_PASSWORD } from '../../../models/people/password-rules.ts';
import { ROLES, type User } from '../../../models/people/user.ts';
import type { ApiDeps, AppDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { createSession, endSession } from '../shell/sessions.ts';
import { throttled } from './throttle.ts';

/** As it is given: whoever has one of any length may try it. */
export const password = z.string().min(1).max(LONGEST_PASSWORD);

export const loginBody = z.strictObject({ email: z.string().min(1).max(320), password });
export const sessionOut = z.strictObject({ expiresAt: timeOut });
export const meOut = z.strictObject({
  user: z.strictObject({ id: idOut, email: z.string() }),
  workspaces: z.array(
    z.strictObject({
      id: idOut,
      name: z.string(),
      role: z.enum(ROLES),
      displayName: z.string().nullable(),
    }),
  ),
});

type LoginBody = z.output<typeof loginBody>;

/** Where a sign-in comes from, and the session that it takes the place of. */
export type From = Pick<ApiRequest, 'ip' | 'userAgent' | 'sessionToken'>;

/**
 * A new session for who knows the password; the session that the browser had before ends with it.
 * The throttle needs Redis: without it nobody signs in, but sessions and keys go on working.
 */
export async function signIn(
  { models, redis }: Pick<AppDeps, 'models' | 'redis'>,
  { email: given, password, ...from }: LoginBody & From,
) {
  const email = given.trim().toLowerCase();
  const user = await throttled(redis, { email, ip: from.ip }, async () => {
    const known = await models.users.findOne({ email }).lean<User>();
    return (await isPassword(password, known?.passwordHash)) ? (known ?? undefined) : undefined;
  });
  return await startSession(models, user, from);
}

/**
 * The session of who has just shown the password. A password that was changed, or a user who was
 * removed, since it was looked at: whichever transaction comes first, no session is left behind.
 */
export async function startSession(models: Models, user: User, from: From) {
  await endSession(models, from.sessionToken);
  return await models.db.transaction(async (transaction) => {
    const { matchedCount } = await models.users.updateOne(
      { _id: user._id, passwordHash: user.passwordHash },
      { $currentDate: { guardedAt: true } },
      { session: transaction },
    );
    if (matchedCount === 0) throw new ApiError('invalid_credentials');
    return await createSession(models, user._id, from, transaction);
  });
}

export async function login(
  { body, ip, userAgent, sessionToken }: ApiRequest<unknown, unknown, LoginBody>,
  deps: ApiDeps,
): Promise<Result> {
  const session = await signIn(deps, { ...body, ip, userAgent, sessionToken });
  return { status: 200, body: { expiresAt: session.expiresAt }, session };
}

export async function logout({ sessionToken }: ApiRequest, { models }: ApiDeps): Promise<Result> {
  await endSession(models, sessionToken);
  return { status: 204, session: null };
}

/** The user, and the workspaces with the role in each and what they are called there. */
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
      workspaces: memberships.flatMap(({ workspaceId: id, role, name }) => {
        const workspace = workspaces.find(({ _id }) => _id.equals(id));
        return workspace ? [{ id, name: workspace.name, role, displayName: name ?? null }] : [];
      }),
    },
  };
}
