import type { Delivery } from './adapter.ts';
import { PERCENT, unescaped } from './encodings.ts';
import { type MimeFile, partsOf } from './mime.ts';
import { nameOf, readStructured } from './mime-headers.ts';

/** An HTML form, as mail providers post it: urlencoded, or in parts when files come with it. */
export interface Form {
  /** A field's bytes; of one that came several times the last. */
  bytes(name: string): Buffer | undefined;
  /** The same as UTF-8. */
  text(name: string): string | undefined;
  files: readonly MimeFile[];
}

/** A mail has some dozens of headers, and a provider may make a field of each. */
const MAX_FIELDS = 1000;

/** `undefined` when it is no form, or one of too many fields. */
export function readForm({ headers, body }: Delivery): Form | undefined {
  const type = readStructured(String(headers['content-type'] ?? ''));
  if (type.value === 'application/x-www-form-urlencoded') return readUrlencoded(body);
  const boundary = type.parameters.get('boundary');
  if (type.value === 'multipart/form-data' && boundary) return readMultipart(body, boundary);
  return undefined;
}

/**
 * https://url.spec.whatwg.org/#urlencoded-parsing. Not by `URLSearchParams`, which the tests hold this
 * against: it takes a second for 10 MB of `+`, and a mail in its raw form may be longer.
 */
function readUrlencoded(body: Buffer): Form | undefined {
  const fields = new Map<string, Buffer>();
  let count = 0;
  for (let start = 0; start < body.length; ) {
    if (++count > MAX_FIELDS) return undefined;
    const next = body.indexOf('&', start);
    const field = body.subarray(start, next < 0 ? body.length : next);
    start += field.length + 1;
    if (field.length === 0) continue;
    const equals = field.indexOf('=');
    const nameEnd = equals < 0 ? field.length : equals;
    fields.set(fromUrl(field.subarray(0, nameEnd)).toString(), field.subarray(nameEnd + 1));
  }
  return formOf(fields, [], fromUrl);
}

function fromUrl(bytes: Buffer): Buffer {
  const spaced = Buffer.from(bytes);
  for (let i = 0; i < spaced.length; i++) if (spaced[i] === PLUS) spaced[i] = SPACE;
  return unescaped(spaced, PERCENT);
}
const PLUS = 0x2b;
const SPACE = 0x20;

/** https://www.rfc-editor.org/rfc/rfc7578 */
function readMultipart(body: Buffer, boundary: string): Form | undefined {
  const fields = new Map<string, Buffer>();
  const files: MimeFile[] = [];
  let count = 0;
  for (const part of partsOf(body, boundary)) {
    if (++count > MAX_FIELDS) return undefined;
    const disposition = readStructured(part.headers.get('content-disposition')?.[0] ?? '');
    const field = disposition.parameters.get('name');
    if (disposition.value !== 'form-data' || field === undefined) continue;
    if (disposition.parameters.has('filename')) {
      const name = nameOf(disposition);
      const mimeType = readStructured(part.headers.get('content-type')?.[0] ?? '').value;
      files.push({ ...(name && { name }), mimeType, size: part.body.length });
    } else fields.set(field, part.body);
  }
  return formOf(fields, files);
}

/** Each field is decoded when it is asked for: a proof is looked at before the mail is. */
function formOf(
  fields: ReadonlyMap<string, Buffer>,
  files: readonly MimeFile[],
  decode = (bytes: Buffer) => bytes,
): Form {
  const bytes = (name: string): Buffer | undefined => {
    const field = fields.get(name);
    return field && decode(field);
  };
  return { bytes, text: (name) => bytes(name)?.toString(), files };
}
