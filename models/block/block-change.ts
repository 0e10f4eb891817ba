import { Schema } from 'mongoose';
import type { Actor, BlockSource } from '../contacts/contact.ts';
import type { ObjectId } from '../ids.ts';

export const BLOCK_ACTIONS = ['blocked', 'unblocked'] as const;
export type BlockAction = (typeof BLOCK_ACTIONS)[number];

/** An entry of the audit trail. Never changed, never deleted. */
export interface BlockHistoryEntry {
  _id: ObjectId;
  workspaceId: ObjectId;
  contactId: ObjectId;
  blockId: ObjectId;
  action: BlockAction;
  at: Date;
  by: Actor;
  source: BlockSource;
  reason: string | null;
  expiresAt: Date | null;
}

const entry = {
  workspaceId: { type: Schema.Types.ObjectId, required: true },
  contactId: { type: Schema.Types.ObjectId, required: true },
  blockId: { type: Schema.Types.ObjectId, required: true },
  action: { type: String, enum: BLOCK_ACTIONS, required: true },
  at: { type: Date, required: true },
};

export const blockHistorySchema = new Schema<BlockHistoryEntry>(
  {
    ...entry,
    by: { type: Schema.Types.Mixed, required: true },
    source: { type: String, required: true },
    reason: { type: String, default: null },
    expiresAt: { type: Date, default: null },
  },
  { versionKey: false },
);
blockHistorySchema.index({ workspaceId: 1, _id: -1 });
blockHistorySchema.index({ contactId: 1, _id: -1 });

/** A block or unblock that is stored and still has to reach Redis and the queue. */
export interface BlockChange {
  _id: ObjectId;
  workspaceId: ObjectId;
  contactId: ObjectId;
  blockId: ObjectId;
  action: BlockAction;
  at: Date;
  expiresAt: Date | null;
}

export const blockChangeSchema = new Schema<BlockChange>(
  { ...entry, expiresAt: { type: Date, default: null } },
  { versionKey: false },
);
blockChangeSchema.index({ at: 1 });
