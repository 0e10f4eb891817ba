import type { Answer, Delivery } from '../../channels/adapter.ts';
import { type Arrival, sort } from './arrival.ts';
import type { Intake } from './intake.ts';
import type { Recipient } from './recipients.ts';

export const OK: Answer = { status: 200 };
export const UNAUTHORIZED: Answer = { status: 401 };
export const NOT_FOUND: Answer = { status: 404 };

export interface Stages {
  /** Screens what has gathered and hands the rest over. */
  takeIn: Intake;
  now: () => number;
}

/**
 * The way of a message: verify, parse, take in (screen, hand over: `intake.ts`), answer. Throws only when nothing durable
 * could be written; then the provider is told to send again.
 */
export async function receive(
  delivery: Delivery,
  recipient: Recipient,
  { takeIn, now }: Stages,
): Promise<Answer> {
  const receivedAt = now();
  const channels = recipient.signedFor(delivery, receivedAt);
  const [first] = channels;
  if (!first) return UNAUTHORIZED;

  const events = recipient.adapter.parse(delivery, { channelId: first.id, receivedAt });
  const arrival: Arrival = sort(events, channels, receivedAt, delivery.body.length);
  await takeIn(arrival);
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
