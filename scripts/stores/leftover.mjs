import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Refusal } from '../run.mjs';
import { until } from './until.mjs';

const STOP_SECONDS = 15;

/** Notes a process, so that a later run can end it should this one be killed without stopping it. */
export async function remember(file, pid, command) {
  await writeFile(file, JSON.stringify({ pid, parent: process.pid, command }), { mode: 0o600 });
}

/**
 * Ends the process noted in the file when its run was killed; refuses to go on when its run still lives.
 * A number alone proves nothing, as the system gives it to other processes later: the command must be the same too.
 */
export async function endLeftover(file) {
  const noted = await readFile(file, 'utf8')
    .then(JSON.parse)
    .catch(() => undefined);
  if (!noted) return;

  const parent = await parentOf(noted);
  if (parent === noted.parent) {
    throw new Refusal(
      `The data in ${dirname(file)} is in use: process ${noted.pid}, started by process ${parent}, runs on it.\n` +
        `Stop process ${parent} first, or set DATA_DIR to another folder.`,
    );
  }
  if (parent !== undefined) {
    process.kill(noted.pid, 'SIGTERM');
    const isGone = async () => (await parentOf(noted)) === undefined;
    await until(isGone, { seconds: STOP_SECONDS }).catch(() => process.kill(noted.pid, 'SIGKILL'));
  }
  await rm(file, { force: true });
}

/** The parent of a process that still runs this command. Known on Linux only, where the embedded programs are. */
async function parentOf({ pid, command }) {
  try {
    const running = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    if (running !== `${command.join('\0')}\0`) return;
    return Number(/^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]);
  } catch {
    return;
  }
}
