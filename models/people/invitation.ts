import { Schema } from 'mongoose';
import { ACTOR_TYPES, type Actor } from '../contacts/contact.ts';
import type { ObjectId } from '../ids.ts';
import { ROLES, type Role } from './user.ts';

/** A week: the one who invites passes the token on by hand. */
export const INVITATION_MS = 7 * 24 * 3_600_000;

/** Somebody may become a user of the workspace: whoever has the token, once. */
export interface Invitation {
  /** Becomes the id of the user, unless they have an account already. */
  _id: ObjectId;
  workspaceId: ObjectId;
  /** In lower case. One of a workspace has one invitation: a new one takes the place of the old. */
  email: string;
  name: string | null;
  role: Role;
  /** The token itself is told once. */
  tokenHash: string;
  by: Actor;
  createdAt: Date;
  expiresAt: Date;
}

export const invitationSchema = new Schema<Invitation>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    email: { type: String, required: true },
    name: { type: String, default: null },
    role: { type: String, enum: ROLES, required: true },
    tokenHash: { type: String, required: true },
    by: {
      type: new Schema<Actor>(
        { type: { type: String, enum: ACTOR_TYPES }, id: String },
        { _id: false },
      ),
      required: true,
    },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
invitationSchema.index({ tokenHash: 1 }, { unique: true });
invitationSchema.index({ workspaceId: 1, email: 1 }, { unique: true });
invitationSchema.index({ workspaceId: 1, _id: -1 });
invitationSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
