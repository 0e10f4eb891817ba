const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The waits between the attempts for one event: the example of the Standard Webhooks specification. */
const WAITS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** Receivers that went down together are not all tried in the same moment. */
const JITTER = 0.1;
/** What a receiver asks for with `Retry-After` is heeded up to this. */
const MOST_ASKED = 24 * HOUR;
const MOST_PAUSE = MINUTE;
/** A receiver that has taken nothing for this long is given up. */
export const GIVEN_UP_AFTER_MS = 5 * 24 * HOUR;

/** Milliseconds until the next attempt after so many, `undefined` when that was the last. */
export function waitAfter(attempts: number, retryAfter = 0): number | undefined {
  const wait = WAITS[attempts - 1];
  if (wait === undefined) return undefined;
  return Math.max(wait * (1 + JITTER * Math.random()), asked(retryAfter));
}

/**
 * For how long a receiver is left alone after so many failures in a row, whatever waits for it: then one
 * event tries whether it is there again.
 */
export function pauseAfter(failures: number, retryAfter = 0): number {
  return Math.max(
    Math.min(MOST_PAUSE, SECOND * 2 ** Math.min(failures - 1, 10)),
    asked(retryAfter),
  );
}

/** `retryAfter` in seconds. */
const asked = (retryAfter: number) => Math.min(MOST_ASKED, retryAfter * SECOND);
