import type { Response } from 'express';
import type { Result } from './route.ts';

/** Proxies cut connections that are silent for a minute or so. */
const HEARTBEAT_MS = 20_000;
/** Then the browser connects again by itself, and is asked again who it is. */
const LIFETIME_MS = 10 * 60_000;
/** As long as somebody goes on hearing after a session, a role or a key has ended. */
const CHECK_MS = 5_000;
/** A listener that reads more slowly than this many bytes behind is dropped. */
const MOST_UNREAD = 256 * 1024;

/**
 * Writes server-sent events until the listener goes away, is too slow or may not hear them any more, or
 * the feed ends.
 */
export function sendEvents(
  response: Response,
  subscribe: NonNullable<Result['events']>,
  isStillAllowed: () => Promise<boolean>,
): void {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // nginx would otherwise hold events back.
    'X-Accel-Buffering': 'no',
  });
  const send = (text: string) => {
    if (response.writableLength > MOST_UNREAD) response.destroy();
    else response.write(text);
  };
  send(': connected\n\n');
  const heartbeat = setInterval(() => send(': alive\n\n'), HEARTBEAT_MS);
  // Who cannot be asked about (no MongoDB) may not either: the browser connects again when it is back.
  const check = setInterval(async () => {
    if (!(await isStillAllowed().catch(() => false))) response.end();
  }, CHECK_MS);
  const lifetime = setTimeout(() => response.end(), LIFETIME_MS);
  const unsubscribe = subscribe(
    (event) => send(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
    () => response.end(),
  );
  response.on('close', () => {
    clearInterval(heartbeat);
    clearInterval(check);
    clearTimeout(lifetime);
    unsubscribe();
  });
}
