import type { z } from 'zod';
import type { ParsedEvent } from '../models/event.ts';

/** One HTTP request of a provider, with its body exactly as it came. */
export interface Delivery {
  method: 'GET' | 'POST';
  /** The full address as the provider sees it (`PUBLIC_BASE_URL` + path + query): some sign it. */
  url: string;
  query: URLSearchParams;
  /** Names in lower case, as Node gives them. */
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** What the provider is answered. Empty unless its handshake asks for a body. */
export interface Answer {
  status: 200 | 401 | 404 | 413 | 503;
  body?: string;
  contentType?: string;
  /** Seconds, with 503. */
  retryAfter?: number;
}

export interface ParseContext {
  /** The channel's id: custom identities carry it. */
  channelId: string;
  /** When the gateway had the whole request, in milliseconds: the time of events that carry none. */
  receivedAt: number;
}

/**
 * All that Videur knows of one provider. An adapter is pure: it sees bytes and credentials, never
 * the HTTP framework, Redis or MongoDB. Its facts carry the address of the provider's page.
 */
export interface ChannelAdapter<Credentials = unknown> {
  /** Shape of the credentials; anything else is refused when a channel is made. */
  credentials: z.ZodType<Credentials>;
  /** Largest body in bytes; a longer one is answered 413. */
  bodyLimit: number;
  /**
   * True when the delivery was made by someone who holds the secret: over the raw bytes, in constant
   * time, with any of several secrets, false when none is set. `now` in milliseconds. Never throws.
   */
  verify(delivery: Delivery, credentials: Credentials, now: number): boolean;
  /** The answer to the provider's handshake (GET); `undefined` when it is not a valid one. */
  challenge?(delivery: Delivery, credentials: Credentials): Answer | undefined;
  /**
   * Reads a verified body. Never throws: what cannot be read is an `invalid` event, what has nothing
   * for the inbox is `ignored`, an unknown kind of message is stored as `unsupported`. One bad event
   * never hides the others.
   */
  parse(delivery: Delivery, context: ParseContext): ParsedEvent[];
  /**
   * For providers whose deliveries serve several accounts of one app: which app, which account, and
   * `signer`, the same for channels whose deliveries the same secrets verify.
   */
  account?(credentials: Credentials): { appId: string; accountId: string; signer: string };
}
