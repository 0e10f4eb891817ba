import type { Logger } from '../../config/logger.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import type { Models } from '../../models/index.ts';
import { cycleAt } from '../../models/mac/cycle.ts';
import { recount } from '../../models/mac/mac-recount.ts';
import { firstOpenCycle } from '../../models/mac/sign-off.ts';
import type { Workspace } from '../../models/people/workspace.ts';

const DAY_MS = 24 * 3_600_000;
/** UTC. */
const NIGHT_MS = 2 * 3_600_000;

/** Recounts a workspace that was not since last night, or never: every cycle that is not signed off. */
export async function recountNightly(
  models: Models,
  workspace: Workspace,
  { now, log }: { now: number; log: Logger },
): Promise<void> {
  const { _id: workspaceId, billing } = workspace;
  if (!(await isMine(models, workspace, now))) return;
  let drift = 0;
  let cycle = await firstOpenCycle(models, workspace);
  for (; cycle.start.getTime() <= now; cycle = cycleAt(cycle.end.getTime(), billing))
    drift += await recount(models, { workspaceId, cycle: cycle.name });
  await models.macRecounts.updateOne({ _id: workspaceId }, { drift });
  const fields = { workspaceId: workspaceId.toString(), drift };
  if (drift > 0) log.error('mac.drifted', fields);
  else log.info('mac.recounted', fields);
}

/** Whether it is due, and no other worker has taken it. */
async function isMine(models: Models, { _id }: Workspace, now: number): Promise<boolean> {
  const night = new Date(now - ((now - NIGHT_MS) % DAY_MS));
  const due = { _id, $or: [{ at: { $exists: false } }, { at: { $lt: night } }] };
  try {
    const { modifiedCount, upsertedCount } = await models.macRecounts.updateOne(
      due,
      { at: new Date(now) },
      { upsert: true },
    );
    return modifiedCount + upsertedCount > 0;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}
