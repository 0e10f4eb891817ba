import type { ChannelEvents, ParsedEvent, StoredEvent } from '../../models/delivery/event.ts';
import type { Tally } from '../../models/delivery/outcome.ts';
import type { OpenChannel } from './recipients.ts';

/** One delivery, sorted: what goes on, by channel, and what is settled already. */
export interface Arrival {
  deliveries: ChannelEvents[];
  settled: Tally[];
  /** Length of the request's body: what it holds of the gateway's memory. */
  bytes: number;
}

/**
 * Gives each event to the channel of its account. `channels` are those whose secret signed the
 * delivery, at least one; an account that none of them has is counted and goes no further.
 */
export function sort(
  events: ParsedEvent[],
  channels: OpenChannel[],
  receivedAt: number,
  bytes: number,
): Arrival {
  const [first] = channels as [OpenChannel];
  const arrival: Arrival = { deliveries: [], settled: [], bytes };
  for (const event of events) {
    const { account } = event;
    // Not by a copy without it: that costs more than everything else here.
    event.account = undefined;
    const channel =
      account !== undefined && first.accountId !== undefined
        ? channels.find(({ accountId }) => accountId === account)
        : onlyOf(channels, event);
    if (channel && isStored(event)) eventsOf(arrival, channel, receivedAt).push(event);
    else
      arrival.settled.push({
        workspaceId: (channel ?? first).workspaceId,
        channelId: channel?.id ?? null,
        ...(channel && !isStored(event)
          ? { outcome: event.kind, reason: event.reason }
          : { outcome: 'ignored', reason: 'unknown_channel' }),
        count: 1,
        at: receivedAt,
      });
  }
  return arrival;
}

/** Whose an event is that names no account: of several channels nobody can say which may keep it. */
function onlyOf(channels: OpenChannel[], event: ParsedEvent): OpenChannel | undefined {
  return channels.length === 1 || !isStored(event) ? channels[0] : undefined;
}

/** Whether the event has work for the worker. */
export function isStored(event: ParsedEvent): event is StoredEvent {
  return event.kind !== 'ignored' && event.kind !== 'invalid';
}

function eventsOf(arrival: Arrival, channel: OpenChannel, receivedAt: number): StoredEvent[] {
  let delivery = arrival.deliveries.find(({ channelId }) => channelId === channel.id);
  if (!delivery) {
    delivery = { workspaceId: channel.workspaceId, channelId: channel.id, receivedAt, events: [] };
    arrival.deliveries.push(delivery);
  }
  return delivery.events;
}
