import { createHash } from 'node:crypto';
import { isValidObjectId, Types } from 'mongoose';

export { Types } from 'mongoose';
export type ObjectId = Types.ObjectId;

/**
 * The id of a thing that is found by what it is, not by when it was made: the same parts give the
 * same id, so writing it twice meets itself. 132 bits of SHA-256: no two ever meet by chance.
 */
export function stableId(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('base64url').slice(0, 22);
}

/** The id as MongoDB's type, or `undefined` when it cannot be one (and so names nothing). */
export function toObjectId(id: string): ObjectId | undefined {
  return id.length === 24 && isValidObjectId(id) ? new Types.ObjectId(id) : undefined;
}
