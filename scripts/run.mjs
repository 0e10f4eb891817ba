import { spawn } from 'node:child_process';
import { ROOT } from './root.mjs';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command to its end and gives its exit code.
 * Signals go to the command, and the script lives on, so that what it started can still be stopped in order.
 */
export function run(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  const pass = (signal) => child.kill(signal);
  for (const signal of PASSED_ON) process.on(signal, pass);

  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  }).finally(() => {
    for (const signal of PASSED_ON) process.off(signal, pass);
  });
}

/** An end that was foreseen: its message tells all, a stack would only hide it. */
export class Refusal extends Error {}

/** Runs a command that has to succeed for the script to go on. */
export async function must(what, command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) throw new Refusal(`${what} failed (exit code ${code}).`);
}

/** Runs a script's steps: a failure is told in one line where it can be, and ends with exit code 1. */
export async function main(steps) {
  try {
    process.exitCode = await steps();
  } catch (error) {
    console.error(error instanceof Refusal ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
