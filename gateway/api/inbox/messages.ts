import { z } from 'zod';
import type { Conversation } from '../../../models/inbox/conversation.ts';
import type { Message } from '../../../models/inbox/message.ts';
import { idsOf } from '../../../models/merge/merged.ts';
import { messageJson } from '../../../models/shapes.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { before, byTime } from './by-time.ts';

export const messageQuery = z.object(byTime);

/**
 * Newest first: a conversation is opened at its end and read backwards. Reading marks nothing read. A
 * scheduled message is not here until it is due: then its place is that of the moment it leaves at.
 */
export async function listMessages(
  { workspaceId, params, query }: ApiRequest<{ id: string }, z.output<typeof messageQuery>>,
  { models }: ApiDeps,
): Promise<Result> {
  const conversation = await models.conversations
    .findOne({ _id: params.id, workspaceId }, { mergedFrom: 1 })
    .lean<Conversation>();
  if (!conversation) throw new ApiError('not_found');
  const { limit, cursor } = query;
  const ids = idsOf(conversation);
  const reading = models.messages
    .find({
      conversationId: { $in: ids },
      status: { $ne: 'scheduled' },
      ...(cursor && before('receivedAt', cursor)),
    })
    .sort({ receivedAt: -1, _id: -1 })
    .limit(limit + 1);
  // Some may be moving from one to the other: each is read once, and none missed.
  if (ids.length > 1) reading.readConcern('snapshot');
  const rows = await reading.lean<Message[]>();
  const position = (row: Message) => [row.receivedAt.getTime(), row._id];
  const here = rows.map((row) => ({ ...row, conversationId: conversation._id }));
  return { status: 200, body: pageOf(here, limit, messageJson, position) };
}

const attachmentOut = z
  .strictObject({
    type: z.enum(['image', 'video', 'audio', 'file', 'sticker']),
    id: z.string().optional(),
    url: z.string().optional(),
    mimeType: z.string().optional(),
    name: z.string().optional(),
    /** Bytes. */
    size: z.int().optional(),
  })
  .meta({ id: 'Attachment' });

export const messageOut = z
  .strictObject({
    id: idOut,
    conversationId: idOut,
    direction: z.enum(['in', 'out']),
    type: z.string(),
    text: z.string().nullable(),
    attachments: z.array(attachmentOut),
    replyTo: z.string().nullable(),
    at: timeOut,
    receivedAt: timeOut,
    status: z.string(),
    /** When it was asked to leave, if it was scheduled. */
    sendAt: timeOut.nullable(),
    eventId: z.string(),
    sender: z.strictObject({
      type: z.enum(['contact', 'user', 'workflow', 'api', 'echo']),
      id: z.string().nullable(),
    }),
    editedAt: timeOut.nullable(),
    failure: z.string().nullable(),
    providerCode: z.string().nullable(),
  })
  .meta({ id: 'Message' });
