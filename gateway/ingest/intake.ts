import { naturalBatch } from '../../config/natural-batch.ts';
import type { Settings } from '../../config/settings.ts';
import { span } from '../../config/tracing.ts';
import type { ChannelEvents } from '../../models/delivery/event.ts';
import { mergeTallies } from '../../models/delivery/outcome.ts';
import type { Arrival } from './arrival.ts';
import type { HandOver } from './hand-over.ts';
import type { Refusal } from './refusals.ts';
import type { Screen } from './screen.ts';

/** Resolves when every event of the arrival is durable, refused or counted. */
export type Intake = (arrival: Arrival) => Promise<void>;

interface Stages {
  screen: Screen;
  handOver: HandOver;
  tally(refusal: Refusal): void;
}

/** One batch is read and screened while the one before it is written: the gateway never idles. */
const BATCHES_AT_ONCE = 2;

/**
 * Takes deliveries in as they gather: while one batch is with Redis, all that arrives becomes the
 * next. So the cost of screening and of a durable job is shared by whoever came at the same moment.
 * {@link Overloaded} when too much waits.
 */
export function createIntake({ screen, handOver, tally }: Stages, settings: Settings): Intake {
  return naturalBatch(
    async (arrivals: Arrival[]) => {
      const { deliveries, settled } = gather(arrivals);
      const { admitted, refused } = await span('screen', () => screen(deliveries));
      await handOver({ deliveries: admitted, settled });
      // Not before: what could not be handed over is sent again, with the refused ones in it.
      for (const refusal of refused) tally(refusal);
      return arrivals.map(() => undefined);
    },
    {
      name: 'take in',
      size: ({ deliveries, settled, bytes }) => ({
        events: deliveries.reduce((sum, { events }) => sum + events.length, settled.length),
        bytes,
      }),
      maxEvents: settings.INTAKE_MAX_BATCH_EVENTS,
      maxBytes: settings.INTAKE_MAX_BATCH_BYTES,
      maxWaitingBytes: settings.INTAKE_MAX_WAITING_BYTES,
      concurrency: BATCHES_AT_ONCE,
    },
  );
}

/** What one channel received in the same millisecond, one after the other, travels under one head. */
function gather(arrivals: Arrival[]): Omit<Arrival, 'bytes'> {
  const gathered: ChannelEvents[] = [];
  let last: ChannelEvents | undefined;
  for (const { deliveries } of arrivals)
    for (const delivery of deliveries) {
      if (last?.channelId === delivery.channelId && last.receivedAt === delivery.receivedAt) {
        for (const event of delivery.events) last.events.push(event);
      } else {
        last = delivery;
        gathered.push(delivery);
      }
    }
  return {
    deliveries: gathered,
    settled: mergeTallies(arrivals.flatMap(({ settled }) => settled)),
  };
}
