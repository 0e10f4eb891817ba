import { z } from 'zod';
import { type Cycle, cycleAt, cycleOfDay } from '../../../models/mac/cycle.ts';
import { readMacs } from '../../../models/mac/mac-count.ts';
import { firstCycle } from '../../../models/mac/sign-off.ts';
import type { ApiDeps } from '../deps.ts';
import { pageOf, pageQuery } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { figuresOf, figuresOut, readWorkspace } from './mac.ts';

/** A cursor is the name of the last cycle that was read. */
export const macHistoryQuery = z.object(pageQuery(z.iso.date()));

export const macHistoryOut = z.strictObject(figuresOut).meta({ id: 'MacOfCycle' });

const NOTHING = { count: 0, saved: 0, late: 0 };

/** Every cycle since the workspace was made, the current one first. */
export async function getMacHistory(
  { workspaceId, query: { limit, cursor } }: ApiRequest<unknown, z.output<typeof macHistoryQuery>>,
  { models }: ApiDeps,
): Promise<Result> {
  const workspace = await readWorkspace(models, workspaceId);
  const { billing } = workspace;
  const first = await firstCycle(models, workspace);
  const before = ({ start }: Cycle) => cycleAt(start.getTime() - 1, billing);
  const cycles: Cycle[] = [];
  let cycle = cursor ? before(cycleOfDay(cursor, billing)) : cycleAt(Date.now(), billing);
  for (; cycle.name >= first.name && cycles.length <= limit; cycle = before(cycle))
    cycles.push(cycle);
  const names = cycles.map(({ name }) => name);
  const [macs, kept] = await Promise.all([
    readMacs(models, { workspaceId, cycles: names }),
    models.macCycles.find({ workspaceId, name: { $in: names } }).lean(),
  ]);
  const signedOff = new Map(kept.map(({ name, signedOff }) => [name, signedOff]));
  const toJson = (one: Cycle) =>
    figuresOf(one, macs.get(one.name) ?? NOTHING, signedOff.get(one.name));
  return { status: 200, body: pageOf(cycles, limit, toJson, ({ name }) => name) };
}
