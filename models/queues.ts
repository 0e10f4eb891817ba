import { Queue } from 'bullmq';
import type { RedisClient } from '../config/redis.ts';

/**
 * A queue to add jobs to. It may be made while Redis is away: BullMQ then waits for the connection. The
 * version check is left out, as a connection lost in the middle of it would spoil the queue for good.
 */
export function openQueue<Job>(name: string, client: RedisClient, prefix: string): Queue<Job> {
  const queue = new Queue<Job>(name, { connection: client, prefix, skipVersionCheck: true });
  // The connection's own, which are logged where it is made; without a listener BullMQ prints them.
  queue.on('error', () => {});
  return queue;
}
