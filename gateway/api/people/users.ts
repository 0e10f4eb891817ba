import { z } from 'zod';
import { isDuplicateKey } from '../../../models/duplicate-key.ts';
import type { ObjectId } from '../../../models/ids.ts';
import {
  changeMember,
  endMembership,
  LastOwner,
  NoMember,
} from '../../../models/people/membership.ts';
import { hashPassword } from '../../../models/people/password.ts';
import { type Membership, ROLES, type User } from '../../../models/people/user.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { invite } from './invitations.ts';
import { password } from './login.ts';
import { assertGoodPassword } from './password.ts';

const name = z.string().trim().min(1).max(100).nullable().optional();
const role = z.enum(ROLES);

export const newUser = z.strictObject({
  email: z.email().max(320).toLowerCase(),
  name,
  role,
  /** Without it they are invited and choose their own. */
  password: password.optional(),
});
export const userChange = z.strictObject({ name, role: role.optional() });

type NewUser = z.output<typeof newUser>;
type ById = { id: ObjectId };

/** Newest first. */
export async function listUsers(
  { workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const rows = await models.users
    .find({ 'memberships.workspaceId': workspaceId, ...olderThan(query) }, { passwordHash: 0 })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<User[]>();
  const json = (user: User) => userJson(user, workspaceId);
  return { status: 200, body: pageOf(rows, query.limit, json, ({ _id }) => _id) };
}

/**
 * Invites somebody; only this answer has the token. With a password they are a user at once, unless the
 * e-mail address has an account: that one's password is its owner's affair.
 */
export async function createUser(
  request: ApiRequest<unknown, unknown, NewUser>,
  deps: ApiDeps,
): Promise<Result> {
  const { workspaceId, body } = request;
  const { email, role, name = null } = body;
  const member = { email, 'memberships.workspaceId': workspaceId };
  if (await deps.models.users.exists(member)) throw new ApiError('user_exists');
  const { id, invitation } =
    body.password === undefined
      ? await invite(request, deps)
      : { id: await createAtOnce(workspaceId, body, body.password, deps), invitation: null };
  return { status: 201, body: { id, email, name, role, invitation } };
}

async function createAtOnce(
  workspaceId: ObjectId,
  { email, name = null, role }: NewUser,
  given: string,
  { models }: ApiDeps,
): Promise<ObjectId> {
  assertGoodPassword(given, 'password', [email, name ?? '']);
  const passwordHash = await hashPassword(given);
  try {
    const memberships = [{ workspaceId, role, name }];
    return (await models.users.create({ email, passwordHash, memberships }))._id;
  } catch (error) {
    if (isDuplicateKey(error)) throw new ApiError('user_exists');
    throw error;
  }
}

export async function changeUser(
  { workspaceId, params, body }: ApiRequest<ById, unknown, z.output<typeof userChange>>,
  { models }: ApiDeps,
): Promise<Result> {
  const member = { workspaceId, userId: params.id };
  const user = await answered(changeMember(models, member, body));
  return { status: 200, body: userJson(user, workspaceId) };
}

/** They are out from this moment on. */
export async function deleteUser(
  { workspaceId, params }: ApiRequest<ById>,
  { models }: ApiDeps,
): Promise<Result> {
  await answered(endMembership(models, { workspaceId, userId: params.id }));
  return { status: 204 };
}

async function answered<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (error instanceof NoMember) throw new ApiError('not_found');
    if (error instanceof LastOwner) throw new ApiError('last_owner');
    throw error;
  }
}

export const userOut = z
  .strictObject({
    id: idOut,
    email: z.string(),
    name: z.string().nullable(),
    role,
  })
  .meta({ id: 'User' });
export const newUserOut = userOut.extend({
  invitation: z.strictObject({ token: z.string(), expiresAt: timeOut }).nullable(),
});

function userJson({ _id, email, memberships }: User, workspaceId: ObjectId) {
  const { name = null, role } = memberships.find((one) =>
    one.workspaceId.equals(workspaceId),
  ) as Membership;
  return { id: _id, email, name, role };
}
