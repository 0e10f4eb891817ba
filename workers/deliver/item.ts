import type { ChannelEvents, StoredEvent } from '../../models/event.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { messageId } from '../../models/message.ts';

/** One event and where it came from. */
export interface Item<Event extends StoredEvent = StoredEvent> {
  from: ChannelEvents;
  event: Event;
  /** The id of the message that it is, or that it is about. */
  messageId: string;
}

export function itemsOf(jobs: DeliverJob[]): Item[] {
  return jobs.flatMap(({ deliveries }) =>
    deliveries.flatMap((from) =>
      from.events.map((event) => ({
        from,
        event,
        messageId: messageId(
          from.channelId,
          event.kind === 'status' || event.kind === 'edit' || event.kind === 'deletion'
            ? event.messageId
            : event.eventId,
        ),
      })),
    ),
  );
}
