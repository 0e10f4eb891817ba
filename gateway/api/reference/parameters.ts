import type { z } from 'zod';
import { idempotencyKey } from '../shell/request.ts';
import type { Route } from '../shell/route.ts';
import type { Components, JsonSchema } from './components.ts';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

/** What a call takes beside its body. */
export function parametersOf(
  { path, params, query, ...route }: Route,
  components: Components,
): Parameter[] {
  const named = propertiesOf(params, components);
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
  return [
    ...names.map((name) => ({
      name,
      in: 'path' as const,
      required: true,
      schema: named[name]?.schema ?? { type: 'string' as const },
    })),
    ...Object.entries(propertiesOf(query, components)).map(([name, { schema, required }]) => ({
      name,
      in: 'query' as const,
      required,
      schema,
    })),
    ...(route.idempotencyKey ? [idempotencyHeader(components)] : []),
  ];
}

function propertiesOf(
  schema: z.ZodType | undefined,
  components: Components,
): Record<string, { schema: JsonSchema; required: boolean }> {
  if (!schema) return {};
  const { properties = {}, required = [] } = components.ofInput(schema);
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      { schema: property as JsonSchema, required: required.includes(name) },
    ]),
  );
}

function idempotencyHeader(components: Components): Parameter {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Of your choice: what is asked again with the same key is done once.',
    schema: components.ofInput(idempotencyKey),
  };
}
