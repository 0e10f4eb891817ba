import type { z } from 'zod';
import { readJson, take } from './read.ts';

/** An outgoing request of an adapter. Its address and headers may hold secrets: they are never logged. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/**
 * The one way out (`workers/outgoing/http-client.ts`): with a deadline, without redirects, never to
 * private addresses unless they are allowed. Throws {@link SendError} alone, when there is no answer.
 */
export type HttpCall = (request: HttpRequest) => Promise<HttpResponse>;

/** What became of an attempt that failed. The word is fixed; it is shown to people and logged. */
export type SendFailure =
  /** It never left: no such host, nothing listens there, no connection in time. */
  | 'unreachable'
  /** It left and there is no answer: what became of it is not known. */
  | 'no_answer'
  /** 429, or a provider's own word for it. */
  | 'throttled'
  /** 5xx. */
  | 'provider_error'
  /** 401, 403: the channel's credentials are not good. */
  | 'credentials_refused'
  /** Any other refusal: it would be refused again. */
  | 'rejected'
  /** This channel cannot carry such a message. */
  | 'unsupported'
  /** It was accepted, and the answer cannot be read. */
  | 'bad_answer'
  /** An address that outgoing requests may not go to. */
  | 'forbidden_address';

const FOR_GOOD = new Set<SendFailure>([
  'no_answer',
  'credentials_refused',
  'rejected',
  'unsupported',
  'bad_answer',
  'forbidden_address',
]);

export class SendError extends Error {
  readonly failure: SendFailure;
  /** Trying again may help, and cannot send it twice. */
  readonly retryable: boolean;
  /** Seconds that the provider asks for before the next attempt. */
  readonly retryAfter: number | undefined;
  /** The provider's own number or word for what is wrong, when it gave one. */
  readonly providerCode: string | undefined;

  constructor(
    failure: SendFailure,
    {
      retryAfter,
      providerCode,
    }: { retryAfter?: number | undefined; providerCode?: string | undefined } = {},
  ) {
    super(`the message was not sent: ${failure}`);
    this.name = 'SendError';
    this.failure = failure;
    this.retryable = !FOR_GOOD.has(failure);
    this.retryAfter = retryAfter;
    this.providerCode = providerCode;
  }
}

/** Turns every answer but a 2xx into the {@link SendError} that it means. */
export function assertAccepted(response: HttpResponse, now: number, providerCode?: string): void {
  const { status } = response;
  if (status >= 200 && status < 300) return;
  throw new SendError(failureOf(status), { retryAfter: retryAfterOf(response, now), providerCode });
}

function failureOf(status: number): SendFailure {
  if (status === 429) return 'throttled';
  if (status >= 500 || status === 408) return 'provider_error';
  if (status === 401 || status === 403) return 'credentials_refused';
  return 'rejected';
}

/** Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterOf({ headers }: HttpResponse, now: number): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

/** The parsed body of an answer, or {@link SendError} when it is not what the schema says. */
export function readAnswer<T>(schema: z.ZodType<T>, { body }: HttpResponse): T {
  const answer = take(schema, readJson(Buffer.from(body)));
  if (answer === undefined) throw new SendError('bad_answer');
  return answer;
}
