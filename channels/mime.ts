import { type ParsedMail, simpleParser } from 'mailparser';
import { htmlToText } from './html.ts';

/**
 * Mails as they were written, by mailparser. Anybody can write one, of any shape: what it makes of
 * the wrong ones is in docs/decisions/0013-mail-is-read-by-a-parser-that-holds.md. It turns nothing
 * into HTML and no HTML into text: those are the parts that take the square of the length.
 */

export interface MimeFile {
  name?: string;
  mimeType: string;
  size?: number;
}

export interface Mime {
  /** Its headers, decoded and taken apart. */
  head: ParsedMail;
  /** What people read: the plain text where there is one, otherwise what the HTML says. */
  text: string;
  files: MimeFile[];
}

const OPTIONS = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  /** A forwarded mail is a file. */
  ignoreEmbedded: true,
  checksumAlgo: false,
} as const;

/** `undefined` when the parser refuses it: of more than 1000 parts, or with a head of more than 1 MiB. */
export async function readMime(raw: Buffer): Promise<Mime | undefined> {
  try {
    const head = await simpleParser(raw, OPTIONS);
    const files = head.attachments.map(({ filename, contentType, size }) => ({
      ...(filename && { name: filename }),
      mimeType: contentType,
      size,
    }));
    return { head, text: wordsOf(head, raw), files };
  } catch {
    return undefined;
  }
}

/** Where nothing is an alternative, the plain text does not repeat the HTML: a list's footer. */
function wordsOf({ text = '', html }: ParsedMail, raw: Buffer): string {
  if (!html || (text.trim() && raw.includes('multipart/alternative'))) return text;
  return [htmlToText(html), text.trim()].filter(Boolean).join('\n\n');
}

/** The head of a mail whose headers a provider lists, as pairs of a name and a value. */
export function headFrom(pairs: readonly unknown[]): Buffer {
  const lines = pairs.flatMap((pair) => {
    const [name, value]: unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof name !== 'string' || !NAME.test(name) || typeof value !== 'string') return [];
    return `${name}: ${value.replace(/[\r\n]+/g, ' ')}`;
  });
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** https://www.rfc-editor.org/rfc/rfc5322#section-2.2 */
const NAME = /^[\x21-\x39\x3b-\x7e]{1,200}$/;

/** The first header of this name, as it was written. */
export function headerIn({ headerLines }: ParsedMail, name: string): string | undefined {
  const line = headerLines.find(({ key }) => key === name)?.line;
  return line?.slice(line.indexOf(':') + 1).trim();
}
