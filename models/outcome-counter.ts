import { randomInt } from 'node:crypto';
import type { ClientSession } from 'mongoose';
import { Types } from './ids.ts';
import type { Models } from './index.ts';
import { hourOf, type Tally } from './outcome.ts';

const SLOTS = 64;

/** A process keeps its slot for as long as it runs. */
export function slotOfProcess(): number {
  return randomInt(SLOTS);
}

/** Adds to the hours' counters inside the transaction that stores what is counted. */
export async function countOutcomes(
  models: Models,
  tallies: Tally[],
  slot: number,
  session: ClientSession,
): Promise<void> {
  if (tallies.length === 0) return;
  await models.outcomes.collection.bulkWrite(
    tallies.map(({ workspaceId, channelId, outcome, reason, count, at }) => ({
      updateOne: {
        filter: {
          workspaceId: new Types.ObjectId(workspaceId),
          channelId: channelId === null ? null : new Types.ObjectId(channelId),
          outcome,
          reason,
          hour: hourOf(at),
          slot,
        },
        update: { $inc: { count } },
        upsert: true,
      },
    })),
    { session, ordered: true },
  );
}
