import { z } from 'zod';
import { BLOCKED_SEGMENT, type Segment } from '../../../models/contacts/segment.ts';
import {
  compileSegment,
  type SegmentFilter,
  type Selection,
  segmentFilter,
} from '../../../models/contacts/segment-filter.ts';
import { type ObjectId, toObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { countContacts } from './contact-list.ts';

/** Further than this nobody counts. */
const MOST_COUNTED = 1_000;

const name = z.string().trim().min(1).max(100);
export const newSegment = z.strictObject({ name, filter: segmentFilter });
export const segmentChange = z.strictObject({
  name: name.optional(),
  filter: segmentFilter.optional(),
});
/** An id, or the name of the one that is built in. */
export const aSegment = z.object({ id: z.string().max(24) });
type ById = { id: string };

/** The newest first, and before them the one that is built in. */
export async function listSegments(
  { workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const rows = await models.segments
    .find({ workspaceId, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<Segment[]>();
  const page = pageOf(
    rows,
    query.limit,
    (row) => row,
    ({ _id }) => _id,
  );
  const own = rows.slice(0, query.limit);
  const segments = query.cursor ? own : ([BLOCKED_SEGMENT, ...own] as const);
  const items = await Promise.all(segments.map((one) => segmentJson(models, workspaceId, one)));
  return { status: 200, body: { ...page, items } };
}

export async function getSegment(
  { workspaceId, params }: ApiRequest<ById>,
  { models }: ApiDeps,
): Promise<Result> {
  const segment = await findSegment(models, workspaceId, params.id);
  return { status: 200, body: await segmentJson(models, workspaceId, segment) };
}

export async function createSegment(
  { workspaceId, body }: ApiRequest<unknown, unknown, z.output<typeof newSegment>>,
  { models }: ApiDeps,
): Promise<Result> {
  const { name, filter } = body;
  const row = await models.segments.create({ workspaceId, name, filter: filter as SegmentFilter });
  return { status: 201, body: await segmentJson(models, workspaceId, row.toObject()) };
}

export async function changeSegment(
  { workspaceId, params, body }: ApiRequest<ById, unknown, z.output<typeof segmentChange>>,
  { models }: ApiDeps,
): Promise<Result> {
  const { name, filter } = body;
  const $set = { ...(name && { name }), ...(filter && { filter: filter as SegmentFilter }) };
  const segment = await models.segments
    .findOneAndUpdate({ _id: ownId(params.id), workspaceId }, { $set }, { returnDocument: 'after' })
    .lean<Segment>();
  if (!segment) throw new ApiError('not_found');
  return { status: 200, body: await segmentJson(models, workspaceId, segment) };
}

/** Its contacts stay. */
export async function deleteSegment(
  { workspaceId, params }: ApiRequest<ById>,
  { models }: ApiDeps,
): Promise<Result> {
  const { deletedCount } = await models.segments.deleteOne({ _id: ownId(params.id), workspaceId });
  if (deletedCount === 0) throw new ApiError('not_found');
  return { status: 204 };
}

/** Whom a segment selects; 404 when there is no such segment in the workspace. */
export async function selectionOf(
  models: Models,
  workspaceId: ObjectId,
  id: string,
): Promise<Selection> {
  return select(await findSegment(models, workspaceId, id));
}

function select(segment: Segment | typeof BLOCKED_SEGMENT): Selection {
  if (segment !== BLOCKED_SEGMENT) return compileSegment(segment.filter, Date.now());
  return { among: { 'blocked.since': { $exists: true } }, search: [], where: [] };
}

async function findSegment(models: Models, workspaceId: ObjectId, id: string) {
  if (id === BLOCKED_SEGMENT) return BLOCKED_SEGMENT;
  const segment = await models.segments.findOne({ _id: ownId(id), workspaceId }).lean<Segment>();
  if (!segment) throw new ApiError('not_found');
  return segment;
}

/** The id of one that can be changed; the built-in one has none. */
function ownId(id: string): ObjectId {
  const own = toObjectId(id);
  if (!own) throw new ApiError('not_found');
  return own;
}

const conditionOut = z.strictObject({ field: z.string(), op: z.string(), value: z.unknown() });
const ruleOut: z.ZodType = z.lazy(() => z.union([conditionOut, filterOut]));
const filterOut = z
  .union([z.strictObject({ all: z.array(ruleOut) }), z.strictObject({ any: z.array(ruleOut) })])
  .meta({ id: 'SegmentFilter' });

export const segmentOut = z
  .strictObject({
    id: idOut,
    name: z.string(),
    builtIn: z.boolean(),
    filter: filterOut.nullable(),
    /** `exact: false`: there are, or may be, more. */
    contacts: z.strictObject({ count: z.int(), exact: z.boolean() }),
    createdAt: timeOut.nullable(),
  })
  .meta({ id: 'Segment' });

async function segmentJson(
  models: Models,
  workspaceId: ObjectId,
  segment: Segment | typeof BLOCKED_SEGMENT,
) {
  const contacts = await countContacts(models, workspaceId, select(segment), MOST_COUNTED);
  if (segment === BLOCKED_SEGMENT)
    return {
      ...{ id: BLOCKED_SEGMENT, name: 'Blocked contacts', builtIn: true, filter: null },
      ...{ contacts, createdAt: null },
    };
  const { _id: id, name, filter, createdAt } = segment;
  return { id, name, builtIn: false, filter, contacts, createdAt };
}
