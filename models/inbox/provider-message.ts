import { type ClientSession, Schema } from 'mongoose';
import type { MessageStatus } from '../delivery/event.ts';
import { stableId } from '../ids.ts';
import type { Models } from '../index.ts';

/**
 * Which message of ours a provider means by its id, where the id alone does not say: messages that we
 * sent, echoes, and messages whose event has another id than they have themselves.
 */
export interface ProviderMessage {
  /** {@link providerMessageId}. */
  _id: string;
  /** `null`: something was told of a message that nobody knows, or not yet. */
  messageId: string | null;
  /** The status that waits for the message. */
  status: MessageStatus | null;
  expiresAt: Date;
}

export const providerMessageSchema = new Schema<ProviderMessage>(
  {
    _id: String,
    messageId: { type: String, default: null },
    status: { type: String, default: null },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
providerMessageSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const DAY_MS = 24 * 3_600_000;
/** For as long as a provider has something to tell of a message: WhatsApp tries to deliver it for 30 days. */
const KEPT_MS = 31 * DAY_MS;
/** The message is on its way to us, or its send about to be recorded: only an outage comes in between. */
const WAITING_MS = 3 * DAY_MS;

/** A message of a channel as its provider names it. That of a message whose event has the same id is its own. */
export function providerMessageId(channelId: string, id: string): string {
  return stableId(channelId, id);
}

/** When what waits for its message is given up. */
export const waitingUntil = () => new Date(Date.now() + WAITING_MS);

export function knownMessage(_id: string, messageId: string): ProviderMessage {
  return { _id, messageId, status: null, expiresAt: new Date(Date.now() + KEPT_MS) };
}

export function waitingName(_id: string, status: MessageStatus | null): ProviderMessage {
  return { _id, messageId: null, status, expiresAt: waitingUntil() };
}

/**
 * Says that a provider's id means this message of ours, inside the transaction that stores that it was
 * sent. What arrived under that id before is ended: an echo is removed, a waiting status is taken out.
 * Resolves to the status that either had, for the message to be raised to; `null` when there is none.
 * A delivery that stores an echo or a status of that id writes the same row, so one of the two is made
 * again and sees the other.
 */
export async function claimProviderMessage(
  models: Models,
  {
    channelId,
    providerMessageId: id,
    messageId,
  }: { channelId: string; providerMessageId: string; messageId: string },
  session: ClientSession,
): Promise<MessageStatus | null> {
  const { _id, ...row } = knownMessage(providerMessageId(channelId, id), messageId);
  const before = await models.providerMessages.collection.findOneAndUpdate(
    { _id: _id as never },
    { $set: row },
    { upsert: true, returnDocument: 'before', session },
  );
  const known = before as unknown as ProviderMessage | null;
  if (!known?.messageId || known.messageId === messageId) return known?.status ?? null;
  const echo = await models.messages.collection.findOneAndDelete(
    { _id: known.messageId as never, 'sender.type': 'echo' },
    { projection: { status: 1 }, session },
  );
  return echo?.status ?? null;
}
