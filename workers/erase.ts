import type { QueryFilter } from 'mongoose';
import type { Logger } from '../config/logger.ts';
import type { MongoStore } from '../config/mongo.ts';
import {
  type ContactDeletion,
  eraseLateConversations,
} from '../models/contacts/contact-deletion.ts';
import type { ObjectId } from '../models/ids.ts';
import type { Message } from '../models/inbox/message.ts';
import type { Models } from '../models/index.ts';
import type { ContactMerge } from '../models/merge/contact-merge.ts';
import { completeMerge } from '../models/merge/merge-completion.ts';
import { everyWhile } from './sweep.ts';

const LOOK_EVERY_MS = 1_000;
/** A worker that died with one in hand leaves it to the others after this time. */
const TAKE_MS = 60_000;
const CHUNK = 1_000;

export interface EraseDeps {
  models: Models;
  mongo: MongoStore;
  log: Logger;
}

/** Erases what deleted contacts left. Each step may be repeated, so it may be cut off anywhere. */
export function startErasing(deps: EraseDeps): { stop(): Promise<void> } {
  const { models, mongo, log } = deps;
  return everyWhile(mongo, { name: 'erase', everyMs: LOOK_EVERY_MS, log }, async (signal) => {
    for (;;) {
      if (signal.aborted) return;
      const taken = await take(models);
      if (!taken) return;
      const since = Date.now();
      const messages = await erase(models, taken, signal);
      if (messages === undefined) return;
      const { _id, workspaceId } = taken;
      const ids = { contactId: _id.toString(), workspaceId: workspaceId.toString() };
      log.info('contact.erased', { ...ids, messages, ms: Date.now() - since });
    }
  });
}

/** The merges that made a contact, those of the contacts that it was made of included. */
async function mergesInto(models: Models, contactId: ObjectId): Promise<ContactMerge[]> {
  const merges: ContactMerge[] = [];
  for (let ids = [contactId]; ids.length > 0; ) {
    const found = await models.contactMerges
      .find({ primaryId: { $in: ids } })
      .lean<ContactMerge[]>();
    merges.push(...found);
    ids = found.map(({ secondaryId }) => secondaryId);
  }
  return merges;
}

async function take(models: Models): Promise<ContactDeletion | null> {
  return await models.contactDeletions
    .findOneAndUpdate(
      { dueAt: { $lte: new Date() } },
      { dueAt: new Date(Date.now() + TAKE_MS) },
      { sort: { dueAt: 1 } },
    )
    .lean<ContactDeletion>();
}

/** How many messages went; `undefined` when this process stops before the end: another one goes on. */
export async function erase(
  models: Models,
  deletion: ContactDeletion,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { _id: contactId } = deletion;
  const merges = await mergesInto(models, contactId);
  // What is still on its way to the contact is erased where it arrives.
  for (const merge of merges.filter(({ takenUntil }) => takenUntil))
    if (!(await completeMerge(models, merge, () => !signal.aborted))) return undefined;
  await eraseLateConversations(models, deletion);
  const row = await models.contactDeletions.findById(contactId).lean();
  const theirs: QueryFilter<Message>[] = [
    { conversationId: { $in: row?.conversationIds ?? [] } },
    // What the contact said in groups, which stay.
    { contactId, inGroup: true },
  ];
  let messages = 0;
  for (const which of theirs)
    for (;;) {
      if (signal.aborted) return undefined;
      const chunk = await models.messages.find(which, { _id: 1 }).limit(CHUNK).lean();
      if (chunk.length === 0) break;
      await models.messages.deleteMany({ _id: { $in: chunk.map(({ _id }) => _id) } });
      messages += chunk.length;
    }
  await models.notes.deleteMany({ conversationId: { $in: row?.conversationIds ?? [] } });
  // The trail keeps that it was blocked, by whom and when; not what was written about it.
  const ids = [contactId, ...merges.map(({ secondaryId }) => secondaryId)];
  await models.blockHistory.updateMany(
    { contactId: { $in: ids }, reason: { $ne: null } },
    { reason: null },
  );
  // They say what each contact was, with all that was known of it.
  await models.contactMerges.deleteMany({ _id: { $in: merges.map(({ _id }) => _id) } });
  await models.contactDeletions.updateOne(
    { _id: contactId },
    { $unset: { dueAt: '', conversationIds: '' } },
  );
  return messages;
}
