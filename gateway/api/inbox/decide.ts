import type { ClientSession } from 'mongoose';
import { ContactBlocked } from '../../../models/block/unblocked.ts';
import { NoConversation } from '../../../models/inbox/conversation-change.ts';
import type { Models } from '../../../models/index.ts';
import { NoMember } from '../../../models/people/membership.ts';
import { blockJson } from '../contacts/contacts.ts';
import { ApiError } from '../shell/errors.ts';

/** Decides and does something in one transaction; what stands in its way is answered as an error. */
export async function decide<T>(
  { models }: { models: Models },
  run: (session: ClientSession) => Promise<T>,
): Promise<T> {
  try {
    return await models.db.transaction(run);
  } catch (error) {
    if (error instanceof ContactBlocked)
      throw new ApiError('contact_blocked', { block: blockJson(error.block) });
    if (error instanceof NoConversation || error instanceof NoMember)
      throw new ApiError('not_found');
    throw error;
  }
}
