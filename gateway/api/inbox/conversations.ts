import type { PipelineStage } from 'mongoose';
import { z } from 'zod';
import { Types } from '../../../models/ids.ts';
import { CONVERSATION_STATUSES, type Conversation } from '../../../models/inbox/conversation.ts';
import type { ApiDeps } from '../deps.ts';
import type { Auth } from '../shell/auth.ts';
import { objectId, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { before, byTime } from './by-time.ts';
import { conversationBody, conversationJson, readConversations } from './conversation.ts';

const INBOX_NAMES = ['all', 'mine', 'unassigned', 'blocked'] as const;
type InboxName = (typeof INBOX_NAMES)[number];

export const conversationQuery = z.object({
  ...byTime,
  inbox: z.enum(INBOX_NAMES).default('all'),
  status: z.enum(CONVERSATION_STATUSES).optional(),
  channelId: objectId.optional(),
  contactId: objectId.optional(),
});
type ConversationQuery = z.output<typeof conversationQuery>;

/** The latest activity first. */
export async function listConversations(
  { auth, workspaceId, query }: ApiRequest<unknown, ConversationQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const { inbox, status, channelId, contactId, limit, cursor } = query;
  const stages: PipelineStage[] = [
    {
      $match: {
        workspaceId,
        ...INBOXES[inbox](auth),
        ...(channelId && { channelId }),
        ...(contactId && { contactId }),
        // All three of them, when none is asked for: the index has the status before the time.
        status: status ?? { $in: [...CONVERSATION_STATUSES] },
        ...(cursor && before('lastMessageAt', cursor)),
      },
    },
    { $sort: { lastMessageAt: -1, _id: -1 } },
    { $limit: limit + 1 },
  ];
  const rows = await readConversations(models, stages, indexOf(query));
  const position = (row: Conversation) => [row.lastMessageAt.getTime(), row._id];
  return { status: 200, body: pageOf(rows, limit, conversationJson, position) };
}

const IN_ORDER = { blocked: 1, status: 1, lastMessageAt: -1, _id: -1 } as const;

/**
 * The index of a list. Left to itself MongoDB may take another one, which is good for a list of few, and
 * keep to it: a list of many would then be sorted as a whole.
 */
function indexOf({ inbox, channelId, contactId }: ConversationQuery): Record<string, 1 | -1> {
  if (contactId) return { contactId: 1 };
  if (channelId) return { channelId: 1, ...IN_ORDER };
  return inbox === 'mine' || inbox === 'unassigned'
    ? { workspaceId: 1, assigneeId: 1, ...IN_ORDER }
    : { workspaceId: 1, ...IN_ORDER };
}

export async function getConversation(
  request: ApiRequest<{ id: string }>,
  deps: ApiDeps,
): Promise<Result> {
  return { status: 200, body: await conversationBody(request, deps) };
}

const NOBODY = new Types.ObjectId('000000000000000000000000');

/** What is in each inbox: a blocked contact's conversation is in `blocked` and in no other. */
const INBOXES: Record<InboxName, (auth: Auth) => object> = {
  all: () => ({ blocked: false }),
  // Nothing is assigned to a key: its own inbox is empty.
  mine: (auth) => ({ blocked: false, assigneeId: auth.type === 'user' ? auth.user._id : NOBODY }),
  unassigned: () => ({ blocked: false, assigneeId: null }),
  blocked: () => ({ blocked: true }),
};

/** What a badge shows at most; beyond it nobody counts. */
const MOST_COUNTED = 1_000;

export const inboxesOut = z.strictObject({
  items: z.array(
    z.strictObject({
      inbox: z.enum(INBOX_NAMES),
      /** Conversations that are open; in `blocked`, all. 1000 stands for any number from there on. */
      count: z.int().max(MOST_COUNTED),
    }),
  ),
});

/** How many conversations wait in each inbox. */
export async function listInboxes(
  { auth, workspaceId }: ApiRequest,
  { models }: ApiDeps,
): Promise<Result> {
  const items = await Promise.all(
    INBOX_NAMES.map(async (inbox) => {
      const status = inbox === 'blocked' ? 'closed' : 'open';
      const waiting = { workspaceId, ...INBOXES[inbox](auth), status };
      const count = await models.conversations.collection.countDocuments(waiting, {
        limit: MOST_COUNTED,
      });
      return { inbox, count };
    }),
  );
  return { status: 200, body: { items } };
}
