import { Counter, Gauge, type Registry } from 'prom-client';
import { withDeadline } from '../../config/deadline.ts';
import { type Dependency, DependencyAway } from '../../config/dependency.ts';
import { describeError, type Logger } from '../../config/logger.ts';

/** `/metrics` is open to whoever reaches it: asking more often than this costs the stores nothing. */
const FRESH_MS = 5_000;
/** Prometheus gives up after ten seconds; a store that is away must not take the rest with it. */
const DEADLINE_MS = 4_000;

export type Reading = [labels: Record<string, string>, value: number];

/** A figure that is read from a store at scrape time, so that all processes tell the same. */
export interface StoreMetric {
  /** One that ends in `_total` is a counter: it never falls while its store keeps what it has. */
  name: string;
  help: string;
  labels?: string[];
  store: Dependency;
  read: () => Promise<Reading[]>;
}

export function addStoreMetric(registry: Registry, log: Logger, metric: StoreMetric): void {
  const { name, help, labels: labelNames = [], store, read } = metric;
  // A slow scrape is no outage: it does not count against the store.
  const readFresh = keepFor(FRESH_MS, async () => {
    if (!store.available) throw new DependencyAway(store.name);
    return await withDeadline(read(), DEADLINE_MS);
  });
  const options = { name, help, labelNames, registers: [registry] };
  const collect = async (write: (reading: Reading) => void) => {
    try {
      for (const reading of await readFresh()) write(reading);
    } catch (error) {
      // Missing figures are seen by an alert on their absence; wrong ones by nobody.
      log.debug('metrics.unread', { metric: name, ...describeError(error) });
    }
  };
  if (name.endsWith('_total'))
    new Counter({
      ...options,
      async collect() {
        forget(this, labelNames);
        await collect(([labels, value]) => this.inc(labels, value));
      },
    });
  else
    new Gauge({
      ...options,
      async collect() {
        forget(this, labelNames);
        await collect(([labels, value]) => this.set(labels, value));
      },
    });
}

function forget(metric: Counter | Gauge, labelNames: string[]): void {
  metric.reset();
  // Without labels it would now be 0, which nobody has read.
  if (labelNames.length === 0) metric.remove();
}

/** The last answer for as long as it is fresh; callers at the same time share one question. */
function keepFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedAt = 0;
  return () => {
    if (!answer || Date.now() - askedAt > ms) {
      askedAt = Date.now();
      answer = ask();
      answer.catch(() => {
        answer = undefined;
      });
    }
    return answer;
  };
}
