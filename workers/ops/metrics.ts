import { Counter, Histogram } from 'prom-client';
import { createRegistry } from '../../config/metrics.ts';
import { SWEPT, type Swept } from '../sweep.ts';

/** How a job's run ended: `put_back` waits for its time, or for a store, and is no failure. */
export type JobResult = 'done' | 'failed' | 'put_back';

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** What this worker counts itself. What all processes share is told by the gateways. */
export function createWorkerMetrics() {
  const { registry, watch } = createRegistry();
  const registers = [registry];

  const readable = new Histogram({
    name: 'videur_time_to_readable_seconds',
    help: 'From the receipt of a message to when it can be read in the inbox',
    labelNames: ['channel_type'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800],
    registers,
  });
  const jobs = new Histogram({
    name: 'videur_job_seconds',
    help: 'Runs of jobs, by how they ended; `put_back`: it waits for its time or for a store',
    labelNames: ['queue', 'result'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const sends = new Histogram({
    name: 'videur_send_seconds',
    help: 'Attempts to send a message, the answer of the provider included',
    labelNames: ['channel_type'],
    buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers,
  });
  const sweeps = new Counter({
    name: 'videur_sweeps_total',
    help: 'Sweeps for what a crash or an outage left, by whether they came to their end',
    labelNames: ['sweep', 'result'],
    registers,
  });
  SWEPT.subscribe((message) => {
    const { sweep, failed } = message as Swept;
    sweeps.inc({ sweep, result: 'failed' }, failed ? 1 : 0);
    sweeps.inc({ sweep, result: 'done' }, failed ? 0 : 1);
  });

  return {
    registry,
    watch,
    /** `receivedAt` is by the gateway's clock. */
    onReadable(channelType: string, receivedAt: Date): void {
      const seconds = Math.max(0, Date.now() - receivedAt.getTime()) / 1_000;
      readable.observe({ channel_type: channelType }, seconds);
    },
    onJob: (queue: string, result: JobResult, seconds: number) =>
      jobs.observe({ queue, result }, seconds),
    onSend: (channelType: string, seconds: number) =>
      sends.observe({ channel_type: channelType }, seconds),
  };
}
