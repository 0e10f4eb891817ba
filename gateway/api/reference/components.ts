import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

export type Content = Record<string, { schema: JsonSchema }>;

export interface Response {
  description: string;
  headers?: Content;
  content?: Content;
}

export interface Reference {
  $ref: string;
}

/**
 * What the operations of a document share and refer to. Zod schemas become JSON Schemas; those with an
 * id (`.meta({ id })`) are kept once.
 */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};
  readonly responses: Record<string, Response> = {};

  /** What a caller sends, before anything is transformed. */
  ofInput(schema: z.ZodType): JsonSchema {
    return this.convert(schema, 'input');
  }

  /** What a caller is answered. */
  ofOutput(schema: z.ZodType): JsonSchema {
    return this.convert(schema, 'output');
  }

  /** A response that is made once. */
  response(name: string, make: () => Response): Reference {
    this.responses[name] ??= make();
    return { $ref: `#/components/responses/${name}` };
  }

  private convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    // Inside another one a schema with an id becomes a reference too.
    const outer = z.toJSONSchema(z.object({ schema }), { io, override: simplify });
    const { properties, $defs = {} } = withOurPaths(outer);
    for (const [id, definition] of Object.entries($defs)) this.keep(id, definition);
    return properties?.schema as JsonSchema;
  }

  /** @throws when two schemas have one id: what is sent and what is answered differ, or one has none */
  private keep(id: string, { id: _, ...definition }: JsonSchema): void {
    const known = this.schemas[id];
    if (known && !isDeepStrictEqual(known, definition))
      throw new Error(
        `two schemas are called ${id}: give each an id of its own with .meta({ id })`,
      );
    this.schemas[id] = definition;
  }
}

function withOurPaths(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

/** Leaves out what says nothing to people: a format's regular expression, the bounds of numbers. */
function simplify({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'date') delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  nameProperties(jsonSchema);
}

/** A record whose keys are known is an object with these properties. */
function nameProperties(jsonSchema: JsonSchema): void {
  const { propertyNames, additionalProperties } = jsonSchema;
  if (typeof propertyNames !== 'object') return;
  // All are text.
  if (Object.keys(propertyNames).join() === 'type') delete jsonSchema.propertyNames;
  if (!propertyNames.enum || additionalProperties === undefined) return;
  delete jsonSchema.propertyNames;
  jsonSchema.properties = Object.fromEntries(
    propertyNames.enum.map((name) => [name, additionalProperties]),
  );
  jsonSchema.additionalProperties = false;
}
