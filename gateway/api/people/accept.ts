import type { ClientSession } from 'mongoose';
import { z } from 'zod';
import { isDuplicateKey } from '../../../models/duplicate-key.ts';
import type { Models } from '../../../models/index.ts';
import type { Invitation } from '../../../models/people/invitation.ts';
import { hashPassword, isPassword } from '../../../models/people/password.ts';
import type { User } from '../../../models/people/user.ts';
import { hashToken } from '../../../models/secret-box.ts';
import type { ApiDeps } from '../deps.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { password, startSession } from './login.ts';
import { assertGoodPassword } from './password.ts';
import { throttled } from './throttle.ts';

export const acceptBody = z.strictObject({ token: z.string().min(1).max(200), password });
type AcceptBody = z.output<typeof acceptBody>;

/**
 * Makes who has the token a user of the workspace, and signs them in. The password is the one that they
 * choose; of somebody who has an account already it is their own, and shows that the account is theirs.
 */
export async function acceptInvitation(
  request: ApiRequest<unknown, unknown, AcceptBody>,
  deps: ApiDeps,
): Promise<Result> {
  const { models } = deps;
  const user = await join(request, deps);
  const session = await startSession(models, user, request);
  return { status: 200, body: { expiresAt: session.expiresAt }, session };
}

async function join(
  request: Pick<ApiRequest<unknown, unknown, AcceptBody>, 'body' | 'ip'>,
  deps: ApiDeps,
): Promise<User> {
  const { models, redis } = deps;
  const { token, password } = request.body;
  const open = { tokenHash: hashToken(token), expiresAt: { $gt: new Date() } };
  const invitation = await models.invitations.findOne(open).lean<Invitation>();
  if (!invitation) throw new ApiError('invitation_invalid');
  const { email, name } = invitation;
  const known = await models.users.findOne({ email }).lean<User>();
  if (known)
    await throttled(redis, { email, ip: request.ip }, async () =>
      (await isPassword(password, known.passwordHash)) ? true : undefined,
    );
  else assertGoodPassword(password, 'password', [email, name ?? '']);
  const passwordHash = known?.passwordHash ?? (await hashPassword(password));
  try {
    return await models.db.transaction(async (session) => {
      await use(models, invitation, session);
      return known
        ? await addTo(models, known, invitation, session)
        : await create(models, passwordHash, invitation, session);
    });
  } catch (error) {
    // They have become a user elsewhere at this moment, or stopped being one: from the start.
    if (isDuplicateKey(error) || error instanceof UserChanged) return await join(request, deps);
    throw error;
  }
}

/** An invitation is good for one. */
async function use(models: Models, { _id, tokenHash }: Invitation, session: ClientSession) {
  const { deletedCount } = await models.invitations.deleteOne({ _id, tokenHash }, { session });
  if (deletedCount === 0) throw new ApiError('invitation_invalid');
}

class UserChanged extends Error {}

/** Who belongs to the workspace by now keeps the role that they have. */
async function addTo(
  models: Models,
  { _id, passwordHash }: User,
  { workspaceId, role, name }: Invitation,
  session: ClientSession,
): Promise<User> {
  await models.users.updateOne(
    { _id, 'memberships.workspaceId': { $ne: workspaceId } },
    { $push: { memberships: { workspaceId, role, name } } },
    { session },
  );
  const user = await models.users.findOne({ _id, passwordHash }, null, { session }).lean<User>();
  if (!user) throw new UserChanged();
  return user;
}

async function create(
  models: Models,
  passwordHash: string,
  { _id, email, workspaceId, role, name }: Invitation,
  session: ClientSession,
): Promise<User> {
  const memberships = [{ workspaceId, role, name }];
  const [user] = await models.users.create([{ _id, email, passwordHash, memberships }], {
    session,
  });
  return user?.toObject() as User;
}
