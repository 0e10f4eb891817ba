import type { Connection, Model, Schema } from 'mongoose';
import { blockChangeSchema, blockHistorySchema } from './block/block-change.ts';
import { channelSchema } from './channel/channel.ts';
import { contactSchema } from './contacts/contact.ts';
import { contactDeletionSchema } from './contacts/contact-deletion.ts';
import { savedContactSchema } from './contacts/saved-contact.ts';
import { segmentSchema } from './contacts/segment.ts';
import { deadLetterSchema } from './delivery/dead-letter.ts';
import { deliveredBatchSchema, deliveryRunSchema } from './delivery/delivery.ts';
import { outcomeSchema, outcomeTotalSchema } from './delivery/outcome.ts';
import { usedProofSchema } from './delivery/proof.ts';
import { spoolSchema } from './delivery/spool.ts';
import { conversationSchema } from './inbox/conversation.ts';
import { messageSchema } from './inbox/message.ts';
import { noteSchema } from './inbox/note.ts';
import { providerMessageSchema } from './inbox/provider-message.ts';
import { activeContactSchema } from './mac/active-contact.ts';
import { macCountSchema } from './mac/mac-count.ts';
import { macCycleSchema } from './mac/mac-cycle.ts';
import { macRecountSchema } from './mac/mac-recount.ts';
import { contactMergeSchema } from './merge/contact-merge.ts';
import { invitationSchema } from './people/invitation.ts';
import { apiKeySchema, sessionSchema, userSchema } from './people/user.ts';
import { workspaceSchema } from './people/workspace.ts';
import { outgoingEventSchema } from './webhooks/outgoing-event.ts';
import { webhookSchema } from './webhooks/webhook.ts';
import { webhookDeliverySchema } from './webhooks/webhook-delivery.ts';
import { workflowSchema, workflowVersionSchema } from './workflows/workflow.ts';
import { workflowEventSchema } from './workflows/workflow-event.ts';
import { workflowRunSchema } from './workflows/workflow-run.ts';

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
