import { setTimeout as delay } from 'node:timers/promises';
import type { World } from '../support/world.ts';
import { type History, ON_ITS_WAY_MS } from './history.ts';
import type { Random } from './random.ts';

/** Some senders are blocked and unblocked all the time, the others never. */
export const BLOCKABLE = 12;
const PAUSE_MS = 50;

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
      const action = turn % 2 === 0 ? 'block' : 'unblock';
      await this.pause(action, random);
      if (!this.running) return;
      const calledAt = performance.now();
      await this.call(contactId, action, random);
      this.history.changed(sender, { action, calledAt, answeredAt: performance.now() });
    }
  }

  /** Short, and now and then long enough for all that was sent before to have arrived. */
  private async pause(before: string, random: Random): Promise<void> {
    const long = before === 'block' && random.chance(0.3);
    const until =
      performance.now() +
      (long ? random.between(1, 1.5) * ON_ITS_WAY_MS : random.between(200, 2_000));
    while (this.running && performance.now() < until) await delay(100);
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
