import type { Telemetry } from 'bullmq';
import type { Logger } from './logger.ts';

/**
 * Traces, when there is somebody to send them to. What runs is told by where it is in the flow of calls,
 * so this belongs to the process, as the standard has it, and is no argument of everything. Until
 * `startTracing` each of these only runs what it is given, and nothing of OpenTelemetry is loaded.
 *
 * A trace begins with a request of somebody else's; what is not part of one is not traced.
 */

/** What a span may say: ids, fixed words, numbers; `otel-content.ts` holds it to that. */
export type Attributes = Record<`videur.${string}` | `http.${string}`, string | number | undefined>;
/** Adds what is known only later. */
export type Note = (attributes: Attributes) => void;
/** Where something is in its trace; only `otel.ts` looks into it. */
export type Place = unknown;

export interface Tracing {
  begin<T>(name: string, run: (note: Note) => Promise<T>): Promise<T>;
  span<T>(name: string, run: (note: Note) => Promise<T>, kind?: 'client'): Promise<T>;
  here(): Place;
  together<T>(name: string, places: Place[], run: () => Promise<T>): Promise<T>;
  carry(): string | undefined;
  resume<T>(carried: string, name: string, run: () => Promise<T>): Promise<T>;
  queueTelemetry: Telemetry;
  stop(): Promise<void>;
}

let tracing: Tracing | undefined;
const nothing: Note = () => {};

/** Resolves to what ends it, having sent what it has. `process`: `web` or `worker`. */
export async function startTracing(
  process: string,
  endpoint: string | undefined,
  log: Logger,
): Promise<() => Promise<void>> {
  if (endpoint === undefined) return async () => {};
  const { createTracing } = await import('./otel.ts');
  const started = createTracing(`videur-${process}`, log);
  tracing = started;
  return () => started.stop();
}

/** A request of somebody else's: the beginning of a trace. */
export function begin<T>(name: string, run: (note: Note) => Promise<T>): Promise<T> {
  return tracing ? tracing.begin(name, run) : run(nothing);
}

/** A part of what is going on. */
export function span<T>(
  name: string,
  run: (note: Note) => Promise<T>,
  kind?: 'client',
): Promise<T> {
  return tracing ? tracing.span(name, run, kind) : run(nothing);
}

/** For {@link together}. */
export function here(): Place {
  return tracing?.here();
}

/**
 * One run for several that wait for it: a part of the first one's trace, to which the traces of the
 * others link. Without any it is not traced, whatever happened to start it.
 */
export function together<T>(
  name: string,
  places: () => Place[],
  run: () => Promise<T>,
): Promise<T> {
  return tracing ? tracing.together(name, places(), run) : run();
}

/** For {@link resume} in another process. */
export function carry(): string | undefined {
  return tracing?.carry();
}

/** Goes on with a trace that came here by another way than a queue. */
export function resume<T>(
  carried: string | undefined,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  return tracing && carried !== undefined ? tracing.resume(carried, name, run) : run();
}

/** For BullMQ, which then carries the trace along with its jobs. */
export function queueTelemetry(): { telemetry?: Telemetry } {
  return tracing ? { telemetry: tracing.queueTelemetry } : {};
}
