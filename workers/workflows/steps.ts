import { toObjectId } from '../../models/ids.ts';
import type { Workflow } from '../../models/workflows/workflow.ts';
import { MOST_DEPTH, newRun, startRuns } from '../../models/workflows/workflow-run.ts';
import type { Step, StepType } from '../../models/workflows/workflow-step.ts';
import { branch } from './branch.ts';
import { contactSteps } from './contact-steps.ts';
import { conversationSteps } from './conversation-steps.ts';
import { beginRequest } from './http-request.ts';
import { storeMessage } from './message.ts';
import { type Progress, type StepContext, StepFailed, type StepHandlers } from './progress.ts';

/** What is not done with a blocked contact: it is messaged, or its conversation opened or closed. */
const FORBIDDEN = new Set<StepType>([
  'send_message',
  'ask_question',
  'open_conversation',
  'close_conversation',
  'snooze_conversation',
]);
/** Longer than blocking takes: one that is not over by then has died with its worker. */
const BLOCKING_MS = 30_000;

/** What each step does. A request and a block begin here and go on outside of the transaction. */
function handlersOf(timeoutMs: number): StepHandlers {
  return {
    ...contactSteps,
    ...conversationSteps,
    async send_message({ text }, context) {
      return { result: 'sent', sends: await storeMessage(text, context) };
    },
    async ask_question({ text, timeoutSeconds }, context) {
      const sends = await storeMessage(text, context);
      return { result: 'asked', phase: 'answer', dueAt: later(context, timeoutSeconds), sends };
    },
    wait: ({ seconds }, context) => ({
      result: 'waiting',
      phase: 'time',
      dueAt: later(context, seconds),
    }),
    branch,
    http_request: (_step, { now }) => beginRequest(now, timeoutMs),
    trigger_workflow: ({ workflowId }, context) => trigger(workflowId, context),
    block_contact: (_step, { now }) => ({
      result: 'blocking',
      phase: 'block',
      dueAt: new Date(now.getTime() + BLOCKING_MS),
    }),
  };
}

/**
 * Begins a step. A run for a blocked contact is one that began under this very block, as that has ended all
 * others; it ends on reaching a step that a block forbids.
 */
export function createSteps(timeoutMs: number) {
  const handlers = handlersOf(timeoutMs);
  return async (step: Step, context: StepContext): Promise<Progress> => {
    if (context.contact.blocked && FORBIDDEN.has(step.type)) return { end: 'contact_blocked' };
    const handle = handlers[step.type] as (step: Step, context: StepContext) => Promise<Progress>;
    return await handle(step, context);
  };
}

function later({ now }: StepContext, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1_000);
}

/** The other run is for the same contact, in the same conversation. */
async function trigger(
  workflowId: string,
  { models, run, session }: StepContext,
): Promise<Progress> {
  if (run.depth >= MOST_DEPTH) return { end: 'loop_limit' };
  const { workspaceId } = run;
  const workflow = await models.workflows
    .findById(toObjectId(workflowId), {}, { session })
    .lean<Workflow>();
  if (!workflow?.workspaceId.equals(workspaceId)) throw new StepFailed('no_such_workflow');
  if (!workflow.enabled) throw new StepFailed('workflow_disabled');
  const cause = {
    trigger: workflow.trigger.type,
    key: `${run._id}-${run.steps.length}`,
    conversationId: run.conversationId,
    depth: run.depth + 1,
  };
  await startRuns(models, [newRun(workflow, run.contactId, cause)], session);
  return { result: 'started' };
}
