import type { z } from 'zod';
import type { Attachment, MailThread, ParsedEvent, Urn } from '../models/delivery/event.ts';
import type { HttpCall } from './http.ts';

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

export interface ParseContext<Credentials = unknown> {
  /** Of the channel whose secret made the delivery: some bodies are encrypted. */
  credentials: Credentials;
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
  /** Deliveries come by GET as well, all of them in the query. Without it a GET delivers nothing. */
  deliversByGet?: true;
  /**
   * True when the delivery was made by someone who holds the secret: over the raw bytes, in constant
   * time, with any of several secrets, false when none is set. `now` in milliseconds. Never throws.
   */
  verify(delivery: Delivery, credentials: Credentials, now: number): boolean | Promise<boolean>;
  /**
   * What may be used once only, for a proof that does not cover the body: the same proof with another
   * body is refused. `undefined` when this delivery's proof covers it.
   */
  proofId?(
    delivery: Delivery,
    credentials: Credentials,
  ): string | undefined | Promise<string | undefined>;
  /** How old such a proof may be, in seconds; five minutes unless told. */
  proofSeconds?: number;
  /**
   * The answer to the provider's handshake, by GET or POST, which proves itself: it comes before
   * `verify`. `undefined` when it is not a valid one; a POST then goes the usual way.
   */
  challenge?(delivery: Delivery, credentials: Credentials, now: number): Answer | undefined;
  /**
   * Reads a verified body. Never throws: what cannot be read is an `invalid` event, what has nothing
   * for the inbox is `ignored`, an unknown kind of message is stored as `unsupported`. One bad event
   * never hides the others.
   */
  parse(
    delivery: Delivery,
    context: ParseContext<Credentials>,
  ): ParsedEvent[] | Promise<ParsedEvent[]>;
  /**
   * For providers whose deliveries serve several accounts of one app: which app, which account, and
   * `signer`, the same for channels whose deliveries the same secrets verify.
   */
  account?(credentials: Credentials): { appId: string; accountId: string; signer: string };
  /** Whether a message can be sent to this identity through this channel. */
  reaches(urn: Urn, channelId: string): boolean;
  /**
   * Sends one message through the provider's API. Throws {@link SendError} alone: it says whether
   * trying again is any use, and when.
   */
  send(message: Outgoing, context: SendContext<Credentials>): Promise<Sent>;
  /**
   * The provider tells a repeat by `key`, whatever became of the first one: a message whose outcome is
   * not known is sent again. Without it such a message has failed, as it might be there twice.
   */
  idempotent?: true;
}

/** A message of ours on its way out. */
export interface Outgoing {
  /** One that the adapter `reaches`. */
  to: Urn;
  /** What is said, or the caption of the attachment. */
  text?: string;
  /** At most one, by address (`url`): the provider fetches it. */
  attachment?: Attachment;
  /** Ours, the same at every attempt: for providers that can tell a repeat by it. */
  key: string;
  /** The contact's last message: providers that thread or quote need it. */
  inReplyTo?: { messageId: string; thread?: MailThread };
}

export interface SendContext<Credentials = unknown> {
  channelId: string;
  credentials: Credentials;
  /** Where this channel's webhooks arrive: some providers take the address of statuses with the message. */
  webhookUrl: string;
  /** The one way out. */
  call: HttpCall;
  /** Milliseconds. */
  now: () => number;
  /** Keeps what `make` gave (an access token) for as long as it says, for this channel. */
  remember(
    name: string,
    make: () => Promise<{ value: string; ttlSeconds: number }>,
  ): Promise<string>;
}

export interface Sent {
  /** The provider's id of the message: its statuses and its echo name it. */
  messageId: string;
}
