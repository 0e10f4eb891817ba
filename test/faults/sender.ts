import { setTimeout as delay } from 'node:timers/promises';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import type { TestChannel } from '../support/world.ts';
import type { History, SentMessage } from './history.ts';
import type { Random } from './random.ts';

export const SENDERS = 40;
const CONNECTIONS = 12;
const PHONE_NUMBER_ID = '111';
/** A gateway that hangs is given up, as providers do. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 50;

export const urnOf = (sender: number) => `tel:+${numberOf(sender)}`;
const numberOf = (sender: number) => `1650557${1000 + sender}`;

interface Delivery {
  body: string;
  events: number;
  messages: SentMessage[];
}

/**
 * A provider: sends without end, one event or several of several senders at once, now and then the same
 * again, or something that is nothing for the inbox; and sends again until it is answered 200.
 */
export class Sender {
  private running = true;
  private sent = 0;
  private readonly connections: Promise<void>[];

  constructor(
    private readonly channel: TestChannel,
    private readonly ports: () => number[],
    private readonly history: History,
    random: Random,
  ) {
    this.connections = Array.from({ length: CONNECTIONS }, () => this.connection(random.fork()));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.connections);
  }

  private async connection(random: Random): Promise<void> {
    let last: Delivery | undefined;
    while (this.running) {
      if (random.chance(0.03)) await this.sendStatus(random);
      else if (last && random.chance(0.05) && this.mayAll(last)) await this.sendAgain(last, random);
      else last = await this.sendMessages(random.chance(0.1) ? 2 + random.below(6) : 1, random);
    }
  }

  private async sendMessages(count: number, random: Random): Promise<Delivery> {
    const sentAt = performance.now();
    const messages = Array.from({ length: count }, (): SentMessage => {
      const poison = random.chance(0.005);
      const text = `${poison ? 'poison' : 'message'} ${this.sent++}`;
      return {
        text,
        sender: this.whoSends(random),
        poison,
        sentAt,
        acknowledgedAt: Number.POSITIVE_INFINITY,
      };
    });
    const delivery = {
      body: bodyOf({
        messages: messages.map(({ text, sender }) =>
          whatsapp.text({ from: numberOf(sender), id: text, text }),
        ),
      }),
      events: count,
      messages,
    };
    this.history.messages.push(...messages);
    await this.sendAgain(delivery, random);
    return delivery;
  }

  /** What was refused the first time may be accepted now: the last answer counts. */
  private async sendAgain(delivery: Delivery, random: Random): Promise<void> {
    const senders = delivery.messages.map(({ sender }) => sender);
    this.history.begin(senders);
    await this.deliver(delivery, random);
    for (const message of delivery.messages) message.acknowledgedAt = performance.now();
    this.history.end(senders);
  }

  private mayAll({ messages }: Delivery): boolean {
    return messages.every(({ sender }) => !this.history.paused.has(sender));
  }

  private whoSends(random: Random): number {
    for (;;) {
      const sender = random.below(SENDERS);
      if (!this.history.paused.has(sender)) return sender;
    }
  }

  private async sendStatus(random: Random): Promise<void> {
    const status = whatsapp.status({ id: `nobody's ${this.sent++}`, status: 'read' });
    await this.deliver({ body: bodyOf({ statuses: [status] }), events: 1 }, random);
    this.history.ignored += 1;
  }

  /** Until it is answered 200. Anything but 200 and 503 is a fault. */
  private async deliver(
    { body, events }: Pick<Delivery, 'body' | 'events'>,
    random: Random,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.post(body, random.pick(this.ports()));
      if (answer === 200) {
        this.history.attempts.acknowledged += events;
        return;
      }
      if (typeof answer === 'number' && answer !== 503) throw new Error(`answered ${answer}`);
      // A store may have taken it and died before it said so; while both are away nothing is tried.
      const open = answer === 'broken' || (answer === 503 && attempt === 1);
      if (open) this.history.attempts.unanswered += events;
      await delay(PAUSE_MS);
    }
  }

  private async post(body: string, port: number): Promise<number | 'broken' | 'nobody there'> {
    try {
      const { status } = await fetch(`http://127.0.0.1:${port}${this.channel.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.channel.sign(body) },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return status;
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      return code === 'ECONNREFUSED' ? 'nobody there' : 'broken';
    }
  }
}

function bodyOf(value: Record<string, unknown[]>): string {
  return whatsappBody([whatsapp.change(PHONE_NUMBER_ID, value)]);
}
