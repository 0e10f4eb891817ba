import type { BlockHistoryEntry } from './block/block-change.ts';
import type { Message } from './inbox/message.ts';

/** Rows as programs outside see them: in the API's answers and in outgoing webhooks. */

export function messageJson(message: Message) {
  const { _id, conversationId, direction, type, text, at, receivedAt, status, eventId } = message;
  return {
    id: _id,
    conversationId,
    direction,
    type,
    text: text ?? null,
    attachments: message.attachments ?? [],
    replyTo: message.replyTo ?? null,
    at,
    receivedAt,
    status,
    sendAt: message.sendAt ?? null,
    eventId,
    sender: { type: message.sender.type, id: message.sender.id },
    editedAt: message.editedAt ?? null,
    failure: message.failure ?? null,
    providerCode: message.providerCode ?? null,
  };
}

export function blockEntryJson(entry: BlockHistoryEntry) {
  const { _id, contactId, blockId, action, at, by, source, reason, expiresAt } = entry;
  return { id: _id, contactId, blockId, action, at, by, source, reason, expiresAt };
}
