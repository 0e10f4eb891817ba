import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientSession } from 'mongoose';
import type { Models } from '../index.ts';

/** How long a block waits for running deliveries before it revokes them. */
const PATIENCE_MS = 3_000;
const LOOK_EVERY_MS = 5;

/** The run's row is gone: a block revoked it, and what it read may be out of date. Run it again. */
export class DeliveryRevoked extends Error {
  constructor() {
    super('a block revoked this delivery');
    this.name = 'DeliveryRevoked';
  }
}

/**
 * Lasts from before the first look at the contacts until the last write. `assertInForce` belongs into
 * the transaction that stores the messages: it writes the row, so that revoking it and storing them
 * exclude each other.
 */
export async function beginDelivery(models: Models, workspaceIds: string[]) {
  const runs = models.deliveryRuns.collection;
  const _id = randomUUID() as never;
  await runs.insertOne({ _id, workspaceIds, startedAt: new Date() });
  return {
    async assertInForce(session: ClientSession): Promise<void> {
      const touched = await runs.updateOne(
        { _id },
        { $currentDate: { startedAt: true } },
        { session },
      );
      if (touched.matchedCount === 0) throw new DeliveryRevoked();
    },
    async end(): Promise<void> {
      await runs.deleteOne({ _id });
    },
  };
}

/**
 * Resolves when every delivery of the workspace that may have read its contacts before this moment
 * has ended. Deliveries that begin later read what is stored now, so they are not waited for.
 */
export async function awaitDeliveries(
  models: Models,
  workspaceId: string,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const runs = models.deliveryRuns.collection;
  const running = await runs
    .find({ workspaceIds: workspaceId }, { projection: { _id: 1 } })
    .toArray();
  if (running.length === 0) return;
  const theirs = { _id: { $in: running.map(({ _id }) => _id) } };
  const deadline = Date.now() + patienceMs;
  while (await runs.countDocuments(theirs, { limit: 1 })) {
    if (Date.now() > deadline) {
      await runs.deleteMany(theirs);
      return;
    }
    await delay(LOOK_EVERY_MS);
  }
}
