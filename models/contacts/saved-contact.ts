import { type ClientSession, Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import { activeContactId } from '../mac/active-contact.ts';
import { cycleAt } from '../mac/cycle.ts';
import { type Change, changeCounters } from '../mac/mac-count.ts';

/**
 * A contact whose messages were refused in a billing cycle and that is not active in it: what its block
 * saved. Its row goes when it becomes active after all.
 */
export interface SavedContact {
  /** `activeContactId`. */
  _id: string;
  workspaceId: ObjectId;
  cycle: string;
  contactId: ObjectId;
}

export const savedContactSchema = new Schema<SavedContact>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    cycle: { type: String, required: true },
    contactId: { type: Schema.Types.ObjectId, required: true },
  },
  { versionKey: false },
);
savedContactSchema.index({ workspaceId: 1, cycle: 1 });

/** A contact and moments (ms) at which messages of it were refused. */
export interface RefusedAt {
  workspaceId: ObjectId;
  contactId: ObjectId;
  times: number[];
}

/** Counts who would have been active, in the transaction that counts the refused messages. */
export async function countSaved(
  models: Models,
  refused: RefusedAt[],
  session: ClientSession,
): Promise<void> {
  if (refused.length === 0) return;
  const ids = refused.map(({ workspaceId }) => workspaceId);
  const workspaces = await models.workspaces
    .find({ _id: { $in: ids } }, { billing: 1 }, { session })
    .lean();
  const rows = new Map<string, SavedContact>();
  for (const { workspaceId, contactId, times } of refused) {
    const billing = workspaces.find(({ _id }) => _id.equals(workspaceId))?.billing;
    for (const time of billing ? times : []) {
      const cycle = cycleAt(time, billing as NonNullable<typeof billing>).name;
      const _id = activeContactId(workspaceId.toString(), cycle, contactId.toString());
      rows.set(_id, { _id, workspaceId, cycle, contactId });
    }
  }
  const known = { _id: { $in: [...rows.keys()] } };
  for (const model of [models.activeContacts, models.savedContacts])
    for (const { _id } of await model.collection
      .find(known as object, { session, projection: { _id: 1 } })
      .toArray())
      rows.delete(String(_id));
  await insert(models, [...rows.values()], session);
  const sums = new Map<string, { workspaceId: ObjectId; cycle: string; change: Change }>();
  for (const { workspaceId, cycle } of rows.values()) {
    const key = `${workspaceId}/${cycle}`;
    const saved = (sums.get(key)?.change.saved ?? 0) + 1;
    sums.set(key, { workspaceId, cycle, change: { saved } });
  }
  await changeCounters(models, [...sums.values()], session);
}

/** Removes the rows of contacts that become active; resolves to how many there were. */
export async function unsave(
  models: Models,
  ids: string[],
  session: ClientSession,
): Promise<number> {
  const rows = { _id: { $in: ids } } as object;
  return (await models.savedContacts.collection.deleteMany(rows, { session })).deletedCount;
}

/** Two contacts, by the ids of their rows, are one from now on; resolves to what the counters change. */
export async function mergeSaved(
  models: Models,
  merge: { from: string; into: string; contactId: ObjectId; active: boolean },
  session: ClientSession,
): Promise<Change> {
  const { from, into, contactId, active } = merge;
  const rows = await models.savedContacts
    .find({ _id: { $in: [from, into] } }, null, { session })
    .lean<SavedContact[]>();
  const [row] = rows;
  if (!row) return {};
  await unsave(models, [from, into], session);
  if (!active) await insert(models, [{ ...row, _id: into, contactId }], session);
  const fewer = rows.length - (active ? 0 : 1);
  return fewer > 0 ? { saved: -fewer } : {};
}

async function insert(models: Models, rows: SavedContact[], session: ClientSession): Promise<void> {
  if (rows.length === 0) return;
  const { activeContacts, savedContacts } = models;
  await savedContacts.collection.insertMany(rows as never[], { session, ordered: true });
  // The same keys as if they became active, for a moment: so this transaction and one in which they do
  // exclude each other, and whichever comes second sees what the first did.
  await activeContacts.collection.insertMany(rows as never[], { session, ordered: true });
  const ids = rows.map(({ _id }) => _id);
  await activeContacts.collection.deleteMany({ _id: { $in: ids } } as object, { session });
}
