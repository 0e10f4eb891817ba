import type { Access } from '../shell/access.ts';
import { type Route, W } from '../shell/route.ts';
import type { Components, Content } from './components.ts';
import { type Parameter, parametersOf } from './parameters.ts';
import { problemsOf, type Responses, successesOf } from './responses.ts';

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
  responses: Responses;
}

/** One line of the route table as an operation. It is called like its handler. */
export function operationOf(route: Route, components: Components): Operation {
  const { access, body, handle, path, summary } = route;
  return {
    operationId: handle.name,
    tags: [tagOf(path)],
    summary,
    description: describeAccess(access),
    'x-roles': access.public ? [] : access.roles,
    'x-scopes': access.scopes,
    security: securityOf(access),
    parameters: parametersOf(route, components),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: components.ofInput(body) } },
      },
    }),
    responses: { ...successesOf(route, components), ...problemsOf(route, components) },
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
