import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import { freePort, type Store, startMongo, startRedis } from '#stores';
import { connectMongo } from '../../config/mongo.ts';
import type { Outcome } from '../../models/delivery/outcome.ts';
import { defineModels, type Models } from '../../models/index.ts';
import { bearer, type Headers, signWhatsApp, telegramHeaders } from './deliveries.ts';
import { assertDocumented } from './documented.ts';
import type { FakeProvider } from './provider.ts';
import { scrape } from './scrape.ts';
import { until } from './until.ts';

const DIST = join(import.meta.dirname, '../..');

// biome-ignore lint/suspicious/noExplicitAny: the tests look at an answer's fields one by one
export type Json = any;

export interface ApiResponse {
  status: number;
  body: Json;
  headers: globalThis.Headers;
}

/** A channel as the tests need it: where to post, and how to sign. */
export interface TestChannel {
  id: string;
  path: string;
  sign(body: string): Headers;
}

interface WorldOptions {
  env?: Record<string, string>;
  ownMongo?: boolean;
  /** Where the compiled program is, when it is not the one that this is part of. */
  dist?: string;
  /** Stores that the test brings along, in place of a Redis of one's own and of the MongoDB that all share. */
  mongoUri?: string;
  redisUrl?: string;
}

/**
 * The whole program as its users meet it: real `web` and `worker` processes on a database and a Redis
 * of their own. The tests talk HTTP to it; they look into the stores only for what no interface shows.
 */
export class World {
  readonly processes: ChildProcess[] = [];
  /** Everything that any process printed. */
  output = '';
  workspaceId = '';
  readonly apiKey = `vk_${randomBytes(32).toString('base64url')}`;

  /** Where the compiled program is. */
  private dist = DIST;

  private constructor(
    readonly port: number,
    private ownRedis: { store: Store; client: Redis } | undefined,
    /** A MongoDB of this world's own, which it may lose; undefined on the one that all tests share. */
    public mongo: Store | undefined,
    readonly db: Connection,
    readonly models: Models,
    private readonly dataDir: string,
    readonly env: Record<string, string>,
  ) {}

  static async start(options: WorldOptions = {}): Promise<World> {
    const { env = {}, ownMongo = false } = options;
    const dataDir = await mkdtemp(join(tmpdir(), 'videur-world-'));
    const own = options.redisUrl === undefined ? await openOwnRedis(dataDir) : undefined;
    const mongo = ownMongo ? await startMongo({ dataDir }) : undefined;
    const port = await freePort();
    const mongoUri = databaseUri(
      `flow_${randomBytes(6).toString('hex')}`,
      options.mongoUri ?? mongo?.uri,
    );
    const db = await connectMongo(mongoUri);
    const world = new World(port, own, mongo, db, defineModels(db), dataDir, {
      PORT: String(port),
      PUBLIC_BASE_URL: `http://127.0.0.1:${port}`,
      MONGODB_URI: mongoUri,
      REDIS_URL: options.redisUrl ?? own?.store.uri ?? '',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: 'info',
      BOOTSTRAP_OWNER_EMAIL: 'owner@example.com',
      BOOTSTRAP_OWNER_PASSWORD: 'a-long-password',
      ...env,
    });
    if (options.dist) world.dist = options.dist;
    world.env.BOOTSTRAP_API_KEY = world.apiKey;
    await world.startGateway();
    world.startWorker();
    await until('both stores to be in use', async () => {
      const { mongodb, redis } = await world.stores();
      return mongodb && redis;
    });
    const { body } = await world.api('GET', '/workspaces');
    world.workspaceId = body.items[0].id;
    return world;
  }

  /** Another gateway has a port of its own. */
  async startGateway(port = this.port): Promise<ChildProcess> {
    const child = this.spawn('gateway', { PORT: String(port) });
    await until('the gateway to be ready', () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    return child;
  }

  startWorker(env: Record<string, string> = {}): ChildProcess {
    return this.spawn('workers', env);
  }

  /** This world's own Redis, which it may lose. */
  get store(): Store {
    return this.own.store;
  }

  /** A connection to it. */
  get redis(): Redis {
    return this.own.client;
  }

  private get own() {
    if (!this.ownRedis) throw new Error('this world has no Redis of its own');
    return this.ownRedis;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get workspace(): string {
    return `/workspaces/${this.workspaceId}`;
  }

  /**
   * Calls the API with the owner's key; `path` is under `/api/v1`. The answer must be as the OpenAPI
   * document says.
   */
  async api(method: string, path: string, body?: unknown, key = this.apiKey): Promise<ApiResponse> {
    const response = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    assertDocumented(method, `/api/v1${path}`, { status, headers, text });
    return {
      status: response.status,
      body: text ? JSON.parse(text) : null,
      headers: response.headers,
    };
  }

  /** Posts a webhook as a provider does. */
  async post(path: string, body: string | Buffer, headers: Headers = {}): Promise<Response> {
    return await fetch(`${this.base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  }

  async createChannel(type: string, credentials: object): Promise<{ id: string; path: string }> {
    const { status, body } = await this.api('POST', `${this.workspace}/channels`, {
      type,
      name: `${type} of the tests`,
      credentials,
    });
    if (status !== 201) throw new Error(`channel: ${status} ${JSON.stringify(body)}`);
    return { id: body.id, path: new URL(body.webhookUrl).pathname };
  }

  async whatsapp(
    phoneNumberId: string,
    appSecret = 'app-secret',
    appId = 'app-1',
  ): Promise<TestChannel> {
    const channel = await this.createChannel('whatsapp', {
      phoneNumberId,
      appId,
      appSecret,
      verifyToken: 'verify-me',
      accessToken: 'access-token',
    });
    return { ...channel, sign: (body) => signWhatsApp(body, appSecret) };
  }

  /** A custom channel that sends to a provider of the tests, for a world that may reach it. */
  async custom(provider: FakeProvider, token = 'custom-token'): Promise<TestChannel> {
    const channel = await this.createChannel('custom', { token, apiBaseUrl: provider.url });
    return { ...channel, sign: () => bearer(token) };
  }

  async telegram(secretToken = 'telegram-secret'): Promise<TestChannel> {
    const channel = await this.createChannel('telegram', { botToken: '1:token', secretToken });
    return { ...channel, sign: () => telegramHeaders(secretToken) };
  }

  /** All events so far by outcome, over the API. */
  async outcomes(): Promise<Record<Outcome, number>> {
    const { body } = await this.api('GET', `${this.workspace}/outcomes`);
    return {
      accepted: 0,
      refused: 0,
      duplicate: 0,
      ignored: 0,
      invalid: 0,
      dead_lettered: 0,
      ...body.totals,
    };
  }

  /** Waits until so many events have an outcome. */
  async settled(events: number): Promise<Record<Outcome, number>> {
    let last = {};
    return await until(`${events} outcomes`, async () => {
      const outcomes = await this.outcomes();
      last = outcomes;
      const sum = Object.values(outcomes).reduce((a, b) => a + b, 0);
      return sum >= events && outcomes;
    }).catch((error) => {
      throw new Error(`${error.message}; there are ${JSON.stringify(last)}`);
    });
  }

  /** Every item of a list, page by page. */
  async list(path: string): Promise<Json[]> {
    const items: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const separator = path.includes('?') ? '&' : '?';
      const { status, body } = await this.api(
        'GET',
        `${path}${separator}limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
      items.push(...body.items);
      cursor = body.nextCursor;
    }
    return items;
  }

  async contact(urn: string): Promise<Json> {
    const contacts = await this.list(`${this.workspace}/contacts`);
    return contacts.find(({ identities }) => identities.includes(urn));
  }

  /** Texts of all messages of a contact, over the API. */
  async texts(contactId: string): Promise<string[]> {
    const conversations = await this.conversations(contactId);
    const pages = await Promise.all(
      conversations.map(({ id }) => this.list(`${this.workspace}/conversations/${id}/messages`)),
    );
    return pages.flat().map(({ text }) => text);
  }

  async conversations(contactId?: string): Promise<Json[]> {
    const [open, blocked] = await Promise.all(
      ['all', 'blocked'].map((inbox) =>
        this.list(`${this.workspace}/conversations?inbox=${inbox}`),
      ),
    );
    return [...(open ?? []), ...(blocked ?? [])].filter(
      (c) => !contactId || c.contactId === contactId,
    );
  }

  async mac(): Promise<number> {
    const { body } = await this.api('GET', `${this.workspace}/mac?cycle=current`);
    return body.count;
  }

  /** Sends a message in a conversation. */
  send(conversationId: string, body: object): Promise<ApiResponse> {
    return this.api('POST', `${this.workspace}/conversations/${conversationId}/messages`, body);
  }

  /** One message of a conversation, over the API. */
  async message(conversationId: string, id: string): Promise<Json> {
    const path = `${this.workspace}/conversations/${conversationId}/messages`;
    return (await this.list(path)).find((message) => message.id === id);
  }

  block(contactId: string, body: object = {}): Promise<ApiResponse> {
    return this.api('POST', `${this.workspace}/contacts/${contactId}/block`, body);
  }

  unblock(contactId: string): Promise<ApiResponse> {
    return this.api('POST', `${this.workspace}/contacts/${contactId}/unblock`, {});
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((child) => end(child, 'SIGTERM')));
    this.ownRedis?.client.disconnect();
    if (!this.mongo) await this.db.dropDatabase();
    await this.db.close();
    await Promise.all([this.ownRedis?.store.stop(), this.mongo?.stop()]);
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Starts Redis again with the data that it had. */
  async startRedis(): Promise<void> {
    this.own.store = await startRedis({ dataDir: this.dataDir, port: this.store.port });
  }

  /** Starts this world's own MongoDB again with the data that it had. */
  async startMongo(): Promise<void> {
    if (!this.mongo) throw new Error('this world has no MongoDB of its own');
    this.mongo = await startMongo({ dataDir: this.dataDir, port: this.mongo.port });
  }

  /** One of the gateway's figures, named as in its metrics, labels and all. */
  async metric(name: string): Promise<number> {
    const value = (await scrape(this.port)).get(name);
    if (value === undefined) throw new Error(`there is no metric ${name}`);
    return value;
  }

  async readiness(): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${this.base}/readyz`);
    return { status: response.status, body: await response.json() };
  }

  /** What readiness says of each store. */
  async stores(): Promise<{ status: number; mongodb: boolean; redis: boolean }> {
    const { status, body } = await this.readiness();
    const { mongodb, redis } = body.dependencies;
    return { status, mongodb: mongodb.ok, redis: redis.ok };
  }

  private spawn(room: 'gateway' | 'workers', env: Record<string, string> = {}): ChildProcess {
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', join(this.dist, room, 'main.js')],
      {
        env: { ...process.env, ...this.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    this.processes.push(child);
    return child;
  }
}

/** Ends a process of ours and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await until('the process to end', () => child.exitCode !== null || child.signalCode !== null);
}

async function openOwnRedis(dataDir: string) {
  const store = await startRedis({ dataDir });
  const client = new Redis(store.uri, { retryStrategy: () => 50 });
  client.on('error', () => {});
  return { store, client };
}

function databaseUri(name: string, given = process.env.MONGODB_URI): string {
  if (!given) throw new Error('MONGODB_URI is not set: run the tests with `npm test`');
  // No URL in the sense of the class of that name: it may have several hosts.
  return given.replace(/^(mongodb:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`);
}
