import type { ClientSession } from 'mongoose';
import { conversationId } from '../inbox/conversation.ts';
import type { Models } from '../index.ts';
import type { ContactMerge } from './contact-merge.ts';

/** Rows in one write. Each takes some tens of milliseconds, so nobody waits for long behind it. */
const AT_ONCE = 500;
/** What is looked at first is there first. */
const LATEST = { receivedAt: -1, _id: -1 } as const;

/**
 * What a merge takes along, found by what it names: a conversation of the secondary, or the secondary
 * itself. Writing a row makes it no longer found, so all of it may be done twice, and at once.
 */
function belongings(models: Models, merge: ContactMerge) {
  const { secondaryId: contactId } = merge;
  const ofConversations = merge.conversations.flatMap(({ secondary: { _id, channelId } }) => {
    const into = conversationId(channelId.toString(), merge.primaryId.toString());
    const where = { conversationId: _id };
    const moves = added({ mergeId: merge._id, conversationId: '$conversationId' });
    return [
      { rows: models.messages, where, sort: LATEST, update: takeAlong(merge, into) },
      { rows: models.notes, where, sort: {}, update: [{ $set: { moves, conversationId: into } }] },
    ];
  });
  return [
    ...ofConversations,
    {
      rows: models.messages,
      where: { contactId, inGroup: true },
      sort: {},
      update: takeAlong(merge),
    },
  ];
}

/** Moves everything, in steps. False when `goesOn` said no before the end. */
export async function moveRows(
  models: Models,
  merge: ContactMerge,
  goesOn: () => boolean,
): Promise<boolean> {
  for (const { rows, where, update, sort } of belongings(models, merge))
    for (;;) {
      if (!goesOn()) return false;
      const found = await rows.collection
        .find(where, { projection: { _id: 1 }, sort, limit: AT_ONCE })
        .toArray();
      if (found.length === 0) break;
      const ids = found.map(({ _id }) => _id);
      await rows.collection.updateMany({ ...where, _id: { $in: ids } }, update);
    }
  return true;
}

/**
 * Moves the messages that have still to leave, inside the merge's transaction: whoever sends them, and
 * a block that waits for that, finds them with the contact that is there.
 */
export async function moveOutbox(
  models: Models,
  merge: ContactMerge,
  session: ClientSession,
): Promise<void> {
  for (const { secondary } of merge.conversations) {
    const into = conversationId(secondary.channelId.toString(), merge.primaryId.toString());
    await models.messages.collection.updateMany(
      {
        contactId: merge.secondaryId,
        status: { $in: ['scheduled', 'queued', 'sending'] },
        conversationId: secondary._id,
      },
      takeAlong(merge, into),
      { session },
    );
  }
}

/** A message as the primary's, in this conversation if it was in one of the secondary's. */
function takeAlong({ _id: mergeId, primaryId, secondaryId, before }: ContactMerge, into?: string) {
  const theirs = { $eq: ['$contactId', secondaryId] };
  const wrote = { $eq: ['$sender.id', secondaryId.toString()] };
  const was = { mergeId, conversationId: '$conversationId', contactId: '$contactId' };
  const { identities } = before.secondary.contact;
  return [
    {
      $set: {
        moves: added(was),
        contactId: { $cond: [theirs, primaryId, '$contactId'] },
        'sender.id': { $cond: [wrote, primaryId.toString(), '$sender.id'] },
        identities: {
          $ifNull: ['$identities', { $cond: [theirs, { $literal: identities }, '$$REMOVE'] }],
        },
        ...(into !== undefined && { conversationId: into }),
      },
    },
  ];
}

/** `moves`, with one more. */
function added(move: object) {
  return { $concatArrays: [{ $ifNull: ['$moves', []] }, [move]] };
}
