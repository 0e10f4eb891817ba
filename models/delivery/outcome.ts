import { Schema } from 'mongoose';
import type { ChannelType } from '../channel/channel.ts';
import type { ObjectId } from '../ids.ts';

/** What became of one event of a delivery: exactly one of these. */
export const OUTCOMES = [
  'accepted',
  'refused',
  'duplicate',
  'ignored',
  'invalid',
  /** Could not be stored and waits for somebody to look at it (`dead-letter.ts`). */
  'dead_lettered',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** So many events of a channel had this outcome. `channelId` null: no channel is set up for them. */
export interface Tally {
  workspaceId: string;
  channelId: string | null;
  outcome: Outcome;
  /** A fixed word: `blocked`, `unknown_channel`, `not_json`, … */
  reason: string | null;
  count: number;
  /** A moment (ms) of the hour in which they were received. */
  at: number;
}

/** A counter by hour. Its sum over `slot` is the figure. */
export interface OutcomeCount {
  _id: ObjectId;
  workspaceId: ObjectId;
  channelId: ObjectId | null;
  outcome: Outcome;
  reason: string | null;
  hour: Date;
  /** Each process counts in a slot of its own, so that two transactions seldom want one document. */
  slot: number;
  count: number;
}

export const outcomeSchema = new Schema<OutcomeCount>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    channelId: { type: Schema.Types.ObjectId, default: null },
    outcome: { type: String, enum: OUTCOMES, required: true },
    reason: { type: String, default: null },
    hour: { type: Date, required: true },
    slot: { type: Number, required: true },
    count: { type: Number, required: true },
  },
  { versionKey: false },
);
outcomeSchema.index(
  { workspaceId: 1, hour: 1, channelId: 1, outcome: 1, reason: 1, slot: 1 },
  { unique: true },
);

/** A dead letter that was delivered after all: its outcome is now another one. */
export type TotalOf = Outcome | 'revived';

/**
 * A counter since the beginning, of all workspaces, for the metrics: it never falls, and there are few of
 * them however many events and channels there were. Its sum over the slots is the figure.
 */
export interface OutcomeTotal {
  /** See {@link totalId}. */
  _id: string;
  /** `unknown`: of a channel that was deleted meanwhile, or of none. */
  channelType: ChannelType | 'unknown';
  outcome: TotalOf;
  reason: string | null;
  count: number;
}

export const outcomeTotalSchema = new Schema<OutcomeTotal>(
  { _id: String, channelType: String, outcome: String, reason: String, count: Number },
  { versionKey: false },
);

export function totalId(
  { channelType, outcome, reason }: Pick<OutcomeTotal, 'channelType' | 'outcome' | 'reason'>,
  slot: number,
): string {
  return `${channelType} ${outcome} ${reason} ${slot}`;
}

const HOUR_MS = 3_600_000;

export function hourOf(time: number): Date {
  return new Date(time - (time % HOUR_MS));
}

/** Adds up what is alike in the same hour, so that a batch makes one write of each kind. */
export function mergeTallies(tallies: Iterable<Tally>): Tally[] {
  const merged = new Map<string, Tally>();
  for (const tally of tallies) {
    const key = `${tally.workspaceId}|${tally.channelId}|${tally.outcome}|${tally.reason}|${hourOf(tally.at).getTime()}`;
    const known = merged.get(key);
    if (known) known.count += tally.count;
    else merged.set(key, { ...tally });
  }
  return [...merged.values()];
}
