import type { OutcomeTotal } from '../../models/delivery/outcome.ts';
import type { Models } from '../../models/index.ts';
import { cycleAt } from '../../models/mac/cycle.ts';
import { readMac } from '../../models/mac/mac-count.ts';
import type { Reading } from './store-metric.ts';

/**
 * Figures in MongoDB. Labels are fixed words: none is a workspace, a channel or a contact, of which there
 * may be any number (decision 22).
 */

export async function eventTotals(models: Models): Promise<Reading[]> {
  const rows = await sumTotals(models, { outcome: { $ne: 'revived' } });
  return rows.map(({ channelType, outcome, reason, count }) => [
    { channel_type: channelType, outcome, reason: reason ?? '' },
    count,
  ]);
}

export async function revivedTotal(models: Models): Promise<Reading[]> {
  const rows = await sumTotals(models, { outcome: 'revived' });
  return rows.map(({ channelType, count }) => [{ channel_type: channelType }, count]);
}

async function sumTotals({ outcomeTotals }: Models, where: object) {
  const rows = await outcomeTotals.aggregate<{
    _id: Pick<OutcomeTotal, 'channelType' | 'outcome' | 'reason'>;
    count: number;
  }>([
    { $match: where },
    {
      $group: {
        _id: { channelType: '$channelType', outcome: '$outcome', reason: '$reason' },
        count: { $sum: '$count' },
      },
    },
  ]);
  return rows.map(({ _id, count }) => ({ ..._id, count }));
}

export async function activeContacts(models: Models): Promise<Reading[]> {
  const workspaces = await models.workspaces.find({}, { billing: 1 }).lean();
  const macs = await Promise.all(
    workspaces.map(({ _id, billing }) => {
      const cycle = cycleAt(Date.now(), billing).name;
      return readMac(models, { workspaceId: _id, cycle });
    }),
  );
  return [[{}, macs.reduce((sum, { count }) => sum + count, 0)]];
}

/** Found by the last recount of each workspace. */
export async function macDrift(models: Models): Promise<Reading[]> {
  const recounts = await models.macRecounts.find({}, { drift: 1 }).lean();
  return [[{}, recounts.reduce((sum, { drift = 0 }) => sum + drift, 0)]];
}

export async function deadLetters(models: Models): Promise<Reading[]> {
  const rows = await models.deadLetters.aggregate<{ _id: string; count: number }>([
    { $group: { _id: '$reason', count: { $sum: 1 } } },
  ]);
  return rows.map(({ _id, count }) => [{ reason: _id }, count]);
}

export async function oldestSpooled({ spool }: Models): Promise<Reading[]> {
  const oldest = await spool.findOne({}, { at: 1 }).sort({ takenUntil: 1, at: 1 }).lean();
  return [[{}, ageOf(oldest)]];
}

export async function oldestBlockChange({ blockChanges }: Models): Promise<Reading[]> {
  const oldest = await blockChanges.findOne({}, { at: 1 }).sort({ at: 1 }).lean();
  return [[{}, ageOf(oldest)]];
}

/** Seconds; 0 when there is none. */
function ageOf(row: { at: Date } | null): number {
  return row ? Math.max(0, Date.now() - row.at.getTime()) / 1_000 : 0;
}
