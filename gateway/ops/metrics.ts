import { Counter, Histogram } from 'prom-client';
import { createRegistry } from '../../config/metrics.ts';
import type { ScreeningSource } from '../../models/block/blocklist.ts';
import { CHANNEL_TYPES } from '../../models/channel/channel.ts';

/** What a webhook can be answered (contract). */
const ANSWERS = [200, 401, 404, 413, 503];
/** Addresses of webhooks by their first part: `meta` is an app's, `unknown` is nobody's. */
const ADDRESSES = [...CHANNEL_TYPES, 'meta', 'unknown'];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What this process counts itself. The methods are called for every delivery, so labels are bound
 * beforehand. What all processes share is read from the stores (`store-metrics.ts`).
 */
export function createMetrics() {
  const { registry, watch } = createRegistry();
  const registers = [registry];

  const screenings = new Counter({
    name: 'videur_screenings_total',
    help: 'Lookups of blocked senders, by who answered: Redis (cache), MongoDB (store) or neither (none)',
    labelNames: ['source'],
    registers,
  });
  const bySource = {
    cache: screenings.labels('cache'),
    store: screenings.labels('store'),
    none: screenings.labels('none'),
  };
  const rebuilds = new Counter({
    name: 'videur_blocklist_rebuilds_total',
    help: 'Sets of blocked senders that this process made anew in Redis, or failed to',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['done', 'failed']) rebuilds.inc({ result }, 0);
  const answers = new Counter({
    name: 'videur_webhook_answers_total',
    help: 'Deliveries of providers, by what they were answered',
    labelNames: ['channel_type', 'status'],
    registers,
  });
  const refused = new Counter({
    name: 'videur_refused_total',
    help: 'Messages of blocked senders that this process refused at the door',
    registers,
  });
  const spooled = new Counter({
    name: 'videur_batches_spooled_total',
    help: 'Batches that Redis did not take and that were written to the spool in MongoDB',
    registers,
  });
  const batch = new Histogram({
    name: 'videur_batch_events',
    help: 'Events in a batch that was handed over as one job',
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000],
    registers,
  });
  const toDurable = new Histogram({
    name: 'videur_time_to_durable_seconds',
    help: 'From the first byte of a delivery to its 200, by when its events are durable',
    labelNames: ['channel_type'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const byAddress = new Map(
    ADDRESSES.map((type) => [
      type,
      {
        answered: new Map(ANSWERS.map((status) => [status, answers.labels(type, String(status))])),
        toDurable: toDurable.labels(type),
      },
    ]),
  );

  return {
    registry,
    watch,
    onScreened: (source: ScreeningSource) => bySource[source].inc(),
    onRebuilt: (result: 'done' | 'failed') => rebuilds.inc({ result }),
    onSpooled: () => spooled.inc(),
    onBatch: (events: number) => batch.observe(events),
    /** `address`: a channel type, `meta` or `unknown`. */
    onAnswer(address: string, status: number, seconds: number): void {
      const of = byAddress.get(address);
      of?.answered.get(status)?.inc();
      if (status === 200) of?.toDurable.observe(seconds);
    },
    onRefused: () => refused.inc(),
  };
}
