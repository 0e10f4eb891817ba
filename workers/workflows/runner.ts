import { block } from '../../models/block/block.ts';
import { toObjectId } from '../../models/ids.ts';
import type { WorkflowJob } from '../../models/jobs.ts';
import { ACTIVE, releaseRequest, type WorkflowRun } from '../../models/workflows/workflow-run.ts';
import type { Step, StepOf } from '../../models/workflows/workflow-step.ts';
import { addJobs, addSends } from './alarm.ts';
import type { WorkflowDeps } from './deps.ts';
import { beginRequest, conclude, request } from './http-request.ts';
import type { Progress, StepContext } from './progress.ts';
import { createSteps } from './steps.ts';
import { type Turned, takeTurn } from './turn.ts';

/**
 * Runs a workflow from where it is until it waits or is over. Resolves to when the job has to come again
 * (ms), or to `undefined` when it is of no more use. The row in MongoDB is what is true: a job that comes
 * twice or late finds that the run is at another turn.
 */
export function createRunner(deps: WorkflowDeps) {
  const { models, log, now, timeoutMs } = deps;
  const begin = createSteps(timeoutMs);

  return async ({ runId, turn }: WorkflowJob): Promise<number | undefined> => {
    let run = await models.workflowRuns.findById(toObjectId(runId)).lean<WorkflowRun>();
    if (run?.turn !== turn) return undefined;
    while (run) {
      const dueAt = run.dueAt?.getTime() ?? 0;
      if (run.phase && dueAt > now()) {
        if (run.turn === turn) return dueAt;
        await addJobs(deps, [run]);
        return undefined;
      }
      if (!ACTIVE.includes(run.status)) {
        if (run.phase) await releaseRequest(models, run._id);
        return undefined;
      }
      run = await goOn(run);
    }
    return undefined;
  };

  /** One step, or the end of one. `null` when somebody else has it. */
  async function goOn(run: WorkflowRun): Promise<WorkflowRun | null> {
    let since = 0;
    let inHand: Step | undefined;
    const turned = await takeTurn(models, run, new Date(now()), (step, context) => {
      since = performance.now();
      inHand = step;
      return run.phase === null ? begin(step, context) : afterWaiting(run.phase, context);
    });
    if (!turned) return null;
    await follow(turned);
    const { after } = turned;
    if (inHand?.type === 'http_request' && after.phase === 'request')
      return await makeRequest(inHand, after, since);
    if (inHand?.type === 'block_contact' && after.phase === 'block')
      return await makeBlock(inHand, after);
    return after;
  }

  /** What becomes of a step whose time is over. */
  function afterWaiting(phase: NonNullable<WorkflowRun['phase']>, { now }: StepContext): Progress {
    switch (phase) {
      case 'time':
        return { result: 'waited' };
      case 'answer':
        return { result: 'timeout' };
      case 'retry':
        return beginRequest(now, timeoutMs);
      case 'request':
        // Whoever made it has died: it may have left.
        return { end: 'error', result: 'outcome_unknown' };
      case 'block':
        // The same: and blocking again changes nothing.
        return { result: 'blocking', phase: 'block', dueAt: new Date(now.getTime() + timeoutMs) };
    }
  }

  async function makeRequest(step: StepOf<'http_request'>, run: WorkflowRun, since: number) {
    const answer = await request(deps, step, run, since);
    const turned = await deps.persist(() =>
      takeTurn(models, run, new Date(now()), (_step, context) => conclude(step, answer, context)),
    );
    if (turned) await follow(turned);
    else await releaseRequest(models, run._id);
    return turned?.after ?? null;
  }

  /** A contact that is blocked by it is not one that the run may go on for. */
  async function makeBlock(step: StepOf<'block_contact'>, run: WorkflowRun) {
    const { workspaceId, contactId, workflowId } = run;
    const { reason = null, expiresInSeconds } = step;
    const result = await block(deps, {
      ...{ workspaceId, contactId, reason },
      by: { type: 'workflow', id: workflowId.toString() },
      source: 'workflow',
      expiresAt: expiresInSeconds ? new Date(now() + expiresInSeconds * 1_000) : null,
    });
    if (result?.changed)
      await models.workflowRuns.updateOne(
        { _id: run._id },
        { $set: { [`steps.${run.steps.length - 1}.result`]: 'blocked' } },
      );
    const turned = await takeTurn(models, run, new Date(now()), () => ({ result: 'unchanged' }));
    if (turned) await follow(turned);
    return turned?.after ?? null;
  }

  /** What is left to be done when a turn is stored. Whatever fails here, the relays see to. */
  async function follow({ after, progress }: Turned): Promise<void> {
    if ('sends' in progress && progress.sends) await addSends(deps, [progress.sends]);
    if (!after.end) return;
    log.info('workflow.ended', {
      runId: after._id.toString(),
      workflowId: after.workflowId.toString(),
      workspaceId: after.workspaceId.toString(),
      reason: after.end.reason,
      steps: after.steps.length,
    });
  }
}
