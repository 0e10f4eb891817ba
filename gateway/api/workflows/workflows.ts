import { z } from 'zod';
import { type ObjectId, toObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import {
  changeWorkflow,
  createWorkflow,
  deleteWorkflow,
  type Workflow,
} from '../../../models/workflows/workflow.ts';
import type { Definition } from '../../../models/workflows/workflow-definition.ts';
import { stepSchema } from '../../../models/workflows/workflow-step.ts';
import { triggerSchema } from '../../../models/workflows/workflow-trigger.ts';
import type { ApiDeps } from '../deps.ts';
import { ACCESS } from '../shell/access.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { isAllowed } from '../shell/auth.ts';
import { ApiError } from '../shell/errors.ts';
import { type ByIdQuery, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

type ById = ApiRequest<{ id: ObjectId }>;

/**
 * Whoever may write workflows sees them all. Others see what they can launch, and not its steps, which
 * may have addresses in them that are secrets.
 */
export async function listWorkflows(
  { auth, workspaceId, query }: ApiRequest<unknown, ByIdQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const all = isAllowed(auth, ACCESS.writeWorkflows, workspaceId);
  const seen: object = all ? {} : { enabled: true, 'trigger.type': 'shortcut' };
  const rows = await models.workflows
    .find({ workspaceId, ...seen, ...olderThan(query) })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<Workflow[]>();
  const toJson = all ? workflowJson : shortcutJson;
  return { status: 200, body: pageOf(rows, query.limit, toJson, ({ _id }) => _id) };
}

export async function createNewWorkflow(
  { workspaceId, body }: ApiRequest<unknown, unknown, Definition>,
  { models }: ApiDeps,
): Promise<Result> {
  await assertReferences(models, workspaceId, body);
  const workflow = await createWorkflow(models, workspaceId, body);
  return { status: 201, body: workflowJson(workflow) };
}

export async function getWorkflow(
  { workspaceId, params }: ById,
  { models }: ApiDeps,
): Promise<Result> {
  const workflow = await models.workflows.findOne({ _id: params.id, workspaceId }).lean<Workflow>();
  if (!workflow) throw new ApiError('not_found');
  return { status: 200, body: workflowJson(workflow) };
}

export async function replaceWorkflow(
  { workspaceId, params, body }: ApiRequest<{ id: ObjectId }, unknown, Definition>,
  { models }: ApiDeps,
): Promise<Result> {
  await assertReferences(models, workspaceId, body);
  const workflow = await changeWorkflow(models, { _id: params.id, workspaceId }, body);
  if (!workflow) throw new ApiError('not_found');
  return { status: 200, body: workflowJson(workflow) };
}

export async function deleteOneWorkflow(
  { workspaceId, params }: ById,
  { models }: ApiDeps,
): Promise<Result> {
  if (!(await deleteWorkflow(models, { _id: params.id, workspaceId })))
    throw new ApiError('not_found');
  return { status: 204 };
}

/** Users and workflows that steps name are of the workspace, or they are nobody and nothing. */
async function assertReferences(
  models: Models,
  workspaceId: ObjectId,
  { steps }: Definition,
): Promise<void> {
  const users = idsOf(steps.map((step) => step.type === 'assign' && step.userId));
  const workflows = idsOf(steps.map((step) => step.type === 'trigger_workflow' && step.workflowId));
  const [members, known] = await Promise.all([
    models.users.countDocuments({
      _id: { $in: users },
      'memberships.workspaceId': workspaceId,
    }),
    models.workflows.countDocuments({ _id: { $in: workflows }, workspaceId }),
  ]);
  if (members < users.length || known < workflows.length) throw new ApiError('not_found');
}

function idsOf(ids: (string | null | false)[]): ObjectId[] {
  return [...new Set(ids)].flatMap((id) => (id && toObjectId(id)) || []);
}

const listed = {
  id: idOut,
  name: z.string(),
  version: z.int(),
  enabled: z.boolean(),
  trigger: triggerSchema,
  createdAt: timeOut,
  updatedAt: timeOut,
};
const steps = z.array(stepSchema);
export const workflowOut = z.strictObject({ ...listed, steps }).meta({ id: 'Workflow' });
export const listedWorkflowOut = z
  .strictObject({ ...listed, steps: steps.optional() })
  .meta({ id: 'ListedWorkflow' });

function workflowJson(workflow: Workflow) {
  return { ...shortcutJson(workflow), steps: workflow.steps };
}

function shortcutJson({ _id, name, version, enabled, trigger, createdAt, updatedAt }: Workflow) {
  return { id: _id, name, version, enabled, trigger, createdAt, updatedAt };
}
