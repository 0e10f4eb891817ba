import openapiTS, { astToString } from 'openapi-typescript';

/** The types of an OpenAPI document's paths and components, as source text. */
export async function typesOf(document) {
  // It changes what it is given.
  return astToString(await openapiTS(structuredClone(document)));
}
