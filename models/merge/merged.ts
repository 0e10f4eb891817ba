import { type ObjectId, toObjectId } from '../ids.ts';
import type { Models } from '../index.ts';

/** What a merge leaves of contacts and of conversations: their ids, with the one that they are part of now. */
interface Merged<Id> {
  _id: Id;
  mergedFrom?: Id[];
}

/** Finds the one with this id, or the one that it was merged into. */
export function withId<Id>(id: Id) {
  return { $or: [{ _id: id }, { mergedFrom: id }] };
}

/**
 * All ids that mean it. A merge moves a long history in steps, so for a while some of it still names an
 * old one.
 */
export function idsOf<Id>({ _id, mergedFrom = [] }: Merged<Id>): Id[] {
  return [_id, ...mergedFrom];
}

/** The contact or the conversation, by hex or stable id, that another one with this id is part of now. */
export async function survivorOf(
  models: Models,
  workspaceId: ObjectId,
  id: string,
): Promise<string | undefined> {
  const contactId = toObjectId(id);
  const found = contactId
    ? await models.contacts.exists({ workspaceId, mergedFrom: contactId })
    : await models.conversations.exists({ workspaceId, mergedFrom: id });
  return found?._id.toString();
}
