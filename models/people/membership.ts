import type { ClientSession } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import type { Role, User } from './user.ts';

/** Nobody of that id belongs to the workspace. */
export class NoMember extends Error {
  constructor() {
    super('there is no such user in the workspace');
    this.name = 'NoMember';
  }
}

/** The workspace would be left without an owner. */
export class LastOwner extends Error {
  constructor() {
    super('the workspace needs an owner');
    this.name = 'LastOwner';
  }
}

/** Which user of which workspace. */
export interface Member {
  workspaceId: ObjectId;
  userId: ObjectId;
}

/**
 * Decides in a transaction that the user belongs to the workspace, and holds it to that: the user's row
 * is written, so that this transaction and one that ends the membership exclude each other. Throws
 * {@link NoMember}.
 */
export async function assertMember(
  models: Models,
  member: Member,
  session: ClientSession,
): Promise<void> {
  const { matchedCount } = await models.users.updateOne(
    rowOf(member),
    { $currentDate: { guardedAt: true } },
    { session },
  );
  if (matchedCount === 0) throw new NoMember();
}

/**
 * Sets the role, the name or both. It counts from the user's next request on. Throws {@link NoMember},
 * {@link LastOwner}.
 */
export async function changeMember(
  models: Models,
  member: Member,
  change: { role?: Role | undefined; name?: string | null | undefined },
): Promise<User> {
  return await oneAfterTheOther(models, member, async (session) => {
    const fields = Object.entries(change).filter(([, value]) => value !== undefined);
    const set = fields.map(([field, value]) => [`memberships.$.${field}`, value]);
    const before = await models.users.findOne(rowOf(member), null, { session }).lean<User>();
    const after = await models.users
      .findOneAndUpdate(
        rowOf(member),
        { $set: Object.fromEntries(set) },
        { session, returnDocument: 'after' },
      )
      .lean<User>();
    if (change.role && change.role !== 'owner') await withdrawInvitations(models, member, session);
    return { before, result: after as User };
  });
}

/**
 * Ends the membership. What was assigned to the user is nobody's afterwards. A user without a workspace
 * is no user any more: the row goes, and their sessions with it. Throws {@link NoMember}, {@link LastOwner}.
 */
export async function endMembership(models: Models, member: Member): Promise<void> {
  const { workspaceId, userId } = member;
  const known = await models.users.findOne(rowOf(member)).lean<User>();
  await assertOwned(models, workspaceId, known, { but: userId });
  const unassign = (session: ClientSession | null) =>
    models.conversations
      .updateMany({ workspaceId, assigneeId: userId }, { assigneeId: null })
      .session(session);
  // There may be very many: in the transaction are only those that were assigned meanwhile.
  await unassign(null);
  await oneAfterTheOther(models, member, async (session) => {
    const before = await models.users
      .findOneAndUpdate(rowOf(member), { $pull: { memberships: { workspaceId } } }, { session })
      .lean<User>();
    if (before?.memberships.length === 1) {
      await models.users.deleteOne({ _id: userId }, { session });
      await models.sessions.deleteMany({ userId }, { session });
    }
    await unassign(session);
    await withdrawInvitations(models, member, session);
    return { before, result: undefined };
  });
}

/** Who may not invite any more does not come back by an invitation of their own. */
async function withdrawInvitations(
  models: Models,
  { workspaceId, userId }: Member,
  session: ClientSession,
): Promise<void> {
  const by = { type: 'user' as const, id: userId.toString() };
  await models.invitations.deleteMany({ workspaceId, by }, { session });
}

/**
 * Makes a change of who belongs to a workspace. Each writes the workspace's row, so that two of them
 * never run at once: two owners who remove each other are one owner in the end. `change` answers the
 * user's row as it was before, and what this answers.
 */
async function oneAfterTheOther<T>(
  models: Models,
  { workspaceId }: Member,
  change: (session: ClientSession) => Promise<{ before: User | null; result: T }>,
): Promise<T> {
  return await models.db.transaction(async (session) => {
    const now = { $currentDate: { membersChangedAt: true } } as const;
    await models.workspaces.updateOne({ _id: workspaceId }, now, { session });
    const { before, result } = await change(session);
    await assertOwned(models, workspaceId, before, { session });
    return result;
  });
}

/** Whether the workspace still has an owner, without the user `but`, if this user was one. */
async function assertOwned(
  models: Models,
  workspaceId: ObjectId,
  user: User | null,
  { but, session = null }: { but?: ObjectId; session?: ClientSession | null },
): Promise<void> {
  if (!user) throw new NoMember();
  const wasOwner = user.memberships.some(
    (one) => one.workspaceId.equals(workspaceId) && one.role === 'owner',
  );
  const owners = { memberships: { $elemMatch: { workspaceId, role: 'owner' } } };
  const others = but ? { _id: { $ne: but }, ...owners } : owners;
  if (wasOwner && !(await models.users.exists(others).session(session))) throw new LastOwner();
}

function rowOf({ workspaceId, userId }: Member) {
  return { _id: userId, 'memberships.workspaceId': workspaceId };
}
