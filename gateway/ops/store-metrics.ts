import type { Queue } from 'bullmq';
import { Gauge, type Registry } from 'prom-client';
import { withDeadline } from '../../config/deadline.ts';
import { type Dependency, DependencyAway } from '../../config/dependency.ts';
import { describeError, type Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import type { Models } from '../../models/index.ts';
import type { SendCount } from '../../models/send-count.ts';
import { activeContacts, deadLetters, OutcomeTotals } from './figures.ts';
import { jobCounts, oldestJobAge } from './queue-figures.ts';

/** `/metrics` is open to whoever reaches it: asking more often than this costs the stores nothing. */
const FRESH_MS = 5_000;
/** Prometheus gives up after ten seconds; a store that is away must not take the rest with it. */
const DEADLINE_MS = 4_000;

export interface StoreMetricsDeps {
  models: Models;
  mongo: MongoStore;
  redis: RedisStore;
  queues: Queue[];
  sendCount: SendCount;
  log: Logger;
}

type Reading = [labels: Record<string, string>, value: number];

/** Figures that are read from the stores at scrape time, so that all processes tell the same. */
export function addStoreMetrics(registry: Registry, deps: StoreMetricsDeps): void {
  const { models, mongo, redis, queues, sendCount, log } = deps;
  const outcomes = new OutcomeTotals(models);

  const add = (
    name: string,
    help: string,
    labelNames: string[],
    store: Dependency,
    read: () => Promise<Reading[]>,
  ) => {
    // A slow scrape is no outage: it does not count against the store.
    const readFresh = keepFor(FRESH_MS, async () => {
      if (!store.available) throw new DependencyAway(store.name);
      return await withDeadline(read(), DEADLINE_MS);
    });
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        // Without labels it would now be 0, which nobody has read.
        if (labelNames.length === 0) this.remove();
        try {
          for (const [labels, value] of await readFresh()) this.set(labels, value);
        } catch (error) {
          // Missing figures are seen by an alert on their absence; wrong ones by nobody.
          log.debug('metrics.unread', { metric: name, ...describeError(error) });
        }
      },
    });
  };

  add('videur_events_total', 'Events by channel and outcome', ['channel', 'outcome'], mongo, () =>
    outcomes.read(),
  );
  add('videur_mac', 'Active contacts in the current cycle', ['workspace'], mongo, () =>
    activeContacts(models),
  );
  add('videur_spooled_batches', 'Batches in the spool, to be delivered', [], mongo, async () => [
    [{}, await models.spool.countDocuments()],
  ]);
  add(
    'videur_pending_block_changes',
    'Blocks and unblocks that are stored and have not reached Redis and the queue',
    [],
    mongo,
    async () => [[{}, await models.blockChanges.countDocuments()]],
  );
  add('videur_dead_letters', 'Events set aside, by reason', ['reason'], mongo, () =>
    deadLetters(models),
  );
  add(
    'videur_sends_total',
    'Attempts to send a message, by channel type and outcome; `again`: it will be repeated',
    ['channel_type', 'outcome'],
    redis,
    () => sendCount.read(),
  );
  add('videur_queue_jobs', 'Jobs by queue and state', ['queue', 'state'], redis, async () =>
    (await Promise.all(queues.map(jobCounts))).flat(),
  );
  add(
    'videur_queue_oldest_job_age_seconds',
    'Age of the oldest job that is due; 0 when there is none',
    ['queue'],
    redis,
    () => Promise.all(queues.map((queue) => oldestJobAge(queue, redis.client))),
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
