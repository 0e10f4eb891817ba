import { LRUCache } from 'lru-cache';
import mongoose from 'mongoose';
import { describeError, type Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import type { Channel } from '../../models/channel/channel.ts';

export interface ChannelCopiesDeps {
  mongo: MongoStore;
  redis: RedisStore;
  log: Logger;
}

const DEADLINE_MS = 2_000;
/** How long a gateway may start and run without MongoDB. */
const KEEP_SECONDS = 7 * 24 * 3_600;
/** A copy that has not changed is written again after this time only. */
const WRITE_EVERY_MS = 3_600_000;
const MOST_REMEMBERED = 10_000;

/** Reads channels by a name of what is read; as they were when MongoDB was last there, if it is away. */
export type ReadChannels = (name: string, query: () => Promise<Channel[]>) => Promise<Channel[]>;

/**
 * A gateway that starts while MongoDB is away has nothing in memory, and could not even check a
 * signature. So Redis has a copy of each channel that was used, its credentials sealed as in MongoDB.
 */
export function channelCopies({ mongo, redis, log }: ChannelCopiesDeps): ReadChannels {
  const written = new LRUCache<string, string>({ max: MOST_REMEMBERED, ttl: WRITE_EVERY_MS });
  const { EJSON } = mongoose.mongo.BSON;

  const copy = async (key: string, channels: Channel[]): Promise<void> => {
    const text = channels.length > 0 ? EJSON.stringify(channels) : '';
    if (written.get(key) === text) return;
    await redis.run(async () => {
      if (text) await redis.client.set(key, text, 'EX', KEEP_SECONDS);
      else await redis.client.del(key);
    });
    written.set(key, text);
  };

  const readCopy = async (key: string): Promise<Channel[] | undefined> => {
    const text = await redis.run(() => redis.client.get(key), DEADLINE_MS);
    return text === null ? undefined : (EJSON.parse(text) as Channel[]);
  };

  return async (name, query) => {
    const key = `videur:channels:${name}`;
    try {
      const channels = await mongo.run(query, DEADLINE_MS);
      // Nobody waits for it, and without Redis there is nothing to be done.
      copy(key, channels).catch((error) => log.debug('channels.not_copied', describeError(error)));
      return channels;
    } catch (error) {
      if (!mongo.isAway(error)) throw error;
      const channels = await readCopy(key);
      if (!channels) throw error;
      return channels;
    }
  };
}
