import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Delivery } from '../../channels/adapter.ts';
import { describeError, type Logger } from '../../config/logger.ts';
import { Overloaded } from '../../config/natural-batch.ts';
import { type Attributes, begin } from '../../config/tracing.ts';
import { CHANNEL_TYPES } from '../../models/channel/channel.ts';
import { Aborted, type Arriving } from './arriving.ts';
import { NOT_FOUND, receive, type Stages } from './receive.ts';
import type { FindRecipient } from './recipients.ts';

export const WEBHOOKS = '/webhooks/';

/** Seconds after which a provider may send again what could not be taken. */
const RETRY_AFTER = 5;
export const UNAVAILABLE: Answer = { status: 503, retryAfter: RETRY_AFTER };
const TOO_LARGE: Answer = { status: 413 };

export interface EdgeDeps extends Stages {
  findRecipient: FindRecipient;
  arriving: Arriving;
  publicBaseUrl: string;
  log: Logger;
  /** `address`: a channel type, `meta` or `unknown`. */
  onAnswer(address: string, status: number, seconds: number): void;
}

/**
 * The HTTP side of ingestion, on plain `node:http`: Express costs several times the work of all the
 * rest (docs/performance.md). Collects the raw bytes, asks `receive`, writes the answer.
 */
export function createEdge(deps: EdgeDeps) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const since = performance.now();
    let given = UNAVAILABLE;
    try {
      given = await begin('webhook', async (note) => {
        const answered = await answer(request, deps);
        note(told(request, answered));
        return answered;
      });
    } catch (error) {
      if (error instanceof Aborted) return;
      deps.log.warn('delivery.unavailable', describeError(error));
      // What of its body is still to come is not waited for.
      if (error instanceof Overloaded && !request.complete) response.shouldKeepAlive = false;
    }
    write(response, given);
    deps.onAnswer(addressOf(request), given.status, (performance.now() - since) / 1_000);
  };
}

async function answer(request: IncomingMessage, deps: EdgeDeps): Promise<Answer> {
  const { method, url = '' } = request;
  if (method !== 'POST' && method !== 'GET') return NOT_FOUND;
  const mark = url.indexOf('?');
  const path = url.slice(WEBHOOKS.length, mark < 0 ? undefined : mark);
  const found = deps.findRecipient(path);
  const recipient = found instanceof Promise ? await found : found;
  if (!recipient) return NOT_FOUND;

  const body = await deps.arriving.collect(request, recipient.adapter.bodyLimit);
  if (!body) return TOO_LARGE;
  const delivery: Delivery = {
    method,
    url: deps.publicBaseUrl + url,
    query: mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark)),
    headers: request.headers,
    body,
  };
  return await receive(delivery, recipient, deps);
}

function told(request: IncomingMessage, { status }: Answer): Attributes {
  return {
    'http.request.method': request.method,
    'http.response.status_code': status,
    'videur.address': addressOf(request),
  };
}

const ADDRESSES = new Set<string>([...CHANNEL_TYPES, 'meta']);

/** The first part of a webhook's address: a type, `meta`, or `unknown`, as it may be anything. */
function addressOf({ url = '' }: IncomingMessage): string {
  const address = url.slice(WEBHOOKS.length, url.indexOf('/', WEBHOOKS.length));
  return ADDRESSES.has(address) ? address : 'unknown';
}

const NO_QUERY = new URLSearchParams();

function write(
  response: ServerResponse,
  { status, body = '', contentType, retryAfter }: Answer,
): void {
  if (response.destroyed) return;
  const headers: Record<string, string | number> = { 'content-length': Buffer.byteLength(body) };
  if (body) headers['content-type'] = contentType ?? 'text/plain; charset=utf-8';
  if (retryAfter) headers['retry-after'] = retryAfter;
  response.writeHead(status, headers).end(body);
}
