import type { MongoStore } from '../../config/mongo.ts';
import type { RedisClient, RedisStore } from '../../config/redis.ts';
import type { Settings } from '../../config/settings.ts';
import type { BlockDeps } from '../../models/block/block.ts';
import type { Publish } from '../../models/live.ts';
import type { Queues } from '../../models/queues.ts';
import type { HandOver } from '../ingest/hand-over.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { LiveFeed } from './live/live-feed.ts';

/** What the application is given by `gateway/main.ts`. */
export interface AppDeps extends BlockDeps {
  settings: Settings;
  queues: Queues;
  /** Makes a batch durable, in whichever store is there. */
  handOver: HandOver;
  mongo: MongoStore;
  redis: RedisStore;
  /** Makes a connection of its own for pub/sub; it is connected when the first listener comes. */
  connectSubscriber: () => RedisClient;
  /** Tells open inboxes. */
  publish: Publish;
  metrics: Metrics;
}

/** What a handler is given. */
export interface ApiDeps extends AppDeps {
  live: LiveFeed;
}
