import { Lifecycle } from '../config/lifecycle.ts';
import { createLogger } from '../config/logger.ts';
import { MongoStore, newMongoConnection } from '../config/mongo.ts';
import { connectRedis, connectRedisForWorker, RedisStore } from '../config/redis.ts';
import { readSettings, summary } from '../config/settings.ts';
import { startTracing } from '../config/tracing.ts';
import { Blocklist } from '../models/block/blocklist.ts';
import { defineModels, prepareDatabase } from '../models/index.ts';
import { QUEUES } from '../models/jobs.ts';
import { livePublisher } from '../models/live.ts';
import { closeQueues, openQueues } from '../models/queues.ts';
import { runEffect } from './block/effects.ts';
import { Consumers } from './consumers.ts';
import { createDeliver } from './deliver/deliver.ts';
import { gatherJobs } from './deliver/gather.ts';
import { settingAside } from './deliver/set-aside.ts';
import { startErasing } from './erase.ts';
import { startFindingWords } from './find-words.ts';
import { startSnooze } from './inbox/snooze.ts';
import { startMac } from './mac/start.ts';
import { startMergeRelay } from './merge/relay.ts';
import { createWorkerMetrics } from './ops/metrics.ts';
import { startOpsServer } from './ops/server.ts';
import { createHttpClient } from './outgoing/http-client.ts';
import { startRelay } from './relay.ts';
import { startSending } from './send/start.ts';
import { startSpool } from './spool.ts';
import { startWebhooks } from './webhooks/start.ts';
import { startWorkflows } from './workflows/start.ts';

const settings = readSettings(process.env);
const log = createLogger('worker', settings.LOG_LEVEL);
const lifecycle = new Lifecycle(log);
lifecycle.listenToSignals();
log.info('starting', summary(settings));
lifecycle.onStop(
  'tracing',
  await startTracing('worker', settings.OTEL_EXPORTER_OTLP_ENDPOINT, log),
);

const models = defineModels(newMongoConnection());
const mongo = new MongoStore(models.db, settings.MONGODB_URI, log, () => prepareDatabase(models));
lifecycle.onStop('mongodb', () => mongo.close());
const redis = new RedisStore(connectRedis(settings.REDIS_URL, log), log, {
  prefix: settings.REDIS_PREFIX,
});
lifecycle.onStop('redis', () => redis.close());
await Promise.all([mongo.start(), redis.start()]);

const metrics = createWorkerMetrics();
for (const store of [mongo, redis]) metrics.watch(store);
if (settings.METRICS_PORT !== undefined) {
  const ops = await startOpsServer(settings.METRICS_PORT, metrics.registry);
  lifecycle.onStop('ops', () => ops.close());
}

const queues = openQueues(redis.client, settings.REDIS_PREFIX);
lifecycle.onStop('queues', () => closeQueues(queues));
const blocklist = new Blocklist({ redis, mongo, models, log });
const deps = {
  models,
  mongo,
  redis,
  log,
  blocklist,
  metrics,
  queues,
  effects: queues.blockEffects,
  publish: livePublisher(redis, log),
};

const deliver = createDeliver(models, log, metrics.onReadable, deps.publish);
const gather = gatherJobs(settingAside(deliver, deps), {
  maxEvents: settings.DELIVER_MAX_EVENTS,
  concurrency: 2,
});
const http = createHttpClient({
  allowPrivate: settings.ALLOW_PRIVATE_OUTBOUND,
  timeoutMs: settings.SEND_TIMEOUT_MS,
});
lifecycle.onStop('http client', () => http.close());
const consumers = new Consumers({
  ...deps,
  prefix: settings.REDIS_PREFIX,
  onJob: metrics.onJob,
  connect: () => connectRedisForWorker(settings.REDIS_URL, log),
});
consumers.consume(QUEUES.deliver, settings.DELIVER_CONCURRENCY, ({ data }) => gather(data));
consumers.consume(QUEUES.blockEffects, 16, ({ name, data }) => runEffect(deps, name, data));

/** What works until the process stops. The consumers stop last: the others tell theirs not to wait. */
const parts: { stop(): Promise<unknown> }[] = [
  startSpool({
    ...deps,
    concurrency: settings.DELIVER_CONCURRENCY,
    deliver: (job, signal) => mongo.persist(() => gather(job), signal),
  }),
  startRelay(deps),
  startSending({ ...deps, settings, sends: queues.send, consumers, http }),
  startSnooze({ ...deps, consumers }),
  startWorkflows({ ...deps, consumers, http, timeoutMs: settings.SEND_TIMEOUT_MS }),
  startWebhooks({
    ...deps,
    encryptionKey: settings.ENCRYPTION_KEY,
    timeoutMs: settings.SEND_TIMEOUT_MS,
    webhooks: queues.webhooks,
    consumers,
    http,
  }),
  startMac(deps),
  startMergeRelay(deps),
  startErasing(deps),
  startFindingWords(deps),
  consumers,
];
// At the same time: on a store that hangs each would use up its deadline.
lifecycle.onStop('work', () => Promise.all(parts.map((part) => part.stop())));
log.info('started');
