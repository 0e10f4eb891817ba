import { LRUCache } from 'lru-cache';
import type { ClientSession } from 'mongoose';
import type { Contact } from '../../models/contacts/contact.ts';
import type { Models } from '../../models/index.ts';
import { versionId } from '../../models/workflows/workflow.ts';
import {
  ACTIVE,
  type Phase,
  type TakenStep,
  type WorkflowRun,
} from '../../models/workflows/workflow-run.ts';
import { END, type Step } from '../../models/workflows/workflow-step.ts';
import { type Progress, type StepContext, StepFailed } from './progress.ts';

/** More steps than that are a loop. */
const MOST_STEPS = 200;

/** A run as it was before and is after a turn. */
export interface Turned {
  before: WorkflowRun;
  after: WorkflowRun;
  progress: Progress;
}

type Act = (step: Step, context: StepContext) => Progress | Promise<Progress>;

/**
 * One turn of a run: everything that a step does, and that it is done, in one transaction. The run's row
 * is written in it, and in the one that blocks its contact: so a block comes before, and nothing is done
 * any more, or after. `null` when the run is not at this turn, as somebody else has taken it or it is over.
 */
export async function takeTurn(
  models: Models,
  run: Pick<WorkflowRun, '_id' | 'turn'>,
  now: Date,
  act: Act,
): Promise<Turned | null> {
  const attempt = (what: Act) =>
    models.db.transaction((session) => turnIn(session, models, run, now, what));
  try {
    return await attempt(act);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return await attempt(() => ({ end: 'error', result: error.result }));
  }
}

/** The same in a transaction that does more. */
export async function turnIn(
  session: ClientSession,
  models: Models,
  { _id, turn }: Pick<WorkflowRun, '_id' | 'turn'>,
  now: Date,
  act: Act,
): Promise<Turned | null> {
  const before = await models.workflowRuns
    .findOneAndUpdate(
      { _id, turn, status: { $in: ACTIVE } },
      { $inc: { turn: 1 } },
      { session, returnDocument: 'before' },
    )
    .lean<WorkflowRun>();
  if (!before) return null;
  const steps = await stepsOf(models, before);
  const progress = await decide();
  const change = changeOf(before, steps, progress, now);
  const after = await models.workflowRuns
    .findOneAndUpdate({ _id }, change, { session, returnDocument: 'after' })
    .lean<WorkflowRun>();
  return after && { before, after, progress };

  async function decide(): Promise<Progress> {
    const run = before as WorkflowRun;
    const { contactId, workspaceId } = run;
    const contact = await models.contacts
      .findOne({ _id: contactId, workspaceId }, {}, { session })
      .lean<Contact>();
    if (!contact) return { end: 'error', result: 'no_contact' };
    if (!(await models.workflows.exists({ _id: run.workflowId }).session(session)))
      return { end: 'workflow_deleted' };
    const step = steps.find(({ id }) => id === run.position);
    if (!step) return { end: 'error', result: 'no_such_step' };
    if (run.phase === null && run.steps.length >= MOST_STEPS) return { end: 'loop_limit' };
    return await act(step, { models, run, contact, session, now });
  }
}

/** A version never changes. */
const versions = new LRUCache<string, Step[]>({ max: 500 });

async function stepsOf(
  models: Models,
  { workflowId, version }: Pick<WorkflowRun, 'workflowId' | 'version'>,
): Promise<Step[]> {
  const _id = versionId(workflowId, version);
  const known = versions.get(_id);
  if (known) return known;
  const { steps = [] } = (await models.workflowVersions.findById(_id).lean()) ?? {};
  versions.set(_id, steps);
  return steps;
}

/** What a turn makes of the run. The last entry of its steps is that of the step in hand. */
function changeOf(run: WorkflowRun, steps: Step[], progress: Progress, now: Date): object {
  const entry = entryOf(run, progress, now);
  if ('end' in progress)
    return over(progress.end === 'error' ? 'failed' : 'stopped', progress.end, run.position);
  if ('phase' in progress) {
    const { phase, dueAt } = progress;
    const attempts = phase === 'retry' ? run.attempts + 1 : run.attempts;
    return change({ status: statusIn(phase), phase, dueAt, attempts });
  }
  const next = progress.goto ?? steps[steps.findIndex(({ id }) => id === run.position) + 1]?.id;
  if (next === undefined || next === END) return over('completed', 'finished', run.position);
  return change({ status: 'running', phase: null, position: next, dueAt: now, attempts: 0 });

  function change(set: object) {
    return { $set: { ...set, ...entry.set }, ...entry.push };
  }

  function over(status: string, reason: string, stepId: string | null) {
    const ended = { status, phase: null, endedAt: now, end: { reason, stepId } };
    return { ...change(ended), $unset: { dueAt: 1 } };
  }
}

function statusIn(phase: NonNullable<Phase>): WorkflowRun['status'] {
  return phase === 'request' || phase === 'block' ? 'running' : 'waiting';
}

function entryOf(run: WorkflowRun, progress: Progress, at: Date) {
  const { result } = progress;
  if (result === undefined) return { set: {}, push: {} };
  if (run.phase !== null) return { set: { [`steps.${run.steps.length - 1}.result`]: result } };
  const taken: TakenStep = { id: run.position ?? '', at, result };
  return { set: {}, push: { $push: { steps: taken } } };
}
