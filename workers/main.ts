import { Queue, UnrecoverableError, Worker } from 'bullmq';
import { Lifecycle } from '../config/lifecycle.ts';
import { createLogger, describeError, type Logger } from '../config/logger.ts';
import { connectMongo } from '../config/mongo.ts';
import { checkDurability, connectRedis, connectRedisForWorker } from '../config/redis.ts';
import { readSettings, summary } from '../config/settings.ts';
import { Blocklist } from '../models/blocklist.ts';
import { defineModels, prepareDatabase } from '../models/index.ts';
import {
  cappedBackoff,
  type DeliverJob,
  type EffectJob,
  type EffectName,
  QUEUES,
} from '../models/jobs.ts';
import type { EffectDeps } from './block/deps.ts';
import { effects } from './block/effects.ts';
import { createDeliver } from './deliver/deliver.ts';
import { gatherJobs } from './deliver/gather.ts';
import { startRelay } from './relay.ts';

const settings = readSettings(process.env);
const log = createLogger('worker', settings.LOG_LEVEL);
const lifecycle = new Lifecycle(log);
lifecycle.listenToSignals();
log.info('starting', summary(settings));

const db = await connectMongo(settings.MONGODB_URI);
lifecycle.onStop('mongodb', () => db.close());
const models = defineModels(db);
await prepareDatabase(models);

const redis = connectRedis(settings.REDIS_URL, log);
await redis.connect();
lifecycle.onStop('redis', () => redis.quit());
await checkDurability(redis);
const blocking = connectRedisForWorker(settings.REDIS_URL, log);
lifecycle.onStop('redis of the workers', () => blocking.quit());

const prefix = settings.REDIS_PREFIX;
const queue = new Queue<EffectJob>(QUEUES.blockEffects, { connection: redis, prefix });
lifecycle.onStop('queue', () => queue.close());
const deps: EffectDeps = {
  models,
  redis,
  log,
  blocklist: new Blocklist(redis, models, log),
  effects: queue,
};

const gather = gatherJobs(createDeliver(models, log), {
  maxEvents: settings.DELIVER_MAX_EVENTS,
  concurrency: 2,
});
const options = { connection: blocking, prefix, settings: { backoffStrategy: cappedBackoff } };
const deliver = new Worker<DeliverJob>(QUEUES.deliver, ({ data }) => gather(data), {
  ...options,
  concurrency: settings.DELIVER_CONCURRENCY,
});
const blockEffects = new Worker<EffectJob>(
  QUEUES.blockEffects,
  async ({ name, data }) => {
    const effect = effects[name as EffectName];
    if (!effect) throw new UnrecoverableError(`no such effect: ${name}`);
    await effect(deps, data);
  },
  { ...options, concurrency: 16 },
);
for (const worker of [deliver, blockEffects]) {
  logFailures(worker, log);
  lifecycle.onStop(`worker ${worker.name}`, () => worker.close());
}
const relay = startRelay(deps);
lifecycle.onStop('relay', () => relay.stop());
log.info('started');

function logFailures(worker: Worker, log: Logger): void {
  worker.on('error', (error) =>
    log.warn('worker.error', { queue: worker.name, ...describeError(error) }),
  );
  worker.on('failed', (job, error) =>
    log.warn('job.failed', {
      queue: worker.name,
      jobId: job?.id,
      attempts: job?.attemptsMade,
      ...describeError(error),
    }),
  );
}
