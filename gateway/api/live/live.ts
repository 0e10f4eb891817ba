import type { ApiDeps } from '../deps.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

/** Server-sent events: what happens in the workspace, as ids. */
export async function openLive({ workspaceId }: ApiRequest, { live }: ApiDeps): Promise<Result> {
  return { status: 200, events: await live.open(workspaceId.toString()) };
}
