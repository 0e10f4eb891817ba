import { z } from 'zod';
import type { ObjectId } from '../../../models/ids.ts';
import {
  END_REASONS,
  RUN_STATUSES,
  type WorkflowRun,
} from '../../../models/workflows/workflow-run.ts';
import { EVENT_TRIGGERS } from '../../../models/workflows/workflow-trigger.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import { byId, objectId, olderThan, pageOf } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

export const runQuery = z.object({
  ...byId,
  contactId: objectId.optional(),
  workflowId: objectId.optional(),
});
type RunQuery = z.output<typeof runQuery>;

/** Newest first. */
export async function listRuns(
  { workspaceId, query }: ApiRequest<unknown, RunQuery>,
  { models }: ApiDeps,
): Promise<Result> {
  const { contactId, workflowId } = query;
  const rows = await models.workflowRuns
    .find({
      workspaceId,
      ...(contactId && { contactId }),
      ...(workflowId && { workflowId }),
      ...olderThan(query),
    })
    .sort({ _id: -1 })
    .limit(query.limit + 1)
    .lean<WorkflowRun[]>();
  return { status: 200, body: pageOf(rows, query.limit, runJson, ({ _id }) => _id) };
}

export async function getRun(
  { workspaceId, params }: ApiRequest<{ id: ObjectId }>,
  { models }: ApiDeps,
): Promise<Result> {
  const run = await models.workflowRuns
    .findOne({ _id: params.id, workspaceId })
    .lean<WorkflowRun>();
  if (!run) throw new ApiError('not_found');
  return { status: 200, body: runJson(run) };
}

export const runOut = z.strictObject({
  id: idOut,
  workflowId: idOut,
  version: z.int(),
  contactId: idOut,
  conversationId: z.string().nullable(),
  trigger: z.enum([...EVENT_TRIGGERS, 'shortcut', 'schedule']),
  status: z.enum(RUN_STATUSES),
  startedAt: timeOut,
  endedAt: timeOut.nullable(),
  steps: z.array(z.strictObject({ id: z.string(), at: timeOut, result: z.string() })),
  end: z.strictObject({ reason: z.enum(END_REASONS), stepId: z.string().nullable() }).nullable(),
});

/** Fixed words only: nothing of what was said or asked for. */
export function runJson(run: WorkflowRun) {
  const { _id, workflowId, version, contactId, conversationId, trigger, status } = run;
  const { startedAt, endedAt, steps, end } = run;
  return {
    ...{ id: _id, workflowId, version, contactId, conversationId, trigger, status },
    ...{ startedAt, endedAt },
    steps: steps.map(({ id, at, result }) => ({ id, at, result })),
    end: end && { reason: end.reason, stepId: end.stepId },
  };
}
