import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../run.mjs';
import { endLeftover, remember } from './leftover.mjs';
import { until } from './until.mjs';

/** Recovery after a crash replays the journal, which takes its time on a slow disk. */
const START_SECONDS = 60;
const STOP_MS = 10_000;

/** Starts a store's program and waits until `ready` says yes. Its log and its process number are kept in dataDir. */
export async function startChild({ name, command, env, dataDir, ready }) {
  const logFile = join(dataDir, `${name}.log`);
  const pidFile = join(dataDir, `${name}.pid`);
  await mkdir(join(dataDir, name), { recursive: true, mode: 0o700 });
  await endLeftover(pidFile);

  const child = await launch(command, env, logFile);
  const gone = new AbortController();
  const ended = new Promise((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  // Should this program fall without stopping its stores, they get the word at least.
  const fall = () => child.kill('SIGTERM');
  process.once('exit', fall);
  ended.then(() => {
    process.off('exit', fall);
    rmSync(pidFile, { force: true });
    gone.abort(new Error('it ended'));
  });

  const kill = async (signal = 'SIGKILL') => {
    child.kill(signal);
    await ended;
  };
  const stop = async () => {
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await kill('SIGTERM');
    clearTimeout(late);
  };

  try {
    if (child.pid) await remember(pidFile, child.pid, command);
    await until(ready, { seconds: START_SECONDS, abort: gone.signal });
  } catch (error) {
    await kill();
    const reason = error.cause?.message
      ? `${error.message}: ${error.cause.message}`
      : error.message;
    throw new Refusal(
      `${name} did not start: ${reason}. The end of ${logFile}:\n${await tail(logFile)}`,
    );
  }
  return { pid: child.pid, stop, kill };
}

async function launch([program, ...args], env, logFile) {
  const log = await open(logFile, 'w', 0o600);
  try {
    // In a group of its own: Ctrl-C in the terminal must reach the gateway first and the stores last.
    return spawn(program, args, {
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
  } finally {
    await log.close();
  }
}

async function tail(file) {
  return (await readFile(file, 'utf8')).trim().split('\n').slice(-8).join('\n');
}
