import type { Model, PipelineStage } from 'mongoose';
import type { Contact } from '../../../models/contacts/contact.ts';
import type { Among, Selection } from '../../../models/contacts/segment-filter.ts';
import { TALKS } from '../../../models/contacts/segment-ops.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';

/**
 * Contacts that are looked at for one page: first a few, as most pages are soon full, then at most so
 * many. A filter that fits few of very many gives short pages, also empty ones, whose cursor goes on
 * behind the last one that was looked at: what a page costs is bounded, whatever is asked for.
 */
const LOOKED_AT = [200, 2_000];
const MOST_LOOKED_AT = 2_000;
/** Contacts with a word of a search, at most; of a word that more have, a page is soon found. */
const MOST_FOUND = 2_000;

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
  const contacts: Contact[] = [];
  let next = cursor ?? null;
  for (const most of LOOKED_AT) {
    const source = sourceOf(models, workspaceId, among, next);
    const missing = limit - contacts.length;
    const found = await read<Contact>(source, [
      ...looked(models, source, { ...selection, where }, most),
      { $limit: missing + 1 },
      { $project: { words: 0, [TALKS]: 0 } },
    ]);
    contacts.push(...found.slice(0, missing));
    const last = contacts.at(-1);
    if (found.length > missing && last)
      return { contacts: once(contacts), next: source.positionOf(last) };
    next = await positionAt(source, most - 1);
    if (next === null) break;
  }
  return { contacts: once(contacts), next };
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
  const [[found], beyond] = await Promise.all([
    read<{ count: number }>(source, [
      ...looked(models, source, { ...selection, where }, MOST_LOOKED_AT),
      { $limit: most + 1 },
      { $count: 'count' },
    ]),
    positionAt(source, MOST_LOOKED_AT),
  ]);
  const count = found?.count ?? 0;
  return { count: Math.min(count, most), exact: count <= most && beyond === null };
}

async function read<Row>({ rows, index }: Source, stages: PipelineStage[]): Promise<Row[]> {
  return await rows.aggregate<Row>(stages).hint(index);
}

/** Where the row is that comes after so many, as far as there is one. */
async function positionAt(source: Source, rows: number): Promise<Position | null> {
  const [row] = await read<Contact>(source, [
    ...source.inOrder,
    { $skip: rows },
    { $limit: 1 },
    { $project: source.position },
  ]);
  return row ? source.positionOf(row) : null;
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
  /** Without being told, MongoDB may read the contacts of all workspaces in the order of their ids. */
  index: Record<string, 1 | -1>;
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
  cursor: Position | null = null,
): Source {
  const positionOf = ({ _id }: Contact) => _id;
  const before = cursor && { $lt: cursor };
  if ('channelId' in among)
    return {
      rows: conversations,
      index: { workspaceId: 1, channelId: 1, contactId: -1 },
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
      index: { workspaceId: 1, 'blocked.since': -1, _id: -1 },
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
    index: INDEXES.find((index) => Object.keys(among).every((field) => field in index)) ?? BY_ID,
    inOrder: [
      { $match: { $and: [{ workspaceId }, among, ...(before ? [{ _id: before }] : [])] } },
      { $sort: { _id: -1 } },
    ],
    toContacts: [],
    position: { _id: 1 },
    positionOf,
  };
}

const BY_ID = { workspaceId: 1, _id: 1 } as const;
const INDEXES = [BY_ID, { workspaceId: 1, tags: 1, _id: -1 }] as const;

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
  most: number,
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
    { $limit: most },
    ...toContacts,
    ...(needsTalks ? [talks] : []),
    ...(where.length > 0 ? [{ $match: { $and: where } }] : []),
  ];
}

/** A contact may have several conversations on a channel, one after the other here. */
function once(contacts: Contact[]): Contact[] {
  return contacts.filter(({ _id }, index) => !contacts[index - 1]?._id.equals(_id));
}
