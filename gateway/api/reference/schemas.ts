import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * JSON Schemas of zod schemas, for one document. Those with an id (`.meta({ id })`) are kept once
 * and referred to from everywhere.
 */
export class Schemas {
  readonly components: Record<string, JsonSchema> = {};

  /** What a caller sends, before anything is transformed. */
  ofInput(schema: z.ZodType): JsonSchema {
    return this.convert(schema, 'input');
  }

  /** What a caller is answered. */
  ofOutput(schema: z.ZodType): JsonSchema {
    return this.convert(schema, 'output');
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
    const known = this.components[id];
    if (known && !isDeepStrictEqual(known, definition))
      throw new Error(
        `two schemas are called ${id}: give each an id of its own with .meta({ id })`,
      );
    this.components[id] = definition;
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
