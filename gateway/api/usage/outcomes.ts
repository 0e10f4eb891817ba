import { z } from 'zod';
import { hourOf, OUTCOMES, type Outcome } from '../../../models/delivery/outcome.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import { objectId } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';

const DAY_MS = 24 * 3_600_000;
/** So that the answer stays of a size. */
const LONGEST_DAYS = 31;

const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

export const outcomeQuery = z
  .object({ from: time.optional(), to: time.optional(), channelId: objectId.optional() })
  .transform(({ from, to = new Date(), channelId }) => ({
    from: from ?? new Date(to.getTime() - DAY_MS),
    to,
    channelId,
  }))
  .refine(({ from, to }) => from < to, { path: ['from'], message: 'must be before to' })
  .refine(({ from, to }) => to.getTime() - from.getTime() <= LONGEST_DAYS * DAY_MS, {
    path: ['from'],
    message: `must be at most ${LONGEST_DAYS} days before to`,
  });

export const outcomesOut = z
  .strictObject({
    from: timeOut,
    to: timeOut,
    items: z.array(
      z.strictObject({
        hour: timeOut,
        channelId: idOut.nullable(),
        outcome: z.enum(OUTCOMES),
        reason: z.string().nullable(),
        count: z.int(),
      }),
    ),
    totals: z.record(z.enum(OUTCOMES), z.int()),
  })
  .meta({ id: 'Outcomes' });

interface Row {
  _id: { hour: Date; channelId: ObjectId | null; outcome: Outcome; reason: string | null };
  count: number;
}

/** What became of the events, by hour. The hour that `from` falls into is in it as a whole. */
export async function getOutcomes(
  { workspaceId, query }: ApiRequest<unknown, z.output<typeof outcomeQuery>>,
  { models }: ApiDeps,
): Promise<Result> {
  const { from, to, channelId } = query;
  const hour = { $gte: hourOf(from.getTime()), $lt: to };
  const rows = await models.outcomes.aggregate<Row>([
    { $match: { workspaceId, hour, ...(channelId && { channelId }) } },
    {
      $group: {
        _id: { hour: '$hour', channelId: '$channelId', outcome: '$outcome', reason: '$reason' },
        count: { $sum: '$count' },
      },
    },
    { $sort: { _id: 1 } },
  ]);
  const items = rows.map(({ _id, count }) => ({ ..._id, count }));
  return { status: 200, body: { from: hour.$gte, to, items, totals: totalsOf(items) } };
}

function totalsOf(items: { outcome: Outcome; count: number }[]): Record<Outcome, number> {
  const totals = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >;
  for (const { outcome, count } of items) totals[outcome] += count;
  return totals;
}
