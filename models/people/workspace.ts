import { Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';
import type { OutgoingType } from '../webhooks/outgoing-event.ts';
import type { Trigger } from '../workflows/workflow-trigger.ts';

/** What its workflows wait for: triggers, and answers to questions. */
export type Listened = Trigger['type'] | 'answer';

/** What decides when a billing cycle starts. */
export interface BillingTerms {
  /** Day of the month on which a cycle starts; 29 to 31 fall on the last day of a shorter month. */
  anchorDay: number;
  /** IANA name. */
  timeZone: string;
}

/** The terms as they were set last: in force when all that is in `past` is over (`cycle.ts`). */
export interface Billing extends BillingTerms {
  /** Terms before these, each until the end of a cycle of its own; in order. */
  past?: (BillingTerms & { until: Date })[];
  /** Contacts in a cycle that the plan includes: nothing stops there, but somebody is told. */
  macLimit: number | null;
  /** Cycles that ended by then are closed: whom they count after that is marked as late. */
  closedUntil?: Date;
  /** When that was set. */
  closedAt?: Date;
}

/** The tenant. */
export interface Workspace {
  _id: ObjectId;
  name: string;
  billing: Billing;
  /** Written by every change of who belongs to it, so that they come one after the other. */
  membersChangedAt?: Date;
  /** Kept by `workflow.ts`; absent where there are no workflows. */
  listens?: Listened[];
  /** What its webhooks wait for: kept by `webhook.ts`, by whose changes it is written. */
  webhookEvents?: OutgoingType[];
  webhooksChangedAt?: Date;
  createdAt: Date;
}

const terms = {
  anchorDay: { type: Number, required: true, min: 1, max: 31, default: 1 },
  timeZone: { type: String, required: true, default: 'UTC' },
};

export const workspaceSchema = new Schema<Workspace>(
  {
    name: { type: String, required: true },
    billing: {
      ...terms,
      past: { type: [new Schema({ ...terms, until: Date }, { _id: false })], default: undefined },
      macLimit: { type: Number, default: null },
      closedUntil: Date,
      closedAt: Date,
    },
    membersChangedAt: Date,
    listens: { type: [String], default: undefined },
    webhookEvents: { type: [String], default: undefined } as never,
    webhooksChangedAt: Date,
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false },
);
