import type { Queue } from 'bullmq';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import { QUEUES, type WebhookJob, webhookJobOf } from '../../models/jobs.ts';
import type { Consumers } from '../consumers.ts';
import { everyWhile } from '../sweep.ts';
import type { WebhookDeps } from './deps.ts';
import { AT_ONCE, handOut } from './hand-out.ts';
import { createTurn } from './turn.ts';

/** So late a program is told at most of what happened, when nothing stands in the way. */
const LOOK_EVERY_MS = 250;
/** Webhooks that one worker has in hand at once. */
const TURNS = 128;
const MOST_WOKEN = 1_000;

export interface WebhooksDeps extends Omit<WebhookDeps, 'now'> {
  mongo: MongoStore;
  redis: RedisStore;
  webhooks: Queue<WebhookJob>;
  consumers: Consumers;
}

/** The consumer of the queue, and the sweep that empties the outbox and wakes webhooks at their time. */
export function startWebhooks(deps: WebhooksDeps): { stop(): Promise<void> } {
  const { mongo, redis, log, consumers } = deps;
  const turn = createTurn({ ...deps, now: Date.now });
  consumers.consume(QUEUES.webhooks, TURNS, ({ data }) => turn(data));
  return everyWhile(mongo, { name: 'webhooks', everyMs: LOOK_EVERY_MS, log }, async (signal) => {
    while (!signal.aborted && (await handOut(deps)) === AT_ONCE);
    if (redis.available) await wake(deps);
  });
}

/** A webhook that has its job keeps that one. */
async function wake({ models, redis, webhooks }: WebhooksDeps): Promise<void> {
  const now = new Date();
  const due = await models.webhooks
    .find({ dueAt: { $lte: now }, pausedUntil: { $lte: now }, enabled: true }, { _id: 1 })
    .sort({ dueAt: 1 })
    .limit(MOST_WOKEN)
    .lean();
  if (due.length > 0) await redis.run(() => webhooks.addBulk(due.map(webhookJobOf)));
}
