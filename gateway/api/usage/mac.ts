import { z } from 'zod';
import { type Cycle, cycleAt, cycleOfDay } from '../../../models/cycle.ts';
import { readMac } from '../../../models/mac-count.ts';
import type { Billing, Workspace } from '../../../models/workspace.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

export const macQuery = z.object({
  cycle: z.union([z.literal('current'), z.iso.date()]).default('current'),
});

export const macOut = z
  .strictObject({
    cycleStart: timeOut,
    cycleEnd: timeOut,
    count: z.int(),
    limit: z.int().nullable(),
    byChannel: z.array(z.strictObject({ channelId: idOut, count: z.int() })),
    byDay: z.array(z.strictObject({ day: z.iso.date(), count: z.int() })),
  })
  .meta({ id: 'Mac' });

/** Active contacts of the current cycle, or of the one that a day (in the workspace's zone) is in. */
export async function getMac(
  { workspaceId, query }: ApiRequest<unknown, z.output<typeof macQuery>>,
  { models }: ApiDeps,
): Promise<Result> {
  const workspace = await models.workspaces.findById(workspaceId).lean<Workspace>();
  if (!workspace) throw new ApiError('not_found');
  const { billing } = workspace;
  const cycle = cycleOf(query.cycle, billing);
  const { count, byChannel, byDay } = await readMac(models, { workspaceId, cycle: cycle.name });
  return {
    status: 200,
    body: {
      cycleStart: cycle.start,
      cycleEnd: cycle.end,
      count,
      limit: billing.macLimit,
      byChannel: [...byChannel]
        .map(([channelId, count]) => ({ channelId, count }))
        .toSorted((a, b) => b.count - a.count),
      byDay: [...byDay].map(([day, count]) => ({ day, count })),
    },
  };
}

function cycleOf(cycle: string, billing: Billing): Cycle {
  return cycle === 'current' ? cycleAt(Date.now(), billing) : cycleOfDay(cycle, billing);
}
