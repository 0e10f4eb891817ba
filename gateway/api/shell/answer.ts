import { z } from 'zod';

/**
 * Parts of the schemas of answers. They describe JSON as it is on the wire: ids and times are text.
 * What a schema does not name must not be in the answer.
 */

export const idOut = z.string();

/** ISO 8601, UTC. */
export const timeOut = z.iso.datetime();

/** A page of a list. */
export function pageOut<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });
}
