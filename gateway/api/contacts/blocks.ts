import { z } from 'zod';
import { type BlockRequest, block, unblock } from '../../../models/block/block.ts';
import { BLOCK_ACTIONS, type BlockHistoryEntry } from '../../../models/block/block-change.ts';
import { BLOCK_SOURCES, type BlockSource, type Contact } from '../../../models/contacts/contact.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { Conversation } from '../../../models/inbox/conversation.ts';
import type { Models } from '../../../models/index.ts';
import { idsOf } from '../../../models/merge/merged.ts';
import { blockEntryJson } from '../../../models/shapes.ts';
import type { ApiDeps } from '../deps.ts';
import { conversationBody } from '../inbox/conversation.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { actorOf } from '../shell/auth.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { actorOut, contactJson } from './contacts.ts';

const reason = z.string().trim().max(500).nullable().optional();

export const blockBody = z.strictObject({
  reason,
  expiresAt: z.iso
    .datetime({ offset: true })
    .transform((time) => new Date(time))
    .refine((time) => time.getTime() > Date.now(), 'must be in the future')
    .nullable()
    .optional(),
});
export const unblockBody = z.strictObject({ reason });

type BlockBody = z.output<typeof blockBody>;
type Change = typeof block | typeof unblock;

type OfContact = ApiRequest<{ id: ObjectId }, unknown, BlockBody>;
type InConversation = ApiRequest<{ id: string }, unknown, BlockBody>;

export function blockContact(request: OfContact, deps: ApiDeps): Promise<Result> {
  return changeContact(block, request, deps);
}

export function unblockContact(request: OfContact, deps: ApiDeps): Promise<Result> {
  return changeContact(unblock, request, deps);
}

export function blockInInbox(request: InConversation, deps: ApiDeps): Promise<Result> {
  return changeInInbox(block, request, deps);
}

export function unblockInInbox(request: InConversation, deps: ApiDeps): Promise<Result> {
  return changeInInbox(unblock, request, deps);
}

/** From Contacts: the contact as it is afterwards. */
async function changeContact(change: Change, request: OfContact, deps: ApiDeps): Promise<Result> {
  const contact = await apply(change, request, request.params.id, 'contacts', deps);
  return { status: 200, body: contactJson(contact) };
}

/** From the inbox: the contact of a conversation, and the conversation as it is afterwards. */
async function changeInInbox(
  change: Change,
  request: InConversation,
  deps: ApiDeps,
): Promise<Result> {
  const which = { _id: request.params.id, workspaceId: request.workspaceId };
  const conversation = await deps.models.conversations.findOne(which).lean<Conversation>();
  if (!conversation) throw new ApiError('not_found');
  await apply(change, request, conversation.contactId, 'inbox', deps);
  return { status: 200, body: await conversationBody(request, deps) };
}

async function apply(
  change: Change,
  {
    workspaceId,
    auth,
    body,
  }: Pick<ApiRequest<unknown, unknown, BlockBody>, 'workspaceId' | 'auth' | 'body'>,
  contactId: ObjectId,
  place: BlockSource,
  deps: ApiDeps,
): Promise<Contact> {
  const request: BlockRequest = {
    workspaceId,
    contactId,
    by: actorOf(auth),
    source: auth.type === 'api' ? 'api' : place,
    reason: body.reason || null,
    expiresAt: body.expiresAt ?? null,
  };
  const result = await change(deps, request);
  if (!result) throw new ApiError('not_found');
  return result.contact;
}

/** The audit trail of the workspace, newest first. */
export function listBlockHistory(
  { workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  return readHistory(models, { workspaceId }, query);
}

/** The audit trail of one contact, newest first, with what was of those that were merged into it. */
export async function listContactBlockHistory(
  { workspaceId, params, query }: ApiRequest<{ id: ObjectId }, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const which = { _id: params.id, workspaceId };
  const contact = await models.contacts.findOne(which, { mergedFrom: 1 }).lean<Contact>();
  if (!contact) throw new ApiError('not_found');
  return await readHistory(models, { workspaceId, contactId: { $in: idsOf(contact) } }, query);
}

async function readHistory(
  models: Models,
  of: { workspaceId: ObjectId; contactId?: { $in: ObjectId[] } },
  query: ByIdQuery,
): Promise<Result> {
  const rows = await models.blockHistory
    .find({ ...of, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<BlockHistoryEntry[]>();
  return { status: 200, body: pageOf(rows, query.limit, blockEntryJson, ({ _id }) => _id) };
}

export const blockHistoryEntryOut = z
  .strictObject({
    id: idOut,
    contactId: idOut,
    blockId: idOut,
    action: z.enum(BLOCK_ACTIONS),
    at: timeOut,
    by: actorOut,
    source: z.enum(BLOCK_SOURCES),
    reason: z.string().nullable(),
    expiresAt: timeOut.nullable(),
  })
  .meta({ id: 'BlockHistoryEntry' });
