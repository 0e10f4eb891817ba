import { STATUS_CODES } from 'node:http';
import type { z } from 'zod';
import type { Access } from '../shell/access.ts';
import { ERRORS, type ErrorCode } from '../shell/errors.ts';
import { idempotencyKey } from '../shell/request.ts';
import { type Route, W } from '../shell/route.ts';
import { errorsOf, PROBLEMS } from './problems.ts';
import type { JsonSchema, Schemas } from './schemas.ts';

type Content = Record<string, { schema: JsonSchema }>;

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  'x-roles': readonly string[];
  'x-scopes': readonly string[];
  security: Record<string, never[]>[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

/** One line of the route table as an operation. It is called like its handler. */
export function operationOf(route: Route, schemas: Schemas): Operation {
  const { access, body, handle, path, summary } = route;
  return {
    operationId: handle.name,
    tags: [tagOf(path)],
    summary,
    description: describeAccess(access),
    'x-roles': access.public ? [] : access.roles,
    'x-scopes': access.scopes,
    security: securityOf(access),
    parameters: parametersOf(route, schemas),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: schemas.ofInput(body) } },
      },
    }),
    responses: { ...successesOf(route, schemas), ...problemsOf(route, schemas) },
  };
}

/** The resource: the first part of the path that says which. */
function tagOf(path: string): string {
  return path.replace(W, '').split('/')[1] || 'workspaces';
}

function describeAccess({ public: isPublic, roles, scopes }: Access): string {
  if (isPublic) return 'For everybody.';
  const keys = scopes.length > 0 ? `keys with ${anyOf(scopes)}` : 'not for keys';
  return `For users who are ${anyOf(roles)}; ${keys}.`;
}

function anyOf(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(' or ');
}

function securityOf({ public: isPublic, scopes }: Access): Operation['security'] {
  if (isPublic) return [];
  return [...(scopes.length > 0 ? [{ key: [] }] : []), { session: [] }];
}

function parametersOf({ path, params, query, ...route }: Route, schemas: Schemas): Parameter[] {
  const named = propertiesOf(params, schemas);
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
  return [
    ...names.map((name) => ({
      name,
      in: 'path' as const,
      required: true,
      schema: named[name]?.schema ?? { type: 'string' as const },
    })),
    ...Object.entries(propertiesOf(query, schemas)).map(([name, { schema, required }]) => ({
      name,
      in: 'query' as const,
      required,
      schema,
    })),
    ...(route.idempotencyKey ? [idempotencyHeader(schemas)] : []),
  ];
}

function propertiesOf(
  schema: z.ZodType | undefined,
  schemas: Schemas,
): Record<string, { schema: JsonSchema; required: boolean }> {
  if (!schema) return {};
  const { properties = {}, required = [] } = schemas.ofInput(schema);
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      { schema: property as JsonSchema, required: required.includes(name) },
    ]),
  );
}

function idempotencyHeader(schemas: Schemas): Parameter {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Of your choice: what is asked again with the same key is done once.',
    schema: schemas.ofInput(idempotencyKey),
  };
}

function successesOf({ answers, media = [] }: Route, schemas: Schemas): Operation['responses'] {
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => {
      const content: Content = {
        ...(schema && { 'application/json': { schema: schemas.ofOutput(schema) } }),
        ...Object.fromEntries(media.map((type) => [type, { schema: { type: 'string' } }])),
      };
      const description = STATUS_CODES[status] as string;
      return [status, { description, ...(Object.keys(content).length > 0 && { content }) }];
    }),
  );
}

/** The codes of each status. */
function problemsOf(route: Route, schemas: Schemas): Operation['responses'] {
  const codes = errorsOf(route);
  const statuses = new Set(codes.map((code) => ERRORS[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const ofStatus = codes.filter((code) => ERRORS[code].status === status);
      return [status, problemOf(ofStatus, schemas)];
    }),
  );
}

function problemOf(codes: ErrorCode[], schemas: Schemas): Operation['responses'][string] {
  const each = codes.map((code) => schemas.ofOutput(PROBLEMS[code]));
  const [schema] = each.length === 1 ? each : [{ oneOf: each }];
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('; '),
    content: { 'application/problem+json': { schema: schema as JsonSchema } },
  };
}
