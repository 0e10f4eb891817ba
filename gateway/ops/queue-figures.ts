import type { JobType, Queue } from 'bullmq';
import type { RedisClient } from '../../config/redis.ts';

const STATES: JobType[] = ['wait', 'active', 'delayed', 'failed', 'completed'];

/** How many jobs are looked at to find the oldest: those in hand, and those that wait for a retry. */
const LOOKED_AT = 100;

export async function jobCounts(queue: Queue) {
  const counts = await queue.getJobCounts(...STATES);
  return Object.entries(counts).map(
    ([state, count]): [{ queue: string; state: string }, number] => [
      { queue: queue.name, state },
      count,
    ],
  );
}

/**
 * How long the oldest job that should be done by now has been there. A job that was tried and waits
 * for its next attempt is due; one that was put off on purpose (the end of a block) is not. Reads
 * single fields: a job's data may be megabytes.
 */
export async function oldestJobAge(
  queue: Queue,
  redis: RedisClient,
): Promise<[{ queue: string }, number]> {
  const [waiting, active, delayed] = await Promise.all([
    queue.getRanges(['wait'], 0, 0, true),
    queue.getRanges(['active'], 0, LOOKED_AT - 1, true),
    queue.getRanges(['delayed'], 0, LOOKED_AT - 1, true),
  ]);
  const ids = [...waiting, ...active, ...delayed];
  const reads = redis.pipeline();
  for (const id of ids) reads.hmget(queue.toKey(id), 'timestamp', 'atm');
  const putOff = new Set(delayed);
  const since = ((await reads.exec()) ?? []).map(([error, fields], i) => {
    if (error) throw error;
    const [timestamp, attemptsMade] = fields as (string | null)[];
    const due = !putOff.has(ids[i] ?? '') || Number(attemptsMade) > 0;
    return timestamp && due ? Number(timestamp) : Number.POSITIVE_INFINITY;
  });
  const age = Math.max(0, Date.now() - Math.min(...since)) / 1_000;
  return [{ queue: queue.name }, Number.isFinite(age) ? age : 0];
}
