import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Telemetry } from 'bullmq';
import { BullMQOTelSpan, BullMQOtel } from 'bullmq-otel';

/**
 * How BullMQ carries a trace from the process that adds a job to the one that runs it. What it does for
 * itself, looking for jobs or for workers that died, begins no trace.
 */
export function queueTelemetryOf(tracer: Tracer): Telemetry {
  const { contextManager } = new BullMQOtel();
  return {
    contextManager: {
      with: (of, run) => contextManager.with(of, run),
      active: () => contextManager.active(),
      root: () => ROOT_CONTEXT,
      // Empty, it is not stored with the job.
      getMetadata: (of: Context) => (isPart(of) ? contextManager.getMetadata(of) : ''),
      fromMetadata: (of, metadata) => contextManager.fromMetadata(of, metadata),
    },
    tracer: {
      startSpan(name, options, from: Context = context.active()) {
        const span = isPart(from)
          ? tracer.startSpan(name, options, from)
          : trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
        return new BullMQOTelSpan(span);
      },
    },
  };
}

function isPart(of: Context): boolean {
  const span = trace.getSpanContext(of);
  return span !== undefined && trace.isSpanContextValid(span);
}
