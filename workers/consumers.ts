import { DelayedError, type Job, Worker } from 'bullmq';
import { describeError, type Logger } from '../config/logger.ts';
import type { MongoStore } from '../config/mongo.ts';
import type { RedisClient, RedisStore } from '../config/redis.ts';
import { queueTelemetry } from '../config/tracing.ts';
import { cappedBackoff, type QueueOf } from '../models/jobs.ts';
import type { JobResult } from './ops/metrics.ts';

/** A worker that dies leaves its jobs to the others after this time, and they look this often. */
const LOCK_MS = 15_000;
const LOOK_FOR_STALLED_MS = 5_000;
/** After a connection that was lost; BullMQ's own fifteen seconds would be the longest part of a failover. */
const RETRY_MS = 1_000;
/** A job whose workers are killed again and again is never given up for that. */
const NEVER_GIVE_UP = 1_000_000;
/** For a job that is put back because this process stops: another one takes it soon. */
const PUT_BACK_MS = 500;

export interface ConsumersDeps {
  mongo: MongoStore;
  redis: RedisStore;
  log: Logger;
  prefix: string;
  /** Told how each run of a job ended, in seconds. */
  onJob(queue: string, result: JobResult, seconds: number): void;
  /** Makes the connection for blocking reads, which the workers share. */
  connect: () => RedisClient;
}

/**
 * The BullMQ workers of this process. They begin when Redis is there for the first time. While MongoDB
 * is away a job waits in hand, or goes on waiting in its queue, and uses up no attempt.
 */
export class Consumers {
  private readonly workers: Worker[] = [];
  private readonly stopping = new AbortController();
  private connection: RedisClient | undefined;
  private readonly ready: Promise<void>;

  constructor(private readonly deps: ConsumersDeps) {
    this.ready = deps.redis.whenAvailable(this.stopping.signal);
    this.ready.catch(() => {});
  }

  consume<Data>(
    queue: QueueOf<Data>,
    concurrency: number,
    handle: (job: Job<Data>) => Promise<void>,
  ) {
    this.ready.then(
      () => this.start<Data>(queue, concurrency, handle),
      () => {},
    );
  }

  /** Takes no more jobs and finishes those in hand; those that wait for MongoDB are put back. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.workers.map((worker) => worker.close()));
    this.connection?.disconnect();
  }

  private start<Data>(
    { name }: QueueOf<Data>,
    concurrency: number,
    handle: (job: Job<Data>) => Promise<void>,
  ): void {
    const { prefix, log, connect } = this.deps;
    this.connection ??= connect();
    const worker = new Worker<Data>(
      name,
      (job, token) => this.work(job, token, () => handle(job)),
      {
        connection: this.connection,
        prefix,
        concurrency,
        lockDuration: LOCK_MS,
        stalledInterval: LOOK_FOR_STALLED_MS,
        runRetryDelay: RETRY_MS,
        maxStalledCount: NEVER_GIVE_UP,
        settings: { backoffStrategy: cappedBackoff },
        ...queueTelemetry(),
      },
    );
    logFailures(worker as Worker, log);
    this.workers.push(worker as Worker);
  }

  private async work(job: Job, token: string | undefined, handle: () => Promise<void>) {
    const since = performance.now();
    let result: JobResult = 'failed';
    try {
      await this.handle(job, token, handle);
      result = 'done';
    } catch (error) {
      if (error instanceof DelayedError) result = 'put_back';
      throw error;
    } finally {
      this.deps.onJob(job.queueName, result, (performance.now() - since) / 1_000);
    }
  }

  private async handle(job: Job, token: string | undefined, handle: () => Promise<void>) {
    const { mongo } = this.deps;
    const { signal } = this.stopping;
    try {
      await mongo.persist(handle, signal);
    } catch (error) {
      const interrupted =
        signal.aborted && ((error as Error).name === 'AbortError' || mongo.isAway(error));
      if (!interrupted) throw error;
      await job.moveToDelayed(Date.now() + PUT_BACK_MS, token);
      throw new DelayedError();
    }
  }
}

function logFailures(worker: Worker, log: Logger): void {
  worker.on('error', (error) =>
    log.debug('worker.error', { queue: worker.name, ...describeError(error) }),
  );
  worker.on('failed', (job, error) =>
    log.warn('job.failed', {
      queue: worker.name,
      jobId: job?.id,
      attempts: job?.attemptsMade,
      ...describeError(error),
    }),
  );
}
