/**
 * What a delivery is made of once its provider's dialect is gone. Adapters make these, screening
 * reads their senders, the worker stores them. They travel inside jobs, so they are plain JSON.
 */

/** A sender as `scheme:id`, e.g. `tel:+16505551234`, `telegram:1111111`. Unique in a workspace. */
export type Urn = string;

/** Media is kept as a reference (the provider's media id or an address) and is never fetched here. */
export interface Attachment {
  type: 'image' | 'video' | 'audio' | 'file' | 'sticker';
  id?: string;
  url?: string;
  mimeType?: string;
  name?: string;
  /** Bytes. */
  size?: number;
}

export interface Content {
  /** `unsupported`: a kind that the adapter does not know; the message itself is still kept. */
  type: 'text' | 'attachment' | 'location' | 'contacts' | 'reaction' | 'reply' | 'unsupported';
  text?: string;
  attachments?: Attachment[];
  /** The provider's id of the message that this one answers or reacts to. */
  replyTo?: string;
  /** Mail: what a reply needs to stay in its thread. */
  thread?: MailThread;
}

export interface MailThread {
  subject?: string;
  /** `Message-ID`s of the thread, the oldest first, with their angle brackets. */
  references: string[];
}

interface Timed {
  /** The provider's id of this event, unique in the channel: the key that makes a repeat a no-op. */
  eventId: string;
  /** The provider's time, milliseconds since 1970. */
  at: number;
}

/** Where something was said, when that is a group: screened by its sender, kept in the group's conversation. */
export interface Group {
  identity: Urn;
  name?: string;
}

/** A message from a contact. */
export interface InboundMessage extends Timed {
  kind: 'message';
  /** The provider's id of the message, where that is not the event's: edits and deletions name it. */
  messageId?: string;
  /** All URNs the provider gave for the sender, the most lasting one first. Never empty. */
  identities: Urn[];
  profile?: Profile;
  group?: Group;
  content: Content;
}

/** A contact changed an earlier message: new words, so it is screened like a message. */
export interface Edit extends Timed {
  kind: 'edit';
  /** The provider's id of the message that was changed. */
  messageId: string;
  identities: Urn[];
  group?: Group;
  content: Content;
}

/** A message was taken back: its content is erased, also when its sender is blocked. */
export interface Deletion extends Timed {
  kind: 'deletion';
  messageId: string;
}

/** A message of ours that was sent elsewhere (the provider's own app); `identities` is its recipient. */
export interface Echo extends Timed {
  kind: 'echo';
  /** The provider's id of the message, where that is not the event's: what sending it was answered with. */
  messageId?: string;
  identities: Urn[];
  content: Content;
}

/** What became of a message of ours. */
export interface StatusUpdate extends Timed {
  kind: 'status';
  /** The provider's id of the message it is about. */
  messageId: string;
  status: MessageStatus;
}

export interface Profile {
  firstName?: string;
  lastName?: string;
  phone?: string;
  email?: string;
}

/** All that we sent to a contact until a moment was delivered or read: for providers that name no message. */
export interface Watermark extends Timed {
  kind: 'watermark';
  identities: Urn[];
  status: 'delivered' | 'read';
  /** Milliseconds since 1970. */
  until: number;
}

/** In the order they happen; a status never goes back, `failed` ends it. */
export const MESSAGE_STATUSES = ['sent', 'delivered', 'read', 'failed'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** Those from which a message can still get to this one. */
export function statusesBefore(status: MessageStatus): readonly string[] {
  return MESSAGE_STATUSES.slice(0, MESSAGE_STATUSES.indexOf(status));
}

/** An event that has work for the worker. */
export type StoredEvent = InboundMessage | Echo | Edit | Deletion | StatusUpdate | Watermark;

/** An event whose outcome is known as soon as it is read. `reason` is a fixed word, never content. */
export interface SettledEvent {
  kind: 'ignored' | 'invalid';
  reason: string;
}

/**
 * One event as an adapter reads it. `account` is the provider's id of the receiving account, for
 * deliveries that carry events of several (a WhatsApp phone number id).
 */
export type ParsedEvent = (StoredEvent | SettledEvent) & { account?: string | undefined };

/** Events of one channel in one delivery: what is screened and handed over. */
export interface ChannelEvents {
  workspaceId: string;
  channelId: string;
  /** When the gateway had the whole request, milliseconds since 1970. */
  receivedAt: number;
  events: StoredEvent[];
}
