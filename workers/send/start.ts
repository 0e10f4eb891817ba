import { DelayedError, type Queue } from 'bullmq';
import { describeError, type Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import type { Settings } from '../../config/settings.ts';
import { SendCount } from '../../models/inbox/send-count.ts';
import type { Models } from '../../models/index.ts';
import { QUEUES, type SendJob } from '../../models/jobs.ts';
import type { Publish } from '../../models/live.ts';
import type { Consumers } from '../consumers.ts';
import type { WorkerMetrics } from '../ops/metrics.ts';
import type { HttpClient } from '../outgoing/http-client.ts';
import { Tokens } from '../outgoing/tokens.ts';
import { startSendRelay } from './relay.ts';
import { createSend } from './send.ts';

export interface SendingDeps {
  settings: Settings;
  models: Models;
  mongo: MongoStore;
  redis: RedisStore;
  sends: Queue<SendJob>;
  consumers: Consumers;
  http: HttpClient;
  publish: Publish;
  metrics: Pick<WorkerMetrics, 'onSend'>;
  log: Logger;
}

/** The consumer of the queue, and the relay that feeds it what was left. */
export function startSending(deps: SendingDeps): { stop(): Promise<void> } {
  const { settings, models, mongo, redis, consumers, http, publish, metrics, log } = deps;
  const { SEND_TIMEOUT_MS: timeoutMs, REDIS_PREFIX: prefix } = settings;
  const stopping = new AbortController();
  const sendCount = new SendCount(redis, prefix);
  const persist = async <T>(write: () => Promise<T>): Promise<T> => {
    try {
      return await write();
    } catch (error) {
      if (!mongo.isAway(error)) throw error;
      return await mongo.persist(write, stopping.signal);
    }
  };
  const send = createSend({
    models,
    http,
    tokens: new Tokens(),
    encryptionKey: settings.ENCRYPTION_KEY,
    publicBaseUrl: settings.PUBLIC_BASE_URL,
    timeoutMs,
    persist,
    onSend(channelType, outcome, ms) {
      if (ms !== undefined) metrics.onSend(channelType, ms / 1_000);
      sendCount
        .add(channelType, outcome)
        .catch((error) => log.debug('send.uncounted', describeError(error)));
    },
    publish,
    log,
    now: Date.now,
  });
  consumers.consume(QUEUES.send, settings.SEND_CONCURRENCY, async (job) => {
    const again = await send(job.data);
    if (again === undefined) return;
    await job.moveToDelayed(again, job.token);
    throw new DelayedError();
  });
  const relay = startSendRelay(deps);
  return {
    /** Before the consumers stop: they wait for what is in hand, and that no longer for MongoDB. */
    stop() {
      stopping.abort();
      return relay.stop();
    },
  };
}
