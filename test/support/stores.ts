import { randomBytes } from 'node:crypto';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Fields, Logger } from '../../config/logger.ts';
import { connectMongo } from '../../config/mongo.ts';
import { connectRedis } from '../../config/redis.ts';
import type { BlockDeps } from '../../models/block.ts';
import { Blocklist } from '../../models/blocklist.ts';
import type { Contact } from '../../models/contact.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { defineModels, type Models, prepareDatabase } from '../../models/index.ts';
import { type EffectJob, QUEUES } from '../../models/jobs.ts';

/** A database of one's own on the MongoDB of the run; `close` drops it. */
export async function openModels(): Promise<{ models: Models; close(): Promise<void> }> {
  const uri = new URL(given('MONGODB_URI'));
  uri.pathname = `/unit_${randomBytes(6).toString('hex')}`;
  const db = await connectMongo(uri.toString());
  const models = defineModels(db);
  await prepareDatabase(models);
  return {
    models,
    async close() {
      await db.dropDatabase();
      await db.close();
    },
  };
}

/** A connection to the Redis of the run. Its keys are told apart by random workspaces and prefixes. */
export async function openRedis(): Promise<Redis> {
  const redis = connectRedis(given('REDIS_URL'), silent);
  await redis.connect();
  return redis;
}

export interface Stores extends BlockDeps {
  redis: Redis;
  /** Every line that was logged. */
  lines: { event: string; fields: Fields | undefined }[];
  /** A new workspace: what one test does, no other one sees. */
  workspace(anchorDay?: number): Promise<ObjectId>;
  contact(workspaceId: ObjectId, identities: string[], given?: Partial<Contact>): Promise<ObjectId>;
  close(): Promise<void>;
}

/** Both stores and what a block needs. */
export async function openStores(): Promise<Stores> {
  const { models, close } = await openModels();
  const redis = await openRedis();
  const { log, lines } = recordingLog();
  const prefix = `{unit_${randomBytes(6).toString('hex')}}`;
  const effects = new Queue<EffectJob>(QUEUES.blockEffects, { connection: redis, prefix });
  await effects.waitUntilReady();
  const workspaces: ObjectId[] = [];
  return {
    models,
    redis,
    log,
    lines,
    effects,
    blocklist: new Blocklist(redis, models, log),
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
      for (const id of workspaces) await redis.del(blockedKey(id), generationKey(id), lockKey(id));
      redis.disconnect();
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
