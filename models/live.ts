import { describeError, type Logger } from '../config/logger.ts';
import type { RedisStore } from '../config/redis.ts';
import type { BlockAction } from './block/block-change.ts';

/** What an open inbox hears as it happens: ids only, the rest is read through the API. */
export type LiveEvent =
  | { type: `contact.${BlockAction}`; contactId: string; blockId: string }
  /** Its status, assignee or notes, or what is read of it. */
  | { type: 'conversation.changed'; conversationId: string }
  /** A message is new, or is not as it was. */
  | { type: 'message.stored'; conversationId: string; messageId: string };

/** The Redis pub/sub channel of a workspace's live feed; a message of it is a list of events. */
export function liveChannel(workspaceId: string): string {
  return `videur:{${workspaceId}}:live`;
}

/** Tells open inboxes what has been stored. */
export type Publish = (workspaceId: string, events: LiveEvent[]) => void;

/**
 * A feed is not a record: who is not listening reads the state instead. So nobody waits for this, and
 * what cannot be told, with Redis away for instance, is not.
 */
export function livePublisher(redis: RedisStore, log: Logger): Publish {
  return (workspaceId, events) => {
    if (events.length === 0) return;
    redis
      .run(() => redis.client.publish(liveChannel(workspaceId), JSON.stringify(events)))
      .catch((error) => log.debug('live.unpublished', describeError(error)));
  };
}
