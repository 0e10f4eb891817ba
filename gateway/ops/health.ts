import type { Redis } from 'ioredis';
import { withDeadline } from '../../config/deadline.ts';
import type { Models } from '../../models/index.ts';

/** Shorter than what asks: an orchestrator waits a second or two. */
const DEADLINE_MS = 1_000;

export interface HealthDeps {
  models: Models;
  redis: Redis;
  redisDurable: boolean;
}

/** Whether each dependency answers. An unready gateway is alive: restarting it would not help. */
export async function readiness({ models, redis, redisDurable }: HealthDeps) {
  const [mongodb, redisOk] = await Promise.all([
    answers(() => models.db.getClient().db().command({ ping: 1 })),
    answers(() => redis.ping()),
  ]);
  const ok = mongodb && redisOk;
  return {
    status: ok ? 200 : 503,
    body: {
      status: ok ? 'ok' : 'unavailable',
      dependencies: { mongodb: { ok: mongodb }, redis: { ok: redisOk, durable: redisDurable } },
    },
  };
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await withDeadline(ask(), DEADLINE_MS);
    return true;
  } catch {
    return false;
  }
}
