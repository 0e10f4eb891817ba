import { here, type Place, together } from './tracing.ts';

/** Thrown to a caller whose item would exceed what may wait. */
export class Overloaded extends Error {
  constructor() {
    super('too much is waiting');
    this.name = 'Overloaded';
  }
}

export interface Bounds<Item> {
  /** What a run is called in traces, `batch` unless told. */
  name?: string;
  /** What an item weighs in each bound's own unit. */
  size(item: Item): { events: number; bytes: number };
  /** Most events and bytes in one run; a single larger item runs alone. */
  maxEvents: number;
  maxBytes: number;
  /** Most bytes waiting and running; beyond it {@link Overloaded}. */
  maxWaitingBytes: number;
  /** Runs at once, 1 unless told. */
  concurrency?: number;
}

/**
 * Natural batching: a run starts as soon as the previous one ended and takes all that arrived
 * meanwhile. There is no timer, so an idle program adds no delay, and a busy one pays one round trip
 * for many callers. `run` answers for its items in their order; when it throws, all of them fail.
 */
export function naturalBatch<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  { name = 'batch', size, maxEvents, maxBytes, maxWaitingBytes, concurrency = 1 }: Bounds<Item>,
): (item: Item) => Promise<Result> {
  type Waiting = {
    item: Item;
    place: Place;
    events: number;
    bytes: number;
    resolve: (result: Result) => void;
    reject: (error: unknown) => void;
  };
  let queue: Waiting[] = [];
  let running = 0;
  let held = 0;

  const take = (): Waiting[] => {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const next of queue) {
      events += next.events;
      bytes += next.bytes;
      if (count > 0 && (events > maxEvents || bytes > maxBytes)) break;
      count += 1;
    }
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    return batch;
  };

  const flush = async (): Promise<void> => {
    running += 1;
    while (queue.length > 0) {
      const batch = take();
      try {
        const results = await together(
          name,
          () => batch.map(({ place }) => place),
          () => run(batch.map(({ item }) => item)),
        );
        batch.forEach(({ resolve }, i) => {
          resolve(results[i] as Result);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      for (const { bytes } of batch) held -= bytes;
    }
    running -= 1;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      const { events, bytes } = size(item);
      if (held > 0 && held + bytes > maxWaitingBytes) return reject(new Overloaded());
      held += bytes;
      queue.push({ item, place: here(), events, bytes, resolve, reject });
      // One turn of the loop later, so that requests read in the same turn share a run.
      if (running < concurrency) setImmediate(() => running < concurrency && flush());
    });
}
