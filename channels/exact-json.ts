import { readJson } from './read.ts';

/** The first number that JavaScript cannot hold exactly, 2^53 + 1, has this many digits. */
const DIGITS = 16;
const LONG = new RegExp(`\\d{${DIGITS}}`);
const LONG_INTEGER = new RegExp(`^-?\\d{${DIGITS},}$`);

/** A string or a number, whole: of the others none holds a quote or a digit. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

/**
 * As {@link readJson}, but whole numbers of 16 digits or more are strings of their digits: ids of 64
 * bits, which `JSON.parse` rounds. Only what is JSON already is read a second time, so every quote in
 * it begins or ends a string and no number is taken for a key.
 */
export function readExactJson(body: Buffer): unknown {
  const plain = readJson(body);
  if (plain === undefined) return undefined;
  const text = body.toString();
  if (!LONG.test(text)) return plain;
  const quoted = text.replace(TOKEN, (token) => (LONG_INTEGER.test(token) ? `"${token}"` : token));
  return readJson(Buffer.from(quoted));
}
