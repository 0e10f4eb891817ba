import type { Queue } from 'bullmq';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import type { SendCount } from '../../models/inbox/send-count.ts';
import type { Models } from '../../models/index.ts';
import {
  activeContacts,
  deadLetters,
  eventTotals,
  macDrift,
  oldestBlockChange,
  oldestSpooled,
  revivedTotal,
} from './figures.ts';
import { jobCounts, oldestJobAge } from './queue-figures.ts';
import type { StoreMetric } from './store-metric.ts';

export interface StoreMetricsDeps {
  models: Models;
  mongo: MongoStore;
  redis: RedisStore;
  queues: Queue[];
  sendCount: SendCount;
}

/** What all processes share, and every gateway tells. */
export function storeMetrics(deps: StoreMetricsDeps): StoreMetric[] {
  const { models, mongo, redis, queues, sendCount } = deps;
  return [
    {
      name: 'videur_events_total',
      help: 'Events by what became of them; a dead letter that is delivered after all counts twice',
      labels: ['channel_type', 'outcome', 'reason'],
      store: mongo,
      read: () => eventTotals(models),
    },
    {
      name: 'videur_dead_letters_revived_total',
      help: 'Dead letters that were delivered after all',
      labels: ['channel_type'],
      store: mongo,
      read: () => revivedTotal(models),
    },
    {
      name: 'videur_dead_letters',
      help: 'Events set aside, by reason',
      labels: ['reason'],
      store: mongo,
      read: () => deadLetters(models),
    },
    {
      name: 'videur_mac',
      help: 'Active contacts in the current cycle, of all workspaces',
      store: mongo,
      read: () => activeContacts(models),
    },
    {
      name: 'videur_mac_drift',
      help: 'By how much the counters of active contacts were wrong at the last nightly recount, which mended them',
      store: mongo,
      read: () => macDrift(models),
    },
    {
      name: 'videur_spooled_batches',
      help: 'Batches in the spool, to be delivered',
      store: mongo,
      read: async () => [[{}, await models.spool.countDocuments()]],
    },
    {
      name: 'videur_spool_oldest_batch_age_seconds',
      help: 'Age of the oldest batch in the spool; 0 when there is none',
      store: mongo,
      read: () => oldestSpooled(models),
    },
    {
      name: 'videur_pending_block_changes',
      help: 'Blocks and unblocks that are stored and have not reached Redis and the queue',
      store: mongo,
      read: async () => [[{}, await models.blockChanges.countDocuments()]],
    },
    {
      name: 'videur_pending_block_change_age_seconds',
      help: 'Age of the oldest of them; 0 when there is none',
      store: mongo,
      read: () => oldestBlockChange(models),
    },
    {
      name: 'videur_sends_total',
      help: 'Attempts to send a message, by channel type and outcome; `again`: it will be repeated',
      labels: ['channel_type', 'outcome'],
      store: redis,
      read: () => sendCount.read(),
    },
    {
      name: 'videur_queue_jobs',
      help: 'Jobs by queue and state',
      labels: ['queue', 'state'],
      store: redis,
      read: async () => (await Promise.all(queues.map(jobCounts))).flat(),
    },
    {
      name: 'videur_queue_oldest_job_age_seconds',
      help: 'Age of the oldest job that is due; 0 when there is none',
      labels: ['queue'],
      store: redis,
      read: () => Promise.all(queues.map((queue) => oldestJobAge(queue, redis.client))),
    },
  ];
}
