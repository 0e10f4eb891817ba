import { withDeadline } from './deadline.ts';
import { describeError, type Logger } from './logger.ts';

/** The whole stop must fit into the 30 s that the contract gives; past this a watchdog ends it. */
const STOP_DEADLINE_MS = 28_000;
/** A part that hangs, on a store that does not answer for instance, must not use up the others' time. */
const PART_DEADLINE_MS = 10_000;

interface Step {
  name: string;
  stop: () => unknown;
}

/**
 * Start order is stop order in reverse: each part registers its stop when it has started.
 * SIGTERM and SIGINT stop once; the process exits 0 when all of it stopped in time.
 */
export class Lifecycle {
  private readonly steps: Step[] = [];
  private stopping: Promise<void> | undefined;

  constructor(private readonly log: Logger) {}

  onStop(name: string, stop: () => unknown): void {
    this.steps.unshift({ name, stop });
  }

  listenToSignals(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        setTimeout(() => {
          this.log.error('stop.stuck');
          process.exit(1);
        }, STOP_DEADLINE_MS).unref();
        this.stop().then(() => process.exit(0));
      });
    }
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    const since = Date.now();
    // A signal may come while the program starts: what has registered meanwhile stops too.
    for (let step = this.steps.shift(); step; step = this.steps.shift()) {
      try {
        await withDeadline(Promise.resolve(step.stop()), PART_DEADLINE_MS);
      } catch (error) {
        // The next parts must stop all the same.
        this.log.error('stop.failed', { part: step.name, ...describeError(error) });
      }
    }
    this.log.info('stopped', { ms: Date.now() - since });
  }
}
