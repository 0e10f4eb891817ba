import { z } from 'zod';
import { type ObjectId, Types } from '../../../models/ids.ts';
import { OUTGOING_TYPES } from '../../../models/webhooks/outgoing-event.ts';
import {
  changeWebhook,
  createWebhook,
  DISABLED_REASONS,
  deleteWebhook,
  TooManyWebhooks,
  type Webhook,
} from '../../../models/webhooks/webhook.ts';
import { newSecret, sealRotated, sealSecret } from '../../../models/webhooks/webhook-secret.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

type ById = { id: ObjectId };

const MOST_URL = 2_048;

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(MOST_URL)
  .refine(hasNoPassword, 'must not have a user or a password');
const events = z
  .array(z.enum(OUTGOING_TYPES))
  .min(1)
  .transform((types) => [...new Set(types)]);

export const newWebhook = z.strictObject({ url, events, enabled: z.boolean().default(true) });
export const webhookChange = z.strictObject({
  url: url.optional(),
  events: events.optional(),
  enabled: z.boolean().optional(),
});

export async function listWebhooks(
  { workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const rows = await models.webhooks
    .find({ workspaceId, ...olderThan(query) }, { sealed: 0 })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<Webhook[]>();
  return { status: 200, body: pageOf(rows, query.limit, webhookJson, ({ _id }) => _id) };
}

/** The secret is in this answer and nowhere else. */
export async function addWebhook(
  { workspaceId, body }: ApiRequest<unknown, unknown, z.output<typeof newWebhook>>,
  { models, settings }: ApiDeps,
): Promise<Result> {
  const _id = new Types.ObjectId();
  const secret = newSecret();
  const sealed = sealSecret(secret, settings.ENCRYPTION_KEY, _id.toString());
  try {
    const webhook = await createWebhook(models, { _id, workspaceId, ...body, sealed });
    return { status: 201, body: { ...webhookJson(webhook), secret } };
  } catch (error) {
    throw error instanceof TooManyWebhooks ? new ApiError('too_many_webhooks') : error;
  }
}

export async function patchWebhook(
  { workspaceId, params, body }: ApiRequest<ById, unknown, z.output<typeof webhookChange>>,
  { models }: ApiDeps,
): Promise<Result> {
  const webhook = await changeWebhook(models, { _id: params.id, workspaceId }, body);
  if (!webhook) throw new ApiError('not_found');
  return { status: 200, body: webhookJson(webhook) };
}

/** The new secret is in this answer and nowhere else; the old one signs as well for a day. */
export async function rotateSecret(
  { workspaceId, params }: ApiRequest<ById>,
  { models, settings }: ApiDeps,
): Promise<Result> {
  const which = { _id: params.id, workspaceId };
  const secret = newSecret();
  const webhook = await models.db.transaction(async (session) => {
    const known = await models.webhooks.findOne(which, {}, { session }).lean<Webhook>();
    if (!known) throw new ApiError('not_found');
    const sealed = sealRotated(known, secret, settings.ENCRYPTION_KEY, Date.now());
    await models.webhooks.updateOne(which, { $set: { sealed } }, { session });
    return known;
  });
  return { status: 200, body: { ...webhookJson(webhook), secret } };
}

/** With its log; what waits for it is not sent any more. */
export async function removeWebhook(
  { workspaceId, params }: ApiRequest<ById>,
  { models }: ApiDeps,
): Promise<Result> {
  if (!(await deleteWebhook(models, { _id: params.id, workspaceId })))
    throw new ApiError('not_found');
  return { status: 204 };
}

function hasNoPassword(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username === '' && password === '';
}

export const webhookOut = z
  .strictObject({
    id: idOut,
    url: z.string(),
    events: z.array(z.enum(OUTGOING_TYPES)),
    enabled: z.boolean(),
    /** Why it was disabled by itself. */
    disabledReason: z.enum(DISABLED_REASONS).nullable(),
    failingSince: timeOut.nullable(),
    createdAt: timeOut,
  })
  .meta({ id: 'Webhook' });
export const newWebhookOut = webhookOut.extend({ secret: z.string() });

function webhookJson(webhook: Webhook) {
  const { _id, url, events, enabled, disabledReason, failingSince, createdAt } = webhook;
  return { id: _id, url, events, enabled, disabledReason, failingSince, createdAt };
}
