import { IANAZone } from 'luxon';
import { z } from 'zod';
import { changeBilling, termsAt } from '../../../models/mac/cycle.ts';
import type { Workspace } from '../../../models/people/workspace.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

export const workspaceChange = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  billing: z
    .strictObject({
      anchorDay: z.number().int().min(1).max(31).optional(),
      timeZone: z
        .string()
        .max(64)
        .refine((zone) => IANAZone.isValidZone(zone), 'must be an IANA time zone')
        .optional(),
      macLimit: z.number().int().min(0).nullable().optional(),
    })
    .optional(),
});
type WorkspaceChange = z.output<typeof workspaceChange>;

/** The workspaces of whoever asks. */
export async function listWorkspaces(
  { auth, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const ids =
    auth.type === 'api'
      ? [auth.key.workspaceId]
      : auth.user.memberships.map(({ workspaceId }) => workspaceId);
  const rows = await models.workspaces
    .find({ $and: [{ _id: { $in: ids } }, olderThan(query)] })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean();
  return { status: 200, body: pageOf(rows, query.limit, workspaceJson, ({ _id }) => _id) };
}

/**
 * Sets what is named and leaves the rest. Another anchor day or time zone is in force from the end of
 * the current cycle on.
 */
export async function changeWorkspace(
  { workspaceId, body }: ApiRequest<unknown, unknown, WorkspaceChange>,
  { models }: ApiDeps,
): Promise<Result> {
  const { name, billing: change = {} } = body;
  // The terms are changed as they were read, or it is read again.
  const workspace = await models.db.transaction(async (session) => {
    const before = await models.workspaces
      .findById(workspaceId, null, { session })
      .lean<Workspace>();
    if (!before) throw new ApiError('not_found');
    const billing = changeBilling(before.billing, change, Date.now());
    const set = { ...(name && { name }), billing };
    await models.workspaces.updateOne({ _id: workspaceId }, { $set: set }, { session });
    return { ...before, ...set };
  });
  return { status: 200, body: workspaceJson(workspace) };
}

export const workspaceOut = z
  .strictObject({
    id: idOut,
    name: z.string(),
    billing: z.strictObject({
      anchorDay: z.int(),
      timeZone: z.string(),
      macLimit: z.int().nullable(),
      inForce: z.strictObject({
        anchorDay: z.int(),
        timeZone: z.string(),
        until: timeOut.nullable(),
      }),
    }),
    createdAt: timeOut,
  })
  .meta({ id: 'Workspace' });

function workspaceJson({ _id, name, billing, createdAt }: Workspace) {
  const { anchorDay, timeZone, macLimit } = billing;
  const inForce = termsAt(Date.now(), billing);
  return { id: _id, name, billing: { anchorDay, timeZone, macLimit, inForce }, createdAt };
}
