import type { Logger } from '../config/logger.ts';
import type { MongoStore } from '../config/mongo.ts';
import { searchWords } from '../models/contacts/contact-search.ts';
import type { ObjectId } from '../models/ids.ts';
import type { Models } from '../models/index.ts';
import { everyWhile } from './sweep.ts';

/** Also later: while versions are changed, one without search may still make contacts. */
const LOOK_EVERY_MS = 60 * 60_000;
const CHUNK = 500;

/** Gives contacts that were stored before there was a search the words that they are found by. */
export function startFindingWords(deps: { models: Models; mongo: MongoStore; log: Logger }): {
  stop(): Promise<void>;
} {
  const { models, mongo, log } = deps;
  return everyWhile(mongo, { name: 'words', everyMs: LOOK_EVERY_MS, log }, async (signal) => {
    for (const { _id } of await models.workspaces.find({}, { _id: 1 }).lean()) {
      let contacts = 0;
      for (let found = CHUNK; found === CHUNK && !signal.aborted; contacts += found)
        found = await findWords(models, _id);
      if (contacts > 0) log.info('contacts.words_found', { workspaceId: _id.toString(), contacts });
    }
  });
}

/** Of one chunk; resolves to how many there were. One that changes meanwhile is left to the next. */
export async function findWords(models: Models, workspaceId: ObjectId): Promise<number> {
  const without = { workspaceId, words: null };
  const contacts = await models.contacts.find(without).limit(CHUNK).lean();
  if (contacts.length > 0)
    await models.contacts.collection.bulkWrite(
      contacts.map((contact) => ({
        updateOne: {
          filter: { _id: contact._id, words: null, identities: contact.identities },
          update: { $set: { words: searchWords(contact) } },
        },
      })),
      { ordered: false },
    );
  return contacts.length;
}
