import { z } from 'zod';
import { blockOut } from '../contacts/contacts.ts';
import { idOut } from '../shell/answer.ts';
import { ERRORS, type ErrorCode } from '../shell/errors.ts';
import { namesMergeable } from '../shell/merged.ts';
import type { Route } from '../shell/route.ts';

/** What some errors tell beside the members that all have. */
const DETAILS: { [Code in ErrorCode]?: z.ZodRawShape } = {
  invalid_request: { errors: z.array(z.strictObject({ path: z.string(), message: z.string() })) },
  contact_blocked: { block: blockOut, contactId: idOut.optional() },
  identity_taken: { contactId: idOut },
  merged: { mergedInto: idOut },
};

/** What an error looks like, each code for itself: programs that ask for `code` know the rest. */
export const PROBLEMS = Object.fromEntries(
  Object.entries(ERRORS).map(([code, { status, when }]) => [
    code,
    z
      .strictObject({
        type: z.literal(`urn:videur:error:${code}`),
        title: z.string(),
        status: z.literal(status),
        code: z.literal(code),
        ...DETAILS[code as ErrorCode],
      })
      .meta({ id: `${nameOf(code)}Problem`, description: `When ${when}.` }),
  ]),
) as Record<string, z.ZodType> as Record<ErrorCode, z.ZodType>;

/** The errors that a route may answer: those of what all routes do before it, and its own. */
export function errorsOf(route: Route): ErrorCode[] {
  const { access, method, path, query, body, idempotencyKey, errors = [] } = route;
  const codes = new Set<ErrorCode>(['internal_error', 'unavailable', ...errors]);
  const addWhen = (condition: unknown, ...more: ErrorCode[]) => {
    if (condition) for (const code of more) codes.add(code);
  };
  addWhen(!access.public, 'unauthenticated', 'forbidden', 'too_many_requests');
  addWhen(method !== 'get' && access.roles.length > 0, 'cross_site');
  addWhen(path.includes(':'), 'not_found');
  addWhen(namesMergeable(route), 'merged');
  addWhen(query || body || idempotencyKey, 'invalid_request');
  addWhen(body, 'invalid_json', 'body_too_large', 'unsupported_media_type');
  return [...codes];
}

/** In the way of types: `NotFound`. */
export function nameOf(code: string): string {
  return code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
