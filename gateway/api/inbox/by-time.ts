import { z } from 'zod';
import { pageQuery } from '../shell/page.ts';

/** A time (ms) and the id of the row there, for lists that are not in the order of their ids. */
const positionInTime = z.tuple([z.number(), z.string().max(64)]);
export type PositionInTime = z.output<typeof positionInTime>;

export const byTime = pageQuery(positionInTime);

/**
 * Rows further back than a position of a list in the order of `field` and `_id`, newest first. Said so
 * that the index is read from there on: with `$or` it would be read from its beginning.
 */
export function before(field: string, [time, id]: PositionInTime) {
  const at = new Date(time);
  return { [field]: { $lte: at }, $nor: [{ [field]: at, _id: { $gte: id } }] };
}

/** Rows further on than a position, oldest first. */
export function after(field: string, [time, id]: PositionInTime) {
  const at = new Date(time);
  return { [field]: { $gte: at }, $nor: [{ [field]: at, _id: { $lte: id } }] };
}
