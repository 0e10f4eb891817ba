import { z } from 'zod';
import type { Fields } from './logger.ts';

/**
 * Every setting as data: its variable, what it means, how it is read, whether it is a secret.
 * `docs/configuration.md` is checked against this table. There is no default for a secret.
 */

const text = z.string().min(1);
const count = z.coerce.number().int().positive();
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const key = z
  .string()
  .transform((value) => Buffer.from(value, 'base64'))
  .refine((bytes) => bytes.length === 32, 'must be 32 bytes in base64');

interface Setting {
  doc: string;
  read: z.ZodType;
  /** `$NAME` in it is the value of another setting. */
  fallback?: string;
  secret?: true;
}

export const SETTINGS = {
  PORT: {
    doc: 'TCP port of the gateway',
    read: z.coerce.number().int().min(0).max(65535),
    fallback: '8080',
  },
  METRICS_PORT: {
    doc: 'TCP port of a worker’s `/metrics` and `/livez`; without it there are none',
    read: z.coerce.number().int().min(0).max(65535).optional(),
  },
  MAX_CONNECTIONS: {
    doc: 'open connections of the gateway; beyond it the one that has been idle the longest is closed',
    read: count,
    fallback: '10000',
  },
  PUBLIC_BASE_URL: {
    doc: 'the address that providers see; some of them sign it',
    read: z.url().transform((url) => url.replace(/\/$/, '')),
    fallback: 'http://localhost:$PORT',
  },
  TRUSTED_PROXIES: {
    doc: 'reverse proxies in front of the gateway: so many of the last addresses in X-Forwarded-For are believed',
    read: z.coerce.number().int().min(0).max(9),
    fallback: '0',
  },
  MONGODB_URI: { doc: 'MongoDB replica set', read: text, secret: true },
  REDIS_URL: { doc: 'Redis or Valkey', read: text, secret: true },
  REDIS_REPLICAS: {
    doc: 'replicas of Redis that must have a batch before it is answered 200',
    read: z.coerce.number().int().min(0).max(9),
    fallback: '0',
  },
  ENCRYPTION_KEY: {
    doc: 'encrypts channel credentials at rest: 32 bytes, base64',
    read: key,
    secret: true,
  },
  BOOTSTRAP_OWNER_EMAIL: {
    doc: 'made on the first start of an empty database',
    read: z.email().optional(),
  },
  BOOTSTRAP_OWNER_PASSWORD: {
    doc: 'the same owner’s password',
    read: text.min(8).optional(),
    secret: true,
  },
  BOOTSTRAP_API_KEY: {
    doc: 'an API key with every scope, made with it',
    read: text.min(20).optional(),
    secret: true,
  },
  LOG_LEVEL: {
    doc: 'error, warn, info or debug',
    read: z.enum(['error', 'warn', 'info', 'debug']),
    fallback: 'info',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    doc: 'where traces go, over HTTP; without it there are none and nothing of OpenTelemetry is loaded',
    read: z.url().optional(),
    secret: true,
  },
  ALLOW_PRIVATE_OUTBOUND: {
    doc: 'lets outgoing requests reach loopback, private and link-local addresses',
    read: flag,
    fallback: 'false',
  },
  API_CALLS_PER_MINUTE: {
    doc: 'calls of the API that each key and each user may make in a minute; webhooks have no such limit',
    read: count,
    fallback: '30000',
  },
  REDIS_PREFIX: {
    doc: 'prefix of the queues’ keys; keep the braces on a Redis Cluster',
    read: text,
    fallback: '{videur}',
  },
  INTAKE_MAX_BATCH_EVENTS: { doc: 'most events in one job', read: count, fallback: '1000' },
  INTAKE_MAX_BATCH_BYTES: {
    doc: 'most bytes of events in one job',
    read: count,
    fallback: '1048576',
  },
  INTAKE_MAX_ARRIVING_BYTES: {
    doc: 'bytes of bodies that are still arriving; beyond it the slowest is answered 503',
    read: count,
    fallback: '134217728',
  },
  INTAKE_MAX_WAITING_BYTES: {
    doc: 'bytes that may wait for screening and hand-over; beyond it deliveries are answered 503',
    read: count,
    fallback: '67108864',
  },
  SEND_CONCURRENCY: {
    doc: 'messages that one worker sends at once',
    read: count,
    fallback: '64',
  },
  SEND_TIMEOUT_MS: {
    doc: 'milliseconds for an attempt to send a message; without an answer by then it is unknown',
    read: count.max(20_000),
    fallback: '20000',
  },
  DELIVER_MAX_EVENTS: {
    doc: 'most events that the worker writes in one transaction',
    read: count,
    fallback: '1000',
  },
  DELIVER_CONCURRENCY: {
    doc: 'jobs that one worker gathers from at once',
    read: count,
    fallback: '64',
  },
} as const satisfies Record<string, Setting>;

type Table = typeof SETTINGS;
export type Settings = { readonly [Name in keyof Table]: z.output<Table[Name]['read']> };

/** All faults at once, by name and without values: a value may be a secret. */
export class InvalidSettings extends Error {
  constructor(readonly faults: string[]) {
    super(`settings: ${faults.join('; ')}`);
    this.name = 'InvalidSettings';
  }
}

/** Reads and checks all settings once. Throws {@link InvalidSettings}. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const result = setting.read.safeParse(env[name] || fallbackOf(setting, env));
    if (result.success) values[name] = result.data;
    else
      faults.push(
        env[name] ? `${name} is not valid: ${setting.doc}` : `${name} is missing: ${setting.doc}`,
      );
  }
  if (faults.length > 0) throw new InvalidSettings(faults);
  return Object.freeze(values) as Settings;
}

function fallbackOf({ fallback }: Setting, env: NodeJS.ProcessEnv): string | undefined {
  const table: Record<string, Setting> = SETTINGS;
  return fallback?.replace(/\$([A-Z_]+)/, (_, name) => env[name] || table[name]?.fallback || '');
}

/** What may be logged at start: secrets only as `set` or `unset`. */
export function summary(settings: Settings): Fields {
  return Object.fromEntries(
    Object.entries<Setting>(SETTINGS).map(([name, { secret }]) => {
      const value = settings[name as keyof Settings];
      return [name, secret ? (value === undefined ? 'unset' : 'set') : value];
    }),
  );
}
