import { definitionSchema } from '../../../models/workflows/workflow-definition.ts';
import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { anId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import { launchBody, launchWorkflow } from './launch.ts';
import { getRun, listRuns, runOut, runQuery } from './runs.ts';
import {
  createNewWorkflow,
  deleteOneWorkflow,
  getWorkflow,
  listedWorkflowOut,
  listWorkflows,
  replaceWorkflow,
  workflowOut,
} from './workflows.ts';

/** What runs by itself. */
export const workflowRoutes: readonly Route[] = [
  route('get', `${W}/workflows`, ACCESS.listWorkflows, {
    summary: 'Workflows, newest first; to agents the shortcuts, without their steps',
    query: byIdQuery,
    answers: { 200: pageOut(listedWorkflowOut) },
    handle: listWorkflows,
  }),
  route('post', `${W}/workflows`, ACCESS.writeWorkflows, {
    summary: 'Make a workflow',
    body: definitionSchema,
    answers: { 201: workflowOut },
    handle: createNewWorkflow,
  }),
  route('get', `${W}/workflows/:id`, ACCESS.writeWorkflows, {
    summary: 'One workflow with its steps',
    params: anId,
    answers: { 200: workflowOut },
    handle: getWorkflow,
  }),
  route('put', `${W}/workflows/:id`, ACCESS.writeWorkflows, {
    summary: 'A new version of a workflow; what runs stays with its own',
    params: anId,
    body: definitionSchema,
    answers: { 200: workflowOut },
    handle: replaceWorkflow,
  }),
  route('delete', `${W}/workflows/:id`, ACCESS.writeWorkflows, {
    summary: 'Delete a workflow; its runs end at their next step',
    params: anId,
    answers: { 204: null },
    handle: deleteOneWorkflow,
  }),
  route('post', `${W}/workflows/:id/launch`, ACCESS.launchWorkflows, {
    summary: 'Launch a shortcut for a contact; with the same Idempotency-Key once',
    params: anId,
    body: launchBody,
    answers: { 200: runOut, 201: runOut },
    errors: ['workflow_not_launchable'],
    handle: launchWorkflow,
  }),
  route('get', `${W}/workflow-runs`, ACCESS.readWorkflowRuns, {
    summary: 'Workflow runs, newest first',
    query: runQuery,
    answers: { 200: pageOut(runOut) },
    handle: listRuns,
  }),
  route('get', `${W}/workflow-runs/:id`, ACCESS.readWorkflowRuns, {
    summary: 'One workflow run, step by step',
    params: anId,
    answers: { 200: runOut },
    handle: getRun,
  }),
];
