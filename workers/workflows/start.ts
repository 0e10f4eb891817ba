import { DelayedError } from 'bullmq';
import type { MongoStore } from '../../config/mongo.ts';
import { QUEUES } from '../../models/jobs.ts';
import type { Consumers } from '../consumers.ts';
import type { WorkflowDeps } from './deps.ts';
import { startWorkflowRelay } from './relay.ts';
import { createRunner } from './runner.ts';

const RUNS_AT_ONCE = 32;

export interface WorkflowsDeps extends Omit<WorkflowDeps, 'persist' | 'now'> {
  mongo: MongoStore;
  consumers: Consumers;
}

/** The consumer of the queue, and the relay that feeds it. */
export function startWorkflows(given: WorkflowsDeps): { stop(): Promise<void> } {
  const { mongo, consumers } = given;
  const stopping = new AbortController();
  const deps = {
    ...given,
    persist: <T>(write: () => Promise<T>) => mongo.persist(write, stopping.signal),
    now: Date.now,
  };
  const run = createRunner(deps);
  consumers.consume(QUEUES.workflows, RUNS_AT_ONCE, async (job) => {
    const again = await run(job.data);
    if (again === undefined) return;
    await job.moveToDelayed(again, job.token);
    throw new DelayedError();
  });
  const relay = startWorkflowRelay(deps);
  return {
    /** Before the consumers stop: they wait for what is in hand, and that no longer for MongoDB. */
    stop() {
      stopping.abort();
      return relay.stop();
    },
  };
}
