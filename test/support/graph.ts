import { expect } from 'chai';
import type { ChannelAdapter, Outgoing, SendContext, Sent } from '../../channels/adapter.ts';
import { type HttpRequest, type HttpResponse, SendError } from '../../channels/http.ts';
import { CONTEXT, NOW } from './channel-contract.ts';

/** Sending through the Graph API, with what Meta answers and without a network. */

export const accepted = (body: object): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** As Meta refuses: https://developers.facebook.com/docs/graph-api/guides/error-handling */
export const refusal = (status: number, code: number, error_subcode?: number): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    error: {
      message: `(#${code}) A sentence for people`,
      type: 'OAuthException',
      code,
      ...(error_subcode !== undefined && { error_subcode }),
      fbtrace_id: 'A1b2C3',
    },
  }),
});

/** Sends one message; gives what was asked of the Graph API, and what became of it. */
export async function sendThrough<C>(
  adapter: ChannelAdapter<C>,
  credentials: C,
  message: Partial<Outgoing> & Pick<Outgoing, 'to'>,
  answer: HttpResponse,
): Promise<{ body: Record<string, unknown>; url: string; sent: Sent | SendError }> {
  let asked: HttpRequest | undefined;
  const context: SendContext<C> = {
    channelId: CONTEXT.channelId,
    credentials,
    webhookUrl: 'https://videur.example/webhooks/any/ch1',
    now: () => NOW,
    async call(request) {
      asked = request;
      return answer;
    },
    async remember() {
      throw new Error('nothing to remember');
    },
  };
  const sent = await adapter.send({ key: 'key_1', ...message }, context).catch((error: unknown) => {
    if (error instanceof SendError) return error;
    throw error;
  });
  return { body: JSON.parse(String(asked?.body ?? '{}')), url: asked?.url ?? '', sent };
}

export function expectFailure(sent: Sent | SendError, expected: Partial<SendError>): void {
  expect(sent).to.be.instanceOf(SendError);
  expect(sent).to.include(expected);
}
