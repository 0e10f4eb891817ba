import type { Redis } from 'ioredis';
import { type BlockDeps, unblock } from '../../models/block.ts';
import { toObjectId } from '../../models/ids.ts';
import type { EffectJob, EffectName } from '../../models/jobs.ts';
import { followConversations } from './follow-conversations.ts';
import { notify } from './notify.ts';

export interface EffectDeps extends BlockDeps {
  redis: Redis;
}

/** What follows a block or unblock, each apart from the others: one that fails repeats alone. */
export const effects: Record<EffectName, (deps: EffectDeps, job: EffectJob) => Promise<void>> = {
  'follow-conversations': followConversations,
  notify,
  expire,
};

/** The block's time is over. Nothing happens when it has ended before, or another took its place. */
async function expire(deps: EffectDeps, job: EffectJob): Promise<void> {
  const workspaceId = toObjectId(job.workspaceId);
  const contactId = toObjectId(job.contactId);
  const onlyBlock = toObjectId(job.blockId);
  if (!workspaceId || !contactId || !onlyBlock) return;
  await unblock(deps, {
    workspaceId,
    contactId,
    onlyBlock,
    by: { type: 'system', id: 'expiry' },
    source: 'rule',
    reason: 'expired',
  });
}
