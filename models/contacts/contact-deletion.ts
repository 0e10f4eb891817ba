import { Schema } from 'mongoose';
import type { BlockDeps } from '../block/block.ts';
import { awaitDeliveries } from '../block/delivery-fence.ts';
import { assertUnblocked } from '../block/unblocked.ts';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import { endRuns } from '../workflows/workflow-run.ts';
import type { Actor } from './contact.ts';
import { assertMayLeave, withoutPendingUnblock } from './contact-change.ts';

/** That a contact was deleted, when and by whom: it stays, with ids only. */
export interface ContactDeletion {
  /** The contact's. */
  _id: ObjectId;
  workspaceId: ObjectId;
  by: Actor;
  at: Date;
  /** While there is still something to erase: when a worker looks at it next. */
  dueAt?: Date;
  /** Whose messages have still to go. */
  conversationIds?: string[];
}

export const contactDeletionSchema = new Schema<ContactDeletion>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    at: { type: Date, required: true },
    dueAt: Date,
    conversationIds: { type: [String], default: undefined },
  },
  { versionKey: false },
);
contactDeletionSchema.index({ dueAt: 1 }, { sparse: true });
contactDeletionSchema.index({ workspaceId: 1, _id: 1 });

/**
 * Deletes a contact that is not blocked: nobody must get past a block by deleting the contact. When this
 * answers, the contact and its conversations are gone, and nothing of it can be stored any more; a worker
 * erases the messages. Its identities may write again, as a new contact. Throws `ContactBlocked`,
 * `NoContact`, `UnblockPending`.
 */
export async function deleteContact(
  deps: BlockDeps,
  { workspaceId, contactId, by }: { workspaceId: ObjectId; contactId: ObjectId; by: Actor },
): Promise<void> {
  const { models } = deps;
  await withoutPendingUnblock(deps, contactId, () =>
    models.db.transaction(async (session) => {
      const contact = await assertUnblocked(models, { workspaceId, contactId }, session);
      await assertMayLeave(models, contact, session);
      const conversations = await models.conversations
        .find({ contactId }, { _id: 1 }, { session })
        .lean();
      const at = new Date();
      const conversationIds = conversations.map(({ _id }) => _id);
      const row = { _id: contactId, workspaceId, by, at, dueAt: at, conversationIds };
      await models.contactDeletions.create([row], { session });
      await endRuns(models, { contactId }, 'contact_deleted', session);
      await models.conversations.deleteMany({ contactId }, { session });
      await models.contacts.deleteOne({ _id: contactId }, { session });
    }),
  );
  await eraseLateConversations(models, { _id: contactId, workspaceId });
}

/** A delivery that read the contact before it was deleted may have stored another conversation since. */
export async function eraseLateConversations(
  models: Models,
  { _id: contactId, workspaceId }: Pick<ContactDeletion, '_id' | 'workspaceId'>,
): Promise<void> {
  await awaitDeliveries(models, workspaceId.toString());
  const late = await models.conversations.find({ contactId }, { _id: 1 }).lean();
  if (late.length === 0) return;
  const ids = late.map(({ _id }) => _id);
  // Noted first: who dies in between leaves no messages that nobody knows of.
  await models.contactDeletions.updateOne(
    { _id: contactId },
    { $addToSet: { conversationIds: { $each: ids } }, $set: { dueAt: new Date() } },
  );
  await models.conversations.deleteMany({ _id: { $in: ids } });
}
