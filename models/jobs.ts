import type { JobsOptions } from 'bullmq';
import type { BlockAction } from './block/block-change.ts';
import type { ChannelEvents, Urn } from './delivery/event.ts';
import type { Tally } from './delivery/outcome.ts';
import type { Conversation } from './inbox/conversation.ts';
import type { Message } from './inbox/message.ts';
import type { WorkflowRun } from './workflows/workflow-run.ts';

/**
 * Where gateway and workers meet: the queues, what their jobs carry, and the ids that make a job
 * added twice one job. BullMQ refuses `:` in an id, so parts are joined with `-`.
 *
 * A queue is one line here: it is then opened, shown on the dashboard and measured. What the dashboard
 * shows of its jobs are the ids in them (`gateway/ops/job-view.ts`).
 */
export const QUEUES = {
  deliver: queue<DeliverJob>('deliver', 'Deliver', 'Batches of screened events, into the inbox'),
  blockEffects: queue<EffectJob>(
    'block-effects',
    'Block effects',
    'What follows a block or unblock: one job per effect',
  ),
  send: queue<SendJob>('send', 'Send', 'One job per message of ours that has to leave'),
  snooze: queue<SnoozeJob>('snooze', 'Snooze', 'Alarm clocks of snoozed conversations'),
  workflows: queue<WorkflowJob>(
    'workflows',
    'Workflows',
    'Alarm clocks of workflow runs: one job per turn of a run',
  ),
  webhooks: queue<WebhookJob>(
    'webhooks',
    'Webhooks',
    'One job per outgoing webhook that has something to send',
  ),
};

export type QueueKey = keyof typeof QUEUES;
export const QUEUE_KEYS = Object.keys(QUEUES) as QueueKey[];

/** `name` in Redis and in metrics; title and description are for people. */
export interface QueueOf<Job> {
  name: string;
  title: string;
  description: string;
  /** What its jobs carry: there for the compiler only. */
  job?: Job;
}

function queue<Job>(name: string, title: string, description: string): QueueOf<Job> {
  return { name, title, description };
}

/** All that one flush of the gateway had: one job, one durable write. */
export interface DeliverJob {
  batchId: string;
  deliveries: ChannelEvents[];
  /** Outcomes that were known at the door and are counted with the batch, exactly once. */
  settled: Tally[];
  /** Messages of blocked senders that were refused at the door, added up by sender. */
  refused?: RefusedSender[];
  /** The dead letter that this is another attempt at: stored, it is one no longer. */
  deadLetterId?: string;
}

/** What is kept of refused messages: how many, of whom, on which channel, the last one when (ms). */
export interface RefusedSender {
  workspaceId: string;
  channelId: string;
  urn: Urn;
  count: number;
  lastAt: number;
  /** The first and last message among them; edits make nobody active. */
  messages?: { firstAt: number; lastAt: number };
}

/** For ever, at growing intervals of at most a minute: what was answered 200 is never given up. */
const KEEP_TRYING: JobsOptions = {
  attempts: 1_000_000,
  backoff: { type: 'capped' },
};

export function deliverJobOptions(job: DeliverJob): JobsOptions {
  return { jobId: job.batchId, removeOnComplete: true, ...KEEP_TRYING };
}

/** Waiting time before the next attempt, milliseconds: 0.25 s, 0.5 s, 1 s … 60 s. */
export function cappedBackoff(attemptsMade: number): number {
  return Math.min(60_000, 250 * 2 ** Math.min(attemptsMade - 1, 10));
}

export const EFFECTS = ['notify', 'expire'] as const;
export type EffectName = (typeof EFFECTS)[number];

export interface EffectJob {
  workspaceId: string;
  contactId: string;
  blockId: string;
  action: BlockAction;
}

/** The same effect of the same change is one job, however often the relay adds it. */
export function effectJobOptions(effect: EffectName, job: EffectJob, delay = 0): JobsOptions {
  return {
    jobId: `${job.blockId}-${job.action}-${effect}`,
    // Kept for as long as the relay may add it again.
    removeOnComplete: { age: 24 * 3_600 },
    delay,
    ...KEEP_TRYING,
  };
}

/** Ids only: the message itself is in MongoDB, and its row is what is true of it. */
export interface SendJob {
  workspaceId: string;
  channelId: string;
  messageId: string;
}

/**
 * One job a message, however often it is added. One that is gone is added again for its row. A message
 * that is scheduled waits for its time.
 */
export function sendJobOf(message: Pick<Message, '_id' | 'workspaceId' | 'channelId' | 'sendAt'>) {
  const data: SendJob = {
    workspaceId: message.workspaceId.toString(),
    channelId: message.channelId.toString(),
    messageId: message._id,
  };
  const opts: JobsOptions = { removeOnComplete: true, removeOnFail: true, ...KEEP_TRYING };
  const delay = delayUntil(message.sendAt);
  return { name: QUEUES.send.name, data, opts: { jobId: message._id, delay, ...opts } };
}

/** Which conversation, and until when (ms) it is snoozed: of another snooze it is another job. */
export interface SnoozeJob {
  workspaceId: string;
  conversationId: string;
  until: number;
}

/** Wakes the conversation at its time. */
export function snoozeJobOf({
  _id,
  workspaceId,
  snoozedUntil,
}: Pick<Conversation, '_id' | 'workspaceId' | 'snoozedUntil'>) {
  const until = snoozedUntil?.getTime() ?? 0;
  const data: SnoozeJob = { workspaceId: workspaceId.toString(), conversationId: _id, until };
  const opts: JobsOptions = { removeOnComplete: true, removeOnFail: true, ...KEEP_TRYING };
  const delay = delayUntil(snoozedUntil);
  return { name: QUEUES.snooze.name, data, opts: { jobId: `${_id}-${until}`, delay, ...opts } };
}

/** Milliseconds until then; none when it is over. */
export function delayUntil(time: Date | null | undefined): number {
  return Math.max(0, (time?.getTime() ?? 0) - Date.now());
}

/** Has somebody look at a workflow run that is still at this turn. */
export interface WorkflowJob {
  runId: string;
  turn: number;
}

/** One job a turn, however often it is added. One that is gone is added again for its run. */
export function workflowJobOf({ _id, turn, dueAt }: Pick<WorkflowRun, '_id' | 'turn' | 'dueAt'>) {
  const runId = _id.toString();
  const data: WorkflowJob = { runId, turn };
  const opts: JobsOptions = { removeOnComplete: true, removeOnFail: true, ...KEEP_TRYING };
  const delay = delayUntil(dueAt);
  return { name: QUEUES.workflows.name, data, opts: { jobId: `${runId}-${turn}`, delay, ...opts } };
}

/** A turn of a webhook: it sends some of what is due to it. */
export interface WebhookJob {
  webhookId: string;
}

/** One job a webhook, so that none has more than its share of the workers. */
export function webhookJobOf({ _id }: { _id: { toString(): string } }) {
  const data: WebhookJob = { webhookId: _id.toString() };
  const opts: JobsOptions = { removeOnComplete: true, removeOnFail: true, ...KEEP_TRYING };
  return { name: QUEUES.webhooks.name, data, opts: { jobId: data.webhookId, ...opts } };
}
