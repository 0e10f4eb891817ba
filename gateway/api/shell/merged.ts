import type { Models } from '../../../models/index.ts';
import { survivorOf } from '../../../models/merge/merged.ts';
import { ApiError } from './errors.ts';
import { toApiError } from './problem.ts';
import { type ApiRequest, type Route, W } from './route.ts';

/** Whether the id in the path is a contact's or a conversation's. */
export function namesMergeable({ path }: Pick<Route, 'path'>): boolean {
  return ['contacts', 'conversations'].some((what) => path.startsWith(`${W}/${what}/:id`));
}

/** What was merged into another is not just missing: the error says where it is now. */
export async function namingSurvivor(
  error: unknown,
  route: Route,
  { workspaceId, params }: ApiRequest,
  models: Models,
): Promise<unknown> {
  if (!namesMergeable(route) || toApiError(error).code !== 'not_found') return error;
  const { id } = params as { id: object | string };
  return (await mergedError(models, workspaceId, id)) ?? error;
}

export async function mergedError(
  models: Models,
  workspaceId: ApiRequest['workspaceId'],
  id: object | string,
): Promise<ApiError | undefined> {
  const mergedInto = await survivorOf(models, workspaceId, id.toString());
  return mergedInto === undefined ? undefined : new ApiError('merged', { mergedInto });
}
