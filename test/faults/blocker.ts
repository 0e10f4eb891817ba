import { setTimeout as delay } from 'node:timers/promises';
import type { World } from '../support/world.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';

/** Some senders are blocked and unblocked all the time, the others never. */
export const BLOCKABLE = 12;
const PAUSE_MS = 50;
/** Longer than any outage here and what follows from it, on a slow machine. */
const LONG_ENOUGH_MS = 60_000;

/** An agent who blocks and unblocks, and notes when the call was made and when it was answered. */
export class Blocker {
  private running = true;
  private readonly loops: Promise<void>[];

  constructor(
    private readonly world: World,
    private readonly ports: () => number[],
    private readonly history: History,
    contactIds: string[],
    random: Random,
  ) {
    this.loops = contactIds
      .slice(0, BLOCKABLE)
      .map((contactId, sender) => this.loop(contactId, sender, random.fork()));
  }

  /** Everybody ends in the state of the last change that was made. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.loops);
  }

  private async loop(contactId: string, sender: number, random: Random): Promise<void> {
    for (let turn = 0; this.running; turn += 1) {
      await delay(random.between(200, 2_000));
      const action = turn % 2 === 0 ? 'block' : 'unblock';
      const settled = action === 'block' && random.chance(0.5) && (await this.settle(sender));
      const calledAt = performance.now();
      await this.call(contactId, action, random);
      this.history.changed(sender, { action, calledAt, answeredAt: performance.now(), settled });
      this.history.paused.delete(sender);
    }
  }

  /** Waits until all that the sender sent has arrived, or would have: what has not by then is lost. */
  private async settle(sender: number): Promise<boolean> {
    this.history.paused.add(sender);
    const given = performance.now() + LONG_ENOUGH_MS;
    while (this.running && performance.now() < given) {
      if (!this.history.isUnderWay(sender) && (await this.haveArrived(sender))) return true;
      await delay(PAUSE_MS);
    }
    return this.running && !this.history.isUnderWay(sender);
  }

  private async haveArrived(sender: number): Promise<boolean> {
    const sent = this.history.sentSinceUnblock(sender);
    try {
      const there = await this.world.models.messages.distinct('text', { text: { $in: sent } });
      return there.length === sent.length;
    } catch {
      // MongoDB is away.
      return false;
    }
  }

  /**
   * Until it is answered: a call without an answer may have changed something. It is never given up
   * while its gateway lives, or it could change something later.
   */
  private async call(contactId: string, action: string, random: Random): Promise<void> {
    for (;;) {
      try {
        const port = random.pick(this.ports());
        const path = `/api/v1${this.world.workspace}/contacts/${contactId}/${action}`;
        const { status } = await fetch(`http://127.0.0.1:${port}${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${this.world.apiKey}`,
            'content-type': 'application/json',
          },
          body: '{}',
        });
        if (status === 200) return;
        if (status !== 503 && status !== 500) throw new Error(`${action} was answered ${status}`);
      } catch (error) {
        if ((error as Error).message.includes('was answered')) throw error;
      }
      await delay(PAUSE_MS);
    }
  }
}
