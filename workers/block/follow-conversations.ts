import type { BlockDeps } from '../../models/block.ts';
import { toObjectId } from '../../models/ids.ts';
import type { EffectJob } from '../../models/jobs.ts';

/**
 * A blocked contact's conversations close and move to the blocked inbox; after an unblock they come
 * back closed, and can be resumed. The contact is read again after writing, as `Blocklist.follow`
 * does: two changes at once may run in any order, and the last to write has seen the last state.
 */
export async function followConversations({ models }: BlockDeps, job: EffectJob): Promise<void> {
  const contactId = toObjectId(job.contactId);
  for (let written: boolean | undefined; ; ) {
    const contact = await models.contacts.findById(contactId, { blocked: 1 }).lean();
    if (!contact) return;
    const blocked = contact.blocked !== null;
    if (written === blocked) return;
    await models.conversations.updateMany(
      { contactId: contact._id, blocked: !blocked },
      blocked ? { blocked, status: 'closed', snoozedUntil: null } : { blocked },
    );
    written = blocked;
  }
}
