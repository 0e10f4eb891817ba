import { assertAccepted, type HttpResponse, SendError } from '../../channels/http.ts';
import { standardHeaders } from '../../channels/standard-webhooks.ts';
import { describeError } from '../../config/logger.ts';
import type { Models } from '../../models/index.ts';
import type { Webhook } from '../../models/webhooks/webhook.ts';
import { deliveredUntil, type WebhookDelivery } from '../../models/webhooks/webhook-delivery.ts';
import { openSecrets } from '../../models/webhooks/webhook-secret.ts';
import type { WebhookDeps } from './deps.ts';
import { payloadOf } from './payload.ts';
import { waitAfter } from './schedule.ts';

/** After the deadline of an attempt: one that has not been written down by then has died with its worker. */
export const GRACE_MS = 5_000;

/** What a receiver made of one request. */
export interface Attempted {
  delivered: boolean;
  /** Its status; `null`: there was no answer, and `failure` says why. */
  code: number | null;
  failure: string | null;
  /** Seconds that it asks for. */
  retryAfter?: number;
}

/**
 * Sends one event to one receiver, once, and writes down what became of it. Resolves to `undefined` when
 * there was no request: somebody else has it in hand, or what it is about is gone.
 */
export async function attempt(
  deps: WebhookDeps,
  webhook: Webhook,
  due: WebhookDelivery,
): Promise<Attempted | undefined> {
  const { models, log, now } = deps;
  const since = performance.now();
  const delivery = await take(deps, due);
  if (!delivery) return undefined;
  const body = await payloadOf(models, delivery);
  if (body === null) {
    await record(models, delivery, { ...NOTHING, failure: 'deleted' }, { last: true, now: now() });
    return undefined;
  }
  const attempted = await post(deps, webhook, delivery, body);
  await record(models, delivery, attempted, { last: false, now: now() });
  log.info('webhook.attempt', {
    workspaceId: delivery.workspaceId.toString(),
    webhookId: webhook._id.toString(),
    eventId: delivery.eventId,
    type: delivery.type,
    attempts: delivery.attempts,
    delivered: attempted.delivered,
    code: attempted.code,
    failure: attempted.failure,
    ms: Math.round(performance.now() - since),
  });
  return attempted;
}

const NOTHING: Attempted = { delivered: false, code: null, failure: null };

/** In hand until the attempt must be over; when its worker dies, it is then due again. */
async function take(
  { models, timeoutMs, now }: WebhookDeps,
  { _id, dueAt }: WebhookDelivery,
): Promise<WebhookDelivery | null> {
  const at = now();
  return await models.webhookDeliveries
    .findOneAndUpdate(
      { _id, status: 'waiting', dueAt } as object,
      {
        $set: { dueAt: new Date(at + timeoutMs + GRACE_MS), lastAttemptAt: new Date(at) },
        $inc: { attempts: 1 },
      },
      { returnDocument: 'after' },
    )
    .lean<WebhookDelivery>();
}

/** Never throws. */
async function post(
  { http, encryptionKey, log, now }: WebhookDeps,
  webhook: Webhook,
  { _id, eventId }: WebhookDelivery,
  body: string,
): Promise<Attempted> {
  let response: HttpResponse | undefined;
  try {
    const secrets = openSecrets(webhook, encryptionKey, now());
    const signed = standardHeaders(eventId, body, secrets, now());
    const headers = { 'content-type': 'application/json', ...signed };
    response = await http.call({ method: 'POST', url: webhook.url, headers, body });
    assertAccepted(response, now());
    return { delivered: true, code: response.status, failure: null };
  } catch (error) {
    const code = response?.status ?? null;
    if (!(error instanceof SendError)) {
      log.error('webhook.broken', { deliveryId: _id.toString(), ...describeError(error) });
      return { delivered: false, code, failure: 'internal_error' };
    }
    const { failure, retryAfter } = error;
    return {
      delivered: false,
      code,
      failure: code === null ? failure : null,
      ...(retryAfter !== undefined && { retryAfter }),
    };
  }
}

/** An attempt that another one has followed meanwhile counts only when it has arrived. */
async function record(
  models: Models,
  { _id, attempts }: WebhookDelivery,
  { delivered, code: lastCode, failure, retryAfter }: Attempted,
  { last, now }: { last: boolean; now: number },
): Promise<void> {
  const told = { lastCode, failure };
  if (delivered) {
    const set = { ...told, status: 'delivered' as const, expiresAt: deliveredUntil(now) };
    await models.webhookDeliveries.updateOne({ _id }, { $set: set, $unset: { dueAt: 1 } });
    return;
  }
  const wait = last ? undefined : waitAfter(attempts, retryAfter);
  await models.webhookDeliveries.updateOne(
    { _id, status: 'waiting', attempts },
    wait === undefined
      ? { $set: { ...told, status: 'failed' }, $unset: { dueAt: 1 } }
      : { $set: { ...told, dueAt: new Date(now + wait) } },
  );
}
