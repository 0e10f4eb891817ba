import type { BlockAction } from './block-change.ts';

/** What an open inbox hears as it happens: ids only, the rest is read through the API. */
export interface LiveEvent {
  type: `contact.${BlockAction}`;
  contactId: string;
  blockId: string;
}

/** The Redis pub/sub channel of a workspace's live feed. */
export function liveChannel(workspaceId: string): string {
  return `videur:{${workspaceId}}:live`;
}
