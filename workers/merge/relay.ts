import type { Logger } from '../../config/logger.ts';
import type { MongoStore } from '../../config/mongo.ts';
import type { Models } from '../../models/index.ts';
import type { ContactMerge } from '../../models/merge/contact-merge.ts';
import { completeMerge, leaveMerge } from '../../models/merge/merge-completion.ts';
import { everyWhile } from '../sweep.ts';

const LOOK_EVERY_MS = 1_000;
/** A worker that died with a merge in hand leaves it to the others after this time. */
const TAKE_MS = 10_000;
/** Before that it leaves by itself what is longer, for whoever is next. */
const TURN_MS = 7_000;

export interface MergeRelayDeps {
  models: Models;
  mongo: MongoStore;
  log: Logger;
}

/**
 * Completes merges that whoever made them has left: because of a long history, or with its process. Each
 * turn goes on where the last one stopped.
 */
export function startMergeRelay(deps: MergeRelayDeps): { stop(): Promise<void> } {
  const { models, mongo, log } = deps;
  return everyWhile(mongo, { name: 'merge_relay', everyMs: LOOK_EVERY_MS, log }, async (signal) => {
    for (let merge = await take(models); merge; merge = await take(models)) {
      const since = performance.now();
      const completed = await completeMerge(
        models,
        merge,
        () => !signal.aborted && performance.now() < since + TURN_MS,
      );
      const mergeId = merge._id.toString();
      const ms = Math.round(performance.now() - since);
      log.info('merge.completed', { mergeId, completed, ms });
      if (!completed) await leaveMerge(models, merge);
      if (signal.aborted) return;
    }
  });
}

async function take(models: Models): Promise<ContactMerge | null> {
  const now = Date.now();
  return await models.contactMerges
    .findOneAndUpdate(
      { takenUntil: { $lt: new Date(now) } },
      { takenUntil: new Date(now + TAKE_MS) },
      { sort: { takenUntil: 1 }, returnDocument: 'after' },
    )
    .lean<ContactMerge>();
}
