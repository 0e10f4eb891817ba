import { Lifecycle } from '../config/lifecycle.ts';
import { createLogger } from '../config/logger.ts';
import { MongoStore, newMongoConnection } from '../config/mongo.ts';
import { connectRedis, RedisStore } from '../config/redis.ts';
import { readSettings, summary } from '../config/settings.ts';
import { startTracing } from '../config/tracing.ts';
import { Blocklist } from '../models/block/blocklist.ts';
import { PendingChanges } from '../models/block/pending-changes.ts';
import { defineModels, prepareDatabase } from '../models/index.ts';
import { livePublisher } from '../models/live.ts';
import { bootstrap } from '../models/people/bootstrap.ts';
import { closeQueues, openQueues } from '../models/queues.ts';
import { createApp } from './api/app.ts';
import { createIngest } from './ingest/index.ts';
import { createMetrics } from './ops/metrics.ts';
import { createGatewayServer } from './server.ts';

const settings = readSettings(process.env);
const log = createLogger('web', settings.LOG_LEVEL);
const lifecycle = new Lifecycle(log);
lifecycle.listenToSignals();
log.info('starting', summary(settings));
lifecycle.onStop('tracing', await startTracing('web', settings.OTEL_EXPORTER_OTLP_ENDPOINT, log));

// Either store may be away, now or later: the other one takes its place.
const models = defineModels(newMongoConnection());
const mongo = new MongoStore(models.db, settings.MONGODB_URI, log, async () => {
  await prepareDatabase(models);
  await bootstrap(models, settings);
});
lifecycle.onStop('mongodb', () => mongo.close());
const redis = new RedisStore(connectRedis(settings.REDIS_URL, log), log, {
  replicas: settings.REDIS_REPLICAS,
  prefix: settings.REDIS_PREFIX,
});
lifecycle.onStop('redis', () => redis.close());
await Promise.all([mongo.start(), redis.start()]);

const queues = openQueues(redis.client, settings.REDIS_PREFIX);
lifecycle.onStop('queues', () => closeQueues(queues));

const metrics = createMetrics();
for (const store of [mongo, redis]) metrics.watch(store);
const pending = new PendingChanges(models, mongo, log);
await pending.start();
lifecycle.onStop('pending changes', () => pending.stop());
const blocklist = new Blocklist({
  redis,
  mongo,
  models,
  log,
  pending,
  onScreened: metrics.onScreened,
  onRebuilt: metrics.onRebuilt,
});
const { edge, refusals, handOver } = createIngest({
  settings,
  models,
  mongo,
  redis,
  blocklist,
  queue: queues.deliver,
  log,
  metrics,
});
refusals.start();
lifecycle.onStop('refusals', () => refusals.stop());

const api = createApp({
  settings,
  models,
  mongo,
  redis,
  connectSubscriber: () => connectRedis(settings.REDIS_URL, log),
  blocklist,
  queues,
  effects: queues.blockEffects,
  publish: livePublisher(redis, log),
  handOver,
  metrics,
  log,
});
const server = createGatewayServer(edge, api, settings);
await server.listen(settings.PORT);
lifecycle.onStop('server', () => server.close());
lifecycle.onStop('live feeds', () => api.stop());
log.info('started', { port: settings.PORT });
