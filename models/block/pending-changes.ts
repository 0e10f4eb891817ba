import type { Dependency } from '../../config/dependency.ts';
import { describeError, type Logger } from '../../config/logger.ts';
import type { Models } from '../index.ts';
import type { Pending } from './blocklist.ts';

const LOOK_EVERY_MS = 500;
/** A change that is younger is just being completed by whoever made it. */
const OVERDUE_MS = 300;

/**
 * A change that could not reach Redis is answered after this time: by then every gateway has seen that
 * it is pending, and screens its workspace in MongoDB.
 */
export const PENDING_KNOWN_MS = 2 * LOOK_EVERY_MS + OVERDUE_MS;

/**
 * Workspaces with a block or unblock that is stored and has not reached Redis, as after an outage of
 * Redis or of whoever made it. Their cached sets are not trusted until the relay has completed it: an
 * old set would let nobody through who is blocked, the second look sees to that, but it would refuse
 * who no longer is.
 */
export class PendingChanges implements Pending {
  private workspaces = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly models: Models,
    private readonly mongo: Dependency,
    private readonly log: Logger,
  ) {}

  has(workspaceId: string): boolean {
    return this.workspaces.has(workspaceId);
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.look();
    if (!this.stopped) this.timer = setTimeout(() => this.start(), LOOK_EVERY_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** When MongoDB is away what was known stays: nothing can be unblocked meanwhile. */
  private async look(): Promise<void> {
    try {
      const overdue = { at: { $lt: new Date(Date.now() - OVERDUE_MS) } };
      const pending = await this.mongo.run(
        () => this.models.blockChanges.distinct('workspaceId', overdue),
        LOOK_EVERY_MS,
      );
      this.workspaces = new Set(pending.map(String));
    } catch (error) {
      if (!this.mongo.isAway(error)) this.log.warn('pending.unread', describeError(error));
    }
  }
}
