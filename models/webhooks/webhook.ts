import { type ClientSession, Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import { OUTGOING_TYPES, type OutgoingType } from './outgoing-event.ts';

/** More than a workspace has programs; each event is stored once for each of them. */
const MOST_WEBHOOKS = 20;

/** Why it was disabled by us: failing for days, more waits than it ever takes, 410 Gone. */
export const DISABLED_REASONS = ['failing', 'backlog', 'gone'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Where a workspace's own program is told of events. */
export interface Webhook {
  _id: ObjectId;
  workspaceId: ObjectId;
  url: string;
  events: OutgoingType[];
  enabled: boolean;
  /** Null when a person disabled it. */
  disabledReason: DisabledReason | null;
  /** Its secrets: `webhook-secret.ts`. */
  sealed: Buffer;
  /** When a delivery of it is due next, or the worker that has it in hand has died; absent: nothing waits. */
  dueAt?: Date;
  /** Since when nothing has arrived, and how many attempts in a row. */
  failingSince: Date | null;
  failures: number;
  /** It has failed: not tried before. */
  pausedUntil: Date;
  createdAt: Date;
}

export const webhookSchema = new Schema<Webhook>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    url: { type: String, required: true },
    events: { type: [String], enum: OUTGOING_TYPES, required: true } as never,
    enabled: { type: Boolean, required: true, default: true },
    disabledReason: { type: String, default: null },
    sealed: { type: Buffer, required: true },
    dueAt: Date,
    failingSince: { type: Date, default: null },
    failures: { type: Number, default: 0 },
    pausedUntil: { type: Date, default: () => new Date(0) },
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false },
);
webhookSchema.index({ workspaceId: 1, _id: -1 });
webhookSchema.index({ dueAt: 1 }, { sparse: true });

/** The workspace has as many as it may have. */
export class TooManyWebhooks extends Error {
  constructor() {
    super('the workspace has too many webhooks');
    this.name = 'TooManyWebhooks';
  }
}

/** One of the workspace's, by id. */
export interface WhichWebhook {
  _id: ObjectId;
  workspaceId: ObjectId;
}

/** Throws {@link TooManyWebhooks}. */
export async function createWebhook(
  models: Models,
  given: WhichWebhook & Pick<Webhook, 'url' | 'events' | 'enabled' | 'sealed'>,
): Promise<Webhook> {
  const { workspaceId } = given;
  return await models.db.transaction(async (session) => {
    const [made] = await models.webhooks.create([given], { session });
    // All changes write the workspace: two at once are counted one after the other.
    await noteEvents(models, workspaceId, session);
    const count = await models.webhooks.countDocuments({ workspaceId }, { session });
    if (!made || count > MOST_WEBHOOKS) throw new TooManyWebhooks();
    return made.toObject<Webhook>();
  });
}

export type WebhookChange = {
  [Field in 'url' | 'events' | 'enabled']?: Webhook[Field] | undefined;
};

/** Enabled again, it has a clean slate, and what waits for it goes on. `null`: there is none such. */
export async function changeWebhook(
  models: Models,
  which: WhichWebhook,
  { url, events, enabled }: WebhookChange,
): Promise<Webhook | null> {
  const anew = { ...CLEAN, disabledReason: null, dueAt: new Date() };
  return await models.db.transaction(async (session) => {
    const changed = await models.webhooks
      .findOneAndUpdate(
        which,
        {
          $set: {
            ...(url !== undefined && { url }),
            ...(events && { events }),
            ...(enabled !== undefined && { enabled, disabledReason: null }),
            ...(enabled && anew),
          },
        },
        { session, returnDocument: 'after' },
      )
      .lean<Webhook>();
    if (changed) await noteEvents(models, which.workspaceId, session);
    return changed;
  });
}

/** What a webhook is like that does not fail. */
export const CLEAN = { failures: 0, failingSince: null, pausedUntil: new Date(0) } as const;

/** Nothing is sent to it any more. What waits for it goes on waiting, until it is enabled or too old. */
export async function disableWebhook(
  models: Models,
  { _id, workspaceId }: WhichWebhook,
  disabledReason: DisabledReason,
): Promise<void> {
  await models.db.transaction(async (session) => {
    await models.webhooks.updateOne(
      { _id, enabled: true },
      { $set: { enabled: false, disabledReason } },
      { session },
    );
    await noteEvents(models, workspaceId, session);
  });
}

/** With its log. False when there is none such. */
export async function deleteWebhook(models: Models, which: WhichWebhook): Promise<boolean> {
  const deleted = await models.db.transaction(async (session) => {
    const { deletedCount } = await models.webhooks.deleteOne(which, { session });
    if (deletedCount > 0) await noteEvents(models, which.workspaceId, session);
    return deletedCount > 0;
  });
  if (deleted) await models.webhookDeliveries.deleteMany({ webhookId: which._id });
  return deleted;
}

/**
 * Writes down with the workspace what its webhooks wait for: a delivery reads that row anyway, so one of
 * a workspace without webhooks pays nothing for them.
 */
async function noteEvents(
  models: Models,
  workspaceId: ObjectId,
  session: ClientSession,
): Promise<void> {
  const awaited = { workspaceId, enabled: true };
  const webhookEvents = await models.webhooks.distinct('events', awaited, { session });
  await models.workspaces.updateOne(
    { _id: workspaceId },
    { $set: { webhookEvents, webhooksChangedAt: new Date() } },
    { session },
  );
}
