import { naturalBatch } from '../../config/natural-batch.ts';
import type { Settings } from '../../config/settings.ts';
import type { Blocklist } from '../../models/blocklist.ts';
import type { ChannelEvents, Urn } from '../../models/event.ts';
import type { Arrival } from './arrival.ts';
import type { Refusals } from './refusals.ts';

export type Screen = (arrival: Arrival) => Promise<Arrival>;

/**
 * Lets through what is not from a blocked sender. One Redis command answers for all deliveries of a
 * workspace that arrived while the previous one was under way. An event is refused when any identity
 * of its sender is blocked; only its count and time are kept. Statuses and echoes are ours.
 */
export function createScreen(blocklist: Blocklist, refusals: Refusals, settings: Settings): Screen {
  const blockedIn = async (arrivals: Arrival[]): Promise<Map<string, Set<Urn>>> => {
    const senders = new Map<string, Set<Urn>>();
    for (const { deliveries } of arrivals)
      for (const delivery of deliveries) {
        const urns = senders.get(delivery.workspaceId) ?? new Set();
        senders.set(delivery.workspaceId, urns);
        for (const event of delivery.events)
          if (event.kind === 'message') for (const urn of event.identities) urns.add(urn);
      }
    const answers = [...senders].map(
      async ([workspaceId, urns]) =>
        [
          workspaceId,
          urns.size > 0 ? await blocklist.blockedAmong(workspaceId, [...urns]) : urns,
        ] as const,
    );
    return new Map(await Promise.all(answers));
  };

  const admit = (delivery: ChannelEvents, blocked: Set<Urn> | undefined): ChannelEvents => {
    if (!blocked || blocked.size === 0) return delivery;
    const events = delivery.events.filter((event) => {
      const urn = event.kind === 'message' && event.identities.find((urn) => blocked.has(urn));
      if (urn) refusals.add(delivery, urn);
      return !urn;
    });
    return { ...delivery, events };
  };

  return naturalBatch(
    async (arrivals) => {
      const blocked = await blockedIn(arrivals);
      return arrivals.map((arrival) => ({
        ...arrival,
        deliveries: arrival.deliveries
          .map((delivery) => admit(delivery, blocked.get(delivery.workspaceId)))
          .filter(({ events }) => events.length > 0),
      }));
    },
    {
      size: ({ deliveries, bytes }) => ({ events: countEvents(deliveries), bytes }),
      maxEvents: settings.INTAKE_MAX_BATCH_EVENTS,
      maxBytes: Number.POSITIVE_INFINITY,
      maxWaitingBytes: settings.INTAKE_MAX_WAITING_BYTES,
    },
  );
}

export function countEvents(deliveries: ChannelEvents[]): number {
  let count = 0;
  for (const { events } of deliveries) count += events.length;
  return count;
}
