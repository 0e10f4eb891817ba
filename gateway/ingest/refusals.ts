import { describeError, type Logger } from '../../config/logger.ts';
import type { ChannelEvents, Urn } from '../../models/event.ts';
import type { RefusedSender } from '../../models/jobs.ts';
import type { HandOver } from './hand-over.ts';

const FLUSH_EVERY_MS = 1_000;
/** Most senders in one job: each is a write for the worker. */
const MOST_SENDERS = 1_000;

/** A message of a blocked sender: where it came in, and by which identity it was known. */
export interface Refusal {
  from: ChannelEvents;
  urn: Urn;
}

/**
 * What is kept of a refused message: that there was one, of whom and when. Gathered in memory and
 * handed over every second, so a killed gateway loses the tally of its last second and nothing else.
 */
export class Refusals {
  private tallies = new Map<string, RefusedSender>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly handOver: HandOver,
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

  /** One at a time; what could not be handed over is kept and tried again with the next. */
  private flush(): Promise<void> {
    this.writing = this.writing.then(async () => {
      const left = [...this.tallies.values()];
      this.tallies = new Map();
      try {
        while (left.length > 0) {
          const refused = left.slice(0, MOST_SENDERS);
          await this.handOver({ deliveries: [], settled: [], refused });
          left.splice(0, refused.length);
        }
      } catch (error) {
        this.keep(left);
        this.log.warn('refusals.kept', { senders: left.length, ...describeError(error) });
      }
    });
    return this.writing;
  }

  private keep(refused: RefusedSender[]): void {
    for (const sender of refused) {
      const key = `${sender.channelId} ${sender.urn}`;
      const newer = this.tallies.get(key);
      if (newer) newer.count += sender.count;
      else this.tallies.set(key, sender);
    }
  }
}
