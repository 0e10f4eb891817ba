import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ACTOR_TYPES } from '../../../models/contacts/contact.ts';
import { isDuplicateKey } from '../../../models/duplicate-key.ts';
import type { ObjectId } from '../../../models/ids.ts';
import { INVITATION_MS, type Invitation } from '../../../models/people/invitation.ts';
import { ROLES, type Role } from '../../../models/people/user.ts';
import { hashToken } from '../../../models/secret-box.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { actorOf } from '../shell/auth.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

const TOKEN_BYTES = 32;

interface Invited {
  email: string;
  name?: string | null | undefined;
  role: Role;
}

/** Invites somebody, or invites them anew: then the token before is worth nothing any more. */
export async function invite(
  {
    workspaceId,
    auth,
    body,
  }: Pick<ApiRequest<unknown, unknown, Invited>, 'workspaceId' | 'auth' | 'body'>,
  { models }: Pick<ApiDeps, 'models'>,
) {
  const { email, role, name = null } = body;
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const now = Date.now();
  const expiresAt = new Date(now + INVITATION_MS);
  const fresh = { role, name, tokenHash: hashToken(token), by: actorOf(auth), expiresAt };
  const write = () =>
    models.invitations
      .findOneAndUpdate(
        { workspaceId, email },
        { $set: { ...fresh, createdAt: new Date(now) } },
        { upsert: true, returnDocument: 'after' },
      )
      .lean<Invitation>();
  // Two who invite the same person at once: the second finds the first one's.
  const row = await write().catch((error) =>
    isDuplicateKey(error) ? write() : Promise.reject(error),
  );
  return { id: (row as Invitation)._id, invitation: { token, expiresAt } };
}

/** Those that can still be accepted, newest first. */
export async function listInvitations(
  { workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const rows = await models.invitations
    .find({ workspaceId, expiresAt: { $gt: new Date() }, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<Invitation[]>();
  return { status: 200, body: pageOf(rows, query.limit, invitationJson, ({ _id }) => _id) };
}

/** Its token is worth nothing from this moment on. */
export async function deleteInvitation(
  { workspaceId, params }: ApiRequest<{ id: ObjectId }>,
  { models }: ApiDeps,
): Promise<Result> {
  const { deletedCount } = await models.invitations.deleteOne({ _id: params.id, workspaceId });
  if (deletedCount === 0) throw new ApiError('not_found');
  return { status: 204 };
}

export const invitationOut = z
  .strictObject({
    id: idOut,
    email: z.string(),
    name: z.string().nullable(),
    role: z.enum(ROLES),
    by: z.strictObject({ type: z.enum(ACTOR_TYPES), id: z.string() }),
    createdAt: timeOut,
    expiresAt: timeOut,
  })
  .meta({ id: 'Invitation' });

function invitationJson({ _id, email, name, role, by, createdAt, expiresAt }: Invitation) {
  return { id: _id, email, name, role, by: { type: by.type, id: by.id }, createdAt, expiresAt };
}
