import type { ClientSession } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import { tellClosed } from '../inbox/conversation-closed.ts';
import type { Models } from '../index.ts';

const CLOSED = { blocked: true, status: 'closed', snoozedUntil: null } as const;

/**
 * In the transaction that blocks a contact: its conversations close and move to the blocked inbox, which
 * ends a snooze, and what had still to be sent to it fails, which no unblock takes back. A message that is
 * just being sent is waited for (`send-fence.ts`); should its attempt fail, it was the last.
 */
export async function endInteraction(
  models: Models,
  contactId: ObjectId,
  session: ClientSession,
): Promise<void> {
  await closeConversations(models, contactId, session);
  await models.messages.updateMany(
    { contactId, status: { $in: ['scheduled', 'queued'] } },
    { $set: { status: 'failed', failure: 'contact_blocked' }, $unset: { outbox: 1 } },
    { session },
  );
  await models.messages.updateMany(
    { contactId, status: 'sending' },
    { $set: { 'outbox.last': true } },
    { session },
  );
}

/** All of them, with those that are closed already: into the blocked inbox. */
async function closeConversations(
  models: Models,
  contactId: ObjectId,
  session: ClientSession,
): Promise<void> {
  const open = await models.conversations
    .find({ contactId, blocked: false, status: { $ne: 'closed' } }, {}, { session })
    .lean();
  await tellClosed(models, open, { byBlock: true }, session);
  await models.conversations.updateMany({ contactId, blocked: false }, CLOSED, { session });
}

/** In the transaction that unblocks it: its conversations come back closed, and can be resumed. */
export async function allowInteraction(
  models: Models,
  contactId: ObjectId,
  session: ClientSession,
): Promise<void> {
  await models.conversations.updateMany(
    { contactId, blocked: true },
    { blocked: false },
    { session },
  );
}

/**
 * The same for conversations that a delivery made meanwhile, from what it had read before. The contact
 * is read again after writing, as `Blocklist.follow` does: two changes at once may come here in any
 * order, and the last to write has seen the last state.
 */
export async function followConversations(models: Models, contactId: ObjectId): Promise<void> {
  for (let written: boolean | undefined; ; ) {
    const contact = await models.contacts.findById(contactId, { blocked: 1 }).lean();
    if (!contact) return;
    const blocked = contact.blocked !== null;
    if (written === blocked) return;
    if (blocked)
      await models.db.transaction((session) => closeConversations(models, contactId, session));
    else await models.conversations.updateMany({ contactId, blocked: true }, { blocked });
    written = blocked;
  }
}
