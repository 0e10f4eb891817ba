import { Types } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { WebhookJob } from '../../models/jobs.ts';
import { CLEAN, disableWebhook, type Webhook } from '../../models/webhooks/webhook.ts';
import { type Attempted, attempt, GRACE_MS } from './attempt.ts';
import type { WebhookDeps } from './deps.ts';
import { GIVEN_UP_AFTER_MS, pauseAfter } from './schedule.ts';

/** Requests to one receiver at once; one that fails gets a single one, which tries whether it is back. */
const AT_ONCE = 10;

/**
 * A turn of one webhook: some of what is due to it is sent, and what became of that decides when it has
 * the next. It is one job, so a receiver that hangs has no more than this share of the workers, and no
 * other receiver waits for it.
 */
export function createTurn(deps: WebhookDeps) {
  const { models, now } = deps;

  return async ({ webhookId }: WebhookJob): Promise<void> => {
    const webhook = await take(deps, webhookId);
    if (!webhook) return;
    const due = await models.webhookDeliveries
      .find({ webhookId: webhook._id, dueAt: { $lte: new Date(now()) } })
      .sort({ dueAt: 1 })
      .limit(webhook.failingSince ? 1 : AT_ONCE)
      .lean();
    const attempts = await Promise.all(due.map((one) => attempt(deps, webhook, one)));
    const made = attempts.filter((one) => one !== undefined);
    if (made.length > 0) await noteHealth(deps, webhook, made);
    await release(models, webhook);
  };
}

/** In hand until the turn must be over; when its worker dies, it is then due again. */
async function take(
  { models, timeoutMs, now }: WebhookDeps,
  webhookId: string,
): Promise<Webhook | null> {
  const at = new Date(now());
  return await models.webhooks
    .findOneAndUpdate(
      {
        _id: new Types.ObjectId(webhookId),
        enabled: true,
        dueAt: { $lte: at },
        pausedUntil: { $lte: at },
      },
      { $set: { dueAt: new Date(at.getTime() + timeoutMs + 2 * GRACE_MS) } },
      { returnDocument: 'after' },
    )
    .lean<Webhook>();
}

/** Due when the next of its deliveries is; unless another one came meanwhile: then it is due already. */
async function release(models: Models, { _id, dueAt }: Webhook): Promise<void> {
  const next = await models.webhookDeliveries
    .findOne({ webhookId: _id, dueAt: { $type: 'date' } }, { dueAt: 1 })
    .sort({ dueAt: 1 })
    .lean();
  const update = next?.dueAt ? { $set: { dueAt: next.dueAt } } : { $unset: { dueAt: 1 } };
  await models.webhooks.updateOne({ _id, dueAt } as object, update as object);
}

async function noteHealth(
  { models, log, now }: WebhookDeps,
  webhook: Webhook,
  made: Attempted[],
): Promise<void> {
  const { _id } = webhook;
  if (made.some(({ code }) => code === 410)) return await disable('gone');
  if (made.some(({ delivered }) => delivered)) {
    if (webhook.failingSince) await models.webhooks.updateOne({ _id }, { $set: CLEAN });
    return;
  }
  const failures = webhook.failures + 1;
  const failingSince = webhook.failingSince ?? new Date(now());
  const asked = Math.max(...made.map(({ retryAfter = 0 }) => retryAfter));
  const pausedUntil = new Date(now() + pauseAfter(failures, asked));
  await models.webhooks.updateOne({ _id }, { $set: { failures, failingSince, pausedUntil } });
  if (now() - failingSince.getTime() >= GIVEN_UP_AFTER_MS) await disable('failing');

  async function disable(reason: 'gone' | 'failing'): Promise<void> {
    await disableWebhook(models, webhook, reason);
    log.warn('webhook.disabled', { webhookId: _id.toString(), reason });
  }
}
