import type { Logger } from '../../config/logger.ts';
import type { Models } from '../../models/index.ts';
import type { HttpClient } from '../outgoing/http-client.ts';

/** What the steps of outgoing webhooks are given. */
export interface WebhookDeps {
  models: Models;
  http: HttpClient;
  /** `ENCRYPTION_KEY`. */
  encryptionKey: Buffer;
  /** `SEND_TIMEOUT_MS`: the most that one attempt may take. */
  timeoutMs: number;
  log: Logger;
  /** Milliseconds. */
  now(): number;
}
