import type { ClientSession } from 'mongoose';
import type { Urn } from '../../models/event.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { RefusedSender } from '../../models/jobs.ts';
import type { Tally } from '../../models/outcome.ts';

/** Messages refused of one contact, however it is known here. */
export interface RefusedContact {
  contact: { _id: ObjectId } | { workspaceId: ObjectId; identities: Urn };
  count: number;
  lastAt: Date;
}

/** What was refused at the door, as a contact to count it on and as an outcome. */
export function refusedContact({ workspaceId, urn, count, lastAt }: RefusedSender): RefusedContact {
  const contact = { workspaceId: new Types.ObjectId(workspaceId), identities: urn };
  return { contact, count, lastAt: new Date(lastAt) };
}

export function refusedTally({ workspaceId, channelId, count, lastAt: at }: RefusedSender): Tally {
  return { workspaceId, channelId, outcome: 'refused', reason: 'blocked', count, at };
}

export async function countRefused(
  models: Models,
  refused: RefusedContact[],
  session: ClientSession,
): Promise<void> {
  if (refused.length === 0) return;
  await models.contacts.collection.bulkWrite(
    refused.map(({ contact, count, lastAt }) => ({
      updateOne: {
        filter: contact,
        update: { $inc: { 'refused.count': count }, $max: { 'refused.lastAt': lastAt } },
      },
    })),
    { session, ordered: true },
  );
}
