import type { ClientSession } from 'mongoose';
import type { Contact } from '../../models/contacts/contact.ts';
import type { Models } from '../../models/index.ts';
import type { Workflow } from '../../models/workflows/workflow.ts';
import { nextMoment } from '../../models/workflows/workflow-cron.ts';
import { eventOf, type WorkflowEvent } from '../../models/workflows/workflow-event.ts';
import { newRun, startRuns, type WorkflowRun } from '../../models/workflows/workflow-run.ts';
import { addJobs } from './alarm.ts';
import type { WorkflowDeps } from './deps.ts';

const AT_ONCE = 100;
const CONTACTS_AT_ONCE = 100;

/**
 * Makes events of the schedules whose time has come, each moment once. Of those that were missed, as
 * nothing ran, the first is made up for and the others are left out.
 */
export async function strike({ models, now }: Pick<WorkflowDeps, 'models' | 'now'>): Promise<void> {
  const due = await models.workflows
    .find({ nextAt: { $type: 'date', $lte: new Date(now()) } })
    .limit(AT_ONCE)
    .lean<Workflow[]>();
  for (const workflow of due) await strikeOne(models, workflow, new Date(now()));
}

async function strikeOne(models: Models, workflow: Workflow, now: Date): Promise<void> {
  const { _id: workflowId, workspaceId, trigger, nextAt } = workflow;
  if (trigger.type !== 'schedule' || nextAt === null) return;
  const workspace = await models.workspaces.findById(workspaceId, { billing: 1 }).lean();
  const next = nextMoment(trigger.cron, workspace?.billing.timeZone ?? 'UTC', now);
  await models.db.transaction(async (session) => {
    const { matchedCount } = await models.workflows.updateOne(
      { _id: workflowId, nextAt },
      { $set: { nextAt: next } },
      { session },
    );
    if (matchedCount === 0) return;
    const event = eventOf(
      { workspaceId, type: 'schedule', workflowId },
      `${workflowId} ${nextAt.getTime()}`,
    );
    await models.workflowEvents.create([event], { session });
  });
}

/** Starts the runs of a schedule, some contacts at a time; where it was cut off it goes on. */
export async function runSchedule(deps: WorkflowDeps, event: WorkflowEvent): Promise<void> {
  for (let after = event.after; ; ) {
    const { runs, last } = await startSome(deps, { ...event, ...(after && { after }) });
    await addJobs(deps, runs);
    if (!last) return;
    after = last;
  }
}

async function startSome(
  { models, now }: WorkflowDeps,
  { _id: key, workspaceId, workflowId, after, depth }: WorkflowEvent,
): Promise<{ runs: WorkflowRun[]; last?: WorkflowEvent['after'] }> {
  return await models.db.transaction(async (session) => {
    const found = await models.workflows.findById(workflowId, {}, { session }).lean<Workflow>();
    const workflow = found?.enabled ? found : null;
    const tag = workflow?.trigger.type === 'schedule' && workflow.trigger.tag;
    const contacts = workflow
      ? await models.contacts
          .find(
            {
              workspaceId,
              blocked: null,
              ...(tag && { tags: tag }),
              ...(after && { _id: { $gt: after } }),
            },
            { _id: 1 },
            { session, sort: { _id: 1 }, limit: CONTACTS_AT_ONCE },
          )
          .lean<Contact[]>()
      : [];
    await holdContacts(models, contacts, session);
    const last = contacts.length === CONTACTS_AT_ONCE ? contacts.at(-1)?._id : undefined;
    const here = { _id: key, ...(after ? { after } : { after: { $exists: false } }) };
    const { modifiedCount } = last
      ? await models.workflowEvents.updateOne(
          here,
          { $set: { after: last, takenUntil: new Date(now() + TAKE_MS) } },
          { session },
        )
      : { modifiedCount: (await models.workflowEvents.deleteOne(here, { session })).deletedCount };
    // Another worker has taken it meanwhile.
    if (modifiedCount === 0 || !workflow) return { runs: [] };
    const cause = { trigger: 'schedule', key, depth } as const;
    const runs = contacts.map(({ _id }) => newRun(workflow, _id, cause));
    await startRuns(models, runs, session);
    return { runs, ...(last && { last }) };
  });
}

/** A block of one of them comes before, and it is left out, or after, and ends its run. */
async function holdContacts(
  models: Models,
  contacts: Pick<Contact, '_id'>[],
  session: ClientSession,
): Promise<void> {
  const these = { _id: { $in: contacts.map(({ _id }) => _id) } };
  await models.contacts.updateMany(
    these,
    { $currentDate: { guardedAt: true } },
    { session, timestamps: false },
  );
}

/** A worker that died with an event in hand leaves it to the others after this time. */
export const TAKE_MS = 30_000;
