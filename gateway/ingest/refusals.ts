import { describeError, type Logger } from '../../config/logger.ts';
import type { ChannelEvents, Urn } from '../../models/event.ts';
import { Types } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { mergeTallies } from '../../models/outcome.ts';
import { countOutcomes, slotOfProcess } from '../../models/outcome-counter.ts';

const FLUSH_EVERY_MS = 1_000;

/** A message of a blocked sender: where it came in, and by which identity it was known. */
export interface Refusal {
  from: ChannelEvents;
  urn: Urn;
}

interface Refused {
  workspaceId: string;
  channelId: string;
  urn: Urn;
  count: number;
  lastAt: number;
}

/**
 * What is kept of a refused message: that there was one, of whom and when. Gathered in memory and
 * written every second, so a killed gateway loses the tally of its last second and nothing else.
 */
export class Refusals {
  private tallies = new Map<string, Refused>();
  private readonly slot = slotOfProcess();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly models: Models,
    private readonly log: Logger,
    private readonly onRefused: () => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.flush(), FLUSH_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  add({ from: { workspaceId, channelId, receivedAt }, urn }: Refusal): void {
    this.onRefused();
    const key = `${channelId} ${urn}`;
    const known = this.tallies.get(key);
    if (known) {
      known.count += 1;
      known.lastAt = receivedAt;
    } else this.tallies.set(key, { workspaceId, channelId, urn, count: 1, lastAt: receivedAt });
  }

  /** One write at a time; what could not be written is kept and tried again with the next. */
  private flush(): Promise<void> {
    this.writing = this.writing.then(async () => {
      if (this.tallies.size === 0) return;
      const batch = this.tallies;
      this.tallies = new Map();
      try {
        await this.write([...batch.values()]);
      } catch (error) {
        for (const [key, refused] of batch) {
          const newer = this.tallies.get(key);
          if (newer) newer.count += refused.count;
          else this.tallies.set(key, refused);
        }
        this.log.warn('refusals.kept', { senders: batch.size, ...describeError(error) });
      }
    });
    return this.writing;
  }

  private async write(refused: Refused[]): Promise<void> {
    const tallies = mergeTallies(
      refused.map(({ workspaceId, channelId, count, lastAt }) => ({
        workspaceId,
        channelId,
        count,
        outcome: 'refused' as const,
        reason: 'blocked',
        at: lastAt,
      })),
    );
    await this.models.db.transaction(async (session) => {
      await this.models.contacts.collection.bulkWrite(
        refused.map(({ workspaceId, urn, count, lastAt }) => ({
          updateOne: {
            filter: { workspaceId: new Types.ObjectId(workspaceId), identities: urn },
            update: {
              $inc: { 'refused.count': count },
              $max: { 'refused.lastAt': new Date(lastAt) },
            },
          },
        })),
        { session, ordered: true },
      );
      await countOutcomes(this.models, tallies, this.slot, session);
    });
    this.log.info('messages.refused', {
      senders: refused.length,
      events: tallies.reduce((sum, { count }) => sum + count, 0),
    });
  }
}
