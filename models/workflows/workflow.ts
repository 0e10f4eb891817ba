import { type ClientSession, Schema } from 'mongoose';
import { type ObjectId, Types } from '../ids.ts';
import type { Models } from '../index.ts';
import type { Listened } from '../people/workspace.ts';
import { nextMoment } from './workflow-cron.ts';
import type { Definition } from './workflow-definition.ts';

/** The newest version of a workflow. */
export interface Workflow extends Definition {
  _id: ObjectId;
  workspaceId: ObjectId;
  version: number;
  /** When the clock starts it next; only of a schedule that is enabled. */
  nextAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export const workflowSchema = new Schema<Workflow>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    name: { type: String, required: true },
    version: { type: Number, required: true },
    enabled: { type: Boolean, required: true },
    trigger: { type: Schema.Types.Mixed, required: true },
    steps: { type: [Schema.Types.Mixed], required: true } as never,
    nextAt: { type: Date, default: null },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { versionKey: false, minimize: false },
);
workflowSchema.index({ workspaceId: 1, _id: -1 });
workflowSchema.index({ workspaceId: 1, 'trigger.type': 1 });
workflowSchema.index({ nextAt: 1 }, { partialFilterExpression: { nextAt: { $type: 'date' } } });

/** The steps of one version. Never changed: a run stays with the version that it began with. */
export interface WorkflowVersion {
  /** {@link versionId}. */
  _id: string;
  workspaceId: ObjectId;
  steps: Definition['steps'];
}

export const workflowVersionSchema = new Schema<WorkflowVersion>(
  {
    _id: String,
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    steps: { type: [Schema.Types.Mixed], required: true } as never,
  },
  { versionKey: false, minimize: false },
);

export function versionId(workflowId: ObjectId, version: number): string {
  return `${workflowId}-${version}`;
}

export async function createWorkflow(
  models: Models,
  workspaceId: ObjectId,
  definition: Definition,
): Promise<Workflow> {
  const now = new Date();
  const _id = new Types.ObjectId();
  return await models.db.transaction(async (session) => {
    const nextAt = await nextAtOf(models, workspaceId, definition, session);
    const given = { ...definition, workspaceId, nextAt };
    const row: Workflow = { _id, ...given, version: 1, createdAt: now, updatedAt: now };
    await models.workflows.create([row], { session });
    await keepVersion(models, row, session);
    await updateListens(models, workspaceId, session);
    return row;
  });
}

/** The definition becomes the newest version; `null` when there is no such workflow. */
export async function changeWorkflow(
  models: Models,
  which: { _id: ObjectId; workspaceId: ObjectId },
  definition: Definition,
): Promise<Workflow | null> {
  return await models.db.transaction(async (session) => {
    const nextAt = await nextAtOf(models, which.workspaceId, definition, session);
    const row = await models.workflows
      .findOneAndUpdate(
        which,
        { $set: { ...definition, nextAt, updatedAt: new Date() }, $inc: { version: 1 } },
        { session, returnDocument: 'after' },
      )
      .lean<Workflow>();
    if (!row) return null;
    await keepVersion(models, row, session);
    await updateListens(models, which.workspaceId, session);
    return row;
  });
}

/** Its runs end at their next step. False when there is no such workflow. */
export async function deleteWorkflow(
  models: Models,
  which: { _id: ObjectId; workspaceId: ObjectId },
): Promise<boolean> {
  return await models.db.transaction(async (session) => {
    const { deletedCount } = await models.workflows.deleteOne(which, { session });
    if (deletedCount > 0) await updateListens(models, which.workspaceId, session);
    return deletedCount > 0;
  });
}

async function keepVersion(
  models: Models,
  { _id, workspaceId, version, steps }: Workflow,
  session: ClientSession,
): Promise<void> {
  const row = { _id: versionId(_id, version), workspaceId, steps };
  await models.workflowVersions.create([row], { session });
}

async function nextAtOf(
  models: Models,
  workspaceId: ObjectId,
  { enabled, trigger }: Definition,
  session: ClientSession,
): Promise<Date | null> {
  if (!enabled || trigger.type !== 'schedule') return null;
  const workspace = await models.workspaces.findById(workspaceId, {}, { session }).lean();
  return nextMoment(trigger.cron, workspace?.billing.timeZone ?? 'UTC', new Date());
}

/**
 * Writes down with the workspace what its workflows wait for: a delivery reads that row anyway, so one
 * of a workspace without workflows pays nothing for them. Runs of an older version may still ask, so
 * answers are listened to from the first question on.
 */
async function updateListens(
  models: Models,
  workspaceId: ObjectId,
  session: ClientSession,
): Promise<void> {
  const [enabled, asks, workspace] = [
    await models.workflows.distinct('trigger.type', { workspaceId, enabled: true }, { session }),
    await models.workflows.exists({ workspaceId, 'steps.type': 'ask_question' }).session(session),
    await models.workspaces.findById(workspaceId, { listens: 1 }, { session }).lean(),
  ];
  const answers = asks !== null || workspace?.listens?.includes('answer');
  const listens = [...enabled, ...(answers ? ['answer'] : [])] as Listened[];
  await models.workspaces.updateOne({ _id: workspaceId }, { $set: { listens } }, { session });
}
