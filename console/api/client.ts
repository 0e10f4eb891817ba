import createClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { components, paths } from './schema.ts';

export type ApiClient = Client<paths>;

/** What the API speaks of, by the names of the OpenAPI document: `Schema<'Contact'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/**
 * The API as functions: `api.GET('/workspaces/{workspaceId}/contacts', { params })` answers `data`
 * or `error`, typed by the call. What may be in `error` is told apart by its `code`.
 */
export function createApiClient(options: ClientOptions = {}): ApiClient {
  return createClient<paths>({ baseUrl: '/api/v1', credentials: 'same-origin', ...options });
}
