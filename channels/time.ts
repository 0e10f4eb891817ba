import { z } from 'zod';

const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/;

/**
 * A moment in ISO 8601, as milliseconds: with its offset, which some write without a colon (`+0000`).
 * Of another form it is left out: what carries it is read all the same, at the time of its receipt.
 */
export const isoTime = z
  .string()
  .regex(ISO_8601)
  .transform((text) => Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))
  .pipe(z.int().nonnegative())
  .optional()
  .catch(undefined);
