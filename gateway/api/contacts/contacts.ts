import { z } from 'zod';
import {
  ACTOR_TYPES,
  BLOCK_SOURCES,
  type Block,
  type Contact,
} from '../../../models/contacts/contact.ts';
import { phraseOf, searchFor } from '../../../models/contacts/contact-search.ts';
import type { Selection } from '../../../models/contacts/segment-filter.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { objectId, pageQuery, pageUpTo } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { isByBlock, type Position, readContacts } from './contact-list.ts';
import { selectionOf } from './segments.ts';

const position = z.union([objectId, z.tuple([z.number(), objectId])]);
export const contactsQuery = pageQuery<Position>(position);
export const contactQuery = z.object({
  ...contactsQuery,
  q: z.string().trim().min(1).max(100).optional(),
  segment: z.string().max(24).optional(),
});
type ContactQuery = z.output<typeof contactQuery>;

/**
 * Newest first; blocked ones by when they were blocked. Each word of `q` is the beginning of one of the
 * contact's, or the beginning or end of its phone number. A page may be short, and go on all the same.
 */
export async function listContacts(
  { workspaceId, query }: ApiRequest<unknown, ContactQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const { q, segment, cursor } = query;
  const inSegment = segment ? await selectionOf(models, workspaceId, segment) : EVERYBODY;
  if (cursor && Array.isArray(cursor) !== isByBlock(inSegment.among)) throw foreignCursor();
  const search = q === undefined ? [] : searchFor(q);
  if (q !== undefined && search.length === 0) return { status: 200, body: pageUpTo([], null) };
  const selection: Selection = {
    ...inSegment,
    search: [...search, ...inSegment.search],
    phrase: q === undefined ? undefined : phraseOf(q),
  };
  const { contacts, next } = await readContacts(models, workspaceId, selection, query);
  return { status: 200, body: pageUpTo(contacts.map(contactJson), next) };
}

/** The contacts of a segment, blocked ones by when they were blocked. */
export async function listSegmentContacts(
  request: ApiRequest<{ id: string }, z.output<typeof segmentContactsQuery>>,
  deps: ApiDeps,
): Promise<Result> {
  const query = { ...request.query, segment: request.params.id };
  return await listContacts({ ...request, query }, deps);
}
export const segmentContactsQuery = contactQuery.omit({ segment: true });

const EVERYBODY: Selection = { among: {}, search: [], where: [] };

const foreignCursor = () =>
  new ApiError('invalid_request', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });

export async function getContact(
  { workspaceId, params }: ApiRequest<{ id: ObjectId }>,
  { models }: ApiDeps,
): Promise<Result> {
  const contact = await models.contacts.findOne({ _id: params.id, workspaceId }).lean<Contact>();
  if (!contact) throw new ApiError('not_found');
  return { status: 200, body: contactJson(contact) };
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
