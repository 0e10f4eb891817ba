import { decodeWords } from 'postal-mime';
import { decodeText, PERCENT, unescaped } from './encodings.ts';

/** Headers of a mail or of a part of a form: RFC 5322, 2045, 2047 and 2231. */

/** Values by name in lower case, in their order, unfolded and not decoded. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** Longer heads are cut. That of a mail may list hundreds of recipients. */
export const MAX_HEAD = 256 * 1024;
/** Longest header that is taken apart; a file name has at most 255 characters. */
const MAX_STRUCTURED = 2048;

export function readHeaders(head: string): Headers {
  const lines = head
    .slice(0, MAX_HEAD)
    .replace(/\r?\n(?=[ \t])/g, '')
    .split(/\r?\n/);
  return headersOf(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? undefined : [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}

/** From pairs of a name and a value; anything else is left out. */
export function headersOf(pairs: readonly unknown[]): Headers {
  const headers = new Map<string, string[]>();
  for (const pair of pairs) {
    const [name, value]: unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof name !== 'string' || typeof value !== 'string') continue;
    const key = name.trim().toLowerCase();
    const known = headers.get(key);
    if (known) known.push(value.trim());
    else headers.set(key, [value.trim()]);
  }
  return headers;
}

interface Piece {
  number: number;
  encoded: boolean;
  text: string;
}

export interface Structured {
  /** In lower case. */
  value: string;
  /** By name in lower case. */
  parameters: Map<string, string>;
}

/** `;`, a name, perhaps the number of a piece, perhaps `*` for percent-encoding, and a value. */
const PARAMETER = /;\s*([^\s;=*]+)(?:\*(\d{1,3}))?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;\s]*))/g;

/** `Content-Type` and the like: a value and parameters, which may come in pieces (RFC 2231). */
export function readStructured(header: string): Structured {
  const text = header.slice(0, MAX_STRUCTURED);
  const [value = ''] = text.split(';', 1);
  const pieces = new Map<string, Piece[]>();
  for (const [, name = '', number = '0', star, quoted, bare = ''] of text.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    const piece: Piece = {
      number: Number(number),
      encoded: star !== undefined,
      text: quoted === undefined ? bare : quoted.replace(/\\(["\\])/g, '$1'),
    };
    const known = pieces.get(key);
    if (known) known.push(piece);
    else pieces.set(key, [piece]);
  }
  const parameters = new Map<string, string>();
  for (const [name, found] of pieces) parameters.set(name, joined(found));
  return { value: value.trim().toLowerCase(), parameters };
}

/** The first piece names the charset: `filename*=utf-8''caf%C3%A9`. */
function joined(pieces: Piece[]): string {
  pieces.sort((a, b) => a.number - b.number);
  const [first] = pieces;
  const [, charset, start] = (first?.encoded && /^([^']*)'[^']*'(.*)$/s.exec(first.text)) || [];
  const bytes = pieces.map((piece) => {
    const text = piece === first ? (start ?? piece.text) : piece.text;
    return piece.encoded ? unescaped(Buffer.from(text), PERCENT) : Buffer.from(text);
  });
  return decodeText(Buffer.concat(bytes), charset || undefined);
}

/** The name of a file. Outlook writes encoded words (RFC 2047), where only pieces are allowed. */
export function nameOf({ parameters }: Structured): string | undefined {
  const name = parameters.get('filename') ?? parameters.get('name');
  return name === undefined ? undefined : decodeWords(name);
}
