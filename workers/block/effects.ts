import { UnrecoverableError } from 'bullmq';
import type { BlockDeps } from '../../models/block/block.ts';
import type { EffectJob, EffectName } from '../../models/jobs.ts';
import { expire } from './expire.ts';
import { notify } from './notify.ts';

/** What follows a block or unblock, each apart from the others: one that fails repeats alone. */
export const effects: Record<EffectName, (deps: BlockDeps, job: EffectJob) => Promise<void>> = {
  notify,
  expire,
};

export async function runEffect(deps: BlockDeps, name: string, job: EffectJob): Promise<void> {
  const effect = effects[name as EffectName];
  if (!effect) throw new UnrecoverableError(`no such effect: ${name}`);
  await effect(deps, job);
}
