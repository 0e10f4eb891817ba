import { Queue } from 'bullmq';
import { Lifecycle } from '../config/lifecycle.ts';
import { createLogger } from '../config/logger.ts';
import { connectMongo } from '../config/mongo.ts';
import { checkDurability, connectRedis } from '../config/redis.ts';
import { readSettings, summary } from '../config/settings.ts';
import { Blocklist } from '../models/blocklist.ts';
import { bootstrap } from '../models/bootstrap.ts';
import { defineModels, prepareDatabase } from '../models/index.ts';
import { type DeliverJob, type EffectJob, QUEUES } from '../models/jobs.ts';
import { createApp } from './api/app.ts';
import { createIngest } from './ingest/index.ts';
import { createMetrics } from './ops/metrics.ts';
import { close, createGatewayServer, listen } from './server.ts';

const settings = readSettings(process.env);
const log = createLogger('web', settings.LOG_LEVEL);
const lifecycle = new Lifecycle(log);
lifecycle.listenToSignals();
log.info('starting', summary(settings));

const db = await connectMongo(settings.MONGODB_URI);
lifecycle.onStop('mongodb', () => db.close());
const models = defineModels(db);
await prepareDatabase(models);
await bootstrap(models, settings);

const redis = connectRedis(settings.REDIS_URL, log);
await redis.connect();
lifecycle.onStop('redis', () => redis.quit());
const { durable } = await checkDurability(redis);
if (!durable) log.warn('redis.not_durable', { appendonly: 'no' });

const connection = { connection: redis, prefix: settings.REDIS_PREFIX };
const deliver = new Queue<DeliverJob>(QUEUES.deliver, connection);
const effects = new Queue<EffectJob>(QUEUES.blockEffects, connection);
lifecycle.onStop('queues', () => Promise.all([deliver.close(), effects.close()]));

const metrics = createMetrics();
const blocklist = new Blocklist(redis, models, log, (source) => metrics.onScreened(source));
const { edge, refusals } = createIngest({
  settings,
  models,
  blocklist,
  queue: deliver,
  log,
  metrics,
});
refusals.start();
lifecycle.onStop('refusals', () => refusals.stop());

const api = createApp({
  settings,
  models,
  redis,
  redisDurable: durable,
  connectSubscriber: () => connectRedis(settings.REDIS_URL, log),
  blocklist,
  effects,
  deliver,
  metrics,
  log,
});
const server = createGatewayServer(edge, api);
await listen(server, settings.PORT);
lifecycle.onStop('server', () => close(server));
lifecycle.onStop('live feeds', () => api.stop());
log.info('started', { port: settings.PORT });
