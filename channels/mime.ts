import { CARRIAGE_RETURN, decodeText, EQUALS, unescaped } from './encodings.ts';
import { htmlToText } from './html.ts';
import { type Headers, MAX_HEAD, nameOf, readHeaders, readStructured } from './mime-headers.ts';

/**
 * MIME (RFC 2045 to 2047, 2231, 5322): what a mail is made of, and a form with files. Each byte is
 * looked at a few times, whatever a stranger wrote: it is read in the gateway's one thread, where
 * whole mail parsers take minutes for a megabyte of the wrong kind
 * (docs/decisions/0010-mail-is-read-in-linear-time.md). The bytes of files are measured, not kept.
 */

export interface MimeFile {
  name?: string;
  mimeType: string;
  /** Bytes, where they can be told without reading them one by one. */
  size?: number;
}

export interface Mime {
  headers: Headers;
  /** What people read: the plain text where there is one, otherwise what the HTML says. */
  text: string;
  files: MimeFile[];
}

/** Longer heads are cut: that of a part names a file at most. */
const MAX_PART_HEAD = 16 * 1024;
const MAX_PARTS = 200;
/** Deeper ones are files. A forwarded mail with a signed one in it has six. */
const MAX_DEPTH = 10;
/** Bytes of all the parts that people read. */
const MAX_TEXT = 1024 * 1024;

export function readMime(raw: Buffer): Mime {
  const part = splitHead(raw, MAX_HEAD);
  const mail: Reading = { files: [], partsLeft: MAX_PARTS, textLeft: MAX_TEXT };
  const { text } = readPart(part, mail, 0);
  return { headers: part.headers, text, files: mail.files };
}

// Parts

export interface Part {
  headers: Headers;
  body: Buffer;
}

interface Reading {
  files: MimeFile[];
  partsLeft: number;
  textLeft: number;
}

interface Words {
  text: string;
  /** Some of it is plain text, so that it stands for the HTML beside it. */
  plain: boolean;
}
const NO_WORDS: Words = { text: '', plain: false };

function readPart({ headers, body }: Part, mail: Reading, depth: number): Words {
  const type = readStructured(headers.get('content-type')?.[0] ?? 'text/plain');
  const boundary = type.parameters.get('boundary');
  if (type.value.startsWith('multipart/') && boundary && depth < MAX_DEPTH) {
    const read: Words[] = [];
    for (const part of partsOf(body, boundary)) {
      if (mail.partsLeft-- <= 0) break;
      read.push(readPart(part, mail, depth + 1));
    }
    return together(read, type.value === 'multipart/alternative');
  }
  const disposition = readStructured(headers.get('content-disposition')?.[0] ?? '');
  const name = nameOf(disposition) ?? nameOf(type);
  const encoding = headers.get('content-transfer-encoding')?.[0]?.toLowerCase();
  const isHtml = type.value === 'text/html';
  const isText = isHtml || type.value === 'text/plain';
  if (isText && name === undefined && disposition.value !== 'attachment') {
    const bytes = decodeBody(body, encoding, mail.textLeft);
    mail.textLeft -= bytes.length;
    const text = decodeText(bytes, type.parameters.get('charset'));
    return { text: isHtml ? htmlToText(text) : text, plain: !isHtml };
  }
  const size = encoding === QUOTED ? undefined : decodeBody(body, encoding).length;
  mail.files.push({
    ...(name && { name }),
    mimeType: type.value,
    ...(size !== undefined && { size }),
  });
  return NO_WORDS;
}

/** Of alternatives the plain one; of parts that follow each other all. */
function together(read: Words[], alternative: boolean): Words {
  const said = read.filter(({ text }) => text.trim() !== '');
  if (alternative) return said.find(({ plain }) => plain) ?? said.at(-1) ?? NO_WORDS;
  const text = said.map(({ text }) => text.trimEnd()).join('\n\n');
  return { text, plain: said.some(({ plain }) => plain) };
}

/**
 * The parts between the lines that are `--` and the boundary. What comes before the first is nothing,
 * and so is what follows the closing line; without one the last part ends with the body.
 */
export function* partsOf(body: Buffer, boundary: string): Generator<Part> {
  const lineEnd = body[body.indexOf('\n') - 1] === CARRIAGE_RETURN ? '\r\n' : '\n';
  const opening = Buffer.from(`\n--${boundary}${lineEnd}`);
  const atStart = body.subarray(0, opening.length - 1).equals(opening.subarray(1));
  const first = atStart ? -1 : body.indexOf(opening);
  if (first < 0 && !atStart) return;
  const closing = body.indexOf(`\n--${boundary}--`, Math.max(0, first));
  const end = closing < 0 ? body.length : closing;
  for (let at = first; ; ) {
    const start = at + opening.length;
    // Its line break may be the end of the line before, when the part is empty.
    const next = body.indexOf(opening, start - 1);
    const last = next < 0 || next >= end;
    const part = body.subarray(start, beforeBreak(body, last ? end : next));
    yield splitHead(part, MAX_PART_HEAD);
    if (last) return;
    at = next;
  }
}

/** The line break before a boundary belongs to it. */
const beforeBreak = (body: Buffer, at: number): number =>
  at > 0 && body[at - 1] === CARRIAGE_RETURN ? at - 1 : at;

/** At the first empty line. A part may begin with it: then it has no headers. */
function splitHead(bytes: Buffer, most: number): Part {
  // As Latin-1, where one character is one byte.
  const empty = /(?:^|\n)\r?\n/.exec(bytes.toString('latin1', 0, most));
  const headEnd = empty ? empty.index : Math.min(bytes.length, most);
  return {
    headers: readHeaders(bytes.toString('utf8', 0, headEnd)),
    body: bytes.subarray(headEnd + (empty?.[0].length ?? 0)),
  };
}

const QUOTED = 'quoted-printable';

/** The body as it was before it was encoded for the way, up to `limit` bytes. */
function decodeBody(body: Buffer, encoding?: string, limit = body.length): Buffer {
  switch (encoding) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64').subarray(0, limit);
    case QUOTED:
      return unescaped(body.subarray(0, 3 * limit), EQUALS).subarray(0, limit);
    default:
      return body.subarray(0, limit);
  }
}
