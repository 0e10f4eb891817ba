import { Schema } from 'mongoose';
import type { Attachment, Content, MessageStatus } from './event.ts';
import { type ObjectId, stableId } from './ids.ts';

export type Sender =
  | { type: 'contact'; id: string }
  | { type: 'user' | 'workflow' | 'api' | 'echo'; id: string | null };

/** One message in the inbox. */
export interface Message {
  /** {@link messageId}: the same event of the same channel is the same message. */
  _id: string;
  workspaceId: ObjectId;
  channelId: ObjectId;
  conversationId: string;
  contactId: ObjectId;
  direction: 'in' | 'out';
  type: Content['type'];
  text?: string;
  attachments?: Attachment[];
  /** The provider's time. */
  at: Date;
  /** When the gateway had it. */
  receivedAt: Date;
  status: MessageStatus | 'received';
  eventId: string;
  sender: Sender;
}

export const messageSchema = new Schema<Message>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    channelId: { type: Schema.Types.ObjectId, required: true },
    conversationId: { type: String, required: true },
    contactId: { type: Schema.Types.ObjectId, required: true },
    direction: { type: String, enum: ['in', 'out'], required: true },
    type: { type: String, required: true },
    text: String,
    attachments: { type: [Schema.Types.Mixed], default: undefined },
    at: { type: Date, required: true },
    receivedAt: { type: Date, required: true },
    status: { type: String, required: true },
    eventId: { type: String, required: true },
    sender: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false },
);
// Reads a conversation from its end; `unread` counts what came in after a moment.
messageSchema.index({ conversationId: 1, receivedAt: -1, _id: -1 });

/** The unique key (channel, event id) as one value: the primary key does the de-duplication. */
export function messageId(channelId: string, eventId: string): string {
  return stableId(channelId, eventId);
}
