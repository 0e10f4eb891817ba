import { type BlockDeps, unblock } from '../../models/block/block.ts';
import { toObjectId } from '../../models/ids.ts';
import type { EffectJob } from '../../models/jobs.ts';

/** The block's time is over. Nothing happens when it has ended before, or another took its place. */
export async function expire(deps: BlockDeps, job: Omit<EffectJob, 'action'>): Promise<void> {
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
