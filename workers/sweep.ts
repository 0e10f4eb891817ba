import { setTimeout as delay } from 'node:timers/promises';
import type { Dependency } from '../config/dependency.ts';

/**
 * Runs the sweep again and again while the store is there, `everyMs` after the last one ended, at once
 * when it comes back. The sweep handles its own errors. `stop` lets the running one end.
 */
export function everyWhile(
  store: Dependency,
  everyMs: number,
  sweep: (signal: AbortSignal) => Promise<void>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async () => {
    while (!signal.aborted) {
      await store.whenAvailable(signal);
      await sweep(signal);
      await delay(everyMs, undefined, { signal });
    }
  };
  const running = run().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
