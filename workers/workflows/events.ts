import type { ClientSession } from 'mongoose';
import { holdContact } from '../../models/block/unblocked.ts';
import type { Contact } from '../../models/contacts/contact.ts';
import type { Message } from '../../models/inbox/message.ts';
import type { Workflow } from '../../models/workflows/workflow.ts';
import type { WorkflowEvent } from '../../models/workflows/workflow-event.ts';
import { newRun, startRuns, type WorkflowRun } from '../../models/workflows/workflow-run.ts';
import { addJobs } from './alarm.ts';
import { setField } from './contact-steps.ts';
import type { WorkflowDeps } from './deps.ts';
import { MOST_ANSWER } from './http-request.ts';
import { StepFailed } from './progress.ts';
import { turnIn } from './turn.ts';

/**
 * Tells workflows of an event: in one transaction it goes, and the runs that it starts are there or those
 * that waited for it go on. Run twice at once it is done once.
 */
export async function tellWorkflows(deps: WorkflowDeps, event: WorkflowEvent): Promise<void> {
  const { models } = deps;
  const runs = await models.db.transaction(async (session) => {
    const { deletedCount } = await models.workflowEvents.deleteOne({ _id: event._id }, { session });
    if (deletedCount === 0) return [];
    const answered = await answer(deps, event, session);
    return answered.length > 0 ? answered : await start(deps, event, session);
  });
  await addJobs(deps, runs);
}

/** The runs that waited for this message. It answers their questions, and starts nothing else. */
async function answer(
  { models, now }: WorkflowDeps,
  { type, contactId, messageId }: WorkflowEvent,
  session: ClientSession,
): Promise<WorkflowRun[]> {
  if (type !== 'message_received' || !contactId || !messageId) return [];
  const waiting = await models.workflowRuns
    .find({ contactId, status: 'waiting', phase: 'answer' }, {}, { session })
    .lean<WorkflowRun[]>();
  if (waiting.length === 0) return [];
  const message = await models.messages.findById(messageId, {}, { session }).lean<Message>();
  const answered: WorkflowRun[] = [];
  for (const run of waiting) {
    const asked = run.steps.at(-1)?.at;
    if (!message || !asked || message.receivedAt < asked) continue;
    const turned = await turnIn(session, models, run, new Date(now()), async (step, context) => {
      if (step.type !== 'ask_question') return { end: 'error' };
      try {
        await setField(context, step.saveTo, textOf(message));
        return { result: 'answered' };
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        return { end: 'error', result: error.result };
      }
    });
    if (turned?.progress.result === 'answered') answered.push(turned.after);
  }
  return answered;
}

/** What is kept of an answer: its words, or what it is. */
function textOf({ text, type, attachments }: Message): string {
  return (text ?? attachments?.[0]?.url ?? type).slice(0, MOST_ANSWER);
}

/** The runs of all workflows that wait for such an event. */
async function start(
  { models }: WorkflowDeps,
  event: WorkflowEvent,
  session: ClientSession,
): Promise<WorkflowRun[]> {
  const { _id: key, workspaceId, type: trigger, contactId, conversationId, depth } = event;
  if (!contactId) return [];
  const contact = await holdContact(models, { workspaceId, contactId }, session);
  if (!contact || !mayStart(event, contact)) return [];
  const workflows = await models.workflows
    .find({ workspaceId, enabled: true, 'trigger.type': trigger }, {}, { session })
    .lean<Workflow[]>();
  const cause = { trigger, key, conversationId, depth };
  const runs = workflows.map((workflow) => newRun(workflow, contactId, cause));
  await startRuns(models, runs, session);
  return runs.filter(({ end }) => end === null);
}

/** Nothing starts by itself for a blocked contact, but for what its very block is to start. */
function mayStart({ type, blockId }: WorkflowEvent, { blocked }: Contact): boolean {
  return blocked === null || (type === 'contact_blocked' && blocked.id.equals(blockId ?? ''));
}
