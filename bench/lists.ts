import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongo, startRedis } from '#stores';
import { connectMongo } from '../config/mongo.ts';
import { defineModels, type Models } from '../models/index.ts';
import { hashToken } from '../models/secret-box.ts';
import { SCOPES } from '../models/user.ts';
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
    `| list | ms at ${options.small} | ms at ${options.large} | ratio | read at ${options.large}: keys, rows | index |`,
  );
  console.log('| --- | --: | --: | --: | --: | --- |');
  for (const [index, list] of small.lists.entries()) {
    const other = large.lists[index] as List;
    const times: [number[], number[]] = [[], []];
    // The first time is not counted: what is read is in memory afterwards, as it is for lists in use.
    for (let round = -1; round < options.rounds; round += 1) {
      const [a, b] = [await small.time(list), await large.time(other)];
      if (round >= 0) times[0].push(a) && times[1].push(b);
    }
    const work = await profile(db, () => large.time(other));
    console.log(lineOf(list.name, median(times[0]), median(times[1]), work));
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
      const { workspaceId } = workspace;
      const key = `vk_${randomBytes(32).toString('base64url')}`;
      const hint = key.slice(-4);
      const keyHash = hashToken(key);
      await models.apiKeys.create({
        workspaceId,
        name: 'bench',
        keyHash,
        hint,
        scopes: [...SCOPES],
      });
      const call = async (path: string, body?: object) => {
        const response = await fetch(
          `http://127.0.0.1:${port}/api/v1/workspaces/${workspaceId}${path}`,
          {
            method: body ? 'POST' : 'GET',
            headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
            ...(body && { body: JSON.stringify(body) }),
          },
        );
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
        return (await response.json()) as { id: string };
      };
      const segments: Record<string, string> = {};
      for (const [name, filter] of Object.entries(filtersOf(workspace)))
        segments[name] = (await call('/segments', { name, filter })).id;
      return {
        lists: listsOf(workspace, segments),
        async time({ path }: List): Promise<number> {
          const since = performance.now();
          await call(path);
          return performance.now() - since;
        },
      };
    }),
  )) as [Filled, Filled];
}

interface Filled {
  lists: List[];
  time(list: List): Promise<number>;
}

function lineOf(name: string, small: number, large: number, { keys, rows, plans }: Work): string {
  const cells = [small.toFixed(1), large.toFixed(1), (large / small).toFixed(2)];
  return `| ${[name, ...cells, `${keys}, ${rows}`, plans.join('; ')].join(' | ')} |`;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function numberAfter(flag: string, fallback: number): number {
  const at = process.argv.indexOf(flag);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}
