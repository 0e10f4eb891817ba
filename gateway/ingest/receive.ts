import type { Answer, Delivery } from '../../channels/adapter.ts';
import { type Arrival, sort } from './arrival.ts';
import type { HandOver } from './hand-over.ts';
import type { Recipient } from './recipients.ts';
import type { Screen } from './screen.ts';

export const OK: Answer = { status: 200 };
export const UNAUTHORIZED: Answer = { status: 401 };
export const NOT_FOUND: Answer = { status: 404 };

export interface Stages {
  screen: Screen;
  handOver: HandOver;
  now: () => number;
}

/**
 * The way of a message: verify, parse, screen, hand over, answer. Throws only when nothing durable
 * could be written; then the provider is told to send again.
 */
export async function receive(
  delivery: Delivery,
  recipient: Recipient,
  { screen, handOver, now }: Stages,
): Promise<Answer> {
  const receivedAt = now();
  const channels = recipient.signedFor(delivery, receivedAt);
  const [first] = channels;
  if (!first) return UNAUTHORIZED;

  const events = recipient.adapter.parse(delivery, { channelId: first.id, receivedAt });
  const arrival: Arrival = sort(events, channels, receivedAt, delivery.body.length);
  const admitted = await screen(arrival);
  await handOver(admitted);
  return OK;
}

/** A provider's handshake before it sends anything. */
export function greet(delivery: Delivery, { adapter, channels }: Recipient): Answer {
  for (const { credentials } of channels) {
    const answer = adapter.challenge?.(delivery, credentials);
    if (answer) return answer;
  }
  return adapter.challenge ? UNAUTHORIZED : OK;
}
