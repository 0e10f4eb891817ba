import { type ClientSession, Schema } from 'mongoose';
import { type ObjectId, stableId, Types } from '../ids.ts';
import type { Models } from '../index.ts';
import type { Workflow } from './workflow.ts';
import type { Trigger } from './workflow-trigger.ts';

export const RUN_STATUSES = ['running', 'waiting', 'completed', 'stopped', 'failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
/** Those of a run that goes on. */
export const ACTIVE: RunStatus[] = ['running', 'waiting'];

export const END_REASONS = [
  'finished',
  'contact_blocked',
  'conversation_closed',
  'error',
  'loop_limit',
  'workflow_deleted',
  'contact_deleted',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** `null`: the next step is to be begun; else what the last one that was begun waits for. */
export type Phase = null | 'time' | 'answer' | 'request' | 'retry' | 'block';

/** Nobody reads it any more. */
const KEPT_S = 90 * 24 * 3_600;
/** Workflows that start each other: the one that would be deeper does not run. */
export const MOST_DEPTH = 5;

/** A step that was begun, and the fixed word for what came of it. */
export interface TakenStep {
  id: string;
  at: Date;
  result: string;
}

/** A workflow at work for one contact: all that is true of it. */
export interface WorkflowRun {
  _id: ObjectId;
  /** The same cause of the same workflow is the same run. */
  key: string;
  workspaceId: ObjectId;
  workflowId: ObjectId;
  version: number;
  contactId: ObjectId;
  /** Where it began, if it was in a conversation. */
  conversationId: string | null;
  trigger: Trigger['type'];
  depth: number;
  status: RunStatus;
  phase: Phase;
  /** Goes up with whatever is done with the run: who has read an older one does nothing. */
  turn: number;
  /** The step to begin next, or that waits; `null` when there is none. */
  position: string | null;
  steps: TakenStep[];
  /** Of a step that tries again. */
  attempts: number;
  /** When somebody has to look at it; absent when it is over. */
  dueAt?: Date;
  startedAt: Date;
  endedAt: Date | null;
  end: { reason: EndReason; stepId: string | null } | null;
}

export const workflowRunSchema = new Schema<WorkflowRun>(
  {
    key: { type: String, required: true },
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    workflowId: { type: Schema.Types.ObjectId, required: true },
    version: { type: Number, required: true },
    contactId: { type: Schema.Types.ObjectId, required: true },
    conversationId: { type: String, default: null },
    trigger: { type: String, required: true },
    depth: { type: Number, required: true },
    status: { type: String, enum: RUN_STATUSES, required: true },
    phase: { type: String, default: null },
    turn: { type: Number, required: true },
    position: { type: String, default: null },
    steps: [new Schema<TakenStep>({ id: String, at: Date, result: String }, { _id: false })],
    attempts: { type: Number, required: true },
    dueAt: Date,
    startedAt: { type: Date, required: true },
    endedAt: { type: Date, default: null },
    end: { type: Schema.Types.Mixed, default: null },
  },
  { versionKey: false },
);
const active = { partialFilterExpression: { status: { $in: ACTIVE } } };
workflowRunSchema.index({ key: 1 }, { unique: true });
workflowRunSchema.index({ workspaceId: 1, _id: -1 });
workflowRunSchema.index({ contactId: 1, _id: -1 });
workflowRunSchema.index({ workflowId: 1, _id: -1 });
// What a block and an answer look for, and what a closed conversation ends: of all runs a handful.
workflowRunSchema.index({ contactId: 1, status: 1 }, active);
workflowRunSchema.index({ conversationId: 1 }, active);
workflowRunSchema.index(
  { contactId: 1, phase: 1 },
  { partialFilterExpression: { phase: 'request' } },
);
workflowRunSchema.index({ dueAt: 1 }, { sparse: true });
workflowRunSchema.index({ endedAt: 1 }, { expireAfterSeconds: KEPT_S });

export interface RunCause {
  trigger: Trigger['type'];
  /** Tells the run from all others of the workflow. */
  key: string;
  conversationId?: string | null | undefined;
  depth?: number;
}

/** A run that is about to begin. One that is too deep is over before it does. */
export function newRun(
  { _id: workflowId, workspaceId, version, steps }: Workflow,
  contactId: ObjectId,
  { trigger, key, conversationId = null, depth = 0 }: RunCause,
): WorkflowRun {
  const now = new Date();
  const tooDeep = depth > MOST_DEPTH;
  return {
    _id: new Types.ObjectId(),
    key: stableId('run', workflowId.toString(), contactId.toString(), key),
    ...{ workspaceId, workflowId, version, conversationId, trigger, depth },
    contactId,
    status: tooDeep ? 'stopped' : 'running',
    phase: null,
    turn: 0,
    position: steps[0]?.id ?? null,
    steps: [],
    attempts: 0,
    ...(!tooDeep && { dueAt: now }),
    startedAt: now,
    endedAt: tooDeep ? now : null,
    end: tooDeep ? { reason: 'loop_limit', stepId: null } : null,
  };
}

/**
 * Stores runs; one that is there already stays as it is. Their contacts are held in the transaction
 * (`unblocked.ts`), or a run of theirs is: so a block comes before, and is seen, or after, and ends them.
 */
export async function startRuns(
  models: Models,
  runs: WorkflowRun[],
  session: ClientSession,
): Promise<void> {
  if (runs.length === 0) return;
  await models.workflowRuns.collection.bulkWrite(
    runs.map(({ key, ...run }) => ({
      updateOne: { filter: { key }, update: { $setOnInsert: run }, upsert: true },
    })),
    { session, ordered: false },
  );
}

/**
 * Ends runs where they stand. One that has a request in hand says so until it no longer has: a block waits
 * for that (`send-fence.ts`).
 */
export async function endRuns(
  models: Models,
  where: object,
  reason: EndReason,
  session: ClientSession,
): Promise<void> {
  const unlessInHand = (value: unknown) => ({
    $cond: [{ $eq: ['$phase', 'request'] }, value, '$$REMOVE'],
  });
  await models.workflowRuns.collection.updateMany(
    { ...where, status: { $in: ACTIVE } },
    [
      {
        $set: {
          status: 'stopped',
          phase: unlessInHand('$phase'),
          dueAt: unlessInHand('$dueAt'),
          turn: { $add: ['$turn', 1] },
          endedAt: '$$NOW',
          end: { reason, stepId: '$position' },
        },
      },
    ],
    { session },
  );
}

/** Of a run that was ended meanwhile: its request is no longer in hand. */
export async function releaseRequest(models: Models, _id: ObjectId): Promise<void> {
  await models.workflowRuns.updateOne(
    { _id, phase: 'request', endedAt: { $ne: null } },
    { $set: { phase: null }, $unset: { dueAt: 1 } },
  );
}

/** In the transaction of a merge: what runs for the one contact, or is about to, does so for the other. */
export async function moveRuns(
  models: Models,
  { from, into }: { from: ObjectId; into: ObjectId },
  session: ClientSession,
): Promise<void> {
  const moved = [{ contactId: from }, { $set: { contactId: into } }, { session }] as const;
  await models.workflowRuns.collection.updateMany(...moved);
  await models.workflowEvents.collection.updateMany(...moved);
}
