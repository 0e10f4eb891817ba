import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { withDeadline } from './deadline.ts';
import type { Logger } from './logger.ts';
import { WithoutContent } from './otel-content.ts';
import { queueTelemetryOf } from './otel-queues.ts';
import type { Note, Place, Tracing } from './tracing.ts';

/** For what is left when the process stops. */
const LAST_EXPORT_MS = 2_000;

const SERVER = { kind: SpanKind.SERVER };
const CONSUMER = { kind: SpanKind.CONSUMER };

/**
 * Tracing by OpenTelemetry; `tracing.ts` loads it when it is wanted. Where traces go, how many of them
 * and what the service is called is read from the standard's own variables (`OTEL_…`).
 */
export function createTracing(serviceName: string, log: Logger): Tracing {
  const failed = () => log.warn('tracing.failed');
  diag.setLogger(
    { error: failed, warn() {}, info() {}, debug() {}, verbose() {} },
    DiagLogLevel.ERROR,
  );
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new WithoutContent(new OTLPTraceExporter())],
  });
  provider.register();
  const tracer = provider.getTracer('videur');
  return {
    begin: (name, run) => within(tracer.startSpan(name, SERVER, ROOT_CONTEXT), ROOT_CONTEXT, run),
    async span(name, run, kind) {
      if (!isTraced(context.active())) return await run(() => {});
      const span = tracer.startSpan(name, kind && { kind: SpanKind.CLIENT });
      return await within(span, context.active(), run);
    },
    here: () => context.active(),
    together: (name, places, run) => together(tracer, name, places, run),
    carry() {
      const carried: Record<string, string> = {};
      propagation.inject(context.active(), carried);
      return carried.traceparent;
    },
    resume(traceparent, name, run) {
      const from = propagation.extract(ROOT_CONTEXT, { traceparent });
      return within(tracer.startSpan(name, CONSUMER, from), from, run);
    },
    queueTelemetry: queueTelemetryOf(tracer),
    // A collector that does not answer must not hold up the end.
    stop: () => withDeadline(provider.shutdown(), LAST_EXPORT_MS).catch(failed),
  };
}

/** Whether it is in a trace, and in one that is kept. */
function isTraced(place: Place): place is Context {
  const span = place ? trace.getSpanContext(place as Context) : undefined;
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0;
}

async function within<T>(span: Span, from: Context, run: (note: Note) => Promise<T>): Promise<T> {
  const note: Note = (attributes) => void span.setAttributes(attributes);
  try {
    return await context.with(trace.setSpan(from, span), () => run(note));
  } catch (error) {
    span.addEvent('exception', { 'exception.type': (error as Error).name });
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function together<T>(
  tracer: Tracer,
  name: string,
  places: Place[],
  run: () => Promise<T>,
): Promise<T> {
  const [first, ...others] = places.filter(isTraced);
  if (!first) return context.with(ROOT_CONTEXT, run);
  const links = others.flatMap((other) => trace.getSpanContext(other) ?? []);
  const span = tracer.startSpan(name, { links: links.map((context) => ({ context })) }, first);
  for (const other of others) trace.getSpan(other)?.addLink({ context: span.spanContext() });
  return within(span, first, run);
}
