import { z } from 'zod';
import type { ObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import { OUTGOING_TYPES } from '../../../models/webhooks/outgoing-event.ts';
import {
  DELIVERY_STATUSES,
  sendAgain,
  type WebhookDelivery,
} from '../../../models/webhooks/webhook-delivery.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, objectId, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

export const aDelivery = z.object({ id: objectId, deliveryId: objectId });

/** What became of each event, newest first. What was in it is not kept. */
export async function listDeliveries(
  { workspaceId, params, query }: ApiRequest<{ id: ObjectId }, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  await assertThere(models, { _id: params.id, workspaceId });
  const rows = await models.webhookDeliveries
    .find({ webhookId: params.id, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<WebhookDelivery[]>();
  return { status: 200, body: pageOf(rows, query.limit, deliveryJson, ({ _id }) => _id) };
}

/** Under the same id, at once: also one that has arrived, and one that has failed for good. */
export async function retryDelivery(
  { workspaceId, params }: ApiRequest<z.output<typeof aDelivery>>,
  { models }: ApiDeps,
): Promise<Result> {
  const { id: webhookId, deliveryId: _id } = params;
  await assertThere(models, { _id: webhookId, workspaceId });
  const now = Date.now();
  const delivery = await models.webhookDeliveries
    .findOneAndUpdate({ _id, webhookId }, { $set: sendAgain(now) }, { returnDocument: 'after' })
    .lean<WebhookDelivery>();
  if (!delivery) throw new ApiError('not_found');
  await models.webhooks.updateOne(
    { _id: webhookId },
    { $min: { dueAt: new Date(now) }, $set: { pausedUntil: new Date(0) } },
  );
  return { status: 202, body: deliveryJson(delivery) };
}

async function assertThere(
  models: Models,
  which: { _id: ObjectId; workspaceId: ObjectId },
): Promise<void> {
  if (!(await models.webhooks.exists(which))) throw new ApiError('not_found');
}

export const deliveryOut = z
  .strictObject({
    id: idOut,
    /** The `webhook-id` that the receiver got. */
    eventId: z.string(),
    type: z.enum(OUTGOING_TYPES),
    at: timeOut,
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    /** The status of the last answer. */
    lastCode: z.int().nullable(),
    /** Why there was none. */
    failure: z.string().nullable(),
    lastAttemptAt: timeOut.nullable(),
    nextAttemptAt: timeOut.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

function deliveryJson(delivery: WebhookDelivery) {
  const { _id, eventId, type, at, status, attempts, lastCode, failure, lastAttemptAt } = delivery;
  const nextAttemptAt = delivery.dueAt ?? null;
  return {
    ...{ id: _id, eventId, type, at, status, attempts, lastCode, failure },
    ...{ lastAttemptAt, nextAttemptAt },
  };
}
