import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ROOT } from '../root.mjs';
import { endLeftover, remember } from '../stores/leftover.mjs';
import { until } from '../stores/until.mjs';

/** The first start builds every index. */
const READY_SECONDS = 60;
/** A process has 30 s to finish what it has in hand. */
const STOP_MS = 35_000;

/** The Procfile's processes: side by side, each line of output under its name, and none without the others. */
export class Processes {
  #commands = [];
  #procfile;
  #dataDir;
  #signal;
  #gone = new AbortController();
  ended;

  constructor({ procfile, dataDir }) {
    this.#procfile = resolve(ROOT, procfile);
    this.#dataDir = dataDir;
  }

  /** Ends what an earlier run left when it was killed; refuses to start beside a run that is alive. */
  async endLeftovers() {
    for (const { name } of await this.#lines()) await endLeftover(this.#pidFile(name));
  }

  async start(env) {
    const { createConcurrently, LogError, LogExit, LogOutput, Logger } = await import(
      'concurrently'
    );
    const lines = await this.#lines();
    const logger = new Logger({ prefixFormat: 'name' });
    const { commands, result } = createConcurrently(
      lines.map((line) => ({ ...line, env })),
      {
        cwd: ROOT,
        logger,
        outputStream: process.stdout,
        controllers: [LogError, LogOutput, LogExit].map((Controller) => new Controller({ logger })),
        prefixColors: ['cyan', 'magenta'],
        spawn: launch,
        kill: (pid, signal) => process.kill(pid, signal),
      },
    );
    this.#commands = commands;
    for (const command of commands) command.close.subscribe(() => this.#endAll('SIGTERM'));
    this.ended = result.then(exitCode, exitCode).finally(() => this.#gone.abort());
    for (const { name, pid, command } of commands) {
      if (pid) await remember(this.#pidFile(name), pid, command.split(/\s+/));
    }
  }

  /** Whether the gateway came to be ready, rather than ended. */
  async ready(port) {
    const isReady = async () =>
      (await fetch(`http://localhost:${port}/readyz`, { signal: this.#gone.signal })).ok;
    try {
      await until(isReady, { seconds: READY_SECONDS, abort: this.#gone.signal });
      return true;
    } catch (error) {
      if (!this.#gone.signal.aborted) {
        console.error(`The gateway is ${error.message}; its own words are above.`);
        this.#endAll('SIGTERM');
      }
      return false;
    }
  }

  /** Asked once, they finish what they have in hand; asked again, they are gone at once. */
  end(times) {
    // Nothing is in hand yet: leaving lets the stores go as well.
    if (!this.ended) process.exit(130);
    this.#endAll(times > 1 ? 'SIGKILL' : 'SIGTERM');
  }

  #endAll(signal) {
    // A second SIGTERM might be taken for impatience by a process that is finishing its work.
    if (this.#signal === signal) return;
    this.#signal = signal;
    const alive = this.#commands.filter(({ pid, exited }) => pid && !exited);
    for (const command of alive) command.kill(signal);
    if (signal !== 'SIGKILL') setTimeout(() => this.#endAll('SIGKILL'), STOP_MS).unref();
  }

  async #lines() {
    const text = await readFile(this.#procfile, 'utf8');
    return [...text.matchAll(/^(\w+):\s*(.+?)\s*$/gm)].map(([, name, command]) => ({
      name,
      command,
    }));
  }

  #pidFile(name) {
    return join(this.#dataDir, `${name}.pid`);
  }
}

/**
 * `exec` puts the program in the shell's place, so that a signal reaches it. A group of its own keeps the
 * terminal's Ctrl-C away: one request to stop must not arrive twice.
 */
function launch(command, options) {
  return spawn('/bin/sh', ['-c', `exec ${command}`], { ...options, detached: true });
}

function exitCode(closed) {
  if (!Array.isArray(closed)) throw closed;
  return closed.every(({ exitCode }) => exitCode === 0 || exitCode === 'SIGTERM') ? 0 : 1;
}
