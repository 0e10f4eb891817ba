import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongo, startRedis } from '#stores';
import { connectMongo } from '../config/mongo.ts';
import { createSession, SESSION_COOKIE } from '../gateway/api/shell/sessions.ts';
import { defineModels, type Models } from '../models/index.ts';
import { Gateway, until } from './gateway.ts';
import { filtersOf, type List, listsOf } from './lists-cases.ts';
import { profile, type Work } from './lists-profile.ts';
import { seed } from './lists-seed.ts';

/**
 * `npm run bench -- lists [--small N] [--large N] [--rounds N]`: how long each list takes in a workspace
 * of 1,000 contacts and in one of 1,000,000, of the same MongoDB. They take turns, so that what the
 * machine does meanwhile happens to both; what counts is the ratio of the medians, and what was read.
 */
const options = {
  small: numberAfter('--small', 1_000),
  large: numberAfter('--large', 1_000_000),
  rounds: numberAfter('--rounds', 15),
};

const started: { stop(): unknown }[] = [];
const children: ChildProcess[] = [];
try {
  const dataDir = await mkdtemp(join(tmpdir(), 'videur-lists-'));
  started.push({ stop: () => rm(dataDir, { recursive: true, force: true }) });
  const mongo = await startMongo({ dataDir });
  started.unshift(mongo);
  const redis = await startRedis({ dataDir });
  started.unshift(redis);
  const gateway = await Gateway.start({ mongoUri: mongo.uri, redisUrl: redis.uri }, children);
  started.unshift(gateway);
  const db = await connectMongo(mongo.uri);
  started.unshift({ stop: () => db.close() });
  const models = defineModels(db);
  const [small, large] = await fill(models, gateway.port);

  console.log(
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, medians of ${options.rounds} rounds\n`,
  );
  console.log(
    `| list | items | ms at ${options.small} | ms at ${options.large} | ratio | read at ${options.large}: keys, rows | index |`,
  );
  console.log('| --- | --: | --: | --: | --: | --: | --- |');
  for (const [index, list] of small.lists.entries()) {
    const other = large.lists[index] as List;
    const times: [number[], number[]] = [[], []];
    let items = [0, 0];
    // The first time is not counted: what is read is in memory afterwards, as it is for lists in use.
    for (let round = -1; round < options.rounds; round += 1) {
      const [a, b] = [await small.time(list), await large.time(other)];
      if (round >= 0) times[0].push(a.ms) && times[1].push(b.ms);
      items = [a.items, b.items];
    }
    const work = await profile(db, () => large.time(other));
    console.log(lineOf(list.name, items, median(times[0]), median(times[1]), work));
  }
} finally {
  for (const child of children) child.kill('SIGTERM');
  await until('processes gone', () =>
    children.every((child) => child.exitCode !== null || child.signalCode !== null),
  );
  for (const part of started) await part.stop();
}

/** Both workspaces. Indexes are made afterwards, which is much faster. */
async function fill(models: Models, port: number) {
  const filled = [models.contacts, models.conversations, models.messages, models.blockHistory];
  for (const model of filled) await model.collection.dropIndexes();
  const seeded = [await seed(models, options.small), await seed(models, options.large)] as const;
  for (const model of filled) await model.createIndexes();
  return (await Promise.all(
    seeded.map(async (workspace) => {
      const { workspaceId, agentId } = workspace;
      await models.users.create({
        _id: agentId,
        email: `${workspaceId}@videur.localhost`,
        passwordHash: 'none',
        memberships: [{ workspaceId, role: 'owner' }],
      });
      const base = `http://127.0.0.1:${port}`;
      const { token } = await createSession(models, agentId);
      const headers = {
        cookie: `${SESSION_COOKIE}=${token}`,
        origin: base,
        'content-type': 'application/json',
      };
      const call = async (path: string, body?: object) => {
        const response = await fetch(`${base}/api/v1/workspaces/${workspaceId}${path}`, {
          method: body ? 'POST' : 'GET',
          headers,
          ...(body && { body: JSON.stringify(body) }),
        });
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
        return (await response.json()) as { id: string; items: unknown[] };
      };
      const segments: Record<string, string> = {};
      for (const [name, filter] of Object.entries(filtersOf(workspace)))
        segments[name] = (await call('/segments', { name, filter })).id;
      return {
        lists: listsOf(workspace, segments),
        async time({ path }: List) {
          const since = performance.now();
          const { items } = await call(path);
          return { ms: performance.now() - since, items: items.length };
        },
      };
    }),
  )) as [Filled, Filled];
}

interface Filled {
  lists: List[];
  time(list: List): Promise<{ ms: number; items: number }>;
}

function lineOf(
  name: string,
  items: number[],
  small: number,
  large: number,
  { keys, rows, plans }: Work,
): string {
  const cells = [small.toFixed(1), large.toFixed(1), (large / small).toFixed(2)];
  return `| ${[name, items.join(' / '), ...cells, `${keys}, ${rows}`, plans.join('; ')].join(' | ')} |`;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function numberAfter(flag: string, fallback: number): number {
  const at = process.argv.indexOf(flag);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}
