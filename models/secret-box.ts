import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM of a JSON value: version, nonce, tag, cipher text. `boundTo` (the id of the row it is
 * kept in) is authenticated too, so that a box moved into another row does not open.
 */
export function seal(value: unknown, key: Buffer, boundTo: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(boundTo));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), sealed]);
}

/** Throws when the key, the row or a bit of the box is not the one it was sealed with. */
export function open(box: Buffer, key: Buffer, boundTo: string): unknown {
  if (box[0] !== VERSION) throw new Error('unknown version of sealed credentials');
  const iv = box.subarray(1, 1 + IV_BYTES);
  const tag = box.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(boundTo))
    .setAuthTag(tag);
  const opened = Buffer.concat([
    decipher.update(box.subarray(1 + IV_BYTES + TAG_BYTES)),
    decipher.final(),
  ]);
  return JSON.parse(opened.toString('utf8'));
}

/** For tokens with 128 bits of chance or more (API keys, sessions): nothing to guess, so no salt. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
