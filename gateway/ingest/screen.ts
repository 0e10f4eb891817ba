import type { Blocklist } from '../../models/block/blocklist.ts';
import type { ChannelEvents, StoredEvent, Urn } from '../../models/delivery/event.ts';
import type { Refusal } from './refusals.ts';

export interface Screened {
  /** Deliveries that have something left, in their order. */
  admitted: ChannelEvents[];
  refused: Refusal[];
}

export type Screen = (deliveries: ChannelEvents[]) => Promise<Screened>;

/**
 * Lets through what is not from a blocked sender: one Redis command for all senders of a workspace.
 * An event is refused when any identity of its sender is blocked. Statuses and echoes are ours.
 */
export function createScreen(blocklist: Blocklist): Screen {
  const blockedIn = async (workspaceId: string, senders: Set<Urn>) => {
    const blocked =
      senders.size > 0 ? await blocklist.blockedAmong(workspaceId, [...senders]) : senders;
    return [workspaceId, blocked] as const;
  };

  return async (deliveries) => {
    const asked = [...sendersOf(deliveries)].map(([workspaceId, senders]) =>
      blockedIn(workspaceId, senders),
    );
    const blocked = new Map(await Promise.all(asked));
    const screened: Screened = { admitted: [], refused: [] };
    for (const delivery of deliveries) admit(screened, delivery, blocked.get(delivery.workspaceId));
    return screened;
  };
}

function admit(
  { admitted, refused }: Screened,
  from: ChannelEvents,
  blocked: Set<Urn> | undefined,
): void {
  if (!blocked?.size) return void admitted.push(from);
  const events = from.events.filter((event) => {
    const urn = screenedBy(event).find((urn) => blocked.has(urn));
    if (urn) refused.push({ from, urn, ...(event.kind === 'edit' && { ofEdit: true }) });
    return !urn;
  });
  if (events.length > 0) admitted.push({ ...from, events });
}

const NOBODY: Urn[] = [];

/** Whose block refuses the event: any identity of who wrote it, or the group that it was said in. */
function screenedBy(event: StoredEvent): Urn[] {
  if (event.kind !== 'message' && event.kind !== 'edit') return NOBODY;
  return event.group ? [...event.identities, event.group.identity] : event.identities;
}

function sendersOf(deliveries: ChannelEvents[]): Map<string, Set<Urn>> {
  const senders = new Map<string, Set<Urn>>();
  for (const { workspaceId, events } of deliveries) {
    const urns = senders.get(workspaceId) ?? new Set();
    senders.set(workspaceId, urns);
    for (const event of events) for (const urn of screenedBy(event)) urns.add(urn);
  }
  return senders;
}
