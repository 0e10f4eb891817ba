import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { until } from './until.ts';

/** One request that it got. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look at a payload's fields one by one
  body: any;
}

interface PlannedAnswer {
  status: number;
  headers?: Record<string, string>;
  /** The answer is kept until then. */
  after?: Promise<void>;
}

/** A workspace's own program: it answers 200 at every path, unless a test has planned otherwise. */
export class Receiver {
  readonly requests: Received[] = [];
  private readonly plans = new Map<string, PlannedAnswer[]>();
  private readonly always = new Map<string, PlannedAnswer>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        const text = Buffer.concat(chunks).toString();
        const { url: path = '', headers } = request;
        const id = String(headers['webhook-id']);
        receiver.requests.push({ path, headers, text, id, body: JSON.parse(text) });
        const planned = receiver.plans.get(path)?.shift() ?? receiver.always.get(path);
        const { status, headers: answered = {}, after } = planned ?? { status: 200 };
        await after;
        response.writeHead(status, answered).end();
      });
    });
    const receiver = new Receiver(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** The next answers at this path. */
  plan(path: string, ...answers: PlannedAnswer[]): void {
    this.plans.set(path, answers);
  }

  /** All answers at this path that are not planned. */
  answer(path: string, answer: PlannedAnswer): void {
    this.always.set(path, answer);
  }

  at(path: string): Received[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** The first requests at this path, when there are so many. */
  got(path: string, count = 1): Promise<Received[]> {
    return until(`${count} requests at ${path}`, () => {
      const requests = this.at(path);
      return requests.length >= count && requests;
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The judge of a signature: the library of those who wrote the specification. Throws. */
export function verify(secret: string, { text, headers }: Pick<Received, 'text' | 'headers'>) {
  return new Webhook(secret).verify(text, headers as Record<string, string>);
}
