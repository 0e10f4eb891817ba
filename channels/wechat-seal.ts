import { createDecipheriv, createHash } from 'node:crypto';
import { type Secrets, sameText, secretsOf } from './signature.ts';

/**
 * How WeChat signs and seals what it sends.
 * https://developers.weixin.qq.com/doc/service/guide/dev/push/encryption.html
 */

/**
 * True for the hex SHA-1 of the token and these parts in the order of their bytes. Nothing is between
 * them there, so their forms have to tell where one ends.
 */
export function isSigned(
  given: string | null,
  token: Secrets | undefined,
  ...parts: string[]
): boolean {
  if (given === null) return false;
  return secretsOf(token).some((secret) => {
    const text = [secret, ...parts].sort().join('');
    return sameText(given, createHash('sha1').update(text).digest('hex'));
  });
}

/**
 * What may be the sealed part of a body, found without reading the rest. There is one, but beside a
 * message in clear people can write the like of it: the signature tells.
 */
export const sealedIn = (body: Buffer): string[] =>
  Array.from(body.toString().matchAll(SEALED), ([, sealed = '']) => sealed).slice(0, MAX_SEALED);
const SEALED = /<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/]+={0,2})(?:\]\]>)?\s*<\/Encrypt>/g;
/** More than fit into the longest text, which has 2 KB. */
const MAX_SEALED = 100;

/** What is sealed, when one of the keys opens it and it is for this account. */
export function unseal(
  sealed: string,
  keys: Secrets | undefined,
  appId: string,
): Buffer | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  for (const key of secretsOf(keys)) {
    const opened = openWith(Buffer.from(`${key}=`, 'base64'), bytes);
    if (opened?.appId === appId) return opened.message;
  }
  return undefined;
}

/** AES-256-CBC in blocks of 32 bytes: 16 bytes of chance, the length, the message, the app id. */
function openWith(key: Buffer, sealed: Buffer): { message: Buffer; appId: string } | undefined {
  try {
    const cipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, IV_BYTES));
    const padded = Buffer.concat([cipher.setAutoPadding(false).update(sealed), cipher.final()]);
    const plain = unpadded(padded);
    const end = HEAD_BYTES + plain.readUInt32BE(IV_BYTES);
    return { message: plain.subarray(HEAD_BYTES, end), appId: plain.subarray(end).toString() };
  } catch {
    // A key or a length that AES has not, or too little to hold a message.
    return undefined;
  }
}
const IV_BYTES = 16;
const HEAD_BYTES = IV_BYTES + 4;

/** PKCS #7: the last byte says how many there are too many. */
function unpadded(bytes: Buffer): Buffer {
  const length = bytes.at(-1) ?? 0;
  return bytes.subarray(0, length <= BLOCK_BYTES ? bytes.length - length : 0);
}
const BLOCK_BYTES = 32;
