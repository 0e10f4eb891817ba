import type { Route } from '../shell/route.ts';
import { SESSION_COOKIE } from '../shell/sessions.ts';
import { Components } from './components.ts';
import { type Operation, operationOf } from './operation.ts';

/** Where the paths of the document start. */
export const API_PATH = '/api/v1';

export type Paths = Record<string, Record<string, Operation>>;

/** The API as an OpenAPI document, made of the same schemas that check the requests. */
export function documentOf(routes: readonly Route[]) {
  const components = new Components();
  const paths: Paths = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route, components) };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Videur', version: '1', description: DESCRIPTION },
    servers: [{ url: API_PATH }],
    paths,
    components: {
      schemas: sorted(components.schemas),
      responses: sorted(components.responses),
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

export type OpenApiDocument = ReturnType<typeof documentOf>;

const DESCRIPTION = `
Times are ISO 8601 in UTC. Lists take \`limit\` and \`cursor\`; \`nextCursor\` of the answer is the \`cursor\` of
the next page, \`null\` on the last one. Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`.
What belongs to another workspace is answered as if it did not exist.
`.trim();

const SECURITY_SCHEMES = {
  key: { type: 'http', scheme: 'bearer', description: 'An API key, with scopes.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: 'What a login sets. Changes are taken from pages of this site only.',
  },
};

function sorted<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
