import { randomBytes } from 'node:crypto';
import type { Fields, Logger } from '../../config/logger.ts';
import { connectMongo, MongoStore } from '../../config/mongo.ts';
import { connectRedis, type RedisClient, RedisStore } from '../../config/redis.ts';
import type { BlockDeps } from '../../models/block/block.ts';
import { Blocklist } from '../../models/block/blocklist.ts';
import type { Contact } from '../../models/contacts/contact.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { defineModels, type Models, prepareDatabase } from '../../models/index.ts';
import { QUEUES } from '../../models/jobs.ts';
import { openQueue } from '../../models/queues.ts';

/** A database of one's own on the MongoDB of the run; `close` drops it. */
export async function openModels(): Promise<{
  models: Models;
  mongo: MongoStore;
  close(): Promise<void>;
}> {
  const uri = new URL(given('MONGODB_URI'));
  uri.pathname = `/unit_${randomBytes(6).toString('hex')}`;
  const db = await connectMongo(uri.toString());
  const models = defineModels(db);
  const mongo = new MongoStore(db, uri.toString(), silent, () => prepareDatabase(models));
  await mongo.start();
  return {
    models,
    mongo,
    async close() {
      await db.dropDatabase();
      await mongo.close();
    },
  };
}

/** A connection to the Redis of the run. Its keys are told apart by random workspaces and prefixes. */
export async function openRedis(): Promise<RedisClient> {
  const redis = connectRedis(given('REDIS_URL'), silent);
  await redis.connect();
  return redis;
}

/** The same behind its breaker. */
export async function openRedisStore(): Promise<RedisStore> {
  const redis = new RedisStore(connectRedis(given('REDIS_URL'), silent), silent);
  await redis.start();
  return redis;
}

/** A Redis that is not there. */
export function awayRedis(): RedisStore {
  return new RedisStore(connectRedis(given('REDIS_URL'), silent), silent);
}

/** A MongoDB that is not there. */
export function awayMongo(models: Models): MongoStore {
  return new MongoStore(models.db, given('MONGODB_URI'), silent, async () => {});
}

export interface Stores extends BlockDeps {
  mongo: MongoStore;
  /** Every line that was logged. */
  lines: { event: string; fields: Fields | undefined }[];
  /** A new workspace: what one test does, no other one sees. */
  workspace(anchorDay?: number): Promise<ObjectId>;
  contact(workspaceId: ObjectId, identities: string[], given?: Partial<Contact>): Promise<ObjectId>;
  close(): Promise<void>;
}

/** Both stores and what a block needs. */
export async function openStores(): Promise<Stores> {
  const { models, mongo, close } = await openModels();
  const redis = await openRedisStore();
  const { log, lines } = recordingLog();
  const prefix = `{unit_${randomBytes(6).toString('hex')}}`;
  const effects = openQueue(QUEUES.blockEffects, redis.client, prefix);
  await effects.waitUntilReady();
  const workspaces: ObjectId[] = [];
  return {
    models,
    mongo,
    redis,
    log,
    lines,
    effects,
    blocklist: new Blocklist({ redis, mongo, models, log }),
    async workspace(anchorDay = 1) {
      const _id = new Types.ObjectId();
      workspaces.push(_id);
      const billing = { anchorDay, timeZone: 'UTC', macLimit: null };
      await models.workspaces.create({ _id, name: 'Test', billing });
      return _id;
    },
    async contact(workspaceId, identities, given = {}) {
      const { _id } = await models.contacts.create({ workspaceId, identities, ...given });
      return _id;
    },
    async close() {
      await effects.obliterate({ force: true });
      await effects.close();
      for (const id of workspaces)
        await redis.client.del(blockedKey(id), generationKey(id), lockKey(id));
      await redis.close();
      await close();
    },
  };
}

export const blockedKey = (workspaceId: ObjectId) => `videur:{${workspaceId}}:blocked`;
export const generationKey = (workspaceId: ObjectId) => `videur:{${workspaceId}}:generation`;
export const lockKey = (workspaceId: ObjectId) => `videur:{${workspaceId}}:rebuild`;

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export function recordingLog(): { log: Logger; lines: Stores['lines'] } {
  const lines: Stores['lines'] = [];
  const write = (event: string, fields?: Fields) => void lines.push({ event, fields });
  return { log: { debug: write, info: write, warn: write, error: write }, lines };
}

/** A promise that the test itself settles. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function given(name: 'MONGODB_URI' | 'REDIS_URL'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with \`npm test\``);
  return value;
}
