import { z } from 'zod';
import type { ObjectId } from '../../../models/ids.ts';
import type { Session } from '../../../models/people/user.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

/** Where the user is signed in, newest first. */
export async function listSessions(
  { auth, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  if (auth.type !== 'user') throw new ApiError('forbidden');
  const now = new Date();
  const rows = await models.sessions
    .find({ userId: auth.user._id, expiresAt: { $gt: now }, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<Session[]>();
  const json = (session: Session) => sessionJson(session, auth.session);
  return { status: 200, body: pageOf(rows, query.limit, json, ({ _id }) => _id) };
}

/** It is refused from this moment on. */
export async function deleteSession(
  { auth, params }: ApiRequest<{ id: ObjectId }>,
  { models }: ApiDeps,
): Promise<Result> {
  if (auth.type !== 'user') throw new ApiError('forbidden');
  const which = { _id: params.id, userId: auth.user._id };
  const { deletedCount } = await models.sessions.deleteOne(which);
  if (deletedCount === 0) throw new ApiError('not_found');
  return { status: 204, ...(params.id.equals(auth.session._id) && { session: null }) };
}

export const ownSessionOut = z
  .strictObject({
    id: idOut,
    current: z.boolean(),
    startedAt: timeOut,
    usedAt: timeOut,
    expiresAt: timeOut,
    ip: z.string(),
    userAgent: z.string(),
  })
  .meta({ id: 'Session' });

function sessionJson(session: Session, current: Session) {
  const { _id, startedAt, usedAt, expiresAt, ip, userAgent } = session;
  return { id: _id, current: _id.equals(current._id), startedAt, usedAt, expiresAt, ip, userAgent };
}
