import { Schema } from 'mongoose';

/**
 * A proof that was used while Redis was away, and the body that it was used for:
 * `gateway/ingest/replay.ts`.
 */
export interface UsedProof {
  _id: string;
  /** SHA-256. */
  body: string;
  expiresAt: Date;
}

export const usedProofSchema = new Schema<UsedProof>(
  { _id: String, body: String, expiresAt: Date },
  { versionKey: false },
);
usedProofSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
