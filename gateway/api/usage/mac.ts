import { z } from 'zod';
import type { ObjectId } from '../../../models/ids.ts';
import type { Models } from '../../../models/index.ts';
import { type Cycle, cycleAt, cycleOfDay } from '../../../models/mac/cycle.ts';
import { type Mac, readMac } from '../../../models/mac/mac-count.ts';
import { macCycleId, type SignOff } from '../../../models/mac/mac-cycle.ts';
import type { Workspace } from '../../../models/people/workspace.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

export const cycleQuery = {
  cycle: z.union([z.literal('current'), z.iso.date()]).default('current'),
};
export const macQuery = z.object(cycleQuery);

/** What is told of a cycle everywhere. */
export const figuresOut = {
  /** Its name: its first day in the workspace's time zone. */
  cycle: z.iso.date(),
  cycleStart: timeOut,
  cycleEnd: timeOut,
  count: z.int(),
  saved: z.int(),
  late: z.int(),
  signedOff: z.strictObject({ at: timeOut, count: z.int(), checksum: z.string() }).nullable(),
};

export const macOut = z
  .strictObject({
    ...figuresOut,
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
  const workspace = await readWorkspace(models, workspaceId);
  const cycle = cycleOf(query.cycle, workspace);
  const [mac, kept] = await Promise.all([
    readMac(models, { workspaceId, cycle: cycle.name }),
    models.macCycles.findById(macCycleId(workspaceId, cycle.name)).lean(),
  ]);
  return {
    status: 200,
    body: {
      ...figuresOf(cycle, mac, kept?.signedOff),
      limit: workspace.billing.macLimit,
      byChannel: [...mac.byChannel]
        .map(([channelId, count]) => ({ channelId, count }))
        .toSorted((a, b) => b.count - a.count),
      byDay: [...mac.byDay].map(([day, count]) => ({ day, count })),
    },
  };
}

export async function readWorkspace(models: Models, workspaceId: ObjectId): Promise<Workspace> {
  const workspace = await models.workspaces.findById(workspaceId).lean<Workspace>();
  if (!workspace) throw new ApiError('not_found');
  return workspace;
}

export function cycleOf(cycle: string, { billing }: Workspace): Cycle {
  return cycle === 'current' ? cycleAt(Date.now(), billing) : cycleOfDay(cycle, billing);
}

export function figuresOf(
  { name, start, end }: Cycle,
  { count, saved, late }: Pick<Mac, 'count' | 'saved' | 'late'>,
  signedOff: SignOff | undefined,
) {
  return {
    ...{ cycle: name, cycleStart: start, cycleEnd: end },
    ...{ count, saved, late, signedOff: signedOff ?? null },
  };
}
