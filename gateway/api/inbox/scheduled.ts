import { z } from 'zod';
import type { Message } from '../../../models/inbox/message.ts';
import { messageJson } from '../../../models/shapes.ts';
import type { ApiDeps } from '../deps.ts';
import { ApiError } from '../shell/errors.ts';
import { pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { after, byTime } from './by-time.ts';

export const scheduledQuery = z.object(byTime);
export const aMessage = z.object({ id: z.string().max(64), messageId: z.string().max(64) });

/** In the order in which they will leave. */
export async function listScheduled(
  { workspaceId, params, query }: ApiRequest<{ id: string }, z.output<typeof scheduledQuery>>,
  { models }: ApiDeps,
): Promise<Result> {
  if (!(await models.conversations.exists({ _id: params.id, workspaceId })))
    throw new ApiError('not_found');
  const { limit, cursor } = query;
  const rows = await models.messages
    .find({
      conversationId: params.id,
      status: 'scheduled',
      ...(cursor && after('sendAt', cursor)),
    })
    .sort({ sendAt: 1, _id: 1 })
    .limit(limit + 1)
    .lean<Message[]>();
  const position = (row: Message) => [row.sendAt?.getTime(), row._id];
  return { status: 200, body: pageOf(rows, limit, messageJson, position) };
}

/**
 * Takes back a message that is still to leave. The row decides: a worker that takes it in hand first
 * sends it, and then it is no longer scheduled.
 */
export async function cancelScheduled(
  { workspaceId, params }: ApiRequest<z.output<typeof aMessage>>,
  { models, publish }: ApiDeps,
): Promise<Result> {
  const { id: conversationId, messageId } = params;
  const which = { _id: messageId, conversationId, workspaceId };
  const { deletedCount } = await models.messages.deleteOne({ ...which, status: 'scheduled' });
  if (deletedCount === 0)
    throw new ApiError((await models.messages.exists(which)) ? 'not_scheduled' : 'not_found');
  publish(workspaceId.toString(), [{ type: 'message.stored', conversationId, messageId }]);
  return { status: 204 };
}
