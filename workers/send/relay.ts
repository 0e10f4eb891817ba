import type { Queue } from 'bullmq';
import type { Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import type { Models } from '../../models/index.ts';
import { type SendJob, sendJobOf } from '../../models/jobs.ts';
import { everyWhile } from '../sweep.ts';

const LOOK_EVERY_MS = 1_000;
/** Whoever stored or tried the message gets this long to see to its job. */
const GRACE_MS = 5_000;
const AT_ONCE = 100;

export interface SendRelayDeps {
  models: Models;
  mongo: MongoStore;
  redis: RedisStore;
  sends: Queue<SendJob>;
  log: Logger;
}

/**
 * Adds the jobs of messages that should have been looked at by now: Redis was away when they were
 * stored, or has lost what it had. For a message that has its job this changes nothing.
 */
export function startSendRelay(deps: SendRelayDeps): { stop(): Promise<void> } {
  const { mongo, redis, log } = deps;
  return everyWhile(mongo, { name: 'send_relay', everyMs: LOOK_EVERY_MS, log }, async () => {
    if (redis.available) await addOverdue(deps);
  });
}

async function addOverdue({ models, redis, sends }: SendRelayDeps): Promise<void> {
  const overdue = await models.messages
    .find(
      { 'outbox.dueAt': { $lt: new Date(Date.now() - GRACE_MS) } },
      { workspaceId: 1, channelId: 1 },
    )
    .sort({ 'outbox.dueAt': 1 })
    .limit(AT_ONCE)
    .lean();
  if (overdue.length > 0) await redis.run(() => sends.addBulk(overdue.map(sendJobOf)));
}
