import { describeError, type Logger } from '../../../config/logger.ts';
import type { RedisClient } from '../../../config/redis.ts';
import { type LiveEvent, liveChannel } from '../../../models/live.ts';
import { ApiError } from '../shell/errors.ts';

interface Listener {
  emit: (event: LiveEvent) => void;
  end: () => void;
}

/** Seconds after which another process may answer. */
const RETRY_AFTER = 1;

/**
 * The live feeds of all workspaces over one Redis connection of the process. ioredis connects again
 * by itself and renews what was subscribed to. A subscription is kept when its last listener goes:
 * there are no more of them than workspaces, and so none can end under one that just came.
 */
export class LiveFeed {
  private readonly listeners = new Map<string, Set<Listener>>();
  private connecting: Promise<RedisClient> | undefined;
  private stopped = false;

  constructor(
    private readonly connectSubscriber: () => RedisClient,
    private readonly log: Logger,
  ) {}

  /** Resolves when the workspace's events arrive here; then `listen` hears each of them. */
  async open(
    workspaceId: string,
  ): Promise<(emit: Listener['emit'], end: Listener['end']) => () => void> {
    if (this.stopped) throw new ApiError('unavailable', { retryAfter: RETRY_AFTER });
    const redis = await this.connection();
    const channel = liveChannel(workspaceId);
    await redis.subscribe(channel);
    return (emit, end) => this.listen(channel, { emit, end });
  }

  /** Ends every feed, so that the server can close. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const listeners of this.listeners.values()) for (const { end } of listeners) end();
    const redis = await this.connecting?.catch(() => undefined);
    redis?.disconnect();
  }

  private listen(channel: string, listener: Listener): () => void {
    const listeners = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, listeners.add(listener));
    if (this.stopped) listener.end();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(channel);
    };
  }

  private connection(): Promise<RedisClient> {
    this.connecting ??= this.connect().catch((error: unknown) => {
      this.connecting = undefined;
      throw error;
    });
    return this.connecting;
  }

  private async connect(): Promise<RedisClient> {
    const redis = this.connectSubscriber();
    redis.on('message', (channel, message) => this.pass(channel, message));
    try {
      // `lazyConnect` leaves it to us; otherwise it is on its way already.
      if (redis.status === 'wait') await redis.connect();
    } catch (error) {
      redis.disconnect();
      throw error;
    }
    return redis;
  }

  private pass(channel: string, message: string): void {
    try {
      const events = JSON.parse(message) as LiveEvent[];
      for (const { emit } of this.listeners.get(channel) ?? []) events.forEach(emit);
    } catch (error) {
      this.log.warn('live.unreadable', describeError(error));
    }
  }
}
