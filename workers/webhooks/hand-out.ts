import { isDuplicateKey } from '../../models/duplicate-key.ts';
import type { ObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { disableWebhook } from '../../models/webhooks/webhook.ts';
import { newDelivery } from '../../models/webhooks/webhook-delivery.ts';
import type { WebhookDeps } from './deps.ts';

/** Events that one round takes from the outbox. */
export const AT_ONCE = 200;
/** A receiver that is so far behind is given up: it would not catch up, and what waits is kept. */
const MOST_WAITING = 100_000;

/**
 * Makes of each event in the outbox a delivery for each webhook that waits for it. Resolves to how many
 * events there were. A run that is cut off, or made twice at once, ends in the same: a delivery has the
 * key (webhook, event), and the event goes last.
 */
export async function handOut(
  { models, log }: Pick<WebhookDeps, 'models' | 'log'>,
  mostWaiting = MOST_WAITING,
): Promise<number> {
  const events = await models.outgoingEvents.find().sort({ at: 1 }).limit(AT_ONCE).lean();
  if (events.length === 0) return 0;
  const workspaces = new Set(events.map(({ workspaceId }) => workspaceId.toString()));
  const webhooks = await models.webhooks
    .find({ workspaceId: { $in: [...workspaces] }, enabled: true }, { workspaceId: 1, events: 1 })
    .lean();
  const deliveries = events.flatMap((event) =>
    webhooks
      .filter(
        ({ workspaceId, events }) =>
          workspaceId.equals(event.workspaceId) && events.includes(event.type),
      )
      .map(({ _id }) => newDelivery(event, _id)),
  );
  const used = webhooks.filter(({ _id }) => deliveries.some((one) => one.webhookId === _id));
  await insert(models, deliveries);
  // After the deliveries: whoever has the webhook in hand finds them, or finds it due.
  await models.webhooks.updateMany(
    { _id: { $in: used.map(({ _id }) => _id) } },
    { $min: { dueAt: new Date() } },
  );
  await models.outgoingEvents.deleteMany({ _id: { $in: events.map(({ _id }) => _id) } });
  for (const webhook of used)
    if (await isTooFarBehind(models, webhook._id, mostWaiting)) {
      await disableWebhook(models, webhook, 'backlog');
      log.warn('webhook.disabled', { webhookId: webhook._id.toString(), reason: 'backlog' });
    }
  return events.length;
}

async function insert(models: Models, deliveries: object[]): Promise<void> {
  if (deliveries.length === 0) return;
  try {
    await models.webhookDeliveries.collection.insertMany(deliveries as never[], { ordered: false });
  } catch (error) {
    // Those that another run has made; all others are there now as well.
    if (!isDuplicateKey(error)) throw error;
  }
}

async function isTooFarBehind(models: Models, webhookId: ObjectId, most: number): Promise<boolean> {
  const waiting = { webhookId, dueAt: { $type: 'date' } } as object;
  return (await models.webhookDeliveries.countDocuments(waiting, { limit: most + 1 })) > most;
}
