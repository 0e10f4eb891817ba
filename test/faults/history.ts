/**
 * What the sender and the blocker saw, by one clock: the record that the system is held against at the
 * end. Times are milliseconds of `performance.now()` of this process.
 */

export type Fate =
  /** Must be in the inbox. */
  | 'must-land'
  /** Must not. */
  | 'must-not'
  /** Was under way while its sender was being blocked or unblocked. */
  | 'either';

export interface SentMessage {
  text: string;
  sender: number;
  /** MongoDB refuses to store it. */
  poison: boolean;
  /** Before its first attempt. */
  sentAt: number;
  /** When the last attempt was answered 200. */
  acknowledgedAt: number;
}

/** How many events were in deliveries that were answered 200, and in ones without an answer. */
export interface Attempts {
  acknowledged: number;
  /** Without an answer that says whether they were kept. */
  unanswered: number;
}

export interface Change {
  action: 'block' | 'unblock';
  calledAt: number;
  answeredAt: number;
  /** Nothing of the sender was on its way when it was blocked. */
  settled: boolean;
}

export class History {
  readonly messages: SentMessage[] = [];
  readonly attempts: Attempts = { acknowledged: 0, unanswered: 0 };
  /** Statuses of messages that are not ours, answered 200. */
  ignored = 0;
  readonly changes = new Map<number, Change[]>();
  /** Kills of a gateway: each may take the tallies of its last second along. */
  readonly gatewayKills: number[] = [];

  /** Senders who are not to send now. */
  readonly paused = new Set<number>();
  private readonly underWay = new Map<number, number>();

  /** Messages are on their way to a gateway, so many of each sender. */
  begin(senders: number[]): void {
    for (const sender of senders) this.underWay.set(sender, (this.underWay.get(sender) ?? 0) + 1);
  }

  end(senders: number[]): void {
    for (const sender of senders) this.underWay.set(sender, (this.underWay.get(sender) ?? 0) - 1);
  }

  isUnderWay(sender: number): boolean {
    return (this.underWay.get(sender) ?? 0) > 0;
  }

  /** Messages that a sender sent since it was last unblocked, and that can be stored. */
  sentSinceUnblock(sender: number): string[] {
    const since = this.changes.get(sender)?.at(-1)?.answeredAt ?? 0;
    return this.messages
      .filter((message) => message.sender === sender && !message.poison && message.sentAt > since)
      .map(({ text }) => text);
  }

  changed(sender: number, change: Change): void {
    this.changes.set(sender, [...(this.changes.get(sender) ?? []), change]);
  }

  /**
   * Whether the message was sent and answered while its sender surely was open, or surely blocked. What
   * is still on its way when its sender is blocked does not arrive, so before a block only those must
   * land that were waited for.
   */
  fateOf({ sender, poison, sentAt, acknowledgedAt }: SentMessage): Fate {
    let blocked = false;
    let since = Number.NEGATIVE_INFINITY;
    for (const { action, calledAt, answeredAt, settled } of this.changes.get(sender) ?? []) {
      if (sentAt > since && acknowledgedAt < calledAt) {
        if (blocked) return 'must-not';
        return settled && !poison ? 'must-land' : 'either';
      }
      blocked = action === 'block';
      since = answeredAt;
    }
    if (sentAt > since) return blocked ? 'must-not' : 'must-land';
    return 'either';
  }

  get changeCount(): number {
    return [...this.changes.values()].reduce((sum, { length }) => sum + length, 0);
  }
}
