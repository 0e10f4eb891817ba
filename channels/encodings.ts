/** Texts in charsets of their own, as mails have them. */

/** Without a charset, or with an unknown one, it is UTF-8 when it can be, and Western when not. */
export function decodeText(bytes: Buffer, charset?: string): string {
  try {
    const decoder = new TextDecoder(charset ?? 'utf-8', { fatal: charset === undefined });
    return decoder.encoding === 'windows-1252' ? fromWestern(bytes) : decoder.decode(bytes);
  } catch {
    return charset === undefined ? fromWestern(bytes) : decodeText(bytes);
  }
}

/**
 * Windows-1252, which is also what other programs mean by Latin-1 and ASCII. Several releases of Node
 * read its quotation marks and dashes as control characters: https://github.com/nodejs/node/issues/56542
 */
const fromWestern = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (code) => WESTERN[code.charCodeAt(0) - 0x80] ?? code);
const WESTERN = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
