import type { Model, PipelineStage } from 'mongoose';
import type { Contact } from '../../../models/contact.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import type { Among, Selection } from '../../../models/segment-filter.ts';
import { TALKS } from '../../../models/segment-ops.ts';

/**
 * Contacts that are looked at for one page, at most. A filter that fits few of very many gives short
 * pages, also empty ones, whose cursor goes on behind the last one that was looked at: what a page costs
 * is bounded, whatever is asked for.
 */
const MOST_LOOKED_AT = 2_000;
/** Contacts with a word of a search, at most; of a word that more have, a page is soon found. */
const MOST_FOUND = 5_000;

/** Where a list goes on: an id, or a time (ms) and an id where it is in the order of a time. */
export type Position = ObjectId | [number, ObjectId];

/** One page, and where the next one begins; `null` when there is none. */
export async function readContacts(
  models: Models,
  workspaceId: ObjectId,
  selection: Selection,
  { limit, cursor }: { limit: number; cursor?: Position | undefined },
): Promise<{ contacts: Contact[]; next: Position | null }> {
  const { among, where } = await searched(models, workspaceId, selection);
  const source = sourceOf(models, workspaceId, among, cursor);
  const found = await source.rows.aggregate<Contact>([
    ...looked(models, source, { ...selection, where }),
    { $limit: limit + 1 },
    { $project: { words: 0, [TALKS]: 0 } },
  ]);
  const contacts = found.slice(0, limit);
  const last = contacts.at(-1);
  if (found.length > limit && last)
    return { contacts: once(contacts), next: source.positionOf(last) };
  const [end] = await source.rows.aggregate<Contact>([
    ...source.inOrder,
    { $skip: MOST_LOOKED_AT - 1 },
    { $limit: 1 },
    { $project: source.position },
  ]);
  return { contacts: once(contacts), next: end ? source.positionOf(end) : null };
}

/** How many there are, up to `most`, and whether that is all: no more are looked at than for a page. */
export async function countContacts(
  models: Models,
  workspaceId: ObjectId,
  selection: Selection,
  most: number,
): Promise<{ count: number; exact: boolean }> {
  const { among, where } = await searched(models, workspaceId, selection);
  const source = sourceOf(models, workspaceId, among);
  const counted = { $limit: most + 1 };
  const [[found], [beyond]] = await Promise.all([
    source.rows.aggregate<{ count: number }>([
      ...looked(models, source, { ...selection, where }),
      counted,
      { $count: 'count' },
    ]),
    source.rows.aggregate([
      ...source.inOrder,
      { $skip: MOST_LOOKED_AT },
      { $limit: 1 },
      { $project: source.position },
    ]),
  ]);
  const count = found?.count ?? 0;
  return { count: Math.min(count, most), exact: count <= most && beyond === undefined };
}

/**
 * With what is searched for: those who have the first word of it that few have. When all have it, the
 * list is read in its order until a page is full.
 */
async function searched(
  { contacts }: Models,
  workspaceId: ObjectId,
  { among, search, phrase, where }: Selection,
): Promise<Pick<Selection, 'among' | 'where'>> {
  const all = [...where, ...search];
  if (isByBlock(among)) return { among, where: all };
  for (const term of [...search, ...(phrase ? [phrase] : [])]) {
    const found = await contacts
      .find({ workspaceId, ...term }, { _id: 1 })
      .limit(MOST_FOUND + 1)
      .lean();
    if (found.length > MOST_FOUND) continue;
    const ids = found.map(({ _id }) => _id);
    return { among: { _id: { $in: ids } }, where: 'channelId' in among ? all : [among, ...all] };
  }
  return { among, where: all };
}

/** Whether the list is in the order in which contacts were blocked. */
export const isByBlock = (among: Among): boolean => 'blocked.since' in among;

/** The rows of an index in which the contacts are found. */
interface Source {
  // biome-ignore lint/suspicious/noExplicitAny: contacts, or conversations that become contacts
  rows: Model<any>;
  inOrder: PipelineStage[];
  toContacts: PipelineStage[];
  /** What of a row says where it is, as a contact has it. */
  position: Record<string, 1 | string>;
  positionOf(contact: Contact): Position;
}

/** The newest first; blocked ones in the order in which they were blocked, the last one first. */
function sourceOf(
  { contacts, conversations }: Models,
  workspaceId: ObjectId,
  among: Among,
  cursor?: Position,
): Source {
  const positionOf = ({ _id }: Contact) => _id;
  const before = cursor && { $lt: cursor };
  if ('channelId' in among)
    return {
      rows: conversations,
      inOrder: [
        { $match: { workspaceId, ...among, ...(before && { contactId: before }) } },
        { $sort: { contactId: -1 } },
      ],
      toContacts: [
        {
          $lookup: {
            from: contacts.collection.name,
            localField: 'contactId',
            foreignField: '_id',
            as: 'contact',
          },
        },
        { $unwind: '$contact' },
        { $replaceRoot: { newRoot: '$contact' } },
      ],
      position: { _id: '$contactId' },
      positionOf,
    };
  if (isByBlock(among))
    return {
      rows: contacts,
      inOrder: [
        { $match: { workspaceId, ...among, ...(cursor && beforeBlock(cursor)) } },
        { $sort: { 'blocked.since': -1, _id: -1 } },
      ],
      toContacts: [],
      position: { 'blocked.since': 1 },
      positionOf: ({ _id, blocked }) => [blocked?.since.getTime() ?? 0, _id],
    };
  return {
    rows: contacts,
    inOrder: [
      { $match: { $and: [{ workspaceId }, among, ...(before ? [{ _id: before }] : [])] } },
      { $sort: { _id: -1 } },
    ],
    toContacts: [],
    position: { _id: 1 },
    positionOf,
  };
}

function beforeBlock(cursor: Position) {
  if (!Array.isArray(cursor)) return {};
  const [time, id] = cursor;
  const since = new Date(time);
  return {
    'blocked.since': { $lte: since },
    $or: [{ 'blocked.since': { $lt: since } }, { _id: { $lt: id } }],
  };
}

function looked(
  { conversations }: Models,
  { inOrder, toContacts }: Source,
  { where, needsTalks }: Pick<Selection, 'where' | 'needsTalks'>,
): PipelineStage[] {
  const talks: PipelineStage = {
    $lookup: {
      from: conversations.collection.name,
      localField: '_id',
      foreignField: 'contactId',
      as: TALKS,
    },
  };
  return [
    ...inOrder,
    { $limit: MOST_LOOKED_AT },
    ...toContacts,
    ...(needsTalks ? [talks] : []),
    ...(where.length > 0 ? [{ $match: { $and: where } }] : []),
  ];
}

/** A contact may have several conversations on a channel, one after the other here. */
function once(contacts: Contact[]): Contact[] {
  return contacts.filter(({ _id }, index) => !contacts[index - 1]?._id.equals(_id));
}
