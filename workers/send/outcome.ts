import { SendError, type SendFailure } from '../../channels/http.ts';

/** Why a message was not sent, as people see it. */
export type Failure =
  | Exclude<SendFailure, 'no_answer'>
  /** Its contact was blocked before it left. */
  | 'contact_blocked'
  /** The contact has no identity that the channel reaches. */
  | 'contact_unreachable'
  | 'channel_deleted'
  /** It left, and what became of it is not known. */
  | 'outcome_unknown'
  /** A fault of ours; the log has its kind and place. */
  | 'internal_error';

/** What became of one attempt. `at`: when it began, in milliseconds. */
export type Outcome =
  | { sent: string; at: number }
  | { failure: Failure; retryAt?: number; providerCode?: string };

/** For as long as a provider that is away may be waited for; what comes later than a day helps nobody. */
const TRY_FOR_MS = 24 * 3_600_000;
const LEAST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 10 * 60_000;

/** Thrown where the attempt finds that there is nothing to be tried. */
export class Unsendable extends Error {
  constructor(readonly failure: Failure) {
    super(`the message cannot be sent: ${failure}`);
    this.name = 'Unsendable';
  }
}

/** What an error means for the message. */
export function outcomeOf(
  error: unknown,
  { left, idempotent, attempts, queuedAt, now }: Attempted,
): Extract<Outcome, { failure: Failure }> {
  if (error instanceof Unsendable) return { failure: error.failure };
  if (error instanceof SendError) {
    const { failure, retryable, retryAfter, providerCode } = error;
    if (failure === 'no_answer') return unknown();
    const code = providerCode === undefined ? {} : { providerCode };
    return { failure, ...code, ...(retryable && retry(retryAfter)) };
  }
  return left ? unknown() : { failure: 'internal_error', ...retry() };

  function unknown() {
    return { failure: 'outcome_unknown' as const, ...(idempotent && retry()) };
  }

  function retry(afterSeconds?: number): { retryAt?: number } {
    const wait =
      afterSeconds === undefined
        ? Math.min(MOST_WAIT_MS, LEAST_WAIT_MS * 2 ** Math.min(attempts - 1, 20))
        : Math.max(LEAST_WAIT_MS, afterSeconds * 1_000);
    return now + wait <= queuedAt + TRY_FOR_MS ? { retryAt: now + wait } : {};
  }
}

/** The attempt that it ended. */
export interface Attempted {
  /** A request had left. */
  left: boolean;
  /** The provider tells a repeat from a second message. */
  idempotent: boolean;
  /** How many there were, with this one. */
  attempts: number;
  /** Milliseconds. */
  queuedAt: number;
  now: number;
}
