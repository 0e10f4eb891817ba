import { z } from 'zod';
import type { ParsedEvent, SettledEvent } from '../models/delivery/event.ts';

/** Longest event or sender id that is taken; the providers' own are all below 200 characters. */
export const MAX_ID = 512;

/** An id that a delivery must carry. */
export const id = z.string().min(1).max(MAX_ID);

/** Something nice to have: of the wrong type it is left out, and what carries it is still read. */
export const hint = z.string().min(1).optional().catch(undefined);

/** A name or address for a contact's profile, as long as one can reasonably be. */
export const label = z
  .string()
  .transform((text) => text.trim().slice(0, 200) || undefined)
  .optional()
  .catch(undefined);

/** A size in bytes, as a hint. */
export const size = z.int().nonnegative().optional().catch(undefined);

/** Where something is, as far as a browser may follow it: agents click on it. */
export const webAddress = z.url({ protocol: /^https?$/ }).max(4096);

/** Where an API is called, instead of the provider's usual address. */
export const apiBaseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .optional();

/** An id of ours at the provider that is part of an address. */
export const pathPart = z.string().regex(/^[\w-]{1,100}$/, 'must be of A-Z, a-z, 0-9, _ and -');

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The parsed body, or `undefined` when it is not JSON (which has no `undefined`). Never throws. */
export function readJson(body: Buffer): unknown {
  const text = body.toString();
  try {
    return JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}
const BYTE_ORDER_MARK = 0xfeff;

/** Nothing for the inbox, on purpose. `reason` is a fixed word. */
export const ignored = (reason: string): SettledEvent => ({ kind: 'ignored', reason });

/** Cannot be read. `reason` is a fixed word. */
export const invalid = (reason: string): SettledEvent => ({ kind: 'invalid', reason });

/** The value as the schema has it, or `undefined`. */
export function take<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}

/**
 * Reads a list item by item; a list that is absent has none, and anything else is one invalid event.
 * Stops at `limit` events, which an adapter sets to more than a body of valid ones can hold: a body
 * of `{},{},…` would otherwise keep the process busy for seconds.
 */
export function eachOf(
  list: unknown,
  events: ParsedEvent[],
  limit: number,
  read: (item: unknown) => void,
): void {
  if (list === undefined) return;
  if (!Array.isArray(list)) {
    events.push(invalid('bad_list'));
    return;
  }
  for (const item of list) {
    if (events.length > limit) return;
    if (events.length === limit) {
      events.push(invalid('too_many'));
      return;
    }
    read(item);
  }
}

/** What there is of these, one below the other. */
export const lines = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join('\n');
