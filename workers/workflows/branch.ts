import { queryOf } from '../../models/workflows/workflow-condition.ts';
import type { StepOf } from '../../models/workflows/workflow-step.ts';
import type { Progress, StepContext } from './progress.ts';

/** Goes where the first condition that holds leads; else to `else`, or on to the next step. */
export async function branch(
  step: StepOf<'branch'>,
  { models, run: { contactId }, session, now }: StepContext,
): Promise<Progress> {
  for (const { goto, ...condition } of step.conditions) {
    const query = { $and: [{ _id: contactId }, queryOf(condition, now.getTime())] };
    if (await models.contacts.exists(query).session(session)) return { result: goto, goto };
  }
  return step.else === undefined ? { result: 'next' } : { result: step.else, goto: step.else };
}
