import type { ClientSession } from 'mongoose';
import { statusesBefore } from '../../models/delivery/event.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import type { Message } from '../../models/inbox/message.ts';
import { claimProviderMessage } from '../../models/inbox/provider-message.ts';
import type { Models } from '../../models/index.ts';
import { activeContactOf } from '../../models/mac/active-contact.ts';
import { cycleAt } from '../../models/mac/cycle.ts';
import { countActive } from '../../models/mac/mac.ts';
import { withId } from '../../models/merge/merged.ts';
import type { Outcome } from './outcome.ts';

/** Longer than an attempt: one that is not over by then has died with its worker. */
const GRACE_MS = 5_000;
/** Somebody else stores the same row (the contact's activity, an echo): the next try sees it. */
const MOST_TRIES = 20;

/**
 * A scheduled message that is due is like any other that has just been written. Nothing happens when it
 * was cancelled or ended by a block meanwhile.
 */
export async function release(models: Models, messageId: string, now: number): Promise<void> {
  const at = new Date(now);
  await models.messages.updateOne(
    { _id: messageId, status: 'scheduled' },
    { status: 'queued', at, receivedAt: at },
  );
}

/** Takes the message in hand; `null` when somebody else has it or it is no longer there to be sent. */
export async function begin(
  models: Models,
  messageId: string,
  { now, timeoutMs }: { now: number; timeoutMs: number },
): Promise<Message | null> {
  return await models.messages
    .findOneAndUpdate(
      { _id: messageId, status: 'queued' },
      {
        $set: { status: 'sending', 'outbox.dueAt': new Date(now + timeoutMs + GRACE_MS) },
        $inc: { 'outbox.attempts': 1 },
      },
      { returnDocument: 'after' },
    )
    .lean<Message>();
}

/**
 * Writes down what became of the attempt, all of it or nothing. May be repeated. Resolves to what the
 * message has become, or to `null` when that is no longer of interest: it is done with, or another
 * attempt has begun.
 */
export async function record(
  models: Models,
  message: Message,
  outcome: Outcome,
): Promise<Outcome | null> {
  if ('failure' in outcome) return await recordFailure(models, message, outcome);
  for (let tries = 1; ; tries += 1) {
    try {
      const stored = await models.db.transaction((session) =>
        storeSent(models, message, outcome, session),
      );
      return stored ? outcome : null;
    } catch (error) {
      if (!isDuplicateKey(error) || tries === MOST_TRIES) throw error;
    }
  }
}

async function recordFailure(
  models: Models,
  message: Message,
  outcome: Extract<Outcome, { failure: string }>,
): Promise<Outcome | null> {
  const { failure, retryAt, providerCode } = outcome;
  const { _id, outbox } = message;
  const mine = { _id, status: 'sending' as const, 'outbox.attempts': outbox?.attempts ?? 0 };
  if (retryAt !== undefined) {
    const { matchedCount } = await models.messages.updateOne(
      { ...mine, 'outbox.last': { $ne: true } },
      { $set: { status: 'queued', 'outbox.dueAt': new Date(retryAt) } },
    );
    // Blocked meanwhile, it is not tried again: also not when the contact has been unblocked since.
    return matchedCount > 0
      ? outcome
      : await recordFailure(models, message, { failure: 'contact_blocked' });
  }
  const { matchedCount } = await models.messages.updateOne(mine, {
    $set: { status: 'failed', failure, ...(providerCode !== undefined && { providerCode }) },
    $unset: { outbox: 1 },
  });
  return matchedCount > 0 ? outcome : null;
}

/** The provider's id, the status, the conversation's place in the inbox and the active contact. */
async function storeSent(
  models: Models,
  { _id: messageId, channelId }: Message,
  { sent, at }: Extract<Outcome, { sent: string }>,
  session: ClientSession,
): Promise<boolean> {
  const claim = { channelId: channelId.toString(), providerMessageId: sent, messageId };
  const known = await claimProviderMessage(models, claim, session);
  // One that was given up as unknown was sent after all; nothing else is taken back.
  const unsent = [
    { status: 'sending' as const },
    { status: 'failed' as const, failure: 'outcome_unknown' },
  ];
  const stored = await models.messages.findOneAndUpdate(
    { _id: messageId, $or: unsent },
    {
      $set: {
        status: known && statusesBefore(known).includes('sent') ? known : 'sent',
        eventId: sent,
        at: new Date(at),
      },
      $unset: { outbox: 1, failure: 1 },
    },
    { session },
  );
  if (!stored) return false;
  // As they are now: the contact may have been merged into another since.
  const { workspaceId, contactId, conversationId } = stored;
  await models.conversations.updateOne(
    withId(conversationId),
    { $max: { lastMessageAt: new Date(at) } },
    { session },
  );
  const workspace = await models.workspaces
    .findById(workspaceId, { billing: 1 }, { session })
    .lean();
  if (!workspace) return true;
  const cycle = cycleAt(at, workspace.billing).name;
  const of = { workspaceId, channelId, contactId, cycle, at: new Date(at) };
  const active = activeContactOf(of, workspace.billing);
  const counted = await models.activeContacts.exists({ _id: active._id }).session(session);
  if (!counted) await countActive(models, [active], session);
  return true;
}
