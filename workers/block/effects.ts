import type { EffectJob, EffectName } from '../../models/jobs.ts';
import type { EffectDeps } from './deps.ts';
import { expire } from './expire.ts';
import { followConversations } from './follow-conversations.ts';
import { notify } from './notify.ts';

/** What follows a block or unblock, each apart from the others: one that fails repeats alone. */
export const effects: Record<EffectName, (deps: EffectDeps, job: EffectJob) => Promise<void>> = {
  'follow-conversations': followConversations,
  notify,
  expire,
};
