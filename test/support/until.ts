import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 45_000;

/** Waits for the condition, and says what it waited for when it did not come. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | undefined | null> | T | false | undefined | null,
  everyMs = 20,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`gave up waiting for ${what}`);
    await delay(everyMs);
  }
}
