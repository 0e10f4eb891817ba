import { type ClientSession, Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import { type Change, changeCounters, type Mac, readMac } from './mac-count.ts';

/** When a workspace was last recounted, and what was wrong then. */
export interface MacRecount {
  /** The workspace's. */
  _id: ObjectId;
  at?: Date;
  /** By how much the counters were wrong before they were mended. */
  drift?: number;
  /** Written by every recount, so that two of them exclude each other. */
  turn?: Date;
}

export const macRecountSchema = new Schema<MacRecount>(
  { at: Date, drift: Number, turn: Date },
  { versionKey: false },
);

interface OneCycle {
  workspaceId: ObjectId;
  cycle: string;
}

/**
 * Counts the rows of a cycle and mends its counters, whatever is counted meanwhile: both are read at one
 * moment, and what is added is the difference. Resolves to by how much they were wrong.
 */
export async function recount(models: Models, of: OneCycle): Promise<number> {
  return await models.db.transaction(async (session) => {
    await models.macRecounts.updateOne(
      { _id: of.workspaceId },
      { $currentDate: { turn: true } },
      { upsert: true, session },
    );
    const counted = fieldsOf(await readMac(models, of, session));
    const there = fieldsOf(await countRows(models, of, session));
    const change: Change = {};
    for (const field of new Set([...Object.keys(counted), ...Object.keys(there)])) {
      const difference = (there[field] ?? 0) - (counted[field] ?? 0);
      if (difference !== 0) change[field] = difference;
    }
    await changeCounters(models, [{ ...of, change }], session);
    return Object.values(change).reduce((sum, difference) => sum + Math.abs(difference), 0);
  });
}

function fieldsOf({ count, late, saved, byChannel, byDay }: Mac): Change {
  return {
    ...{ count, late, saved },
    ...Object.fromEntries([...byChannel].map(([id, n]) => [`channels.${id}`, n])),
    ...Object.fromEntries([...byDay].map(([day, n]) => [`days.${day}`, n])),
  };
}

/** The figures, from what they are of. */
async function countRows(models: Models, of: OneCycle, session: ClientSession): Promise<Mac> {
  const groups = await models.activeContacts
    .aggregate<{ _id: { channelId: ObjectId; day: string }; count: number; late: number }>([
      { $match: of },
      {
        $group: {
          // Rows of before there were days count for the first one.
          _id: { channelId: '$channelId', day: { $ifNull: ['$day', '$cycle'] } },
          count: { $sum: 1 },
          late: { $sum: { $cond: ['$late', 1, 0] } },
        },
      },
    ])
    .session(session);
  const saved = await models.savedContacts.countDocuments(of).session(session);
  const mac: Mac = { count: 0, byChannel: new Map(), byDay: new Map(), late: 0, saved };
  for (const { _id, count, late } of groups) {
    mac.count += count;
    mac.late += late;
    add(mac.byChannel, _id.channelId.toString(), count);
    add(mac.byDay, _id.day, count);
  }
  return mac;
}

function add(sums: Map<string, number>, key: string, count: number): void {
  sums.set(key, (sums.get(key) ?? 0) + count);
}
