import { randomInt } from 'node:crypto';
import type { ClientSession } from 'mongoose';
import type { ChannelTypes } from '../channel/channel-types.ts';
import { Types } from '../ids.ts';
import type { Models } from '../index.ts';
import { hourOf, type Tally, totalId } from './outcome.ts';

const SLOTS = 64;
/** A worker writes two deliveries at once: in turns, so that they do not want the same counters. */
const TURNS = 2;

/** Counts what became of events, by hour and since the beginning. */
export class OutcomeCounter {
  /** A process keeps its slots for as long as it runs. */
  private readonly first = randomInt(SLOTS);
  private turn = 0;

  constructor(
    private readonly models: Models,
    private readonly types: ChannelTypes,
  ) {}

  /** Adds to the counters inside the transaction that stores what is counted. */
  async count(tallies: Tally[], session: ClientSession): Promise<void> {
    if (tallies.length === 0) return;
    const { outcomes, outcomeTotals } = this.models;
    this.turn = (this.turn + 1) % TURNS;
    const slot = this.first + this.turn;
    await outcomes.collection.bulkWrite(byHour(tallies, slot), { session, ordered: true });
    const totals = await this.sinceTheBeginning(tallies, slot);
    await outcomeTotals.collection.bulkWrite(totals, { session, ordered: true });
  }

  private async sinceTheBeginning(tallies: Tally[], slot: number) {
    await this.types.load(tallies.flatMap(({ channelId }) => channelId ?? []));
    const sums = new Map<string, { labels: object; count: number }>();
    for (const { channelId, outcome, reason, count } of tallies) {
      const channelType = this.types.of(channelId);
      // What is taken back is counted apart, as a total never falls.
      const labels = { channelType, outcome: count < 0 ? ('revived' as const) : outcome, reason };
      const id = totalId(labels, slot);
      const sum = sums.get(id)?.count ?? 0;
      sums.set(id, { labels, count: sum + Math.abs(count) });
    }
    return [...sums].map(([_id, { labels, count }]) => ({
      updateOne: {
        filter: { _id: _id as never },
        update: { $inc: { count }, $setOnInsert: labels },
        upsert: true,
      },
    }));
  }
}

function byHour(tallies: Tally[], slot: number) {
  return tallies.map(({ workspaceId, channelId, outcome, reason, count, at }) => ({
    updateOne: {
      filter: {
        workspaceId: new Types.ObjectId(workspaceId),
        channelId: channelId === null ? null : new Types.ObjectId(channelId),
        outcome,
        reason,
        hour: hourOf(at),
        slot,
      },
      update: { $inc: { count } },
      upsert: true,
    },
  }));
}
