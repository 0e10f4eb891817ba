import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectRedis } from '../../config/redis.ts';
import { readSettings, type Settings } from '../../config/settings.ts';
import { createApp } from '../../gateway/api/app.ts';
import type { AppDeps } from '../../gateway/api/deps.ts';
import { createSession } from '../../gateway/api/shell/sessions.ts';
import type { Batch } from '../../gateway/ingest/hand-over.ts';
import { createMetrics } from '../../gateway/ops/metrics.ts';
import { Blocklist } from '../../models/block/blocklist.ts';
import type { Contact } from '../../models/contacts/contact.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { livePublisher } from '../../models/live.ts';
import { hintOf, type Role, SCOPES, type Scope } from '../../models/people/user.ts';
import { openQueues } from '../../models/queues.ts';
import { hashToken } from '../../models/secret-box.ts';
import { assertDocumented } from './documented.ts';
import { openModels, openRedisStore, recordingLog, type Stores } from './stores.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
}

interface Ask {
  key?: string;
  /** A session token: sent with the Origin that a browser would send, unless told otherwise. */
  session?: string;
  origin?: string | null;
  headers?: Record<string, string>;
  body?: unknown;
}

const random = () => randomBytes(6).toString('hex');

/** The application on a port of its own, with real stores and a database that nobody else uses. */
export class TestApi {
  private constructor(
    readonly deps: AppDeps,
    /** What was logged. */
    readonly lines: Stores['lines'],
    /** What was handed over to be delivered. */
    readonly handedOver: Batch[],
    private readonly server: Server,
    private readonly app: ReturnType<typeof createApp>,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async start(change: (deps: AppDeps) => Partial<AppDeps> = () => ({})): Promise<TestApi> {
    const settings = testSettings();
    const { models, mongo, close } = await openModels();
    const redis = await openRedisStore();
    const { log, lines } = recordingLog();
    const handedOver: Batch[] = [];
    const queues = openQueues(redis.client, settings.REDIS_PREFIX);
    const deps: AppDeps = {
      settings,
      models,
      mongo,
      redis,
      connectSubscriber: () => connectRedis(settings.REDIS_URL, log),
      blocklist: new Blocklist({ redis, mongo, models, log }),
      queues,
      effects: queues.blockEffects,
      publish: livePublisher(redis, log),
      handOver: async (batch) => {
        handedOver.push(batch);
      },
      metrics: createMetrics(),
      log,
    };
    // What the tests before guessed wrongly is forgotten.
    await redis.client.del(`videur:login:network:${hashToken('127.0.0.1')}`);
    const app = createApp({ ...deps, ...change(deps) });
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TestApi(deps, lines, handedOver, server, app, close);
  }

  get models(): Models {
    return this.deps.models;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends the live feeds, then the server: what `gateway/main.ts` does first when it stops. */
  async closeServer(): Promise<void> {
    await this.app.stop();
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeIdleConnections();
    });
  }

  async stop(): Promise<void> {
    await this.closeServer();
    const { queues, redis } = this.deps;
    for (const queue of Object.values(queues)) {
      await queue.obliterate({ force: true });
      await queue.close();
    }
    await redis.close();
    await this.dropDatabase();
  }

  /** Asks under /api/v1. */
  call(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    return this.fetch(method, `/api/v1${path}`, ask);
  }

  /** What the API answers must be as the OpenAPI document says. */
  async fetch(
    method: string,
    path: string,
    { key, session, origin = this.baseUrl, headers, body }: Ask = {},
  ): Promise<Answer> {
    const response = await fetch(this.baseUrl + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(session && { cookie: `videur_session=${session}` }),
        ...(session && origin && { origin }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    assertDocumented(method, path, { status: response.status, headers: response.headers, text });
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  async workspace(): Promise<ObjectId> {
    return (await this.models.workspaces.create({ name: `Workspace ${random()}` }))._id;
  }

  /** A key with these scopes, all of them unless told. */
  async key(workspaceId: ObjectId, scopes: readonly Scope[] = SCOPES): Promise<string> {
    const key = `vk_${randomBytes(32).toString('base64url')}`;
    const row = {
      workspaceId,
      name: 'test',
      keyHash: hashToken(key),
      hint: hintOf(key),
      scopes: [...scopes],
    };
    await this.models.apiKeys.create(row);
    return key;
  }

  /** A user and a session of theirs. */
  async signedIn(workspaceId: ObjectId, role: Role) {
    const user = await this.models.users.create({
      email: `${random()}@example.com`,
      passwordHash: 'none',
      memberships: [{ workspaceId, role }],
    });
    return { userId: user._id, session: (await createSession(this.models, user._id)).token };
  }

  async contact(workspaceId: ObjectId, more: Partial<Contact> = {}): Promise<ObjectId> {
    const identities = [`tel:+33${randomBytes(4).readUInt32BE()}`];
    return (await this.models.contacts.create({ workspaceId, identities, ...more }))._id;
  }

  async conversation(workspaceId: ObjectId, contactId: ObjectId, more: object = {}) {
    const _id = randomBytes(16).toString('base64url');
    await this.models.conversations.create({
      _id,
      workspaceId,
      contactId,
      channelId: new Types.ObjectId(),
      status: 'open',
      readAt: new Date(0),
      lastMessageAt: new Date(),
      createdAt: new Date(),
      ...more,
    });
    return _id;
  }
}

function testSettings(): Settings {
  return readSettings({
    MONGODB_URI: process.env.MONGODB_URI,
    REDIS_URL: process.env.REDIS_URL,
    REDIS_PREFIX: `{videur-test-${random()}}`,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PUBLIC_BASE_URL: 'https://videur.example',
  });
}
