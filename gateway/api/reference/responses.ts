import { STATUS_CODES } from 'node:http';
import { ERRORS, type ErrorCode } from '../shell/errors.ts';
import type { MediaType, Route } from '../shell/route.ts';
import type { Components, Content, JsonSchema, Reference, Response } from './components.ts';
import { errorsOf, nameOf, PROBLEMS } from './problems.ts';

/** By status. */
export type Responses = Record<string, Response | Reference>;

/** What is not JSON is text. */
const MEDIA: Record<MediaType, JsonSchema> = {
  'text/csv': { type: 'string', description: 'By `Accept: text/csv`.' },
  'text/event-stream': {
    type: 'string',
    description: 'Server-sent events: `event` is the type, `data` is JSON.',
  },
};

/** They say after how many seconds. */
const RETRIED = [429, 503];

export function successesOf({ answers, media = [] }: Route, components: Components): Responses {
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => {
      const content: Content = {
        ...(schema && { 'application/json': { schema: components.ofOutput(schema) } }),
        ...Object.fromEntries(media.map((type) => [type, { schema: MEDIA[type] }])),
      };
      const description = STATUS_CODES[status] as string;
      return [status, { description, ...(Object.keys(content).length > 0 && { content }) }];
    }),
  );
}

/** The same for all calls that have the same codes of a status. */
export function problemsOf(route: Route, components: Components): Responses {
  const codes = errorsOf(route);
  const statuses = new Set(codes.map((code) => ERRORS[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const ofStatus = codes.filter((code) => ERRORS[code].status === status);
      const name = ofStatus.map(nameOf).join('Or');
      return [status, components.response(name, () => problemOf(status, ofStatus, components))];
    }),
  );
}

function problemOf(status: number, codes: ErrorCode[], components: Components): Response {
  const each = codes.map((code) => components.ofOutput(PROBLEMS[code]));
  const [schema] = each.length === 1 ? each : [{ oneOf: each }];
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('; '),
    ...(RETRIED.includes(status) && {
      headers: { 'Retry-After': { schema: { type: 'integer' } } },
    }),
    content: { 'application/problem+json': { schema: schema as JsonSchema } },
  };
}
