import { LRUCache } from 'lru-cache';
import type { SendContext } from '../../channels/adapter.ts';
import { SendError } from '../../channels/http.ts';

type Remember = SendContext['remember'];

const MOST_KEPT = 10_000;
/** A token is given up when this part of its time is over: one that ends on its way is of no use. */
const USED_FOR = 0.9;

/**
 * Access tokens that adapters have asked for, in memory, by owner (a channel under its present
 * credentials) and name. Whoever needs one while it is being asked for waits for that.
 */
export class Tokens {
  private readonly kept: LRUCache<string, Promise<string>>;

  /** `now` in milliseconds. */
  constructor(now: () => number = Date.now) {
    this.kept = new LRUCache({ max: MOST_KEPT, ttlResolution: 0, perf: { now } });
  }

  /**
   * Runs the attempt with the owner's tokens. When the provider refuses them, they are forgotten and it
   * runs once more with new ones: a token may be taken back before its time.
   */
  async during<T>(owner: string, attempt: (remember: Remember) => Promise<T>): Promise<T> {
    const used = new Map<string, string>();
    const remember: Remember = async (name, make) => {
      const key = `${owner} ${name}`;
      const token = await this.get(key, make);
      used.set(key, token);
      return token;
    };
    try {
      return await attempt(remember);
    } catch (error) {
      const refused = error instanceof SendError && error.failure === 'credentials_refused';
      if (!refused || used.size === 0) throw error;
      for (const [key, token] of used) await this.forget(key, token);
      return await attempt(remember);
    }
  }

  private async get(key: string, make: Parameters<Remember>[1]): Promise<string> {
    const known = this.kept.get(key);
    if (known) {
      try {
        return await known;
      } catch (error) {
        if (error instanceof SendError) throw error;
        // What stopped whoever asked (a blocked contact) is not ours: we ask ourselves.
        return await this.get(key, make);
      }
    }
    const asked = Promise.resolve().then(() => this.ask(key, make));
    this.kept.set(key, asked);
    return await asked;
  }

  /** Unless somebody else, who was refused as well, has a new one already. */
  private async forget(key: string, token: string): Promise<void> {
    const kept = await this.kept.get(key)?.catch(() => undefined);
    if (kept === token) this.kept.delete(key);
  }

  private async ask(key: string, make: Parameters<Remember>[1]): Promise<string> {
    try {
      const { value, ttlSeconds } = await make();
      const ttl = Math.max(1, ttlSeconds * USED_FOR * 1_000);
      this.kept.set(key, Promise.resolve(value), { ttl });
      return value;
    } catch (error) {
      this.kept.delete(key);
      // No message was in it: whatever became of the request, asking again is safe.
      throw error instanceof SendError && error.failure === 'no_answer'
        ? new SendError('unreachable')
        : error;
    }
  }
}
