import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  /** Empty at the beginning of a trace. */
  parentSpanId: string;
  service: string;
  name: string;
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
  links: { traceId: string; spanId: string }[];
}

// biome-ignore lint/suspicious/noExplicitAny: the JSON of https://opentelemetry.io/docs/specs/otlp/
type Otlp = any;

/** Takes traces in as an OpenTelemetry collector does: OTLP over HTTP, in JSON. */
export class Collector {
  readonly spans: CollectedSpan[] = [];
  /** All that was sent, as it came. */
  received = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Collector> {
    const server = createServer(async (request, response) => {
      const body = await text(request);
      if (request.method === 'POST' && request.url === '/v1/traces') collector.take(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    const collector = new Collector(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The spans of the trace that the given one is in. */
  traceOf({ traceId }: { traceId: string }): CollectedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(body: string): void {
    this.received += body;
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans as Otlp[])
      for (const { spans } of scopeSpans)
        for (const span of spans)
          this.spans.push({
            traceId: span.traceId,
            spanId: span.spanId,
            parentSpanId: span.parentSpanId ?? '',
            service: String(valuesOf(resource.attributes)['service.name']),
            name: span.name,
            attributes: valuesOf(span.attributes),
            events: span.events.map((event: Otlp) => ({
              name: event.name,
              attributes: valuesOf(event.attributes),
            })),
            links: span.links.map(({ traceId, spanId }: Otlp) => ({ traceId, spanId })),
          });
  }
}

function valuesOf(attributes: { key: string; value: object }[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
