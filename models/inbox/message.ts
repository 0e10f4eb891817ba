import { Schema } from 'mongoose';
import type { Attachment, Content, MailThread, MessageStatus, Urn } from '../delivery/event.ts';
import { type ObjectId, stableId } from '../ids.ts';

export type Sender =
  | { type: 'contact'; id: string }
  | { type: 'user' | 'workflow' | 'api' | 'echo'; id: string | null };

/** A message of ours that has still to leave. */
export interface Outbox {
  /** Not before; and when nothing is known of it by then, the relay has somebody look. */
  dueAt: Date;
  attempts: number;
  /** Its contact was blocked during this attempt: there is no other. */
  last?: true;
}

/** One message in the inbox. */
export interface Message {
  /** {@link messageId}: the same event of the same channel is the same message. */
  _id: string;
  workspaceId: ObjectId;
  channelId: ObjectId;
  conversationId: string;
  contactId: ObjectId;
  /** Said in a group: the conversation is not its contact's. */
  inGroup?: true;
  direction: 'in' | 'out';
  /** `deleted`: taken back, and nothing of its content is kept. */
  type: Content['type'] | 'deleted';
  text?: string;
  attachments?: Attachment[];
  /** The provider's id of the message that this one answers or reacts to. */
  replyTo?: string;
  thread?: MailThread;
  /** The provider's time. */
  at: Date;
  /** When the gateway had it. */
  receivedAt: Date;
  /**
   * A message of ours may be `scheduled`; it is `queued`, then `sending` for as long as an attempt lasts,
   * then `sent` or `failed`.
   */
  status: MessageStatus | 'received' | 'scheduled' | 'queued' | 'sending';
  /** Of a message that is or was scheduled: when it is to leave. */
  sendAt?: Date;
  eventId: string;
  sender: Sender;
  /** When its writer last changed it, in the provider's time. */
  editedAt?: Date;
  /** Event ids of the edits of that very moment: two in a second are two, one that comes again is one. */
  editIds?: string[];
  /** The provider's id of the message, where its event has another: what answers it names it. */
  providerMessageId?: string;
  /** Of a message of ours: until it is sent or failed. */
  outbox?: Outbox;
  /** Why it could not be sent: a fixed word, and the provider's own code. */
  failure?: string;
  providerCode?: string;
  /** Who wrote, or to whom: which of the contact's identities, where it has others as well. */
  identities?: Urn[];
  /** Where it was before contacts were merged, the first merge first. */
  moves?: MessageMove[];
}

/** A merge took a message along. */
export interface MessageMove {
  mergeId: ObjectId;
  conversationId: string;
  contactId: ObjectId;
}

/**
 * What became of a message that is not here yet: batches that wait out an outage or a dead worker come
 * in any order. It has the id that the message will have, or that its provider has for it.
 */
export interface EarlyMessage {
  _id: string;
  early: EarlyChange;
  expiresAt: Date;
}

/** Its last edit, with who made it; or that it was taken back. */
export type EarlyChange =
  | (EditFields & { writers: Urn[]; editedAt: Date; editIds: string[] })
  | { type: 'deleted' };

export type EditFields = Pick<Message, 'text' | 'attachments' | 'replyTo' | 'thread'> & {
  type: Content['type'];
};

export const messageSchema = new Schema<Message>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    channelId: { type: Schema.Types.ObjectId, required: true },
    conversationId: { type: String, required: true },
    contactId: { type: Schema.Types.ObjectId, required: true },
    inGroup: Boolean,
    direction: { type: String, enum: ['in', 'out'], required: true },
    type: { type: String, required: true },
    text: String,
    attachments: { type: [Schema.Types.Mixed], default: undefined },
    replyTo: String,
    thread: Schema.Types.Mixed,
    at: { type: Date, required: true },
    receivedAt: { type: Date, required: true },
    status: { type: String, required: true },
    sendAt: Date,
    eventId: { type: String, required: true },
    sender: { type: Schema.Types.Mixed, required: true },
    editedAt: Date,
    editIds: { type: [String], default: undefined },
    providerMessageId: String,
    outbox: {
      type: new Schema<Outbox>({ dueAt: Date, attempts: Number, last: Boolean }, { _id: false }),
    },
    failure: String,
    providerCode: String,
    identities: { type: [String], default: undefined },
    moves: { type: [Schema.Types.Mixed], default: undefined },
  },
  { versionKey: false },
);
// Reads a conversation from its end; `unread` counts what came in after a moment.
messageSchema.index({ conversationId: 1, receivedAt: -1, _id: -1 });
// What a watermark may raise; messages that came in or have arrived cost it nothing.
messageSchema.index(
  { conversationId: 1, at: 1 },
  { partialFilterExpression: { direction: 'out', status: { $in: ['sent', 'delivered'] } } },
);
// What the relay looks at, and what a block ends or waits for: of all messages a handful.
messageSchema.index({ 'outbox.dueAt': 1 }, { sparse: true });
messageSchema.index(
  { contactId: 1, status: 1 },
  { partialFilterExpression: { status: { $in: ['scheduled', 'queued', 'sending'] } } },
);
// What somebody said in groups, when all of theirs is erased.
messageSchema.index({ contactId: 1, inGroup: 1 }, { partialFilterExpression: { inGroup: true } });

messageSchema.index(
  { conversationId: 1, sendAt: 1, _id: 1 },
  { partialFilterExpression: { status: 'scheduled' } },
);

messageSchema.index(
  { expiresAt: 1 },
  { expireAfterSeconds: 0, partialFilterExpression: { expiresAt: { $exists: true } } },
);

/** The unique key (channel, event id) as one value: the primary key does the de-duplication. */
export function messageId(channelId: string, eventId: string): string {
  return stableId(channelId, eventId);
}
