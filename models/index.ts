import type { Connection, Model, Schema } from 'mongoose';
import { activeContactSchema } from './active-contact.ts';
import { blockChangeSchema, blockHistorySchema } from './block-change.ts';
import { channelSchema } from './channel.ts';
import { contactSchema } from './contact.ts';
import { contactDeletionSchema } from './contact-deletion.ts';
import { contactMergeSchema } from './contact-merge.ts';
import { conversationSchema } from './conversation.ts';
import { deadLetterSchema } from './dead-letter.ts';
import { deliveredBatchSchema, deliveryRunSchema } from './delivery.ts';
import { invitationSchema } from './invitation.ts';
import { macCountSchema } from './mac-count.ts';
import { macCycleSchema } from './mac-cycle.ts';
import { macRecountSchema } from './mac-recount.ts';
import { messageSchema } from './message.ts';
import { noteSchema } from './note.ts';
import { outcomeSchema, outcomeTotalSchema } from './outcome.ts';
import { outgoingEventSchema } from './outgoing-event.ts';
import { usedProofSchema } from './proof.ts';
import { providerMessageSchema } from './provider-message.ts';
import { savedContactSchema } from './saved-contact.ts';
import { segmentSchema } from './segment.ts';
import { spoolSchema } from './spool.ts';
import { apiKeySchema, sessionSchema, userSchema } from './user.ts';
import { webhookSchema } from './webhook.ts';
import { webhookDeliverySchema } from './webhook-delivery.ts';
import { workflowSchema, workflowVersionSchema } from './workflow.ts';
import { workflowEventSchema } from './workflow-event.ts';
import { workflowRunSchema } from './workflow-run.ts';
import { workspaceSchema } from './workspace.ts';

/** All collections of one database. Collaborators get this as an argument; nothing is global. */
export function defineModels(db: Connection) {
  const define = <T>(collection: string, schema: Schema<T>): Model<T> =>
    db.model<T>(collection, schema, collection);
  return {
    db,
    workspaces: define('workspaces', workspaceSchema),
    users: define('users', userSchema),
    invitations: define('invitations', invitationSchema),
    sessions: define('sessions', sessionSchema),
    apiKeys: define('api_keys', apiKeySchema),
    channels: define('channels', channelSchema),
    contacts: define('contacts', contactSchema),
    contactDeletions: define('contact_deletions', contactDeletionSchema),
    segments: define('segments', segmentSchema),
    conversations: define('conversations', conversationSchema),
    messages: define('messages', messageSchema),
    notes: define('notes', noteSchema),
    providerMessages: define('provider_messages', providerMessageSchema),
    activeContacts: define('active_contacts', activeContactSchema),
    savedContacts: define('saved_contacts', savedContactSchema),
    macCounts: define('mac_counts', macCountSchema),
    macCycles: define('mac_cycles', macCycleSchema),
    macRecounts: define('mac_recounts', macRecountSchema),
    outgoingEvents: define('outgoing_events', outgoingEventSchema),
    outcomes: define('outcomes', outcomeSchema),
    outcomeTotals: define('outcome_totals', outcomeTotalSchema),
    deliveryRuns: define('delivery_runs', deliveryRunSchema),
    deliveredBatches: define('delivered_batches', deliveredBatchSchema),
    spool: define('spool', spoolSchema),
    deadLetters: define('dead_letters', deadLetterSchema),
    usedProofs: define('used_proofs', usedProofSchema),
    blockHistory: define('block_history', blockHistorySchema),
    blockChanges: define('block_changes', blockChangeSchema),
    contactMerges: define('contact_merges', contactMergeSchema),
    workflows: define('workflows', workflowSchema),
    workflowVersions: define('workflow_versions', workflowVersionSchema),
    workflowEvents: define('workflow_events', workflowEventSchema),
    workflowRuns: define('workflow_runs', workflowRunSchema),
    webhooks: define('webhooks', webhookSchema),
    webhookDeliveries: define('webhook_deliveries', webhookDeliverySchema),
  };
}

export type Models = ReturnType<typeof defineModels>;

/** Makes collections and indexes. A transaction must not be the first to touch a collection. */
export async function prepareDatabase({ db }: Models): Promise<void> {
  await Promise.all(
    Object.values(db.models).map(async (model) => {
      await model.createCollection();
      await model.createIndexes();
    }),
  );
}
