import type { ClientSession } from 'mongoose';
import { mergeSaved, unsave } from '../contacts/saved-contact.ts';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import { type ActiveContact, activeContactId } from './active-contact.ts';
import { cycleAt } from './cycle.ts';
import { type Change, changeCounters } from './mac-count.ts';

/**
 * Counts contacts active: the rows and the counters, in the transaction that stores what makes them
 * active. The rows must not be there yet; one that is fails the transaction with a duplicate key, and
 * it has to be made again from reading.
 */
export async function countActive(
  models: Models,
  rows: ActiveContact[],
  session: ClientSession,
): Promise<void> {
  if (rows.length === 0) return;
  // The driver's own bulk insert: mongoose's casting costs more than storing.
  await models.activeContacts.collection.insertMany(rows as never[], { session, ordered: true });
  const changes = [];
  for (const { workspaceId, cycle, rows: group } of byCycle(rows)) {
    const change = changeOf(group, 1);
    const ids = group.map(({ _id }) => _id);
    const unsaved = await unsave(models, ids, session);
    if (unsaved > 0) change.saved = -unsaved;
    changes.push({ workspaceId, cycle, change });
  }
  await changeCounters(models, changes, session);
}

/** What rows are of the counters. */
export function changeOf(rows: ActiveContact[], sign: 1 | -1): Change {
  const change: Change = {};
  for (const { channelId, day, late } of rows)
    for (const field of [
      'count',
      `channels.${channelId}`,
      `days.${day}`,
      ...(late ? ['late'] : []),
    ])
      change[field] = (change[field] ?? 0) + sign;
  return change;
}

function byCycle(rows: ActiveContact[]) {
  const groups = new Map<string, { workspaceId: ObjectId; cycle: string; rows: ActiveContact[] }>();
  for (const row of rows) {
    const { workspaceId, cycle } = row;
    const key = `${workspaceId}/${cycle}`;
    const group = groups.get(key) ?? { workspaceId, cycle, rows: [] };
    groups.set(key, group);
    group.rows.push(row);
  }
  return groups.values();
}

/**
 * The part of a merge that billing sees, in its transaction: from the cycle of `at` (the merge's
 * moment) on, the two contacts are counted once, as `into`. Cycles before that stay as they are; what
 * is stored in them late counts for nobody who was active as either of them.
 * May be called again with the same arguments, for what was stored for `from` meanwhile.
 */
export async function mergeActivity(
  models: Models,
  merge: { workspaceId: ObjectId; from: ObjectId; into: ObjectId; at: Date },
  session: ClientSession,
): Promise<void> {
  const { workspaceId, from, into, at } = merge;
  const workspace = await models.workspaces.findById(workspaceId).session(session).lean();
  if (!workspace) return;
  const { billing } = workspace;
  const open = cycleAt(Math.max(at.getTime(), billing.closedUntil?.getTime() ?? 0), billing).name;
  const cycles = await models.macCounts.distinct('cycle', { workspaceId }).session(session);
  for (const cycle of cycles) {
    const keyOf = (contactId: ObjectId) =>
      activeContactId(workspaceId.toString(), cycle, contactId.toString());
    const keys = { from: keyOf(from), into: keyOf(into) };
    const change = await mergeRows(
      models,
      { ...keys, contactId: cycle < open ? null : into },
      session,
    );
    await changeCounters(models, [{ workspaceId, cycle, change }], session);
  }
}

/** In one cycle. `contactId`: whose the one row is then; null: the cycle is over. */
async function mergeRows(
  models: Models,
  { from, into, contactId }: { from: string; into: string; contactId: ObjectId | null },
  session: ClientSession,
): Promise<Change> {
  const rows = await models.activeContacts
    .find({ _id: { $in: [from, into] } }, null, { session })
    .lean<ActiveContact[]>();
  const own = rows.find(({ _id }) => _id === from);
  const other = rows.find(({ _id }) => _id === into);
  if (contactId) {
    const active = rows.length > 0;
    const saved = await mergeSaved(models, { from, into, contactId, active }, session);
    if (!own) return saved;
    // Of the two the one that came first, as if it had always been one contact.
    const [kept, dropped] = other && other.at < own.at ? [other, own] : [own, other];
    await replace(rows, { ...kept, _id: into, contactId });
    return { ...saved, ...(dropped && changeOf([dropped], -1)) };
  }
  // Found there by what is stored late, under the name that it was counted by.
  if (own && !other) await replace(rows, { ...own, _id: into });
  if (!own || !other?.contactId.equals(own.contactId)) return {};
  // Stored after the merge, by what had read before it.
  await replace(rows, other);
  return changeOf([own], -1);

  async function replace(rows: ActiveContact[], row: ActiveContact): Promise<void> {
    const ids = rows.map(({ _id }) => _id);
    await models.activeContacts.deleteMany({ _id: { $in: ids } }, { session });
    await models.activeContacts.collection.insertOne(row as never, { session });
  }
}
