import type { BlockDeps } from '../../models/block/block.ts';
import type { Queues } from '../../models/queues.ts';
import type { HttpClient } from '../outgoing/http-client.ts';

/** What running workflows needs; blocking is one of the steps. */
export interface WorkflowDeps extends BlockDeps {
  queues: Pick<Queues, 'workflows' | 'send'>;
  http: Pick<HttpClient, 'call'>;
  /** The most that a request may take. */
  timeoutMs: number;
  /** Runs a write until MongoDB has it: that a request has left must not be forgotten. */
  persist<T>(write: () => Promise<T>): Promise<T>;
  /** Milliseconds. */
  now(): number;
}
