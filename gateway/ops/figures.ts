import { cycleAt } from '../../models/cycle.ts';
import type { ObjectId } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import { readMac } from '../../models/mac.ts';
import { hourOf } from '../../models/outcome.ts';

/** Counters of hours before this are rarely touched again, and added up seldom. */
const RECENT_MS = 24 * 3_600_000;
const PAST_FOR_MS = 10 * 60_000;

type Totals = [{ channel: string; outcome: string }, number][];

/**
 * Events by channel and outcome since the beginning. What is older than a day is kept in memory for
 * ten minutes, so that a scrape reads a day of counters and not years of them.
 */
export class OutcomeTotals {
  private past: { until: Date; sums: Map<string, number>; readAt: number } | undefined;

  constructor(private readonly models: Models) {}

  async read(): Promise<Totals> {
    const workspaceIds = await this.models.workspaces.distinct('_id');
    const past = await this.readPast(workspaceIds);
    const sums = new Map(past.sums);
    for (const [key, count] of await this.sum(workspaceIds, { $gte: past.until }))
      sums.set(key, (sums.get(key) ?? 0) + count);
    return [...sums].map(([key, count]) => {
      const [channel = '', outcome = ''] = key.split(' ');
      return [{ channel, outcome }, count];
    });
  }

  private async readPast(workspaceIds: ObjectId[]) {
    if (!this.past || Date.now() - this.past.readAt > PAST_FOR_MS) {
      const until = hourOf(Date.now() - RECENT_MS);
      const sums = await this.sum(workspaceIds, { $lt: until });
      this.past = { until, sums, readAt: Date.now() };
    }
    return this.past;
  }

  /** By workspace, because that is how the counters are indexed. */
  private async sum(workspaceIds: ObjectId[], hour: object): Promise<Map<string, number>> {
    const rows = await this.models.outcomes.aggregate<{
      _id: { channelId: ObjectId | null; outcome: string };
      count: number;
    }>([
      { $match: { workspaceId: { $in: workspaceIds }, hour } },
      {
        $group: {
          _id: { channelId: '$channelId', outcome: '$outcome' },
          count: { $sum: '$count' },
        },
      },
    ]);
    return new Map(
      rows.map(({ _id, count }) => [`${_id.channelId ?? 'none'} ${_id.outcome}`, count]),
    );
  }
}

/** Active contacts of each workspace in its current cycle. */
export async function activeContacts(models: Models): Promise<[{ workspace: string }, number][]> {
  const workspaces = await models.workspaces.find({}, { billing: 1 }).lean();
  return await Promise.all(
    workspaces.map(async ({ _id, billing }): Promise<[{ workspace: string }, number]> => {
      const cycle = cycleAt(Date.now(), billing).name;
      const { count } = await readMac(models, { workspaceId: _id, cycle });
      return [{ workspace: _id.toString() }, count];
    }),
  );
}

export async function deadLetters(models: Models): Promise<[{ reason: string }, number][]> {
  const rows = await models.deadLetters.aggregate<{ _id: string; count: number }>([
    { $group: { _id: '$reason', count: { $sum: 1 } } },
  ]);
  return rows.map(({ _id, count }) => [{ reason: _id }, count]);
}
