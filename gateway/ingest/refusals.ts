import { randomUUID } from 'node:crypto';
import { describeError, type Logger } from '../../config/logger.ts';
import type { ChannelEvents, Urn } from '../../models/delivery/event.ts';
import type { RefusedSender } from '../../models/jobs.ts';
import type { HandOver } from './hand-over.ts';

const FLUSH_EVERY_MS = 1_000;
/** Most senders in one job: each is a write for the worker. */
const MOST_SENDERS = 1_000;

/** A message of a blocked sender: where it came in, and by which identity it was known. */
export interface Refusal {
  from: ChannelEvents;
  urn: Urn;
  /** It was an edit of a message: that would have made nobody active. */
  ofEdit?: true;
}

/**
 * What is kept of a refused message: that there was one, of whom and when. Gathered in memory and
 * handed over every second, so a killed gateway loses the tally of its last second and nothing else.
 */
export class Refusals {
  private tallies = new Map<string, RefusedSender>();
  private readonly unconfirmed: { batchId: string; refused: RefusedSender[] }[] = [];
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

  add({ from: { workspaceId, channelId, receivedAt }, urn, ofEdit }: Refusal): void {
    this.onRefused();
    const key = `${channelId} ${urn}`;
    const sender = this.tallies.get(key) ?? { workspaceId, channelId, urn, count: 0, lastAt: 0 };
    this.tallies.set(key, sender);
    sender.count += 1;
    sender.lastAt = receivedAt;
    if (!ofEdit) {
      const { firstAt = receivedAt } = sender.messages ?? {};
      sender.messages = { firstAt, lastAt: receivedAt };
    }
  }

  /**
   * One at a time. What could not be handed over is tried again first, under the same batch id: if
   * Redis had taken it after all, it is counted once.
   */
  private flush(): Promise<void> {
    this.writing = this.writing.then(async () => {
      const tallies = [...this.tallies.values()];
      this.tallies = new Map();
      for (let i = 0; i < tallies.length; i += MOST_SENDERS)
        this.unconfirmed.push({
          batchId: randomUUID(),
          refused: tallies.slice(i, i + MOST_SENDERS),
        });
      try {
        for (let next = this.unconfirmed[0]; next; next = this.unconfirmed[0]) {
          await this.handOver({ deliveries: [], settled: [], ...next });
          this.unconfirmed.shift();
        }
      } catch (error) {
        this.log.warn('refusals.kept', {
          batches: this.unconfirmed.length,
          ...describeError(error),
        });
      }
    });
    return this.writing;
  }
}
