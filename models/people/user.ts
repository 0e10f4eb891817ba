import { Schema } from 'mongoose';
import type { ObjectId } from '../ids.ts';

export const ROLES = ['owner', 'manager', 'agent'] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = [
  'contacts:read',
  'contacts:write',
  'blocks:write',
  'conversations:read',
  'conversations:write',
  'mac:read',
  'channels:write',
  'admin',
  'ops:read',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface User {
  _id: ObjectId;
  /** In lower case. */
  email: string;
  /** argon2id, in its standard text form. */
  passwordHash: string;
  memberships: Membership[];
  /** Written by whatever must not happen beside a change of who the user is (`membership.ts`). */
  guardedAt?: Date;
  createdAt: Date;
}

/** That a user belongs to a workspace. What they are called is each workspace's own affair. */
export interface Membership {
  workspaceId: ObjectId;
  role: Role;
  name?: string | null;
}

export const userSchema = new Schema<User>(
  {
    email: { type: String, required: true },
    passwordHash: { type: String, required: true },
    memberships: [
      {
        _id: false,
        workspaceId: { type: Schema.Types.ObjectId, required: true },
        role: { type: String, enum: ROLES, required: true },
        name: String,
      },
    ],
    guardedAt: Date,
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false },
);
userSchema.index({ email: 1 }, { unique: true });
userSchema.index({ 'memberships.workspaceId': 1, _id: -1 });

/** A login. The cookie holds the token, this row only its hash. */
export interface Session {
  _id: ObjectId;
  tokenHash: string;
  userId: ObjectId;
  startedAt: Date;
  /** The last request, to a few minutes. */
  usedAt: Date;
  /** When it ends if nothing is asked any more. */
  expiresAt: Date;
  /** When it ends whatever is asked. */
  endsAt: Date;
  /** So that people can tell their sessions apart. */
  ip: string;
  userAgent: string;
}

export const sessionSchema = new Schema<Session>(
  {
    tokenHash: { type: String, required: true },
    userId: { type: Schema.Types.ObjectId, required: true },
    startedAt: { type: Date, required: true },
    usedAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    endsAt: { type: Date, required: true },
    ip: { type: String, default: '' },
    userAgent: { type: String, default: '' },
  },
  { versionKey: false },
);
sessionSchema.index({ tokenHash: 1 }, { unique: true });
sessionSchema.index({ userId: 1, _id: -1 });
sessionSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export interface ApiKey {
  _id: ObjectId;
  workspaceId: ObjectId;
  name: string;
  keyHash: string;
  /** The first characters, so that people can tell their keys apart. */
  hint: string;
  scopes: Scope[];
  /** From then on it is refused. */
  expiresAt?: Date | null;
  /** The last request, to an hour. */
  lastUsedAt?: Date | null;
  createdAt: Date;
}

export function hintOf(key: string): string {
  return key.slice(0, 8);
}

export const apiKeySchema = new Schema<ApiKey>(
  {
    workspaceId: { type: Schema.Types.ObjectId, required: true },
    name: { type: String, required: true },
    keyHash: { type: String, required: true },
    hint: { type: String, required: true },
    scopes: { type: [String], enum: SCOPES, required: true },
    expiresAt: { type: Date, default: null },
    lastUsedAt: { type: Date, default: null },
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false },
);
apiKeySchema.index({ keyHash: 1 }, { unique: true });
apiKeySchema.index({ workspaceId: 1, _id: 1 });
