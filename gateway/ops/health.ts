import { withDeadline } from '../../config/deadline.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';

/** Shorter than what asks: an orchestrator waits a second or two. */
const DEADLINE_MS = 1_000;

export interface HealthDeps {
  mongo: MongoStore;
  redis: RedisStore;
}

/**
 * Whether each dependency answers. With one of the two the gateway still takes messages, so it is ready
 * and says what is missing; taking it out of service would only make an outage of a part one of the
 * whole. Without both it is not. An unready gateway is alive: restarting it would not help.
 */
export async function readiness({ mongo, redis }: HealthDeps) {
  const [mongodb, redisOk] = await Promise.all([answers(mongo), answers(redis)]);
  const complete = mongodb && redisOk && redis.followed;
  const status = complete ? 'ok' : mongodb || redisOk ? 'degraded' : 'unavailable';
  return {
    status: status === 'unavailable' ? 503 : 200,
    body: {
      status,
      dependencies: {
        mongodb: { ok: mongodb },
        redis: {
          ok: redisOk,
          durable: redis.durable,
          ...(redis.wanted > 0 && { replicated: redis.followed }),
        },
      },
    },
  };
}

async function answers(store: MongoStore | RedisStore): Promise<boolean> {
  if (!store.available) return false;
  try {
    await withDeadline(store.ask(), DEADLINE_MS);
    return true;
  } catch {
    return false;
  }
}
