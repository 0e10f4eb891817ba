import type { PipelineStage } from 'mongoose';
import { z } from 'zod';
import type { Contact } from '../../../models/contact.ts';
import { CONVERSATION_STATUSES, type Conversation } from '../../../models/conversation.ts';
import { Types } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import type { Auth } from '../shell/auth.ts';
import { ApiError } from '../shell/errors.ts';
import { pageOf, pageQuery } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

/** A badge shows no more than two digits. */
const MOST_UNREAD = 99;

/** A time (ms) and the id of the row there, for lists that are not in the order of their ids. */
const positionInTime = z.tuple([z.number(), z.string().max(64)]);
export const byTime = pageQuery(positionInTime);

export const conversationQuery = z.object({
  ...byTime,
  inbox: z.enum(['all', 'mine', 'unassigned', 'blocked']).default('all'),
  status: z.enum(CONVERSATION_STATUSES).optional(),
});
type ConversationQuery = z.output<typeof conversationQuery>;

type WithUnread = Conversation & { unread: { count: number }[] };

/** The latest activity first. */
export async function listConversations(
  { auth, workspaceId, query }: ApiRequest<unknown, ConversationQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const { inbox, status, limit, cursor } = query;
  const rows = await read(models, [
    {
      $match: {
        workspaceId,
        ...INBOXES[inbox](auth),
        ...(status && { status }),
        ...(cursor && before('lastMessageAt', cursor)),
      },
    },
    { $sort: { lastMessageAt: -1, _id: -1 } },
    { $limit: limit + 1 },
  ]);
  const position = (row: Conversation) => [row.lastMessageAt.getTime(), row._id];
  return { status: 200, body: pageOf(rows, limit, conversationJson, position) };
}

export async function getConversation(
  { workspaceId, params }: Pick<ApiRequest<{ id: string }>, 'workspaceId' | 'params'>,
  { models }: ApiDeps,
): Promise<Result> {
  const [row] = await read(models, [{ $match: { _id: params.id, workspaceId } }]);
  if (!row) throw new ApiError('not_found');
  return { status: 200, body: conversationJson(row) };
}

/**
 * The conversation after a change to its contact's block. A worker closes and moves it a moment
 * later; it is answered as it will be, so that nobody sees it open in between.
 */
export async function conversationAfter(
  { workspaceId, params }: Pick<ApiRequest<{ id: string }>, 'workspaceId' | 'params'>,
  contact: Contact,
  { models }: ApiDeps,
) {
  const [row] = await read(models, [{ $match: { _id: params.id, workspaceId } }]);
  if (!row) throw new ApiError('not_found');
  const blocked = contact.blocked !== null;
  return conversationJson({
    ...row,
    blocked,
    ...(blocked && { status: 'closed' as const, snoozedUntil: null }),
  });
}

const NOBODY = new Types.ObjectId('000000000000000000000000');

/** What is in each inbox: a blocked contact's conversation is in `blocked` and in no other. */
const INBOXES: Record<ConversationQuery['inbox'], (auth: Auth) => object> = {
  all: () => ({ blocked: false }),
  // Nothing is assigned to a key: its own inbox is empty.
  mine: (auth) => ({ blocked: false, assigneeId: auth.type === 'user' ? auth.user._id : NOBODY }),
  unassigned: () => ({ blocked: false, assigneeId: null }),
  blocked: () => ({ blocked: true }),
};

/** Rows further back than a position of a list in the order of `field` and `_id`, newest first. */
export function before(field: string, [time, id]: z.output<typeof positionInTime>) {
  const at = new Date(time);
  return { $or: [{ [field]: { $lt: at } }, { [field]: at, _id: { $lt: id } }] };
}

/** Conversations with what is unread in each, in one query. */
function read(models: Models, stages: PipelineStage[]): Promise<WithUnread[]> {
  return models.conversations.aggregate<WithUnread>([
    ...stages,
    {
      $lookup: {
        from: models.messages.collection.name,
        let: { conversation: '$_id', readAt: '$readAt' },
        pipeline: [
          {
            $match: {
              $expr: {
                $and: [
                  { $eq: ['$conversationId', '$$conversation'] },
                  { $gt: ['$receivedAt', '$$readAt'] },
                ],
              },
            },
          },
          { $match: { direction: 'in' } },
          { $limit: MOST_UNREAD },
          { $count: 'count' },
        ],
        as: 'unread',
      },
    },
  ]);
}

export const conversationOut = z
  .strictObject({
    id: idOut,
    contactId: idOut,
    channelId: idOut,
    status: z.enum(CONVERSATION_STATUSES),
    blocked: z.boolean(),
    assigneeId: idOut.nullable(),
    snoozedUntil: timeOut.nullable(),
    unread: z.int(),
    lastMessageAt: timeOut,
  })
  .meta({ id: 'Conversation' });

function conversationJson(row: WithUnread) {
  return {
    id: row._id,
    contactId: row.contactId,
    channelId: row.channelId,
    status: row.status,
    blocked: row.blocked,
    assigneeId: row.assigneeId,
    snoozedUntil: row.snoozedUntil,
    unread: row.unread[0]?.count ?? 0,
    lastMessageAt: row.lastMessageAt,
  };
}
