import { z } from 'zod';
import { ContactBlocked, NoContact } from '../../../models/block/unblocked.ts';
import type { ObjectId } from '../../../models/ids.ts';
import { CONVERSATION_STATUSES, type Conversation } from '../../../models/inbox/conversation.ts';
import type { ContactMerge, MergedContact } from '../../../models/merge/contact-merge.ts';
import { type MergePreview, merge, previewMerge } from '../../../models/merge/merge.ts';
import { idsOf } from '../../../models/merge/merged.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { actorOf } from '../shell/auth.ts';
import { ApiError } from '../shell/errors.ts';
import { mergedError } from '../shell/merged.ts';
import { type ByIdQuery, objectId, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { actorOut, blockJson, contactJson, contactOut } from './contacts.ts';

export const mergeBody = z
  .strictObject({ primaryId: objectId, secondaryId: objectId })
  .refine(({ primaryId, secondaryId }) => !primaryId?.equals(secondaryId), {
    path: ['secondaryId'],
    message: 'must be another contact',
  });
type MergeRequest = ApiRequest<unknown, unknown, z.output<typeof mergeBody>>;

/** The secondary becomes part of the primary, which is answered as it is then. */
export async function mergeContacts(request: MergeRequest, deps: ApiDeps): Promise<Result> {
  const { auth, body, workspaceId } = request;
  const contact = await refusing(request, deps, () =>
    merge(deps, { workspaceId, ...body, by: actorOf(auth) }),
  );
  return { status: 200, body: contactJson(contact) };
}

/** What a merge would make of them, if they stay as they are. Changes nothing. */
export async function previewContactMerge(request: MergeRequest, deps: ApiDeps): Promise<Result> {
  const { body, workspaceId } = request;
  const preview = await refusing(request, deps, () =>
    previewMerge(deps.models, { workspaceId, ...body }),
  );
  return { status: 200, body: previewJson(preview) };
}

async function refusing<T>(
  { body: { primaryId, secondaryId }, workspaceId }: MergeRequest,
  { models }: ApiDeps,
  doing: () => Promise<T>,
): Promise<T> {
  try {
    return await doing();
  } catch (error) {
    if (error instanceof ContactBlocked) {
      const contactId = error.contactId.toString();
      throw new ApiError('contact_blocked', { block: blockJson(error.block), contactId });
    }
    if (!(error instanceof NoContact)) throw error;
    for (const id of [primaryId, secondaryId]) {
      const merged = await mergedError(models, workspaceId, id);
      if (merged) throw merged;
    }
    throw new ApiError('not_found');
  }
}

const stateOut = z.strictObject({
  id: idOut,
  status: z.enum(CONVERSATION_STATUSES),
  assigneeId: idOut.nullable(),
  snoozedUntil: timeOut.nullable(),
  lastMessageAt: timeOut,
});

function stateJson({ _id, status, assigneeId, snoozedUntil, lastMessageAt }: Conversation) {
  return { id: _id, status, assigneeId, snoozedUntil, lastMessageAt };
}

export const mergePreviewOut = z
  .strictObject({
    contact: contactOut,
    /** Those that change: of the primary, each made of the secondary's and, where there is one, its own. */
    conversations: z.array(
      z.strictObject({ ...stateOut.shape, channelId: idOut, madeOf: z.array(idOut) }),
    ),
  })
  .meta({ id: 'MergePreview' });

function previewJson({ contact, conversations }: MergePreview) {
  return {
    contact: contactJson(contact),
    conversations: conversations.map(({ primary, secondary, joined }) => ({
      ...stateJson(joined),
      channelId: joined.channelId,
      madeOf: [...(primary ? [primary._id] : []), secondary._id],
    })),
  };
}

/** The merges that made this contact, newest first. */
export async function listMerges(
  { workspaceId, params, query }: ApiRequest<{ id: ObjectId }, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const which = { _id: params.id, workspaceId };
  const contact = await models.contacts.findOne(which, { mergedFrom: 1 }).lean();
  if (!contact) throw new ApiError('not_found');
  const rows = await models.contactMerges
    .find({ primaryId: { $in: idsOf(contact) }, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<ContactMerge[]>();
  return { status: 200, body: pageOf(rows, query.limit, mergeJson, ({ _id }) => _id) };
}

const sideOut = z.strictObject({ contact: contactOut, active: z.boolean() });

export const mergeOut = z
  .strictObject({
    id: idOut,
    at: timeOut,
    by: actorOut,
    /** False while a long history is still being moved. */
    complete: z.boolean(),
    /** What each was before, and whether it counted in the billing cycle. */
    primary: sideOut,
    secondary: sideOut,
    conversations: z.array(
      z.strictObject({ channelId: idOut, primary: stateOut.nullable(), secondary: stateOut }),
    ),
  })
  .meta({ id: 'Merge' });

function mergeJson({ _id, at, by, before, conversations, takenUntil }: ContactMerge) {
  return {
    id: _id,
    at,
    by: { type: by.type, id: by.id },
    complete: !takenUntil,
    primary: sideJson(before.primary),
    secondary: sideJson(before.secondary),
    conversations: conversations.map(({ primary, secondary }) => ({
      channelId: secondary.channelId,
      primary: primary && stateJson(primary),
      secondary: stateJson(secondary),
    })),
  };
}

function sideJson({ contact, active }: MergedContact) {
  return { contact: contactJson(contact), active };
}
