import type { Queue } from 'bullmq';
import type { Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import type { Settings } from '../../config/settings.ts';
import type { Blocklist } from '../../models/block/blocklist.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { Arriving } from './arriving.ts';
import { createEdge } from './edge.ts';
import { createHandOver } from './hand-over.ts';
import { createIntake } from './intake.ts';
import { recipientFinder } from './recipients.ts';
import { Refusals } from './refusals.ts';
import { createReplayGuard } from './replay.ts';
import { createScreen } from './screen.ts';

export interface IngestDeps {
  settings: Settings;
  models: Models;
  mongo: MongoStore;
  redis: RedisStore;
  blocklist: Blocklist;
  queue: Queue<DeliverJob>;
  log: Logger;
  metrics: {
    onRefused(): void;
    onBatch(events: number): void;
    onSpooled(): void;
    onAnswer(address: string, status: number, seconds: number): void;
  };
}

/** Puts the stages of the path together. */
export function createIngest(deps: IngestDeps) {
  const { settings, models, mongo, redis, blocklist, queue, log, metrics } = deps;
  const screen = createScreen(blocklist);
  const handOver = createHandOver({
    queue,
    redis,
    mongo,
    models,
    log,
    onBatch: (events) => metrics.onBatch(events),
    onSpooled: () => metrics.onSpooled(),
  });
  const refusals = new Refusals(handOver, log, () => metrics.onRefused());
  const edge = createEdge({
    findRecipient: recipientFinder(deps),
    arriving: new Arriving(settings.INTAKE_MAX_ARRIVING_BYTES),
    guard: createReplayGuard(deps),
    takeIn: createIntake({ screen, handOver, tally: (refusal) => refusals.add(refusal) }, settings),
    now: Date.now,
    publicBaseUrl: settings.PUBLIC_BASE_URL,
    log,
    onAnswer: (address, status, seconds) => metrics.onAnswer(address, status, seconds),
  });
  return { edge, refusals, handOver };
}
