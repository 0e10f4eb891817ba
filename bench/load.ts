import { connect } from 'node:net';
import { signedRequest } from './requests.ts';

/**
 * The load generator, a process of its own: so many connections, each sends its next request when the
 * last one is answered. Requests are signed beforehand and answers are only looked at for their
 * status, so that it takes as little as it can of the two cores it shares with the server.
 *
 * Arguments: port, path, requests, connections, run. Prints {@link LoadResult} as JSON.
 */
export interface LoadResult {
  requests: number;
  ok: number;
  seconds: number;
  perSecond: number;
  p50: number;
  p99: number;
  /** Milliseconds since 1970 at which the first request was sent. */
  startedAt: number;
}

const [port, path, requests, connections, run] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const total = Number(requests);
const prepared = Array.from({ length: total }, (_, i) => signedRequest(path, run, i));
const latencies = new Float64Array(total);
let next = 0;
let done = 0;
let ok = 0;
const startedAt = Date.now();
const started = performance.now();

for (let i = 0; i < Number(connections); i += 1) {
  const socket = connect(Number(port), '127.0.0.1').setNoDelay();
  let sentAt = 0;
  const send = () => {
    const request = prepared[next];
    if (!request) return void socket.end();
    next += 1;
    sentAt = performance.now();
    socket.write(request);
  };
  socket.on('connect', send);
  // Every variant answers with an empty body in one segment: a chunk is an answer.
  socket.on('data', (chunk) => {
    latencies[done] = performance.now() - sentAt;
    done += 1;
    if (chunk[9] === 50 && chunk[10] === 48 && chunk[11] === 48) ok += 1;
    if (done === total) report();
    send();
  });
  socket.on('error', (error) => {
    throw error;
  });
}

function report(): void {
  const seconds = (performance.now() - started) / 1_000;
  latencies.sort();
  const result: LoadResult = {
    requests: total,
    ok,
    seconds,
    perSecond: total / seconds,
    p50: latencies[Math.floor(total * 0.5)] ?? 0,
    p99: latencies[Math.floor(total * 0.99)] ?? 0,
    startedAt,
  };
  process.stdout.write(JSON.stringify(result));
}
