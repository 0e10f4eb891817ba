import type { ClientSession } from 'mongoose';
import { countSaved, type RefusedAt } from '../../models/contacts/saved-contact.ts';
import type { Urn } from '../../models/delivery/event.ts';
import type { Tally } from '../../models/delivery/outcome.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { RefusedSender } from '../../models/jobs.ts';
import { withId } from '../../models/merge/merged.ts';

/** Messages refused of one contact, however it is known here. */
export interface RefusedContact {
  contact: { workspaceId: ObjectId } & ({ _id: ObjectId } | { identities: Urn });
  count: number;
  lastAt: Date;
  /** Moments (ms) at which there were messages among them, and not only edits: enough for each cycle. */
  messagesAt: number[];
}

/** What was refused at the door, as a contact to count it on and as an outcome. */
export function refusedContact({
  workspaceId,
  urn,
  count,
  lastAt,
  messages,
}: RefusedSender): RefusedContact {
  const contact = { workspaceId: new Types.ObjectId(workspaceId), identities: urn };
  const messagesAt = messages ? [messages.firstAt, messages.lastAt] : [];
  return { contact, count, lastAt: new Date(lastAt), messagesAt };
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
        filter: '_id' in contact ? withId(contact._id) : contact,
        update: { $inc: { 'refused.count': count }, $max: { 'refused.lastAt': lastAt } },
      },
    })),
    { session, ordered: true },
  );
  const ofMessages = refused.filter(({ messagesAt }) => messagesAt.length > 0);
  await countSaved(models, await withIds(models, ofMessages, session), session);
}

/** Those whose contacts are still there. */
async function withIds(
  models: Models,
  refused: RefusedContact[],
  session: ClientSession,
): Promise<RefusedAt[]> {
  const urnOf = ({ contact }: RefusedContact) =>
    'identities' in contact ? contact.identities : '';
  const named = refused.filter(urnOf);
  const ids = new Map<string, ObjectId>();
  if (named.length > 0) {
    const workspaceId = { $in: named.map(({ contact }) => contact.workspaceId) };
    const identities = { $in: named.map(urnOf) };
    const found = await models.contacts
      .find({ workspaceId, identities }, { workspaceId: 1, identities: 1 }, { session })
      .lean();
    for (const contact of found)
      for (const urn of contact.identities) ids.set(`${contact.workspaceId} ${urn}`, contact._id);
  }
  return refused.flatMap((one) => {
    const { contact, messagesAt: times } = one;
    const { workspaceId } = contact;
    const contactId = '_id' in contact ? contact._id : ids.get(`${workspaceId} ${urnOf(one)}`);
    return contactId ? { workspaceId, contactId, times } : [];
  });
}
