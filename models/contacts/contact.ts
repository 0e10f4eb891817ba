import { Schema } from 'mongoose';
import type { Urn } from '../delivery/event.ts';
import type { ObjectId } from '../ids.ts';
import { searchWords } from './contact-search.ts';

export const BLOCK_SOURCES = ['inbox', 'contacts', 'api', 'rule', 'workflow'] as const;
export type BlockSource = (typeof BLOCK_SOURCES)[number];

export const ACTOR_TYPES = ['user', 'api', 'system', 'workflow'] as const;

export interface Actor {
  type: (typeof ACTOR_TYPES)[number];
  id: string;
}

/** The block in force. */
export interface Block {
  id: ObjectId;
  since: Date;
  by: Actor;
  source: BlockSource;
  reason: string | null;
  expiresAt: Date | null;
}

/** A block that has ended. */
export interface BlockPeriod {
  since: Date;
  until: Date;
  /** Whose block it was, where the contact has others by now through a merge. Absent: all of them. */
  identities?: Urn[];
}

/** How many ended blocks the contact itself remembers; the audit trail keeps them all. */
export const PERIODS_KEPT = 50;

/** What a custom field may hold. Moments are ISO 8601 text. */
export type FieldValue = string | number | boolean;

/** A person: one or more identities. */
export interface Contact {
  _id: ObjectId;
  workspaceId: ObjectId;
  identities: Urn[];
  firstName?: string;
  lastName?: string;
  phone?: string;
  email?: string;
  tags: string[];
  fields: Record<string, unknown>;
  /**
   * What it is found by (`contact-search.ts`): made anew with each change of a name, address or identity.
   * Reads leave it out.
   */
  words?: string[];
  blocked: Block | null;
  /** Ended blocks: a message received in one is refused however late it is delivered. */
  pastBlocks?: BlockPeriod[];
  refused: { count: number; lastAt: Date | null };
  /** Contacts that this one took in, and those that they had taken in: their ids still mean it. */
  mergedFrom?: ObjectId[];
  /** When something was last done that a block forbids: `unblocked.ts`. */
  guardedAt?: Date;
  createdAt: Date;
}

const period = new Schema<BlockPeriod>(
  { since: Date, until: Date, identities: { type: [String], default: undefined } },
  { _id: false },
);

export const contactSchema = new Schema<Contact>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    identities: { type: [String], required: true },
    firstName: String,
    lastName: String,
    phone: String,
    email: String,
    tags: { type: [String], default: [] },
    fields: { type: Schema.Types.Mixed, default: {} },
    words: {
      type: [String],
      select: false,
      default(this: Contact) {
        return searchWords(this);
      },
    },
    blocked: { type: Schema.Types.Mixed, default: null },
    pastBlocks: { type: [period], default: undefined },
    refused: {
      count: { type: Number, default: 0 },
      lastAt: { type: Date, default: null },
    },
    mergedFrom: { type: [Schema.Types.ObjectId], default: undefined },
    guardedAt: Date,
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false, minimize: false },
);
contactSchema.index({ workspaceId: 1, identities: 1 }, { unique: true });
contactSchema.index({ workspaceId: 1, _id: 1 });
contactSchema.index({ workspaceId: 1, words: 1, _id: -1 });
contactSchema.index({ workspaceId: 1, tags: 1, _id: -1 });
contactSchema.index(
  { workspaceId: 1, 'blocked.since': -1, _id: -1 },
  { partialFilterExpression: { 'blocked.since': { $exists: true } } },
);
contactSchema.index(
  { 'blocked.expiresAt': 1 },
  { partialFilterExpression: { 'blocked.expiresAt': { $type: 'date' } } },
);

// Of all contacts the few that took in others.
contactSchema.index({ mergedFrom: 1 }, { sparse: true });

/** Whether what one of these identities sent, and the gateway received at that moment (ms), falls under a block. */
export function isRefused(
  contact: Pick<Contact, 'blocked' | 'pastBlocks'>,
  receivedAt: number,
  identities: readonly Urn[],
): boolean {
  if (contact.blocked) return true;
  return (contact.pastBlocks ?? []).some(
    ({ since, until, identities: theirs }) =>
      since.getTime() <= receivedAt &&
      receivedAt < until.getTime() &&
      (!theirs || theirs.some((urn) => identities.includes(urn))),
  );
}
