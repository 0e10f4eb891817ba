import type { ChannelEvents } from '../../models/delivery/event.ts';
import type { DeliverJob, QueueKey } from '../../models/jobs.ts';

/**
 * What the dashboard shows of jobs: ids and counts. The data of a deliver job is other people's
 * messages, and an error's text quotes documents, so neither leaves the gateway.
 */
export function viewOf(queue: QueueKey): (data: Record<string, unknown>) => object {
  return queue === 'deliver' ? viewOfDelivery : viewOfIds;
}

/** An id or a fixed word: no text, and no phone number or address, whatever a field is called. */
const ID = /^[\w-]{1,64}$/;
const SHOWN = /^(id|action|.+Ids?)$/;

function viewOfIds(data: Record<string, unknown>): object {
  return Object.fromEntries(
    Object.entries(data ?? {}).filter(
      ([name, value]) => SHOWN.test(name) && typeof value === 'string' && ID.test(value),
    ),
  );
}

function viewOfDelivery({ batchId, deliveries, settled, refused }: Partial<DeliverJob>) {
  return {
    batchId,
    deliveries: deliveries?.map(({ workspaceId, channelId, receivedAt, events }) => ({
      workspaceId,
      channelId,
      receivedAt,
      events: countKinds(events),
    })),
    settled: settled?.map(({ channelId, outcome, reason, count }) => ({
      channelId,
      outcome,
      reason,
      count,
    })),
    refused: refused?.map(({ channelId, count }) => ({ channelId, count })),
  };
}

function countKinds(events: ChannelEvents['events']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of events) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The kind of an error and where it happened, without what it says. */
function viewOfStack(stack: string): string {
  const kind = /^[A-Za-z]+/.exec(stack)?.[0] ?? 'Error';
  const places = stack.split('\n').filter((line) => /^\s+at .+:\d+:\d+\)?$/.test(line));
  return [kind, ...places].join('\n');
}

/** Any answer of the dashboard, with the text of errors taken out of the jobs in it. */
export function withoutErrorText<T>(body: T): T {
  if (Array.isArray(body)) return body.map(withoutErrorText) as T;
  if (typeof body !== 'object' || body === null) return body;
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) shown[key] = withoutErrorText(value);
  if (Array.isArray(shown.stacktrace))
    Object.assign(shown, viewOfFailure(shown.stacktrace, shown.failedReason));
  return shown as T;
}

function viewOfFailure(stacks: unknown[], failedReason: unknown) {
  const stacktrace = stacks.map((stack) => viewOfStack(String(stack)));
  const kind = stacktrace[0]?.split('\n')[0] ?? 'Error';
  return { stacktrace, ...(failedReason !== undefined && { failedReason: kind }) };
}
