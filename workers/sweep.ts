import { channel } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dependency } from '../config/dependency.ts';
import { describeError, type Logger } from '../config/logger.ts';

/** One sweep that came to its end or failed; told to whoever measures it (`ops/metrics.ts`). */
export interface Swept {
  sweep: string;
  failed: boolean;
}
export const SWEPT = channel('videur.swept');
const tell = (swept: Swept) => SWEPT.publish(swept);

/**
 * Runs the sweep again and again while the store is there, `everyMs` after the last one ended, at once
 * when it comes back. One that fails is logged as `NAME.failed`. `stop` lets the running one end.
 */
export function everyWhile(
  store: Dependency,
  { name, everyMs, log }: { name: string; everyMs: number; log: Logger },
  sweep: (signal: AbortSignal) => Promise<void>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async () => {
    while (!signal.aborted) {
      await store.whenAvailable(signal);
      try {
        await sweep(signal);
        tell({ sweep: name, failed: false });
      } catch (error) {
        if (signal.aborted) return;
        tell({ sweep: name, failed: true });
        log.warn(`${name}.failed`, describeError(error));
      }
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
