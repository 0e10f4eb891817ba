import type { Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import { QUEUES, snoozeJobOf } from '../../models/jobs.ts';
import type { Consumers } from '../consumers.ts';
import { everyWhile } from '../sweep.ts';
import { type WakeDeps, wake } from './wake.ts';

const LOOK_EVERY_MS = 1_000;
/** The job gets this long to wake its conversation before the sweep does. */
const GRACE_MS = 5_000;
const AT_ONCE = 100;
const CONCURRENCY = 16;

export interface SnoozeDeps extends WakeDeps {
  mongo: MongoStore;
  consumers: Consumers;
  log: Logger;
}

/** The consumer of the alarm clocks, and the sweep for those that Redis never had or has lost. */
export function startSnooze(deps: SnoozeDeps): { stop(): Promise<void> } {
  const { mongo, consumers, log } = deps;
  consumers.consume(QUEUES.snooze, CONCURRENCY, async ({ data }) => void (await wake(deps, data)));
  return everyWhile(mongo, { name: 'snooze', everyMs: LOOK_EVERY_MS, log }, async () => {
    const woken = await wakeOverdue(deps);
    if (woken > 0) log.info('snooze.swept', { woken });
  });
}

async function wakeOverdue(deps: WakeDeps): Promise<number> {
  const overdue = await deps.models.conversations
    .find(
      { snoozedUntil: { $type: 'date', $lt: new Date(Date.now() - GRACE_MS) } },
      { workspaceId: 1, snoozedUntil: 1 },
    )
    .sort({ snoozedUntil: 1 })
    .limit(AT_ONCE)
    .lean();
  const woken = await Promise.all(overdue.map((row) => wake(deps, snoozeJobOf(row).data)));
  return woken.filter(Boolean).length;
}
