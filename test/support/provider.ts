import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './until.ts';

/** What it was asked to send. */
export interface Sending {
  text: string;
  contactId: string;
  headers: IncomingHttpHeaders;
  /** Milliseconds. */
  at: number;
}

interface PlannedAnswer {
  status: number;
  headers?: Record<string, string>;
  /** The answer is kept until then. */
  after?: Promise<void>;
}

/**
 * A provider's API for custom channels, on a port of its own. It accepts every message, with an id
 * that is made of its text, unless a test has planned other answers for that text.
 */
export class FakeProvider {
  readonly sendings: Sending[] = [];
  private readonly plans = new Map<string, PlannedAnswer[]>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeProvider> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { contactId, message } = JSON.parse(Buffer.concat(chunks).toString());
        const { headers } = request;
        void provider.answer({ text: message.text, contactId, headers, at: Date.now() }, response);
      });
    });
    const provider = new FakeProvider(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next answers for this text; those after them are accepted. */
  plan(text: string, ...answers: PlannedAnswer[]): void {
    this.plans.set(text, answers);
  }

  /** The id that it gives to the message of this text. */
  idOf(text: string): string {
    return `mid-${text}`;
  }

  of(text: string): Sending[] {
    return this.sendings.filter((sending) => sending.text === text);
  }

  /** The first request for this text. */
  asked(text: string): Promise<Sending> {
    return until(`${text} to reach the provider`, () => this.of(text)[0]);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(sending: Sending, response: ServerResponse): Promise<void> {
    this.sendings.push(sending);
    const planned = this.plans.get(sending.text)?.shift();
    const { status, headers = {}, after } = planned ?? { status: 200 };
    await after;
    const body = status === 200 ? { mId: this.idOf(sending.text) } : {};
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
  }
}
