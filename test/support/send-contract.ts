import { expect } from 'chai';
import fc from 'fast-check';
import type { ChannelAdapter, Outgoing, Sent } from '../../channels/adapter.ts';
import {
  type HttpRequest,
  type HttpResponse,
  SendError,
  type SendFailure,
} from '../../channels/http.ts';

export interface SendFixtures {
  message: Outgoing;
  /** What the provider must get: JSON and forms are read, names of headers in lower case. */
  request: { method?: string; url: string; headers: Record<string, string>; body: unknown };
  accepted: { response: HttpResponse; messageId: string };
  /** What the provider answers when it does not take the message. */
  refused: { response: HttpResponse; failure: SendFailure; retryAfter?: number }[];
}

const AGAIN: SendFailure[] = ['unreachable', 'throttled', 'provider_error'];
const BASE = 'http://127.0.0.1:9/base';

/** What holds for every channel type that sends. */
export function describeSending<Credentials>(
  name: string,
  adapter: ChannelAdapter<Credentials>,
  given: {
    send: SendFixtures;
    tokens: Record<string, string>;
    credentials: Credentials;
    context: { channelId: string };
    now: number;
  },
): void {
  const { tokens, context, now } = given;
  const { message, request, accepted, refused } = given.send;
  const requests: HttpRequest[] = [];

  const send = (
    answer: HttpResponse | SendError,
    credentials = given.credentials,
  ): Promise<Sent> => {
    requests.length = 0;
    return adapter.send(message, {
      ...context,
      credentials,
      webhookUrl: `https://videur.example/webhooks/any/${context.channelId}`,
      now: () => now,
      async call(request) {
        requests.push(request);
        if (answer instanceof SendError) throw answer;
        return answer;
      },
      async remember(token) {
        const value = tokens[token];
        if (value === undefined) throw new Error(`the fixtures have no token ${token}`);
        return value;
      },
    });
  };
  const failureOf = async (answer: HttpResponse | SendError): Promise<SendError> => {
    const sent = await send(answer).catch((error: unknown) => error);
    if (!(sent instanceof SendError)) throw new Error('the message was sent', { cause: sent });
    return sent;
  };
  const answered = (status: number, body = '', headers = {}) => ({ status, headers, body });

  describe(`${name}: sending, as at every channel`, () => {
    it('When a message is sent, then the provider gets its request and its id is kept', async () => {
      expect(adapter.reaches(message.to, context.channelId)).to.equal(true);
      expect(await send(accepted.response)).to.deep.equal({ messageId: accepted.messageId });
      expect(requests).to.have.length(1);
      const { method, url, headers, body } = asRead(requests[0] as HttpRequest);
      expect({ method, url, body }).to.deep.equal({
        method: request.method ?? 'POST',
        url: request.url,
        body: request.body,
      });
      expect(headers).to.include(request.headers);
    });

    it('When another address is configured, then the request goes there', async () => {
      for (const apiBaseUrl of [BASE, `${BASE}/`]) {
        await send(accepted.response, { ...given.credentials, apiBaseUrl });
        expect(requests[0]?.url).to.match(/^http:\/\/127\.0\.0\.1:9\/base\/(?!\/)/);
      }
    });

    it('When the identity is of no kind that the channel knows, then it is not reached', () => {
      expect(adapter.reaches('nowhere:1', context.channelId)).to.equal(false);
    });

    it('When the provider refuses, then the failure says why and whether to try again', async () => {
      for (const { response, failure, retryAfter } of refused) {
        const error = await failureOf(response);
        expect(error, response.body).to.include({ failure, retryable: AGAIN.includes(failure) });
        if (retryAfter !== undefined) expect(error.retryAfter).to.equal(retryAfter);
      }
    });

    it('When the provider asks to wait, then its time is told', async () => {
      const seconds = await failureOf(answered(429, '', { 'retry-after': '7' }));
      expect(seconds).to.include({ failure: 'throttled', retryable: true, retryAfter: 7 });
      const date = new Date(now + 9000).toUTCString();
      expect(await failureOf(answered(429, '', { 'retry-after': date }))).to.include({
        failure: 'throttled',
        retryAfter: 9,
      });
      expect((await failureOf(answered(429))).retryAfter).to.equal(undefined);
    });

    it('When the provider is not well or there is none, then trying again may help', async () => {
      for (const status of [500, 502, 503])
        expect(await failureOf(answered(status, '<html>'))).to.include({
          failure: 'provider_error',
          retryable: true,
        });
      expect(await failureOf(new SendError('unreachable'))).to.include({
        failure: 'unreachable',
        retryable: true,
      });
    });

    it('When the answer cannot be read, then the message is not sent again', async () => {
      for (const body of ['', ' ', '<html>', '{', '[]', '{}', 'null', '"x"', '7']) {
        const error = await failureOf(answered(accepted.response.status, body));
        expect(error, body).to.include({ failure: 'bad_answer', retryable: false });
      }
    });

    it('When whatever is answered, then it is an id or a failure', async () => {
      const body = fc.oneof(fc.json(), fc.string(), fc.constant(accepted.response.body));
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 100, max: 599 }), body, async (status, body) => {
          const sent = await send(answered(status, body)).catch((error: unknown) => error);
          if (sent instanceof SendError) return;
          expect((sent as Sent).messageId).to.be.a('string').that.is.not.empty;
          expect(status).to.be.within(200, 299);
        }),
        { numRuns: 200 },
      );
    });

    it('When the provider repeats the request in its error, then ours holds nothing of it', async () => {
      await send(accepted.response);
      const repeated = JSON.stringify({ error: requests[0], message: requests[0]?.headers });
      const answers = [
        ...refused.map(({ response }) => response),
        ...[400, 401, 500].map((status) => answered(status, repeated, { 'x-echo': repeated })),
      ];
      const secrets = [...textsIn(given.credentials), ...textsIn(tokens), ...textsIn(message)];
      for (const answer of answers) {
        const error = await failureOf(answer);
        const told = `${error.message} ${JSON.stringify(error)}`;
        for (const secret of secrets) expect(told).not.to.include(secret);
      }
    });
  });
}

function asRead({ method, url, headers = {}, body }: HttpRequest) {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { method, url, headers: lower, body: bodyAsRead(String(body ?? ''), lower) };
}

function bodyAsRead(body: string, headers: Record<string, string>): unknown {
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/json')) return JSON.parse(body);
  if (type.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(body));
  return body;
}

/** Every text in it that is long enough not to be part of an error by accident. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length < 6 ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
