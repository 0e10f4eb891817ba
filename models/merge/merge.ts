import type { ClientSession } from 'mongoose';
import type { Logger } from '../../config/logger.ts';
import { assertUnblocked, ContactBlocked, NoContact } from '../block/unblocked.ts';
import type { Actor, Contact } from '../contacts/contact.ts';
import { searchWords } from '../contacts/contact-search.ts';
import { isDuplicateKey } from '../duplicate-key.ts';
import { type ObjectId, Types } from '../ids.ts';
import type { Models } from '../index.ts';
import { activeContactId } from '../mac/active-contact.ts';
import { cycleAt } from '../mac/cycle.ts';
import { mergeActivity } from '../mac/mac.ts';
import { moveRuns } from '../workflows/workflow-run.ts';
import type { ContactMerge } from './contact-merge.ts';
import { completeMerge, leaveMerge } from './merge-completion.ts';
import { joinContacts } from './merge-contacts.ts';
import {
  holdConversations,
  type JoinedConversation,
  joinConversations,
  planConversations,
} from './merge-conversations.ts';
import { moveOutbox } from './merge-rows.ts';

/** A delivery has just made what the merge makes: the next try finds it there. */
const MOST_TRIES = 20;
/** Whoever merges gets this long to complete it; what is left then is left to the relay. */
const COMPLETE_WITHIN_MS = 5_000;
const GRACE_MS = 5_000;

export interface MergeDeps {
  models: Models;
  log: Logger;
}

/** Two different contacts. */
export interface Pair {
  workspaceId: ObjectId;
  primaryId: ObjectId;
  secondaryId: ObjectId;
}

/** The primary as it would be, and what would become of the secondary's conversations. */
export interface MergePreview {
  contact: Contact;
  conversations: JoinedConversation[];
}

/**
 * Makes one contact of two: the secondary becomes part of the primary and is gone. Throws
 * {@link ContactBlocked} when either is blocked, {@link NoContact} when either is not there.
 *
 * One transaction decides it and moves all that is small. When this answers, nothing is stored for the
 * secondary any more, whatever was on its way; a history of many thousand messages may still be on its
 * way to where readers see it already.
 */
export async function merge(
  { models, log }: MergeDeps,
  request: Pair & { by: Actor },
): Promise<Contact> {
  const since = performance.now();
  const merged = await decide(models, request).catch(async (error) => {
    // Asked again, as by a caller who got no answer to the first time.
    const known = error instanceof NoContact && (await findMerge(models, request));
    if (!known) throw error;
    return known;
  });
  const deadline = since + COMPLETE_WITHIN_MS;
  const completed = await completeMerge(models, merged, () => performance.now() < deadline);
  if (!completed) await leaveMerge(models, merged);
  log.info('contact.merged', {
    mergeId: merged._id.toString(),
    workspaceId: merged.workspaceId.toString(),
    primaryId: merged.primaryId.toString(),
    secondaryId: merged.secondaryId.toString(),
    completed,
    ms: Math.round(performance.now() - since),
  });
  const contact = await models.contacts.findById(merged.primaryId).lean<Contact>();
  if (!contact) throw new NoContact();
  return contact;
}

/** What a merge would make of the two now. Throws as {@link merge} does. */
export async function previewMerge(
  models: Models,
  { workspaceId, primaryId, secondaryId }: Pair,
): Promise<MergePreview> {
  const read = async (_id: ObjectId): Promise<Contact> => {
    const contact = await models.contacts.findOne({ _id, workspaceId }).lean<Contact>();
    if (!contact) throw new NoContact();
    if (contact.blocked) throw new ContactBlocked(contact.blocked, _id);
    return contact;
  };
  const [primary, secondary] = await Promise.all([read(primaryId), read(secondaryId)]);
  const conversations = await planConversations(models, { primaryId, secondaryId });
  return { contact: joinContacts(primary, secondary), conversations };
}

async function findMerge(
  models: Models,
  { workspaceId, primaryId, secondaryId }: Pair,
): Promise<ContactMerge | null> {
  return await models.contactMerges.findOne({ workspaceId, primaryId, secondaryId }).lean();
}

async function decide(models: Models, request: Pair & { by: Actor }): Promise<ContactMerge> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await models.db.transaction((session) => store(models, request, session));
    } catch (error) {
      if (!isDuplicateKey(error) || tries === MOST_TRIES) throw error;
    }
  }
}

/** The transaction: all of it, or nothing and the reason. */
async function store(
  models: Models,
  { workspaceId, primaryId, secondaryId, by }: Pair & { by: Actor },
  session: ClientSession,
): Promise<ContactMerge> {
  await holdConversations(models, { workspaceId, primaryId, secondaryId }, session);
  const [primary, secondary] = await bothUnblocked(
    models,
    { workspaceId, primaryId, secondaryId },
    session,
  );
  const at = new Date();
  const active = await activityOf(models, [primary, secondary], at, session);
  const merged: ContactMerge = {
    _id: new Types.ObjectId(),
    ...{ workspaceId, primaryId, secondaryId, at, by },
    before: {
      primary: { contact: primary, active: active.has(primaryId.toString()) },
      secondary: { contact: secondary, active: active.has(secondaryId.toString()) },
    },
    conversations: await joinConversations(models, { primaryId, secondaryId }, session),
    takenUntil: new Date(at.getTime() + COMPLETE_WITHIN_MS + GRACE_MS),
  };
  await models.contactMerges.collection.insertOne(merged, { session });
  // First the one: an identity belongs to nobody twice.
  await models.contacts.deleteOne({ _id: secondaryId }, { session });
  const { _id, ...values } = joinContacts(primary, secondary);
  const words = searchWords(values);
  await models.contacts.collection.updateOne({ _id }, { $set: { ...values, words } }, { session });
  await moveOutbox(models, merged, session);
  const move = { from: secondaryId, into: primaryId };
  await moveRuns(models, move, session);
  // Changes of the secondary's block that have still to reach Redis.
  await models.blockChanges.updateMany(
    { contactId: secondaryId },
    { contactId: primaryId },
    { session },
  );
  await mergeActivity(models, { workspaceId, ...move, at }, session);
  return merged;
}

/** In the order of their ids, whichever is the primary: two merges of the same two wait for each other. */
async function bothUnblocked(
  models: Models,
  { workspaceId, primaryId, secondaryId }: Pair,
  session: ClientSession,
): Promise<[Contact, Contact]> {
  const contacts = new Map<string, Contact>();
  for (const id of [primaryId.toString(), secondaryId.toString()].toSorted()) {
    const contactId = new Types.ObjectId(id);
    contacts.set(id, await assertUnblocked(models, { workspaceId, contactId }, session));
  }
  const of = (id: ObjectId) => contacts.get(id.toString()) as Contact;
  return [of(primaryId), of(secondaryId)];
}

/** Ids of those who are counted in the cycle of that moment. */
async function activityOf(
  models: Models,
  contacts: Contact[],
  at: Date,
  session: ClientSession,
): Promise<Set<string>> {
  const workspaceId = contacts[0]?.workspaceId;
  const workspace = await models.workspaces
    .findById(workspaceId, { billing: 1 }, { session })
    .lean();
  if (!workspace) return new Set();
  const cycle = cycleAt(at.getTime(), workspace.billing).name;
  const ids = contacts.map(({ _id }) => activeContactId(`${workspaceId}`, cycle, `${_id}`));
  const rows = await models.activeContacts
    .find({ _id: { $in: ids } }, { contactId: 1 }, { session })
    .lean();
  return new Set(rows.map(({ contactId }) => contactId.toString()));
}
