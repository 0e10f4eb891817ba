import { createHash } from 'node:crypto';
import { awaitDeliveries } from '../block/delivery-fence.ts';
import { isDuplicateKey } from '../duplicate-key.ts';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import type { Workspace } from '../people/workspace.ts';
import { type Cycle, cycleAt, cycleOfDay, dayAt } from './cycle.ts';
import { macCycleId, type SignOff } from './mac-cycle.ts';
import { recount } from './mac-recount.ts';

/** A message of a cycle may come so long after its end: a weekend without workers, and a day. */
export const CLOSE_AFTER_MS = 3 * 24 * 3_600_000;
/** MongoDB ends transactions after a minute: what had read that the cycle was open is over by then. */
const SETTLE_MS = 2 * 60_000;

/**
 * Closes the cycles that are over for long enough, and signs off those that are closed. What comes after
 * that is counted all the same, and marked as late; what was signed off stays. May run twice at once,
 * and goes on where it was cut off. `now` in ms.
 */
export async function signOff(models: Models, workspace: Workspace, now: number): Promise<void> {
  const { _id: workspaceId, billing } = workspace;
  const { closedUntil, closedAt } = billing;
  const isOver = ({ end }: Cycle) => end.getTime() + CLOSE_AFTER_MS <= now;
  const isClosed = ({ end }: Cycle) => closedUntil !== undefined && end <= closedUntil;
  let cycle = await firstOpenCycle(models, workspace);
  for (; isOver(cycle) && isClosed(cycle); cycle = cycleAt(cycle.end.getTime(), billing)) {
    if (!closedAt || now < closedAt.getTime() + SETTLE_MS) return;
    await sign(models, workspaceId, cycle.name, now);
  }
  if (isOver(cycle)) await close(models, workspace, now);
}

/** The first cycle that is not signed off: the current one at the latest. */
export async function firstOpenCycle(
  models: Models,
  { _id: workspaceId, billing, createdAt }: Pick<Workspace, '_id' | 'billing' | 'createdAt'>,
): Promise<Cycle> {
  const last = await models.macCycles
    .findOne({ workspaceId, signedOff: { $exists: true } }, { name: 1 })
    .sort({ name: -1 })
    .lean();
  if (last) return cycleAt(cycleOfDay(last.name, billing).end.getTime(), billing);
  return await firstCycle(models, { _id: workspaceId, billing, createdAt });
}

/** The cycle in which the workspace was made, or the first in which something was counted. */
export async function firstCycle(
  models: Models,
  { _id: workspaceId, billing, createdAt }: Pick<Workspace, '_id' | 'billing' | 'createdAt'>,
): Promise<Cycle> {
  const made = dayAt(createdAt.getTime(), billing);
  const counted = await models.macCounts.findOne({ workspaceId }).sort({ cycle: 1 }).lean();
  return cycleOfDay(counted && counted.cycle < made ? counted.cycle : made, billing);
}

/** From now on rows of cycles that are over for long enough are late. */
async function close(models: Models, { _id, billing }: Workspace, now: number): Promise<void> {
  // The last of them is the one before the cycle in which that moment is.
  const closedUntil = cycleAt(now - CLOSE_AFTER_MS, billing).start;
  await models.workspaces.updateOne(
    { _id, 'billing.closedUntil': billing.closedUntil ?? null },
    { $set: { 'billing.closedUntil': closedUntil, 'billing.closedAt': new Date(now) } },
  );
}

async function sign(
  models: Models,
  workspaceId: ObjectId,
  name: string,
  now: number,
): Promise<void> {
  // Those that read before the cycle was closed have ended then, or are revoked.
  await awaitDeliveries(models, workspaceId.toString());
  await recount(models, { workspaceId, cycle: name });
  const signedOff = { at: new Date(now), ...(await sumUp(models, workspaceId, name)) };
  try {
    await models.macCycles.updateOne(
      { _id: macCycleId(workspaceId, name), signedOff: { $exists: false } },
      { $set: { signedOff }, $setOnInsert: { workspaceId, name } },
      { upsert: true },
    );
  } catch (error) {
    // Somebody else was faster.
    if (!isDuplicateKey(error)) throw error;
  }
}

/** Of all but the late ones. In the order of an index, however many they are. */
export async function sumUp(
  models: Models,
  workspaceId: ObjectId,
  cycle: string,
): Promise<Omit<SignOff, 'at'>> {
  const hash = createHash('sha256');
  let count = 0;
  const rows = models.activeContacts.collection
    .find({ workspaceId, cycle, late: { $ne: true } } as object)
    .project<{ contactId: ObjectId }>({ _id: 0, contactId: 1 })
    .sort({ contactId: 1 });
  for await (const { contactId } of rows) {
    hash.update(`${contactId}\n`);
    count += 1;
  }
  return { count, checksum: hash.digest('hex') };
}
