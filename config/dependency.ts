import { withDeadline } from './deadline.ts';
import { describeError, type Logger } from './logger.ts';

/** Thrown at once, without a try, while the dependency is known to be away. */
export class DependencyAway extends Error {
  constructor(readonly dependency: string) {
    super(`${dependency} is away`);
    this.name = 'DependencyAway';
  }
}

/** It is there and must not be used as it is set up: a start fails with it, later it counts as away. */
export class Unusable extends Error {
  override name = 'Unusable';
}

/** How soon a dependency that was lost is tried again, and how long a trial may take. */
const TRY_EVERY_MS = 500;
const TRIAL_DEADLINE_MS = 2_000;
/** One that hangs is noticed without traffic as well, by a small question now and then. */
const ASK_EVERY_MS = 2_000;

export interface DependencyOptions {
  name: string;
  log: Logger;
  /** All that has to hold before it is used (again). Rejects while it does not. */
  trial: () => Promise<unknown>;
  /** A small question that a healthy one answers at once. */
  ask: () => Promise<unknown>;
  /** Errors that mean that it is away, not that the request was wrong. A missed deadline always does. */
  isAway: (error: unknown) => boolean;
}

/**
 * A store that may be away, behind a breaker. It starts as away and is used from its first successful
 * trial on. The first failure that says so, or the first missed deadline, makes it away: from then on
 * callers are refused at once and take their other way, and one trial at a time looks whether it is
 * back. A false alarm costs little, as there is always another way.
 */
export class Dependency {
  readonly name: string;
  private up = false;
  private readonly options: DependencyOptions;
  private readonly stopping = new AbortController();
  private readonly listeners = new Set<(available: boolean) => void>();
  private awaken: (() => void) | undefined;

  constructor(options: DependencyOptions) {
    this.name = options.name;
    this.options = options;
  }

  get available(): boolean {
    return this.up;
  }

  /**
   * Resolves after the first trial, whether it was there or not; throws {@link Unusable}. Goes on in
   * the background until `stop`.
   */
  async start(): Promise<void> {
    const fault = await this.try();
    if (fault instanceof Unusable) throw fault;
    void this.watch();
  }

  stop(): void {
    this.stopping.abort();
    this.awaken?.();
  }

  onChange(listener: (available: boolean) => void): void {
    this.listeners.add(listener);
  }

  /**
   * Runs the operation within the deadline (none when left out). Throws {@link DependencyAway} at once
   * while it is away, else what the operation throws.
   */
  async run<T>(operation: () => Promise<T>, deadlineMs?: number): Promise<T> {
    if (!this.up) throw new DependencyAway(this.name);
    try {
      const running = operation();
      return await (deadlineMs === undefined ? running : withDeadline(running, deadlineMs));
    } catch (error) {
      if (this.isAway(error)) this.lost(error);
      throw error;
    }
  }

  isAway(error: unknown): boolean {
    const { name } = error as Error;
    return name === 'DeadlineExceeded' || name === 'DependencyAway' || this.options.isAway(error);
  }

  /** It was seen to be away, by a closed connection for instance. */
  lost(error?: unknown): void {
    if (!this.up) return;
    this.change(false, error);
    this.awaken?.();
  }

  /** Something says that it may be back: the next trial is made now. */
  hint(): void {
    if (!this.up) this.awaken?.();
  }

  /** Resolves when it is available; rejects with the signal's reason, or when this stops. */
  async whenAvailable(signal?: AbortSignal): Promise<void> {
    const signals = [this.stopping.signal, ...(signal ? [signal] : [])];
    const ended = AbortSignal.any(signals);
    ended.throwIfAborted();
    if (this.up) return;
    await new Promise<void>((resolve, reject) => {
      const done = () => {
        this.listeners.delete(heard);
        ended.removeEventListener('abort', aborted);
      };
      const heard = (available: boolean) => {
        if (!available) return;
        done();
        resolve();
      };
      const aborted = () => {
        done();
        reject(ended.reason);
      };
      this.listeners.add(heard);
      ended.addEventListener('abort', aborted, { once: true });
    });
  }

  /**
   * Runs the operation until it is not the dependency that makes it fail: waits while it is away, and
   * again when it went away in the middle. Only for what may be repeated.
   */
  async persist<T>(operation: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      await this.whenAvailable(signal);
      try {
        return await this.run(operation);
      } catch (error) {
        if (!this.isAway(error)) throw error;
        this.lost(error);
        // The next trial may go well at once: not as fast as this can turn.
        await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
      }
    }
  }

  private async watch(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.pause(this.up ? ASK_EVERY_MS : TRY_EVERY_MS);
      if (this.stopping.signal.aborted) return;
      if (this.up) await this.check();
      else await this.try();
    }
  }

  /** Whether it answers now. */
  async ask(): Promise<void> {
    await this.options.ask();
  }

  private async check(): Promise<void> {
    try {
      await withDeadline(this.options.ask(), TRIAL_DEADLINE_MS);
    } catch (error) {
      this.lost(error);
    }
  }

  /** What a failed trial failed of. */
  private async try(): Promise<unknown> {
    try {
      await withDeadline(this.options.trial(), TRIAL_DEADLINE_MS);
      this.change(true);
      return undefined;
    } catch (error) {
      this.options.log.debug('dependency.trial_failed', {
        dependency: this.name,
        ...describeError(error),
      });
      return error;
    }
  }

  private change(available: boolean, error?: unknown): void {
    if (this.up === available) return;
    this.up = available;
    const fields = { dependency: this.name, ...(error !== undefined && describeError(error)) };
    if (available) this.options.log.info('dependency.available', fields);
    else this.options.log.warn('dependency.away', fields);
    for (const listener of [...this.listeners]) listener(available);
  }

  /** A pause that `lost`, `hint` and `stop` cut short. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.awaken = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
