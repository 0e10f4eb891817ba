import { z } from 'zod';
import { END, type Step, stepSchema } from './workflow-step.ts';
import { triggerSchema } from './workflow-trigger.ts';

const MOST_STEPS = 100;

/** A workflow as people write it. */
export const definitionSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  enabled: z.boolean().default(true),
  trigger: triggerSchema,
  steps: z.array(stepSchema).min(1).max(MOST_STEPS).superRefine(checkSteps),
});
export type Definition = z.output<typeof definitionSchema>;

/** What a step cannot know by itself: that ids are different, and that branches lead somewhere. */
function checkSteps(steps: Step[], context: z.RefinementCtx): void {
  const ids = new Set<string>([END]);
  for (const [index, { id }] of steps.entries()) {
    if (ids.has(id)) fault([index, 'id'], 'is the id of another step');
    ids.add(id);
  }
  for (const [index, step] of steps.entries()) {
    if (step.type !== 'branch') continue;
    for (const [at, { goto }] of step.conditions.entries())
      if (!ids.has(goto)) fault([index, 'conditions', at, 'goto'], 'is not a step');
    if (step.else !== undefined && !ids.has(step.else)) fault([index, 'else'], 'is not a step');
  }

  function fault(path: (string | number)[], message: string): void {
    context.addIssue({ code: 'custom', path, message });
  }
}
