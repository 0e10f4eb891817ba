import type { Answer, Delivery } from '../../channels/adapter.ts';
import { span } from '../../config/tracing.ts';
import { type Arrival, sort } from './arrival.ts';
import type { Intake } from './intake.ts';
import type { Recipient } from './recipients.ts';
import type { ReplayGuard } from './replay.ts';

export const OK: Answer = { status: 200 };
export const UNAUTHORIZED: Answer = { status: 401 };
export const NOT_FOUND: Answer = { status: 404 };

export interface Stages {
  /** False for a proof that came with another body before. */
  guard: ReplayGuard;
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
  { guard, takeIn, now }: Stages,
): Promise<Answer> {
  const receivedAt = now();
  const greeting = greet(delivery, recipient, receivedAt);
  if (greeting) return greeting;
  const { adapter, channels } = await span('verify', () =>
    recipient.signedFor(delivery, receivedAt),
  );
  const [first] = channels;
  if (!first) return UNAUTHORIZED;

  if (adapter.proofId && !(await guard(delivery, adapter, first))) return UNAUTHORIZED;
  const { id: channelId, credentials } = first;
  const events = await span('parse', async () =>
    adapter.parse(delivery, { channelId, receivedAt, credentials }),
  );
  const arrival: Arrival = sort(events, channels, receivedAt, delivery.body.length);
  await takeIn(arrival);
  return OK;
}

/** The answer to a provider's handshake, when the request is one. */
function greet(
  delivery: Delivery,
  { adapter, channels }: Recipient,
  now: number,
): Answer | undefined {
  if (adapter.challenge) {
    for (const { credentials } of channels) {
      const answer = adapter.challenge(delivery, credentials, now);
      if (answer) return answer;
    }
  }
  if (delivery.method === 'POST' || adapter.deliversByGet) return undefined;
  return adapter.challenge ? UNAUTHORIZED : OK;
}
