import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { Gauge, type Registry } from 'prom-client';
import { withDeadline } from '../../config/deadline.ts';
import { describeError, type Logger } from '../../config/logger.ts';
import type { Models } from '../../models/index.ts';
import { activeContacts, OutcomeTotals } from './figures.ts';
import { jobCounts, oldestJobAge } from './queue-figures.ts';

/** `/metrics` is open to whoever reaches it: asking more often than this costs the stores nothing. */
const FRESH_MS = 5_000;
/** Prometheus gives up after ten seconds; a store that is away must not take the rest with it. */
const DEADLINE_MS = 4_000;

export interface StoreMetricsDeps {
  models: Models;
  redis: Redis;
  queues: Queue[];
  log: Logger;
}

type Reading = [labels: Record<string, string>, value: number];

/** Figures that are read from the stores at scrape time, so that all processes tell the same. */
export function addStoreMetrics(registry: Registry, deps: StoreMetricsDeps): void {
  const { models, redis, queues, log } = deps;
  const outcomes = new OutcomeTotals(models);

  const add = (
    name: string,
    help: string,
    labelNames: string[],
    read: () => Promise<Reading[]>,
  ) => {
    const readFresh = keepFor(FRESH_MS, () => withDeadline(read(), DEADLINE_MS));
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        try {
          for (const [labels, value] of await readFresh()) this.set(labels, value);
        } catch (error) {
          // Missing figures are seen by an alert on their absence; wrong ones by nobody.
          log.warn('metrics.unread', { metric: name, ...describeError(error) });
        }
      },
    });
  };

  add('videur_events_total', 'Events by channel and outcome', ['channel', 'outcome'], () =>
    outcomes.read(),
  );
  add('videur_mac', 'Active contacts in the current cycle', ['workspace'], () =>
    activeContacts(models),
  );
  add('videur_queue_jobs', 'Jobs by queue and state', ['queue', 'state'], async () =>
    (await Promise.all(queues.map(jobCounts))).flat(),
  );
  add(
    'videur_queue_oldest_job_age_seconds',
    'Age of the oldest job that is due; 0 when there is none',
    ['queue'],
    () => Promise.all(queues.map((queue) => oldestJobAge(queue, redis))),
  );
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
