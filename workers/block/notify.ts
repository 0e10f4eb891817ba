import type { BlockDeps } from '../../models/block/block.ts';
import type { EffectJob } from '../../models/jobs.ts';
import { type LiveEvent, liveChannel } from '../../models/live.ts';

/** Tells every open inbox. A feed is not a record: who is not listening reads the state instead. */
export async function notify({ redis }: BlockDeps, job: EffectJob): Promise<void> {
  const event: LiveEvent = {
    type: `contact.${job.action}`,
    contactId: job.contactId,
    blockId: job.blockId,
  };
  await redis.client.publish(liveChannel(job.workspaceId), JSON.stringify([event]));
}
