import { parse as parseQuery } from 'node:querystring';
import { Busboy } from '@fastify/busboy';
import type { Delivery } from './adapter.ts';
import type { MimeFile } from './mime.ts';

/** An HTML form, as mail providers post it: urlencoded, or in parts when files come with it. */
export interface Form {
  /** A field's bytes; of one that came several times the last. */
  bytes(name: string): Buffer | undefined;
  /** The same as UTF-8. */
  text(name: string): string | undefined;
  /** Their bytes are counted and let go. */
  files: readonly MimeFile[];
}

/** A mail has some dozens of headers, and a provider may make a field of each. Files count too. */
const MAX_FIELDS = 1000;

const read = new WeakMap<Delivery, Promise<Form | undefined>>();

/**
 * `undefined` when it is no form, or one of too many fields. Read once for each delivery: the proof,
 * its id and the mail are asked for one after the other.
 */
export function readForm(delivery: Delivery): Promise<Form | undefined> {
  const known = read.get(delivery);
  if (known) return known;
  const form = parseForm(delivery);
  read.set(delivery, form);
  return form;
}

async function parseForm(delivery: Delivery): Promise<Form | undefined> {
  if (mediaTypeOf(delivery) === 'application/x-www-form-urlencoded')
    return readUrlencoded(delivery.body);
  const boundary = boundaryOf(delivery);
  return boundary === undefined ? undefined : readMultipart(delivery.body, boundary);
}

/** What the body is said to be, in lower case, without parameters. */
export const mediaTypeOf = ({ headers }: Delivery): string =>
  (String(headers['content-type'] ?? '').split(';', 1)[0] ?? '').trim().toLowerCase();

export const isJson = (delivery: Delivery): boolean => mediaTypeOf(delivery) === 'application/json';

/** https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1, without blanks. */
const BOUNDARY =
  /^multipart\/form-data\s*;(?:.*;)?\s*boundary=("?)([\w'()+,./:=?-]{1,70})\1\s*(?:;|$)/i;

/** What separates the parts of a form: drawn anew whenever a request is written. */
export const boundaryOf = ({ headers }: Delivery): string | undefined =>
  BOUNDARY.exec(String(headers['content-type'] ?? ''))?.[2];

function readUrlencoded(body: Buffer): Form | undefined {
  // Blanks are written as `+`. Replaced here: `parse` takes a second for some megabytes of them.
  const spaced = Buffer.from(body);
  for (let i = 0; i < spaced.length; i++) if (spaced[i] === PLUS) spaced[i] = SPACE;
  const fields = parseQuery(spaced.toString(), '&', '=', { maxKeys: MAX_FIELDS + 1 });
  const values = Object.values(fields).flat();
  if (values.length > MAX_FIELDS) return undefined;
  return formOf((name) => {
    const value = [fields[name]].flat().at(-1);
    return value === undefined ? undefined : Buffer.from(value);
  });
}

const PLUS = 0x2b;
const SPACE = 0x20;

/** Bytes that are given to the parser at a time: it stops at its limits after each. */
const STEP = 64 * 1024;

/** What is cut off at the end is read as far as it came. */
function readMultipart(body: Buffer, boundary: string): Promise<Form | undefined> {
  const fields = new Map<string, Buffer[]>();
  const files: MimeFile[] = [];
  return new Promise((resolve) => {
    let full = false;
    const busboy = new Busboy({
      headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
      limits: { files: MAX_FIELDS, parts: MAX_FIELDS },
      // Fields too, so that they keep their bytes: some are in a charset of their own.
      isPartAFile: () => true,
    });
    busboy.on(
      'file',
      (field: string | undefined, stream, name: string | undefined, _, mimeType) => {
        const file = { ...(name && { name }), mimeType, size: 0 };
        const pieces: Buffer[] = [];
        if (name !== undefined) files.push(file);
        else if (field !== undefined) fields.set(field, pieces);
        stream.on('data', (piece: Buffer) => {
          file.size += piece.length;
          if (name === undefined) pieces.push(piece);
        });
        stream.on('error', () => {});
      },
    );
    busboy.on('partsLimit', () => {
      full = true;
      resolve(undefined);
    });
    busboy.on('error', () => {});
    busboy.on('finish', () => {
      const bytes = (name: string) => {
        const pieces = fields.get(name);
        return pieces && Buffer.concat(pieces);
      };
      resolve(formOf(bytes, files));
    });
    const feed = (at: number): void => {
      if (full) return;
      if (at >= body.length) busboy.end();
      else busboy.write(body.subarray(at, at + STEP), () => setImmediate(feed, at + STEP));
    };
    feed(0);
  });
}

const formOf = (
  bytes: (name: string) => Buffer | undefined,
  files: readonly MimeFile[] = [],
): Form => ({ bytes, text: (name) => bytes(name)?.toString(), files });
