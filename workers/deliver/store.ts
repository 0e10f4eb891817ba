import type { ClientSession } from 'mongoose';
import type { beginDelivery } from '../../models/block/delivery-fence.ts';
import { mergeTallies } from '../../models/delivery/outcome.ts';
import type { OutcomeCounter } from '../../models/delivery/outcome-counter.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import { toObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { countActive } from '../../models/mac/mac.ts';

import { revivedTally } from './dead-letters.ts';
import type { Change, NewValues } from './messages.ts';
import { Outdated } from './outdated.ts';

import type { Plan } from './plan.ts';
import { countRefused, refusedContact, refusedTally } from './refused.ts';

/**
 * The one transaction. Nothing in it is shared between two workers but what they are both about to
 * create, so it fails for another one's sake only when they deliver the same thing.
 */
export async function storePlan(
  models: Models,
  plan: Plan,
  {
    jobs,
    run,
    counter,
  }: {
    jobs: DeliverJob[];
    run: Awaited<ReturnType<typeof beginDelivery>>;
    counter: OutcomeCounter;
  },
): Promise<void> {
  const atTheDoor = jobs.flatMap((job) => job.refused ?? []);
  const tallies = mergeTallies([
    ...plan.tallies,
    ...jobs.flatMap((job) => job.settled),
    ...atTheDoor.map(refusedTally),
    ...jobs.flatMap(revivedTally),
  ]);
  try {
    await models.db.transaction(async (session) => {
      await run.assertInForce(session);
      await insert(models.conversations, plan.conversations, session);
      await insert(models.messages, [...plan.messages, ...plan.early], session);
      await countActive(models, plan.activeContacts, session);
      await insert(models.workflowEvents, plan.events, session);
      await openWatched(models, plan, session);
      await insert(models.outgoingEvents, plan.outgoing, session);
      await changeMessages(models, plan, session);
      await writeNames(models, plan, session);
      await countRefused(models, [...plan.refused, ...atTheDoor.map(refusedContact)], session);
      await counter.count(tallies, session);
      await bury(models, jobs, session);
      await insert(
        models.deliveredBatches,
        jobs.map(({ batchId }) => ({
          _id: batchId,
          at: new Date(),
          finished: plan.touched.size === 0,
        })),
        session,
      );
    });
  } catch (error) {
    throw isDuplicateKey(error) ? new Outdated() : error;
  }
}

/** What is stored after all is no dead letter any more. */
async function bury(models: Models, jobs: DeliverJob[], session: ClientSession): Promise<void> {
  const ids = jobs.flatMap(({ deadLetterId }) => toObjectId(deadLetterId ?? '') ?? []);
  if (ids.length === 0) return;
  const { deletedCount } = await models.deadLetters.deleteMany({ _id: { $in: ids } }, { session });
  if (deletedCount < ids.length) throw new Outdated();
}

/** The driver's own bulk insert: the plan is typed, and mongoose's casting costs more than storing. */
async function insert(
  model: { collection: Models['messages']['collection'] },
  rows: object[],
  session: ClientSession,
): Promise<void> {
  if (rows.length > 0)
    await model.collection.insertMany(rows as never[], { session, ordered: true });
}

/**
 * Opens again those of the conversations whose opening workflows wait for, and tells of it: here, as
 * after the transaction nobody knows any more which were closed.
 */
async function openWatched(
  models: Models,
  { watched }: Plan,
  session: ClientSession,
): Promise<void> {
  for (const [_id, event] of watched) {
    const { modifiedCount } = await models.conversations.updateOne(
      { _id, status: 'closed', blocked: false },
      { $set: { status: 'open' } },
      { session },
    );
    if (modifiedCount > 0) await insert(models.workflowEvents, [event], session);
  }
}

/** All of it, or none when one message is not as the plan took it any more. */
async function changeMessages(
  models: Models,
  { changes }: Plan,
  session: ClientSession,
): Promise<void> {
  if (changes.length === 0) return;
  const { matchedCount, deletedCount } = await models.messages.collection.bulkWrite(
    changes.map(({ read, set }) => {
      const filter = asRead(read);
      return set ? { updateOne: { filter, update: updateOf(set) } } : { deleteOne: { filter } };
    }),
    { session, ordered: true },
  );
  if (matchedCount + deletedCount < changes.length) throw new Outdated();
}

/** A message by all that a plan relies on. An edit is known by its id. */
function asRead(read: Change['read']): object {
  if ('early' in read) {
    const { _id, early } = read;
    const editIds = 'editIds' in early ? early.editIds : null;
    return { _id, 'early.type': early.type, 'early.editIds': editIds };
  }
  const { _id, type, status, editIds = null } = read;
  return { _id, type, status, editIds };
}

function updateOf(values: NewValues): { $set?: object; $unset?: object } {
  const $set: Record<string, unknown> = {};
  const $unset: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(values))
    if (value === undefined) $unset[field] = '';
    else $set[field] = value;
  return { $set, ...(Object.keys($unset).length > 0 && { $unset }) };
}

async function writeNames(
  models: Models,
  { namings }: Plan,
  session: ClientSession,
): Promise<void> {
  const added = namings.filter(({ read }) => !read);
  await insert(
    models.providerMessages,
    added.map(({ row }) => row),
    session,
  );
  const changed = namings.filter(({ read }) => read);
  if (changed.length === 0) return;
  const { matchedCount } = await models.providerMessages.collection.bulkWrite(
    changed.map(({ read, row: { _id, ...row } }) => ({
      updateOne: {
        filter: { _id: _id as never, messageId: read?.messageId, status: read?.status },
        update: { $set: row },
      },
    })),
    { session, ordered: true },
  );
  if (matchedCount < changed.length) throw new Outdated();
}
