import { randomInt } from 'node:crypto';
import { type ClientSession, Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';

/**
 * What there is of a workspace and cycle. The figures are the sums over the slots: at most so many small
 * documents, whatever they count.
 */
export interface MacCount extends Partial<Figures> {
  /** `WORKSPACE/CYCLE/SLOT`. */
  _id: string;
  workspaceId: ObjectId;
  cycle: string;
}

interface Figures {
  /** Rows of active contacts, by the channel's hex id, and by the day on which they became active. */
  count: number;
  channels: Record<string, number>;
  days: Record<string, number>;
  /** Those of them that came after the cycle was closed. */
  late: number;
  /** Rows of contacts that only blocks kept from being active. */
  saved: number;
}

const by = { type: Schema.Types.Mixed, default: undefined };

export const macCountSchema = new Schema<MacCount>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    cycle: { type: String, required: true },
    count: Number,
    channels: by,
    days: by,
    late: Number,
    saved: Number,
  },
  { versionKey: false },
);
macCountSchema.index({ workspaceId: 1, cycle: 1 });

/** Each transaction takes one at random, so that two seldom want one document. */
const SLOTS = 64;

/** So much more or less of fields of the counters: `{ count: 1, 'days.2027-03-15': 1 }`. */
export type Change = Record<string, number>;

/** Changes counters in the transaction that changes what they count. */
export async function changeCounters(
  models: Models,
  changes: { workspaceId: ObjectId; cycle: string; change: Change }[],
  session: ClientSession,
): Promise<void> {
  const slot = randomInt(SLOTS);
  const changed = changes.filter(({ change }) => Object.keys(change).length > 0);
  if (changed.length === 0) return;
  await models.macCounts.collection.bulkWrite(
    changed.map(({ workspaceId, cycle, change }) => ({
      updateOne: {
        filter: { _id: `${workspaceId}/${cycle}/${slot}` as never },
        update: { $inc: change, $setOnInsert: { workspaceId, cycle } },
        upsert: true,
      },
    })),
    { session, ordered: true },
  );
}

/** The figures of one cycle. */
export interface Mac {
  count: number;
  byChannel: Map<string, number>;
  byDay: Map<string, number>;
  late: number;
  saved: number;
}

/** Reads the counters: as fast for a million contacts as for one. */
export async function readMac(
  models: Models,
  { workspaceId, cycle }: { workspaceId: ObjectId; cycle: string },
  session?: ClientSession,
): Promise<Mac> {
  const macs = await readMacs(models, { workspaceId, cycles: [cycle] }, session);
  return macs.get(cycle) ?? sumOf([]);
}

/** The same of several cycles, by name. A cycle in which nothing was counted is not in it. */
export async function readMacs(
  models: Models,
  { workspaceId, cycles }: { workspaceId: ObjectId; cycles: string[] },
  session?: ClientSession,
): Promise<Map<string, Mac>> {
  const rows = await models.macCounts
    .find({ workspaceId, cycle: { $in: cycles } }, null, { session: session ?? null })
    .lean();
  const names = new Set(rows.map(({ cycle }) => cycle));
  return new Map([...names].map((name) => [name, sumOf(rows.filter((row) => row.cycle === name))]));
}

function sumOf(rows: Partial<Figures>[]): Mac {
  const sum = (field: 'count' | 'late' | 'saved') =>
    rows.reduce((total, row) => total + (row[field] ?? 0), 0);
  return {
    count: sum('count'),
    byChannel: sumBy(rows.map(({ channels }) => channels)),
    byDay: sumBy(rows.map(({ days }) => days)),
    late: sum('late'),
    saved: sum('saved'),
  };
}

/** What has come to nothing is not in it. */
function sumBy(parts: (Record<string, number> | undefined)[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const part of parts)
    for (const [key, count] of Object.entries(part ?? {}))
      sums.set(key, (sums.get(key) ?? 0) + count);
  return new Map([...sums].filter(([, count]) => count !== 0).toSorted());
}
