import { isDuplicateKey } from '../../models/duplicate-key.ts';
import type { Models } from '../../models/index.ts';
import { type Cycle, cycleAt } from '../../models/mac/cycle.ts';
import { readMac } from '../../models/mac/mac-count.ts';
import { macCycleId } from '../../models/mac/mac-cycle.ts';
import type { Workspace } from '../../models/people/workspace.ts';

/** Percent of `macLimit`. */
const THRESHOLDS = [80, 100];

/** Tells of the limits that were reached, in each cycle once: an outgoing event `mac.threshold`. */
export async function tellThresholds(models: Models, now: number): Promise<void> {
  const limited = models.workspaces.find({ 'billing.macLimit': { $ne: null } }).lean<Workspace>();
  for await (const workspace of limited.cursor()) {
    const current = cycleAt(now, workspace.billing);
    // Of the one before it some may still be on their way.
    const last = cycleAt(current.start.getTime() - 1, workspace.billing);
    for (const cycle of [last, current]) await tellOf(models, workspace, cycle, now);
  }
}

async function tellOf(
  models: Models,
  { _id: workspaceId, billing }: Workspace,
  { name, start, end }: Cycle,
  now: number,
): Promise<void> {
  const limit = billing.macLimit ?? Number.POSITIVE_INFINITY;
  const { count } = await readMac(models, { workspaceId, cycle: name });
  const reached = THRESHOLDS.filter((percent) => count > 0 && count * 100 >= limit * percent);
  if (reached.length === 0) return;
  const _id = macCycleId(workspaceId, name);
  const told = (await models.macCycles.findById(_id, { told: 1 }).lean())?.told ?? [];
  for (const threshold of reached.filter((percent) => !told.includes(percent)))
    try {
      await models.db.transaction(async (session) => {
        await models.macCycles.updateOne(
          { _id, told: { $ne: threshold } },
          { $push: { told: threshold }, $setOnInsert: { workspaceId, name } },
          { upsert: true, session },
        );
        const data = { threshold, limit, count, cycleStart: start, cycleEnd: end };
        await models.outgoingEvents.create(
          [{ workspaceId, type: 'mac.threshold', data, at: new Date(now) }],
          { session },
        );
      });
    } catch (error) {
      // Somebody else has told of it.
      if (!isDuplicateKey(error)) throw error;
    }
}
