import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Dependency } from '../../config/dependency.ts';
import type { ScreeningSource } from '../../models/blocklist.ts';

/** What a webhook can be answered (contract). */
const ANSWERS = [200, 401, 404, 413, 503];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What this process counts itself. The methods are called for every delivery, so labels are bound
 * beforehand. What all processes share is read from the stores (`store-metrics.ts`).
 */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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
  const answers = new Counter({
    name: 'videur_webhook_answers_total',
    help: 'Deliveries of providers, by what they were answered',
    labelNames: ['status'],
    registers,
  });
  const byStatus = new Map(ANSWERS.map((status) => [status, answers.labels(String(status))]));
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
  const dependencies = new Gauge({
    name: 'videur_dependency_available',
    help: '1 while this process uses the store, 0 while its breaker is open',
    labelNames: ['dependency'],
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
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });

  return {
    registry,
    onScreened: (source: ScreeningSource) => bySource[source].inc(),
    onSpooled: () => spooled.inc(),
    watch(dependency: Dependency): void {
      const gauge = dependencies.labels(dependency.name);
      const tell = (available: boolean) => gauge.set(available ? 1 : 0);
      dependency.onChange(tell);
      tell(dependency.available);
    },
    onBatch: (events: number) => batch.observe(events),
    onAnswer(status: number, seconds: number): void {
      byStatus.get(status)?.inc();
      if (status === 200) toDurable.observe(seconds);
    },
    onRefused: () => refused.inc(),
  };
}
