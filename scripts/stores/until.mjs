import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 50;

/** Asks until the answer is true. A failure counts as "not yet", and is told when the time is up. */
export async function until(check, { seconds, abort }) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    let failure;
    try {
      if (await check()) return;
    } catch (error) {
      failure = error;
    }
    abort?.throwIfAborted();
    if (Date.now() > deadline) {
      throw new Error(`not ready after ${seconds} seconds`, { cause: failure });
    }
    await pause(STEP_MS);
  }
}
