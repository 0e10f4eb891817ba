import { z } from 'zod';

const MOST_DAYS = 366;

/** A moment from now to a year ahead. */
export const ahead = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(time))
  .refine((time) => time.getTime() > Date.now(), 'must be in the future')
  .refine(
    (time) => time.getTime() <= Date.now() + MOST_DAYS * 24 * 3_600_000,
    'must be at most a year ahead',
  );
