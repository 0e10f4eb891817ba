import { SendError } from '../../channels/http.ts';
import { LEAVE_WITHIN_MS } from '../../models/block/send-fence.ts';
import type { WorkflowRun } from '../../models/workflows/workflow-run.ts';
import type { StepOf } from '../../models/workflows/workflow-step.ts';
import { setField } from './contact-steps.ts';
import type { WorkflowDeps } from './deps.ts';
import type { Progress, StepContext } from './progress.ts';

type Request = StepOf<'http_request'>;

/** Longer than a request: one that is not over by then has died with its worker. */
const GRACE_MS = 5_000;
const MOST_ATTEMPTS = 5;
/** Characters of an answer that are kept in a field. */
export const MOST_ANSWER = 4_096;

/** From now on it is in hand; it leaves when that is stored. */
export function beginRequest(now: Date, timeoutMs: number): Progress {
  const dueAt = new Date(now.getTime() + timeoutMs + GRACE_MS);
  return { result: 'requested', phase: 'request', dueAt };
}

/** What came of a request, to be stored: the answer, or the word for why there is none. */
export type Answer =
  | { status: number; body: string }
  | { failure: string /** It never left. */; again: boolean };

/**
 * Makes the request of a run that has it in hand: once, unless it never left. `since`
 * (`performance.now()`) is when it was read that no block stands in the way; it leaves soon after that or
 * not at all, as a message does (`models/block/send-fence.ts`).
 */
export async function request(
  { http, timeoutMs }: Pick<WorkflowDeps, 'http' | 'timeoutMs'>,
  step: Request,
  run: WorkflowRun,
  since: number,
): Promise<Answer> {
  let left = false;
  const mayLeave = () => {
    left = performance.now() <= since + LEAVE_WITHIN_MS;
    return left;
  };
  try {
    const { status, body } = await http.call(requestOf(step, run), { timeoutMs, mayLeave });
    return { status, body };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    if (left && error.failure !== 'bad_answer') return { failure: 'outcome_unknown', again: false };
    return { failure: error.failure, again: error.failure === 'unreachable' && !left };
  }
}

/** Its key is the same however often it is tried. */
function requestOf({ method, url, body }: Request, run: WorkflowRun) {
  const sent = body ?? (method === 'POST' || method === 'PUT' ? idsOf(run) : undefined);
  return {
    method,
    url,
    headers: {
      'idempotency-key': `${run._id}-${run.steps.length}`,
      ...(sent !== undefined && { 'content-type': 'application/json' }),
    },
    ...(sent !== undefined && { body: JSON.stringify(sent) }),
  };
}

/** What a receiver is told that is told nothing else. */
function idsOf({ _id: runId, workspaceId, workflowId, contactId, conversationId }: WorkflowRun) {
  return { workspaceId, workflowId, runId, contactId, conversationId };
}

/** What the answer means for the run. */
export async function conclude(
  { saveTo: field }: Request,
  answer: Answer,
  context: StepContext,
): Promise<Progress> {
  const { run, now } = context;
  if ('failure' in answer) {
    const { failure, again } = answer;
    if (!again || run.attempts + 1 >= MOST_ATTEMPTS) return { end: 'error', result: failure };
    const dueAt = new Date(now.getTime() + 1_000 * 2 ** run.attempts);
    return { result: failure, phase: 'retry', dueAt };
  }
  const result = String(answer.status);
  if (answer.status < 200 || answer.status > 299) return { end: 'error', result };
  const value = answer.body.slice(0, MOST_ANSWER);
  if (field !== undefined) await setField(context, field, value);
  return { result };
}
