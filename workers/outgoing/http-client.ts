import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher, errors } from 'undici';
import { type HttpRequest, type HttpResponse, SendError } from '../../channels/http.ts';
import { type Note, span } from '../../config/tracing.ts';
import { isPublicAddress } from './public-address.ts';

/** From the look-up of the name to a connection that can be written to. */
const CONNECT_MS = 3_000;
/** Less than servers keep an idle connection, which is five seconds (Node) and more. */
const KEEP_ALIVE_MS = 4_000;
/** Far more than any answer of a provider's API. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface HttpClientOptions {
  /** `ALLOW_PRIVATE_OUTBOUND`. */
  allowPrivate: boolean;
  /** Until the whole answer must be there, from the call on. */
  timeoutMs: number;
  /** The look-up of names; the system's own. */
  resolve?: typeof lookup;
}

export interface CallOptions {
  /** Less than the client's own. */
  timeoutMs?: number;
  /** Asked at the last moment, when there is a connection: false and the request never leaves. */
  mayLeave?: () => boolean;
}

export interface HttpClient {
  call(request: HttpRequest, options?: CallOptions): Promise<HttpResponse>;
  close(): Promise<void>;
}

class ForbiddenAddress extends Error {}

/**
 * The one way out of this program. http and https only; to addresses of the Internet only, unless private
 * ones are allowed; without redirects; with a deadline and a bound on the answer's size. An address is
 * judged when the connection to it is made, so a name that means another one the next moment is of no
 * use. Nothing is logged, and errors say nothing of the request.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { allowPrivate, timeoutMs, resolve = lookup } = options;
  const connect = buildConnector({
    timeout: CONNECT_MS,
    lookup: allowPrivate ? resolve : publicOnly(resolve),
  });
  const agent = new Agent({
    // A connection that was idle for longer may just be being closed, and a request on it be lost.
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // The deadline is ours, from the call to the last byte.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(target, done) {
      // A name is judged by what it is looked up to; an address in the URL is not looked up.
      if (!allowPrivate && isIP(target.hostname) && !isPublicAddress(target.hostname))
        done(new ForbiddenAddress(), null);
      else connect(target, done);
    },
  });
  return {
    call: (request, given = {}) =>
      span('http request', (note) => traced(exchange(request, given), request, note), 'client'),
    close: () => agent.close(),
  };

  function exchange(request: HttpRequest, given: CallOptions): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
      if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
        throw new SendError('forbidden_address');
      const exchange = new Exchange(request.method, { timeoutMs, ...given }, { resolve, reject });
      agent.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: { 'user-agent': 'Videur', ...request.headers },
          body: request.body ?? null,
        },
        exchange,
      );
    });
  }
}

/** Tells what was asked and answered without its address, which may hold a token. */
async function traced(
  exchange: Promise<HttpResponse>,
  { method }: HttpRequest,
  note: Note,
): Promise<HttpResponse> {
  note({ 'http.request.method': method });
  const response = await exchange;
  note({ 'http.response.status_code': response.status });
  return response;
}

/** A look-up that finds addresses of the Internet only. */
function publicOnly(resolve: typeof lookup): LookupFunction {
  return (hostname, options, done) => {
    const answer = (error: Error | null, found: LookupAddress[]) => {
      const addresses = found.filter(({ address }) => isPublicAddress(address));
      const [first] = addresses;
      if (error) done(error, []);
      else if (!first) done(new ForbiddenAddress(), []);
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    };
    resolve(hostname, { ...options, all: true }, (error, found) => answer(error, found ?? []));
  };
}

/** One request and what comes of it. */
class Exchange implements Dispatcher.DispatchHandler {
  /** Since when a failure says nothing of what the other side did. */
  private left = false;
  private over = false;
  private abort = () => {};
  private answer: Omit<HttpResponse, 'body'> | undefined;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly method: HttpRequest['method'],
    private readonly options: Required<Pick<CallOptions, 'timeoutMs'>> & CallOptions,
    private readonly promise: {
      resolve: (response: HttpResponse) => void;
      reject: (error: SendError) => void;
    },
  ) {
    this.timer = setTimeout(() => this.fail(), options.timeoutMs);
  }

  /** There is a connection, and nothing has been written yet. What is thrown here keeps it so. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { mayLeave = () => true } = this.options;
    if (this.over || !mayLeave()) throw new Error('withheld');
    this.left = true;
    this.abort = () => controller.abort(new Error('given up'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpResponse['headers'],
  ): void {
    // 1xx is a word in between.
    if (status >= 200) this.answer = { status, headers };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size > MAX_ANSWER_BYTES) this.fail();
  }

  onResponseEnd(): void {
    if (this.answer) this.succeed({ ...this.answer, body: Buffer.concat(this.chunks).toString() });
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.fail(error);
  }

  private fail(error?: Error): void {
    // A refusal is known by its status, whatever became of the rest.
    if (this.answer && this.answer.status >= 300) this.succeed({ ...this.answer, body: '' });
    else this.end(() => this.promise.reject(new SendError(this.failureOf(error))));
  }

  private succeed(response: HttpResponse): void {
    this.end(() => this.promise.resolve(response));
  }

  private end(settle: () => void): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    settle();
    this.abort();
  }

  private failureOf(error: Error | undefined) {
    if (error instanceof ForbiddenAddress) return 'forbidden_address';
    // A header or a path that cannot be sent.
    if (error instanceof errors.InvalidArgumentError) return 'rejected';
    if (this.answer) return 'bad_answer';
    // A GET changes nothing: asking again is safe.
    return this.left && this.method !== 'GET' ? 'no_answer' : 'unreachable';
  }
}
