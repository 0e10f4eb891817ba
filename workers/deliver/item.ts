import type { ChannelEvents, StoredEvent } from '../../models/delivery/event.ts';
import { messageId } from '../../models/inbox/message.ts';
import { providerMessageId } from '../../models/inbox/provider-message.ts';
import type { DeliverJob } from '../../models/jobs.ts';

/** One event and where it came from. */
export interface Item<Event extends StoredEvent = StoredEvent> {
  from: ChannelEvents;
  event: Event;
  /** The id of the message that a `message` or an `echo` is. */
  messageId: string;
  /** The message that it is, or that it is about, as the provider names it. */
  providerId: string;
}

export function itemsOf(jobs: DeliverJob[]): Item[] {
  return jobs.flatMap(({ deliveries }) =>
    deliveries.flatMap((from) => from.events.map((event) => itemOf(from, event))),
  );
}

function itemOf(from: ChannelEvents, event: StoredEvent): Item {
  const named = event.kind === 'watermark' ? undefined : event.messageId;
  const own = messageId(from.channelId, event.eventId);
  const providerId = named === undefined ? own : providerMessageId(from.channelId, named);
  return { from, event, messageId: own, providerId };
}
