import { z } from 'zod';
import { ACTOR_TYPES, BLOCK_SOURCES, type Block, type Contact } from '../../../models/contact.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { byId, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

export const contactQuery = z.object({
  ...byId,
  q: z.string().trim().min(1).max(100).optional(),
  segment: z.enum(['blocked']).optional(),
});
type ContactQuery = z.output<typeof contactQuery>;

/** Newest first. `q` is a part of a name, phone number, e-mail address or identity. */
export async function listContacts(
  { workspaceId, query }: ApiRequest<unknown, ContactQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const rows = await models.contacts
    .find({
      workspaceId,
      ...olderThan(query),
      ...(query.segment && { 'blocked.since': { $exists: true } }),
      ...(query.q && contains(query.q)),
    })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<Contact[]>();
  return { status: 200, body: pageOf(rows, query.limit, contactJson, ({ _id }) => _id) };
}

export async function getContact(
  { workspaceId, params }: ApiRequest<{ id: ObjectId }>,
  { models }: ApiDeps,
): Promise<Result> {
  const contact = await models.contacts.findOne({ _id: params.id, workspaceId }).lean<Contact>();
  if (!contact) throw new ApiError('not_found');
  return { status: 200, body: contactJson(contact) };
}

const SEARCHED = ['firstName', 'lastName', 'phone', 'email', 'identities'];

function contains(q: string) {
  const part = { $regex: q.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), $options: 'i' };
  return { $or: SEARCHED.map((field) => ({ [field]: part })) };
}

export const actorOut = z
  .strictObject({ type: z.enum(ACTOR_TYPES), id: z.string() })
  .meta({ id: 'Actor' });

export const blockOut = z
  .strictObject({
    id: idOut,
    since: timeOut,
    by: actorOut,
    source: z.enum(BLOCK_SOURCES),
    reason: z.string().nullable(),
    expiresAt: timeOut.nullable(),
  })
  .meta({ id: 'Block' });

export const contactOut = z
  .strictObject({
    id: idOut,
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    phone: z.string().nullable(),
    email: z.string().nullable(),
    tags: z.array(z.string()),
    fields: z.record(z.string(), z.unknown()),
    identities: z.array(z.string()),
    blocked: blockOut.nullable(),
    refused: z.strictObject({ count: z.int(), lastAt: timeOut.nullable() }),
    createdAt: timeOut,
  })
  .meta({ id: 'Contact' });

export function contactJson(contact: Contact) {
  const { blocked, refused } = contact;
  return {
    id: contact._id,
    firstName: contact.firstName ?? null,
    lastName: contact.lastName ?? null,
    phone: contact.phone ?? null,
    email: contact.email ?? null,
    tags: contact.tags,
    fields: contact.fields,
    identities: contact.identities,
    blocked: blocked && blockJson(blocked),
    refused: { count: refused.count, lastAt: refused.lastAt },
    createdAt: contact.createdAt,
  };
}

export function blockJson({ id, since, by, source, reason, expiresAt }: Block) {
  return { id, since, by: { type: by.type, id: by.id }, source, reason, expiresAt };
}
