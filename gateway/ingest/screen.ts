import type { Blocklist } from '../../models/blocklist.ts';
import type { ChannelEvents, Urn } from '../../models/event.ts';
import type { Refusals } from './refusals.ts';

export type Screen = (deliveries: ChannelEvents[]) => Promise<ChannelEvents[]>;

/**
 * Lets through what is not from a blocked sender: one Redis command for all senders of a workspace.
 * An event is refused when any identity of its sender is blocked; only its count and time are kept.
 * Statuses and echoes are ours.
 */
export function createScreen(blocklist: Blocklist, refusals: Refusals): Screen {
  const blockedIn = async (workspaceId: string, senders: Set<Urn>) => {
    const blocked =
      senders.size > 0 ? await blocklist.blockedAmong(workspaceId, [...senders]) : senders;
    return [workspaceId, blocked] as const;
  };

  const admit = (delivery: ChannelEvents, blocked: Set<Urn> | undefined): ChannelEvents => {
    if (!blocked?.size) return delivery;
    const events = delivery.events.filter((event) => {
      const urn = event.kind === 'message' && event.identities.find((urn) => blocked.has(urn));
      if (urn) refusals.add(delivery, urn);
      return !urn;
    });
    return { ...delivery, events };
  };

  return async (deliveries) => {
    const asked = [...sendersOf(deliveries)].map(([workspaceId, senders]) =>
      blockedIn(workspaceId, senders),
    );
    const blocked = new Map(await Promise.all(asked));
    return deliveries
      .map((delivery) => admit(delivery, blocked.get(delivery.workspaceId)))
      .filter(({ events }) => events.length > 0);
  };
}

function sendersOf(deliveries: ChannelEvents[]): Map<string, Set<Urn>> {
  const senders = new Map<string, Set<Urn>>();
  for (const { workspaceId, events } of deliveries) {
    const urns = senders.get(workspaceId) ?? new Set();
    senders.set(workspaceId, urns);
    for (const event of events)
      if (event.kind === 'message') for (const urn of event.identities) urns.add(urn);
  }
  return senders;
}
