import { createHash } from 'node:crypto';

const NAMESPACE = Buffer.from('3c1f7a529d0e4b6fa8d40c6be2915f37', 'hex');

/**
 * A UUID that is the same for the same text (version 5 of https://www.rfc-editor.org/rfc/rfc9562):
 * for providers whose idempotency keys have that form.
 */
export function uuidOf(text: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join('-');
}
