import { Schema } from 'mongoose';
import type { ObjectId } from './ids.ts';

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
  memberships: { workspaceId: ObjectId; role: Role }[];
  createdAt: Date;
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
      },
    ],
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false },
);
userSchema.index({ email: 1 }, { unique: true });

/** A login. The cookie holds the token, this row only its hash. */
export interface Session {
  _id: ObjectId;
  tokenHash: string;
  userId: ObjectId;
  expiresAt: Date;
}

export const sessionSchema = new Schema<Session>(
  {
    tokenHash: { type: String, required: true },
    userId: { type: Schema.Types.ObjectId, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
sessionSchema.index({ tokenHash: 1 }, { unique: true });
sessionSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export interface ApiKey {
  _id: ObjectId;
  workspaceId: ObjectId;
  name: string;
  keyHash: string;
  /** The first characters, so that people can tell their keys apart. */
  hint: string;
  scopes: Scope[];
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
    createdAt: { type: Date, default: () => new Date() },
  },
  { versionKey: false },
);
apiKeySchema.index({ keyHash: 1 }, { unique: true });
apiKeySchema.index({ workspaceId: 1, _id: 1 });
