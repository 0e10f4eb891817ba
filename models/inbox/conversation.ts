import { Schema } from 'mongoose';
import type { Contact } from '../contacts/contact.ts';
import { type ObjectId, stableId } from '../ids.ts';
import { idsOf } from '../merge/merged.ts';

export const CONVERSATION_STATUSES = ['open', 'closed', 'snoozed'] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];

/** What a contact and we say to each other on one channel: there is one, which opens and closes. */
export interface Conversation {
  /** {@link conversationId}. */
  _id: string;
  workspaceId: ObjectId;
  contactId: ObjectId;
  channelId: ObjectId;
  status: ConversationStatus;
  /** Follows the contact's block: true puts it in the blocked inbox and in no other. */
  blocked: boolean;
  assigneeId: ObjectId | null;
  snoozedUntil: Date | null;
  /** Messages received after it are unread. */
  readAt: Date;
  lastMessageAt: Date;
  createdAt: Date;
  /** Conversations that became part of this one when contacts were merged. */
  mergedFrom?: string[];
  /** When a merge last wanted it for itself: `merge-conversations.ts`. */
  heldAt?: Date;
}

export const conversationSchema = new Schema<Conversation>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    contactId: { type: Schema.Types.ObjectId, required: true },
    channelId: { type: Schema.Types.ObjectId, required: true },
    status: { type: String, enum: CONVERSATION_STATUSES, required: true },
    blocked: { type: Boolean, required: true, default: false },
    assigneeId: { type: Schema.Types.ObjectId, default: null },
    snoozedUntil: { type: Date, default: null },
    readAt: { type: Date, required: true },
    lastMessageAt: { type: Date, required: true },
    createdAt: { type: Date, required: true },
    mergedFrom: { type: [String], default: undefined },
    heldAt: Date,
  },
  { versionKey: false },
);
// Every list of the inbox in its order, whatever the status: all or blocked, one's own or nobody's, a
// channel's. Without a status the three of them are merged, each in order.
conversationSchema.index({ workspaceId: 1, blocked: 1, status: 1, lastMessageAt: -1, _id: -1 });
conversationSchema.index({
  workspaceId: 1,
  assigneeId: 1,
  blocked: 1,
  status: 1,
  lastMessageAt: -1,
  _id: -1,
});
conversationSchema.index({ channelId: 1, blocked: 1, status: 1, lastMessageAt: -1, _id: -1 });
conversationSchema.index({ contactId: 1 });
// Who has a conversation on a channel, in the order of contacts.
conversationSchema.index({ workspaceId: 1, channelId: 1, contactId: -1 });
// What the sweep looks at: snoozes that are over.
conversationSchema.index(
  { snoozedUntil: 1 },
  { partialFilterExpression: { snoozedUntil: { $type: 'date' } } },
);
conversationSchema.index({ mergedFrom: 1 }, { sparse: true });

export function conversationId(channelId: string, contactId: string): string {
  return stableId(channelId, contactId);
}

/** All ids that mean a contact's conversation on a channel, whether there is one or not. */
export function conversationIds(
  channelId: string,
  contact: Pick<Contact, '_id' | 'mergedFrom'>,
): string[] {
  return idsOf(contact).map((id) => conversationId(channelId, id.toString()));
}
