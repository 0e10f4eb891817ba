import { describeError } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { WorkflowEvent } from '../../models/workflows/workflow-event.ts';
import { everyWhile } from '../sweep.ts';
import { addJobs } from './alarm.ts';
import type { WorkflowDeps } from './deps.ts';
import { tellWorkflows } from './events.ts';
import { runSchedule, strike, TAKE_MS } from './schedule.ts';

/** So long an event waits at most before its workflows start, while a worker has nothing else to do. */
const EVENTS_EVERY_MS = 250;
const EVENTS_IN_HAND = 8;
const CLOCK_EVERY_MS = 1_000;
/** Whoever took the last turn of a run gets this long to see to its job. */
const GRACE_MS = 5_000;
const AT_ONCE = 500;

export interface RelayDeps extends WorkflowDeps {
  mongo: MongoStore;
}

/**
 * Has workflows told of what happened, strikes the schedules, and adds the jobs of runs that should have
 * been looked at by now: Redis was away, or has lost what it had.
 */
export function startWorkflowRelay(deps: RelayDeps): { stop(): Promise<void> } {
  const { mongo, redis, log } = deps;
  const events = { name: 'workflow_events', everyMs: EVENTS_EVERY_MS, log };
  const clock = { name: 'workflow_clock', everyMs: CLOCK_EVERY_MS, log };
  const loops = [
    everyWhile(mongo, events, async (signal) => {
      await Promise.all(Array.from({ length: EVENTS_IN_HAND }, () => drain(deps, signal)));
    }),
    everyWhile(mongo, clock, async () => {
      await strike(deps);
      if (redis.available) await addOverdue(deps);
    }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

/** One event after the other until there is none that is free. */
async function drain(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  for (;;) {
    if (signal.aborted) return;
    const event = await take(deps);
    if (!event) return;
    try {
      if (event.type === 'schedule') await runSchedule(deps, event);
      else await tellWorkflows(deps, event);
    } catch (error) {
      // It is taken again when its time is over.
      if (deps.mongo.isAway(error)) throw error;
      deps.log.warn('workflow_event.failed', { eventId: event._id, ...describeError(error) });
    }
  }
}

async function take({ models, now }: WorkflowDeps): Promise<WorkflowEvent | null> {
  return await models.workflowEvents
    .findOneAndUpdate(
      { takenUntil: { $lt: new Date(now()) } },
      { takenUntil: new Date(now() + TAKE_MS) },
      { sort: { takenUntil: 1, at: 1 }, returnDocument: 'after' },
    )
    .lean<WorkflowEvent>();
}

async function addOverdue(deps: WorkflowDeps): Promise<void> {
  const { models, now } = deps;
  const overdue = await models.workflowRuns
    .find({ dueAt: { $lt: new Date(now() - GRACE_MS) } }, { turn: 1, dueAt: 1 })
    .sort({ dueAt: 1 })
    .limit(AT_ONCE)
    .lean();
  await addJobs(deps, overdue);
}
