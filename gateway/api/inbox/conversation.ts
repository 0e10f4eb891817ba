import type { PipelineStage } from 'mongoose';
import { z } from 'zod';
import { CHANNEL_TYPES, type Channel } from '../../../models/channel/channel.ts';
import type { Contact } from '../../../models/contacts/contact.ts';
import { CONVERSATION_STATUSES, type Conversation } from '../../../models/inbox/conversation.ts';
import type { Message } from '../../../models/inbox/message.ts';
import type { Models } from '../../../models/index.ts';
import type { User } from '../../../models/people/user.ts';
import { blockJson, blockOut } from '../contacts/contacts.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest } from '../shell/route.ts';

/** A badge shows no more than two digits. */
const MOST_UNREAD = 99;
/** Characters of the last message: a line or two of a list. */
const MOST_PREVIEW = 200;

/** A conversation with what agents see of it in a list. What was deleted is not there. */
export type ConversationRow = Conversation & {
  unread: { count: number }[];
  lastMessage: Pick<Message, '_id' | 'direction' | 'type' | 'text' | 'at' | 'status'>[];
  contact: Contact[];
  channel: Channel[];
  assignee: User[];
};

/** Conversations with all that is answered of them, in one query, by an index that may be named. */
export async function readConversations(
  models: Models,
  stages: PipelineStage[],
  index?: Record<string, 1 | -1>,
): Promise<ConversationRow[]> {
  const read = models.conversations.aggregate<ConversationRow>([
    ...stages,
    lookUpUnread(models),
    {
      $lookup: {
        from: models.messages.collection.name,
        localField: '_id',
        foreignField: 'conversationId',
        pipeline: [
          { $sort: { receivedAt: -1, _id: -1 } },
          { $match: { status: { $ne: 'scheduled' } } },
          { $limit: 1 },
          { $project: { direction: 1, type: 1, text: 1, at: 1, status: 1 } },
        ],
        as: 'lastMessage',
      },
    },
    lookUp(models.contacts, 'contact', [
      'firstName',
      'lastName',
      'phone',
      'email',
      'identities',
      'blocked',
    ]),
    lookUp(models.channels, 'channel', ['type', 'name']),
    lookUp(models.users, 'assignee', ['memberships']),
  ]);
  return await (index ? read.hint(index) : read);
}

/** The answer of a call that names a conversation. Agents need no other module to work with it. */
export async function conversationBody(
  { workspaceId, params }: Pick<ApiRequest<{ id: string }>, 'workspaceId' | 'params'>,
  { models }: { models: Models },
) {
  const [row] = await readConversations(models, [{ $match: { _id: params.id, workspaceId } }]);
  if (!row) throw new ApiError('not_found');
  return conversationJson(row);
}

function lookUp(
  { collection }: Pick<Models['contacts' | 'channels' | 'users'], 'collection'>,
  as: string,
  fields: string[],
): PipelineStage {
  return {
    $lookup: {
      from: collection.name,
      localField: `${as}Id`,
      foreignField: '_id',
      pipeline: [{ $project: Object.fromEntries(fields.map((field) => [field, 1])) }],
      as,
    },
  };
}

function lookUpUnread(models: Models): PipelineStage {
  return {
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
  };
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
    contact: z
      .strictObject({ id: idOut, name: z.string(), blocked: blockOut.nullable() })
      .nullable(),
    channel: z
      .strictObject({ id: idOut, type: z.enum(CHANNEL_TYPES), name: z.string() })
      .nullable(),
    assignee: z.strictObject({ id: idOut, name: z.string().nullable() }).nullable(),
    lastMessage: z
      .strictObject({
        id: idOut,
        direction: z.enum(['in', 'out']),
        type: z.string(),
        text: z.string().nullable(),
        at: timeOut,
        status: z.string(),
      })
      .nullable(),
  })
  .meta({ id: 'Conversation' });

export function conversationJson(row: ConversationRow) {
  const [contact, channel, assignee, last] = [
    row.contact[0],
    row.channel[0],
    row.assignee[0],
    row.lastMessage[0],
  ];
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
    contact: contact
      ? {
          id: contact._id,
          name: nameOf(contact),
          blocked: contact.blocked && blockJson(contact.blocked),
        }
      : null,
    channel: channel ? { id: channel._id, type: channel.type, name: channel.name } : null,
    assignee: assignee ? { id: assignee._id, name: nameIn(row, assignee) } : null,
    lastMessage: last
      ? {
          id: last._id,
          direction: last.direction,
          type: last.type,
          text: last.text?.slice(0, MOST_PREVIEW) ?? null,
          at: last.at,
          status: last.status,
        }
      : null,
  };
}

/** What a person is called in a list: as they call themselves, else as they are reached. */
function nameOf({ firstName, lastName, phone, email, identities }: Contact): string {
  const name = [firstName, lastName].filter(Boolean).join(' ');
  return name || phone || email || (identities[0] ?? '').replace(/^[^:]*:/, '');
}

function nameIn({ workspaceId }: Conversation, { memberships }: User): string | null {
  return memberships.find((member) => member.workspaceId.equals(workspaceId))?.name ?? null;
}
