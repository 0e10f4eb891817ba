import { span } from '../../config/tracing.ts';
import type { Channel } from '../../models/channel/channel.ts';
import type { Message } from '../../models/inbox/message.ts';
import type { SendJob } from '../../models/jobs.ts';
import { attempt, outcomeOfDead } from './attempt.ts';
import type { SendDeps } from './deps.ts';
import type { Outcome } from './outcome.ts';
import { begin, record, release } from './record.ts';

/**
 * Sends a message that the API has stored: marks it `sending`, tries once, writes down what became of
 * it. Resolves to when the next look at it is due (ms), or to `undefined` when it is done with. The row
 * in MongoDB is what is true: a job that comes twice or late finds that there is nothing to do.
 */
export function createSend(deps: SendDeps) {
  const { models, now, timeoutMs } = deps;

  return async ({ messageId }: SendJob): Promise<number | undefined> => {
    const row = await models.messages.findById(messageId).lean<Message>();
    if (!row?.outbox) return undefined;
    const { dueAt, attempts } = row.outbox;
    const waits = attempts > 0 || row.status === 'scheduled';
    if (waits && dueAt.getTime() > now()) return dueAt.getTime();
    const channel = await models.channels.findById(row.channelId).lean<Channel>();
    if (row.status === 'sending')
      return await conclude(row, channel, outcomeOfDead(row, channel, now()));
    if (row.status === 'scheduled') await release(models, messageId, now());
    const message = await begin(models, messageId, { now: now(), timeoutMs });
    // Somebody else has it, or ended it: the next look says which.
    if (!message) return now();
    const since = performance.now();
    const outcome = await span('attempt', async (note) => {
      const outcome = await attempt(deps, message, channel);
      note({ 'videur.channel_type': channel?.type, 'videur.outcome': wordOf(outcome) });
      return outcome;
    });
    return await conclude(message, channel, outcome, performance.now() - since);
  };

  async function conclude(
    message: Message,
    channel: Channel | null,
    outcome: Outcome,
    ms?: number,
  ): Promise<number | undefined> {
    const became = await deps.persist(() => record(models, message, outcome));
    if (!became) return nextLook(outcome);
    const { conversationId, _id: messageId } = message;
    deps.publish(message.workspaceId.toString(), [
      { type: 'message.stored', conversationId, messageId },
    ]);
    const channelType = channel?.type ?? 'deleted';
    const word = wordOf(became);
    const again = nextLook(became) !== undefined;
    deps.onSend(channelType, again ? 'again' : word, ms);
    deps.log.info('message.send', {
      messageId: message._id,
      workspaceId: message.workspaceId.toString(),
      channelId: message.channelId.toString(),
      channelType,
      outcome: word,
      again,
      attempts: message.outbox?.attempts,
      ...(ms !== undefined && { ms: Math.round(ms) }),
    });
    return nextLook(became);
  }
}

function nextLook(outcome: Outcome): number | undefined {
  return 'retryAt' in outcome ? outcome.retryAt : undefined;
}

function wordOf(outcome: Outcome): string {
  return 'sent' in outcome ? 'sent' : outcome.failure;
}
