import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongo, startRedis } from '#stores';
import { Gateway, startServer, until } from './gateway.ts';
import type { LoadResult } from './load.ts';
import { measure, type Row, table } from './report.ts';

/**
 * `npm run bench [-- --json] [--rounds N] [--requests N]`. All variants take turns on the same
 * requests, so that what the machine does meanwhile happens to all of them; what counts is the ratio
 * to the yardstick of the same round.
 */
const options = {
  json: process.argv.includes('--json'),
  rounds: numberAfter('--rounds', 3),
  requests: numberAfter('--requests', 40_000),
  connections: numberAfter('--connections', 64),
};
const started: { stop(): unknown }[] = [];
const children: ChildProcess[] = [];

try {
  const dataDir = await mkdtemp(join(tmpdir(), 'videur-bench-'));
  started.push({ stop: () => rm(dataDir, { recursive: true, force: true }) });
  const mongo = await startMongo({ dataDir });
  started.unshift(mongo);
  const redis = await startRedis({ dataDir });
  started.unshift(redis);
  const yardstick = await startServer('yardstick', children);
  const express = await startServer('express', children);
  const gateway = await Gateway.start({ mongoUri: mongo.uri, redisUrl: redis.uri }, children);
  started.unshift(gateway);

  const load = (port: number, path: string) => runLoad(port, path);
  const rows: Row[] = [];
  // Not counted: a server that has just started is slower than it will be.
  for (const port of [yardstick, express]) await load(port, '/webhooks/whatsapp/any');
  await gateway.prepare({ fsync: 'everysec', blocked: 0.5 });
  await load(gateway.port, gateway.path);
  for (let round = 0; round < options.rounds; round += 1) {
    const turn = async (name: string, run: () => Promise<LoadResult>) => {
      const result = await run();
      rows.push({ name, round, ...result });
      if (!options.json)
        process.stderr.write(`round ${round + 1}: ${name} ${Math.round(result.perSecond)}/s\n`);
    };
    await turn('yardstick', () => load(yardstick, '/webhooks/whatsapp/any'));
    await turn('express.raw', () => load(express, '/webhooks/whatsapp/any'));
    for (const fsync of ['everysec', 'always'] as const)
      for (const blocked of [0, 0.5, 1]) {
        await gateway.prepare({ fsync, blocked });
        await turn(`gateway, ${share(blocked)}, ${fsync}`, () => load(gateway.port, gateway.path));
      }
    await gateway.prepare({ fsync: 'everysec', blocked: 0 });
    await turn('readable in the inbox, everysec', () =>
      gateway.untilReadable(options.requests, () => load(gateway.port, gateway.path)),
    );
  }
  const summary = measure(rows);
  if (options.json)
    console.log(JSON.stringify({ machine: machine(), options, summary, rows }, null, 2));
  else console.log(`${machine()}\n\n${table(summary)}`);
} finally {
  for (const child of children) child.kill('SIGTERM');
  await until('servers gone', () =>
    children.every((child) => child.exitCode !== null || child.signalCode !== null),
  );
  for (const part of started) await part.stop();
}

function share(blocked: number): string {
  return blocked === 0 ? 'all accepted' : blocked === 1 ? 'all refused' : 'half and half';
}

async function runLoad(port: number, path: string): Promise<LoadResult> {
  const run = randomBytes(4).toString('hex');
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'load.js'),
      port,
      path,
      options.requests,
      options.connections,
      run,
    ].map(String),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await new Promise((resolve) => child.on('close', resolve));
  const result = JSON.parse(output) as LoadResult;
  if (result.ok !== result.requests)
    throw new Error(
      `${result.requests - result.ok} of ${result.requests} requests were not answered 200`,
    );
  return result;
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim()}, Node ${process.version}, ${options.requests} requests of 500 bytes over ${options.connections} connections, ${options.rounds} rounds`;
}

function numberAfter(flag: string, fallback: number): number {
  const at = process.argv.indexOf(flag);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}
