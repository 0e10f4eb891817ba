import type { BlockHistoryEntry } from '../../models/block/block-change.ts';
import type { Message } from '../../models/inbox/message.ts';
import type { Models } from '../../models/index.ts';
import { blockEntryJson, messageJson } from '../../models/shapes.ts';
import type { OutgoingType } from '../../models/webhooks/outgoing-event.ts';
import type { WebhookDelivery } from '../../models/webhooks/webhook-delivery.ts';

type Data = WebhookDelivery['data'];
type Reader = (models: Models, data: Data) => Promise<object | null>;

/** What is read for each attempt, as the API shows it at that time; the data of others is all there is. */
const READERS: Partial<Record<OutgoingType, Reader>> = {
  'contact.blocked': readBlockEntry,
  'contact.unblocked': readBlockEntry,
  'message.received': readMessage,
};

/** The body of the request; `null` when what it is about is not there any more. */
export async function payloadOf(
  models: Models,
  { type, at, data }: Pick<WebhookDelivery, 'type' | 'at' | 'data'>,
): Promise<string | null> {
  const read = READERS[type];
  const shown = read ? await read(models, data) : data;
  return shown && JSON.stringify({ type, timestamp: at, data: shown });
}

async function readMessage(models: Models, { messageId }: Data): Promise<object | null> {
  const message = await models.messages.findById(messageId).lean<Message>();
  if (!message) return null;
  const { contactId, channelId } = message;
  return { contactId, channelId, message: messageJson(message) };
}

async function readBlockEntry(models: Models, { contactId, blockId, action }: Data) {
  const entry = await models.blockHistory
    .findOne({ contactId, blockId, action } as object)
    .lean<BlockHistoryEntry>();
  return entry && blockEntryJson(entry);
}
