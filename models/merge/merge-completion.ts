import { awaitDeliveries } from '../block/delivery-fence.ts';
import { isDuplicateKey } from '../duplicate-key.ts';
import type { Models } from '../index.ts';
import { mergeActivity } from '../mac/mac.ts';
import type { ContactMerge } from './contact-merge.ts';
import { joinConversations } from './merge-conversations.ts';
import { moveRows } from './merge-rows.ts';

/** Somebody else joins the same conversations, or opens one: the next try sees it. */
const MOST_TRIES = 20;

/**
 * What follows from a stored merge: deliveries that had read the secondary have ended, what they stored
 * for it is the primary's, and all its rows are moved. False when `goesOn` said no before the end. May be
 * run again from the start, and by several at once.
 */
export async function completeMerge(
  models: Models,
  merge: ContactMerge,
  goesOn: () => boolean = () => true,
): Promise<boolean> {
  // What is still on its way to the secondary has to come there first: it goes on from there.
  const earlier = await models.contactMerges
    .find({ primaryId: merge.secondaryId, takenUntil: { $exists: true } })
    .sort({ _id: 1 })
    .lean<ContactMerge[]>();
  for (const one of earlier) if (!(await completeMerge(models, one, goesOn))) return false;
  await awaitDeliveries(models, merge.workspaceId.toString());
  const conversations = await takeLate(models, merge);
  if (!(await moveRows(models, { ...merge, conversations }, goesOn))) return false;
  // A message of ours whose sending was recorded meanwhile may have counted for the secondary.
  await takeLate(models, merge);
  await models.contactMerges.updateOne({ _id: merge._id }, { $unset: { takenUntil: 1 } });
  return true;
}

/**
 * Takes over the conversations and the activity that the secondary has got since the transaction. Gives
 * all its conversations, with those.
 */
async function takeLate(
  models: Models,
  { _id, workspaceId, primaryId, secondaryId, at }: ContactMerge,
): Promise<ContactMerge['conversations']> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await models.db.transaction(async (session) => {
        const joined = await joinConversations(models, { primaryId, secondaryId }, session);
        await mergeActivity(
          models,
          { workspaceId, from: secondaryId, into: primaryId, at },
          session,
        );
        const merged = await models.contactMerges
          .findOneAndUpdate(
            { _id },
            { $push: { conversations: { $each: joined } } },
            { session, returnDocument: 'after' },
          )
          .lean<ContactMerge>();
        return merged?.conversations ?? [];
      });
    } catch (error) {
      if (!isDuplicateKey(error) || tries === MOST_TRIES) throw error;
    }
  }
}

/** Lets somebody else go on with it at once. */
export async function leaveMerge(models: Models, { _id }: ContactMerge): Promise<void> {
  const left = { _id, takenUntil: { $exists: true } };
  await models.contactMerges.updateOne(left, { takenUntil: new Date() });
}
