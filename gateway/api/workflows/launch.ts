import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { describeError } from '../../../config/logger.ts';
import { holdContact } from '../../../models/block/unblocked.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { Conversation } from '../../../models/inbox/conversation.ts';
import { workflowJobOf } from '../../../models/jobs.ts';
import type { Workflow } from '../../../models/workflows/workflow.ts';
import { newRun, startRuns, type WorkflowRun } from '../../../models/workflows/workflow-run.ts';
import type { ApiDeps } from '../deps.ts';
import { ApiError } from '../shell/errors.ts';
import { objectId } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { runJson } from './runs.ts';

const MOST_KEY = 200;
/** A job that is not in the queue by then is left to the relay. */
const QUEUE_DEADLINE_MS = 2_000;

export const launchBody = z.strictObject({
  contactId: objectId,
  /** The contact's latest, when it is left out. */
  conversationId: z.string().max(64).optional(),
});
type LaunchBody = z.output<typeof launchBody>;
type Launch = ApiRequest<{ id: ObjectId }, unknown, LaunchBody>;

/**
 * Launches a shortcut, for a blocked contact as well: the run then does what a block does not forbid, and
 * ends where it would do more.
 */
export async function launchWorkflow(request: Launch, deps: ApiDeps): Promise<Result> {
  const { models } = deps;
  const run = await models.db.transaction(async (session) => {
    const { workspaceId, params, body } = request;
    const workflow = await models.workflows
      .findOne({ _id: params.id, workspaceId }, {}, { session })
      .lean<Workflow>();
    const contact = await holdContact(models, { workspaceId, ...body }, session);
    if (!workflow || !contact) throw new ApiError('not_found');
    if (!workflow.enabled || workflow.trigger.type !== 'shortcut')
      throw new ApiError('workflow_not_launchable');
    const conversationId = await conversationIdOf(request, deps);
    const launched = newRun(workflow, contact._id, {
      trigger: 'shortcut',
      key: keyOf(request),
      conversationId,
    });
    await startRuns(models, [launched], session);
    return launched;
  });
  const stored = await models.workflowRuns.findOne({ key: run.key }).lean<WorkflowRun>();
  const known = stored !== null && !stored._id.equals(run._id);
  if (!known) await enqueue(run, deps);
  return { status: known ? 200 : 201, body: runJson(stored ?? run) };
}

/** The same key for the same contact is the same run. */
function keyOf({ idempotencyKey: key }: Launch): string {
  if (key === undefined) return randomUUID();
  if (key !== '' && key.length <= MOST_KEY) return `launched ${key}`;
  const message = `must have 1 to ${MOST_KEY} characters`;
  throw new ApiError('invalid_request', { errors: [{ path: 'Idempotency-Key', message }] });
}

async function conversationIdOf(
  { workspaceId, body: { contactId, conversationId } }: Launch,
  { models }: ApiDeps,
): Promise<string | null> {
  const which = {
    workspaceId,
    contactId,
    ...(conversationId !== undefined && { _id: conversationId }),
  };
  const found = await models.conversations
    .findOne(which, { _id: 1 })
    .sort({ lastMessageAt: -1, _id: -1 })
    .lean<Conversation>();
  if (!found && conversationId !== undefined) throw new ApiError('not_found');
  return found?._id ?? null;
}

async function enqueue(run: WorkflowRun, { queues, redis, log }: ApiDeps): Promise<void> {
  try {
    await redis.run(() => queues.workflows.addBulk([workflowJobOf(run)]), QUEUE_DEADLINE_MS);
  } catch (error) {
    log.warn('workflow.unqueued', { runId: run._id.toString(), ...describeError(error) });
  }
}
