import { Queue } from 'bullmq';
import type { RedisClient } from '../config/redis.ts';
import { queueTelemetry } from '../config/tracing.ts';
import { QUEUES, type QueueKey, type QueueOf } from './jobs.ts';

/** Every queue, by its name in `QUEUES`. */
export type Queues = {
  [Key in QueueKey]: (typeof QUEUES)[Key] extends QueueOf<infer Job> ? Queue<Job> : never;
};

/** They share the connection. */
export function openQueues(client: RedisClient, prefix: string): Queues {
  const opened = Object.entries(QUEUES).map(([key, queue]) => [
    key,
    openQueue<unknown>(queue, client, prefix),
  ]);
  return Object.fromEntries(opened) as Queues;
}

export async function closeQueues(queues: Queues): Promise<void> {
  await Promise.all(Object.values(queues).map((queue) => queue.close()));
}

/**
 * A queue to add jobs to. It may be made while Redis is away: BullMQ then waits for the connection. The
 * version check is left out, as a connection lost in the middle of it would spoil the queue for good.
 */
export function openQueue<Job>(
  { name }: QueueOf<Job>,
  client: RedisClient,
  prefix: string,
): Queue<Job> {
  const queue = new Queue<Job>(name, {
    connection: client,
    prefix,
    skipVersionCheck: true,
    ...queueTelemetry(),
  });
  // The connection's own, which are logged where it is made; without a listener BullMQ prints them.
  queue.on('error', () => {});
  return queue;
}
