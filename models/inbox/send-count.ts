import type { RedisStore } from '../../config/redis.ts';

/**
 * How many attempts to send had which outcome, by channel type, for the metrics. In Redis, where every
 * worker adds and every gateway reads: a Redis that loses it starts again at nothing, as counters do.
 */
export class SendCount {
  private readonly key: string;

  constructor(
    private readonly redis: RedisStore,
    prefix: string,
  ) {
    this.key = `${prefix}:sends`;
  }

  async add(channelType: string, outcome: string): Promise<void> {
    const field = `${channelType} ${outcome}`;
    await this.redis.run(() => this.redis.client.hincrby(this.key, field, 1));
  }

  async read(): Promise<[{ channel_type: string; outcome: string }, number][]> {
    const counts = await this.redis.client.hgetall(this.key);
    return Object.entries(counts).map(([name, count]) => {
      const [channel_type = '', outcome = ''] = name.split(' ');
      return [{ channel_type, outcome }, Number(count)];
    });
  }
}
