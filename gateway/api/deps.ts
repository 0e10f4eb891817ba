import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Settings } from '../../config/settings.ts';
import type { BlockDeps } from '../../models/block.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { LiveFeed } from './live-feed.ts';

/** What the application is given by `gateway/main.ts`. */
export interface AppDeps extends BlockDeps {
  settings: Settings;
  deliver: Queue<DeliverJob>;
  redis: Redis;
  /** Makes a connection of its own for pub/sub; it is connected when the first listener comes. */
  connectSubscriber: () => Redis;
  metrics: Metrics;
  /** Whether Redis keeps an append-only file, as it was at start. */
  redisDurable: boolean;
}

/** What a handler is given. */
export interface ApiDeps extends AppDeps {
  live: LiveFeed;
}
