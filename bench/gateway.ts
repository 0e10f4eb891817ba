import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import { freePort } from '#stores';
import { connectMongo } from '../config/mongo.ts';
import { Types } from '../models/ids.ts';
import { defineModels, type Models } from '../models/index.ts';
import type { LoadResult } from './load.ts';
import { APP_ID, APP_SECRET, PHONE_NUMBER_ID, SENDERS, senderOf } from './requests.ts';

const DEADLINE_MS = 120_000;

/** The condition, or an error once the deadline has passed without it. */
export async function until(what: string, condition: () => unknown, everyMs = 20): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting: ${what}`);
    await delay(everyMs);
  }
}

/** Starts `bench/NAME` on a free port. */
export async function startServer(name: string, children: ChildProcess[]): Promise<number> {
  const port = await freePort();
  children.push(node(join(import.meta.dirname, `${name}.js`), { PORT: String(port) }));
  await until(`${name} to listen`, () => answers(`http://127.0.0.1:${port}/`));
  return port;
}

function node(script: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url, { method: 'POST' }).then(
    () => true,
    () => false,
  );
}

/** The real `web` process, and the real `worker` while messages are to become readable. */
export class Gateway {
  private constructor(
    readonly port: number,
    readonly path: string,
    private readonly env: Record<string, string>,
    private readonly db: Connection,
    private readonly models: Models,
    private readonly redis: Redis,
    private readonly workspaceId: Types.ObjectId,
    private readonly children: ChildProcess[],
  ) {}

  static async start(
    { mongoUri, redisUrl }: { mongoUri: string; redisUrl: string },
    children: ChildProcess[],
  ): Promise<Gateway> {
    const port = await freePort();
    const key = `vk_${randomBytes(32).toString('base64url')}`;
    const base = `http://127.0.0.1:${port}`;
    const env = {
      PORT: String(port),
      PUBLIC_BASE_URL: base,
      MONGODB_URI: mongoUri,
      REDIS_URL: redisUrl,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      BOOTSTRAP_OWNER_EMAIL: 'bench@videur.localhost',
      BOOTSTRAP_OWNER_PASSWORD: randomBytes(16).toString('hex'),
      BOOTSTRAP_API_KEY: key,
    };
    children.push(node(join(import.meta.dirname, '../gateway/main.js'), env));
    // It is ready, and degraded, with one store only.
    await until('the gateway to have both stores', () =>
      fetch(`${base}/readyz`).then(
        async (response) => ((await response.json()) as { status: string }).status === 'ok',
        () => false,
      ),
    );
    const call = async (path: string, body?: object) => {
      const response = await fetch(`${base}/api/v1${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as { id: string; items: { id: string }[]; webhookUrl: string };
    };
    const workspaceId = (await call('/workspaces')).items[0]?.id ?? '';
    const { webhookUrl } = await call(`/workspaces/${workspaceId}/channels`, {
      type: 'whatsapp',
      name: 'Bench',
      credentials: {
        phoneNumberId: PHONE_NUMBER_ID,
        appId: APP_ID,
        appSecret: APP_SECRET,
        verifyToken: 'bench',
        accessToken: 'bench',
      },
    });
    const db = await connectMongo(mongoUri);
    return new Gateway(
      port,
      new URL(webhookUrl).pathname,
      env,
      db,
      defineModels(db),
      new Redis(redisUrl),
      new Types.ObjectId(workspaceId),
      children,
    );
  }

  /** An empty inbox and queue, and so many of the senders blocked. */
  async prepare({
    fsync,
    blocked,
  }: {
    fsync: 'everysec' | 'always';
    blocked: number;
  }): Promise<void> {
    const { contacts, conversations, messages, deliveredBatches } = this.models;
    const mac = [this.models.activeContacts, this.models.macCounts];
    // Dropped and made again: an index full of rows that were just deleted is slow to insert into.
    for (const model of [contacts, conversations, messages, deliveredBatches, ...mac]) {
      await model.collection.drop();
      await model.createCollection();
      await model.createIndexes();
    }
    const rows = Array.from({ length: SENDERS * blocked }, (_, i) => ({
      workspaceId: this.workspaceId,
      identities: [`tel:+${senderOf(blocked === 0.5 ? i * 2 : i)}`],
      tags: [],
      fields: {},
      blocked: { id: new Types.ObjectId(), since: new Date(), by: { type: 'system', id: 'bench' } },
      refused: { count: 0, lastAt: null },
      createdAt: new Date(),
    }));
    if (rows.length > 0) await contacts.collection.insertMany(rows);
    await this.redis.flushall();
    await this.redis.config('SET', 'appendfsync', fsync);
  }

  /** The load, and the time from its first request until the last of its messages can be read. */
  async untilReadable(messages: number, load: () => Promise<LoadResult>): Promise<LoadResult> {
    const worker = node(join(import.meta.dirname, '../workers/main.js'), this.env);
    this.children.push(worker);
    // A worker that has nothing to do waits in a blocking read.
    await until('the worker to take jobs', async () =>
      /blocked_clients:[1-9]/.test(await this.redis.info('clients')),
    );
    const result = await load();
    await until('the last message', async () => {
      return (await this.models.messages.estimatedDocumentCount()) >= messages;
    });
    const seconds = (Date.now() - result.startedAt) / 1_000;
    worker.kill('SIGTERM');
    await until('the worker to end', () => worker.exitCode !== null);
    const stored = await this.models.messages.countDocuments();
    if (stored !== messages) throw new Error(`${stored} messages of ${messages} in the inbox`);
    return { ...result, seconds, perSecond: messages / seconds };
  }

  async stop(): Promise<void> {
    await this.db.close();
    this.redis.disconnect();
  }
}
