import { randomInt } from 'node:crypto';
import { type ClientSession, Schema } from 'mongoose';
import { cycleAt } from './cycle.ts';
import type { ObjectId } from './ids.ts';
import type { Models } from './index.ts';

/**
 * A contact with at least one message in or out in a billing cycle: one row, whatever comes after. It
 * stands for itself: what becomes of the contact later, deletion too, does not change it.
 */
export interface ActiveContact {
  /** {@link activeContactId}: counted once per workspace, cycle and contact. */
  _id: string;
  workspaceId: ObjectId;
  /** The cycle's name (`cycle.ts`). */
  cycle: string;
  /** Of a contact that was merged since a past cycle: the one that it was then. */
  contactId: ObjectId;
  /** The channel of the message that made the contact active. */
  channelId: ObjectId;
  at: Date;
  /** The day of `at` where the workspace is, `YYYY-MM-DD`. */
  day: string;
}

export const activeContactSchema = new Schema<ActiveContact>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    cycle: { type: String, required: true },
    contactId: { type: Schema.Types.ObjectId, required: true },
    channelId: { type: Schema.Types.ObjectId, required: true },
    at: { type: Date, required: true },
    day: { type: String, required: true },
  },
  { versionKey: false },
);
activeContactSchema.index({ workspaceId: 1, cycle: 1, channelId: 1 });

export function activeContactId(workspaceId: string, cycle: string, contactId: string): string {
  return `${workspaceId}/${cycle}/${contactId}`;
}

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
  await addToCounters(models, rows, 1, session);
}

/**
 * The part of a merge that billing sees, in its transaction: from the cycle of `at` (the merge's
 * moment) on, the two contacts are counted once, as `into`. Cycles before that stay as they are; what
 * is stored in them late counts for nobody who was active as either of them.
 * May be called again with the same arguments, for what was stored for `from` meanwhile.
 */
export async function mergeActivity(
  models: Models,
  {
    workspaceId,
    from,
    into,
    at,
  }: { workspaceId: ObjectId; from: ObjectId; into: ObjectId; at: Date },
  session: ClientSession,
): Promise<void> {
  const workspace = await models.workspaces.findById(workspaceId).session(session).lean();
  if (!workspace) return;
  const current = cycleAt(at.getTime(), workspace.billing).name;
  const cycles = await models.macCounts.distinct('cycle', { workspaceId }).session(session);
  const keyOf = (cycle: string, contactId: ObjectId) =>
    activeContactId(workspaceId.toString(), cycle, contactId.toString());
  const keys = cycles.flatMap((cycle) => [keyOf(cycle, from), keyOf(cycle, into)]);
  const rows = await models.activeContacts.find({ _id: { $in: keys } }, null, { session }).lean();
  const byKey = new Map(rows.map((row) => [row._id, row]));
  for (const cycle of cycles) {
    const own = byKey.get(keyOf(cycle, from));
    const other = byKey.get(keyOf(cycle, into));
    const past = cycle < current;
    if (!own || (past && other)) continue;
    // Of the two the one that came first, as if it had always been one contact.
    const [kept, dropped] = other && other.at < own.at ? [other, own] : [own, other];
    const ids = other ? [own._id, other._id] : [own._id];
    await models.activeContacts.deleteMany({ _id: { $in: ids } }, { session });
    const merged = { ...kept, _id: keyOf(cycle, into), contactId: past ? own.contactId : into };
    await models.activeContacts.collection.insertOne(merged as never, { session });
    if (dropped) await addToCounters(models, [dropped], -1, session);
  }
}

/**
 * How many rows there are of a workspace and cycle, by channel (hex id) and by day. The figures are the
 * sums over `slot`: at most so many small documents, whatever they count.
 */
export interface MacCount {
  /** `WORKSPACE/CYCLE/SLOT`. */
  _id: string;
  workspaceId: ObjectId;
  cycle: string;
  count: number;
  channels: Record<string, number>;
  days: Record<string, number>;
}

const counts = { type: Schema.Types.Mixed, default: {} };

export const macCountSchema = new Schema<MacCount>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    cycle: { type: String, required: true },
    count: { type: Number, default: 0 },
    channels: counts,
    days: counts,
  },
  { versionKey: false, minimize: false },
);
macCountSchema.index({ workspaceId: 1, cycle: 1 });

/** Each transaction takes one at random, so that two seldom want one document. */
const SLOTS = 64;

async function addToCounters(
  models: Models,
  rows: ActiveContact[],
  sign: 1 | -1,
  session: ClientSession,
): Promise<void> {
  const slot = randomInt(SLOTS);
  const added = new Map<string, { of: Pick<MacCount, 'workspaceId' | 'cycle'>; $inc: Counts }>();
  for (const { workspaceId, cycle, channelId, day } of rows) {
    const _id = `${workspaceId}/${cycle}/${slot}`;
    const { $inc } = added.get(_id) ?? { $inc: {} as Counts };
    added.set(_id, { of: { workspaceId, cycle }, $inc });
    for (const field of ['count', `channels.${channelId}`, `days.${day}`])
      $inc[field] = ($inc[field] ?? 0) + sign;
  }
  await models.macCounts.collection.bulkWrite(
    [...added].map(([_id, { of, $inc }]) => ({
      updateOne: {
        filter: { _id: _id as never },
        update: { $inc, $setOnInsert: of },
        upsert: true,
      },
    })),
    { session, ordered: true },
  );
}

type Counts = Record<string, number>;

/** The figures of one cycle. */
export interface Mac {
  count: number;
  /** By hex id. */
  byChannel: Map<string, number>;
  /** By `YYYY-MM-DD`: how many became active on that day. */
  byDay: Map<string, number>;
}

/** Reads the counters: as fast for a million contacts as for one. */
export async function readMac(
  models: Models,
  { workspaceId, cycle }: { workspaceId: ObjectId; cycle: string },
  session?: ClientSession,
): Promise<Mac> {
  const rows = await models.macCounts
    .find({ workspaceId, cycle }, null, { session: session ?? null })
    .lean();
  return {
    count: rows.reduce((sum, { count }) => sum + count, 0),
    byChannel: sumOf(rows.map(({ channels }) => channels)),
    byDay: sumOf(rows.map(({ days }) => days)),
  };
}

/** What has come to nothing is not in it. */
function sumOf(parts: (Counts | undefined)[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const part of parts)
    for (const [key, count] of Object.entries(part ?? {}))
      sums.set(key, (sums.get(key) ?? 0) + count);
  return new Map([...sums].filter(([, count]) => count !== 0).toSorted());
}
