import { z } from 'zod';
import { toObjectId } from '../../../models/ids.ts';

const MOST = 200;
const USUAL = 50;

/** Ids in a path that MongoDB made. */
export const objectId = z.string().transform((value, context) => {
  const id = toObjectId(value);
  if (!id) context.addIssue('must be an id');
  return id as NonNullable<typeof id>;
});

/** The part of a path that says which. */
export const anId = z.object({ id: objectId });
/** Of things whose ids are of another kind (`models/ids.ts`, `stableId`). */
export const aStableId = z.object({ id: z.string().max(64) });

/** `?limit=&cursor=` of a list; `position` is what its cursors hold. */
export function pageQuery<Position>(position: z.ZodType<Position>) {
  return {
    limit: z.coerce.number().int().min(1).max(MOST).default(USUAL),
    cursor: z
      .string()
      .max(500)
      .transform((cursor, context) => {
        const { success, data } = position.safeParse(decode(cursor));
        if (!success) context.addIssue('is not a cursor of this list');
        return data as Position;
      })
      .optional(),
  };
}

/** Lists in the order of their ids, newest first. */
export const byId = pageQuery(objectId);
export const byIdQuery = z.object(byId);
export type ByIdQuery = z.output<typeof byIdQuery>;

/** Where a list by id goes on. */
export function olderThan({ cursor }: Pick<ByIdQuery, 'cursor'>) {
  return cursor ? { _id: { $lt: cursor } } : {};
}

/**
 * The answer of a list, from one row more than was asked for: the one too many says that there is
 * a next page.
 */
export function pageOf<Row>(
  rows: Row[],
  limit: number,
  toJson: (row: Row) => unknown,
  positionOf: (row: Row) => unknown,
) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return pageUpTo(items.map(toJson), rows.length > limit && last ? positionOf(last) : null);
}

/** The answer of a list that goes on at that position; `null`: this was the last page. */
export function pageUpTo<Item>(items: Item[], next: unknown) {
  return { items, nextCursor: next === null ? null : encode(next) };
}

/** Opaque to callers: they pass on what they were given. */
function encode(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
