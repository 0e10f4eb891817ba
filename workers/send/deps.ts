import type { Logger } from '../../config/logger.ts';
import type { Models } from '../../models/index.ts';
import type { Publish } from '../../models/live.ts';
import type { HttpClient } from '../outgoing/http-client.ts';
import type { Tokens } from '../outgoing/tokens.ts';

/** What the send step is given. */
export interface SendDeps {
  models: Models;
  http: HttpClient;
  tokens: Tokens;
  /** `ENCRYPTION_KEY`. */
  encryptionKey: Buffer;
  /** `PUBLIC_BASE_URL`. */
  publicBaseUrl: string;
  /** `SEND_TIMEOUT_MS`: the most that one attempt may take. */
  timeoutMs: number;
  /** Runs a write until MongoDB has it: what a provider has answered must not be forgotten. */
  persist<T>(write: () => Promise<T>): Promise<T>;
  /** Counts what became of an attempt. `ms`: how long it took, `undefined` when nobody knows. */
  onSend(channelType: string, outcome: string, ms: number | undefined): void;
  /** Tells open inboxes. */
  publish: Publish;
  log: Logger;
  /** Milliseconds. */
  now(): number;
}
