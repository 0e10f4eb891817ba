import { describeError } from '../../config/logger.ts';
import type { Message } from '../../models/inbox/message.ts';
import { sendJobOf, workflowJobOf } from '../../models/jobs.ts';
import type { WorkflowRun } from '../../models/workflows/workflow-run.ts';
import type { WorkflowDeps } from './deps.ts';

/** What is not in the queue by then is left to the relays. */
const QUEUE_DEADLINE_MS = 2_000;

type AlarmDeps = Pick<WorkflowDeps, 'queues' | 'redis' | 'log'>;
type Waiting = Pick<WorkflowRun, '_id' | 'turn' | 'dueAt'>;

/** Sets the alarm clocks of runs. Does not throw: the relay adds the jobs of runs that are overdue. */
export async function addJobs(deps: AlarmDeps, runs: Waiting[]): Promise<void> {
  if (runs.length === 0) return;
  await hint(deps, () => deps.queues.workflows.addBulk(runs.map(workflowJobOf)));
}

/** Has messages sent that are stored. Does not throw: there is a relay for them as well. */
export async function addSends(deps: AlarmDeps, messages: Message[]): Promise<void> {
  await hint(deps, () => deps.queues.send.addBulk(messages.map(sendJobOf)));
}

async function hint({ redis, log }: AlarmDeps, add: () => Promise<unknown>): Promise<void> {
  try {
    await redis.run(add, QUEUE_DEADLINE_MS);
  } catch (error) {
    log.debug('workflow.unqueued', describeError(error));
  }
}
