/** Bytes that were written as text, and texts in charsets of their own, as mails and forms have them. */

export const EQUALS = 0x3d;
export const PERCENT = 0x25;
const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
const DIGITS = Int8Array.from({ length: 256 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
);

/**
 * The mark and two hexadecimal digits are a byte: `=` in a quoted-printable body, where it also takes
 * a line break away, and `%` in file names and forms.
 */
export function unescaped(bytes: Buffer, mark: number): Buffer {
  const plain = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i] as number;
    if (byte === mark) {
      const [high = 0, low = 0] = [bytes[i + 1], bytes[i + 2]];
      if (
        mark === EQUALS &&
        (high === LINE_FEED || (high === CARRIAGE_RETURN && low === LINE_FEED))
      ) {
        i += high === LINE_FEED ? 1 : 2;
        continue;
      }
      const value = ((DIGITS[high] as number) << 4) | (DIGITS[low] as number);
      if (value >= 0) {
        byte = value;
        i += 2;
      }
    }
    plain[length++] = byte;
  }
  return plain.subarray(0, length);
}

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
