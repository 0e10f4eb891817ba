/** Mails and forms as the mail providers post them. */

export const BOUNDARY = 'xYzZY';
export const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;
export const URLENCODED = 'application/x-www-form-urlencoded';

export interface FormFile {
  name: string;
  type: string;
  bytes: string | Buffer;
}
type Field = string | Buffer | FormFile;

const isFile = (field: Field): field is FormFile =>
  typeof field === 'object' && !Buffer.isBuffer(field);

/** One part of a form; a file has a name and a type. */
export function formPart(name: string, field: Field, boundary = BOUNDARY): Buffer {
  const [more, bytes] = isFile(field)
    ? [`; filename="${field.name}"\r\nContent-Type: ${field.type}`, field.bytes]
    : ['', field];
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(bytes as string),
    Buffer.from('\r\n'),
  ]);
}

export function multipart(fields: Record<string, Field>, boundary = BOUNDARY): Buffer {
  const parts = Object.entries(fields).map(([name, field]) => formPart(name, field, boundary));
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}

/** Lines of a mail with the line breaks of one. */
export const lines = (...text: string[]): Buffer => Buffer.from(text.join('\r\n'));

/** The headers of a mail from a person. */
export const HEADERS: Record<string, string> = {
  From: '"Ana Opérateur" <Ana@Example.org>',
  To: 'inbox@in.example.com',
  Date: 'Sun, 08 Jun 2025 20:58:00 +0000',
  'Message-ID': '<m2@mail.example.org>',
  'In-Reply-To': '<m1@in.example.com>',
  References: '<m0@mail.example.org> <m1@in.example.com>',
  Subject: 'Re: Order 5',
};

export const headerLines = (headers: Record<string, string>): string[] =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`);

/** What every adapter makes of {@link HEADERS}. */
export const READ = {
  kind: 'message',
  eventId: '<m2@mail.example.org>',
  at: Date.UTC(2025, 5, 8, 20, 58),
  identities: ['mailto:ana@example.org'],
  profile: { firstName: 'Ana Opérateur', email: 'ana@example.org' },
};
export const THREAD = {
  subject: 'Re: Order 5',
  references: ['<m0@mail.example.org>', '<m1@in.example.com>', '<m2@mail.example.org>'],
};
