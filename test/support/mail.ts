import { expect } from 'chai';

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

/** No parser takes a head of this size. */
export const OVERSIZED = `From: ${'a'.repeat(2_000_000)}`;

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

/**
 * Twice as much takes at most about three times as long. The shortest of several attempts, each of
 * them for both lengths in turn: others work on the same machine.
 */
export async function isLinear(
  start: Buffer,
  piece: string,
  length: number,
  read: (bytes: Buffer) => unknown,
): Promise<void> {
  const shortest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
  for (let attempt = 1; ; attempt++) {
    for (const i of [0, 1] as const) {
      const bytes = Buffer.concat([start, Buffer.alloc(length * (i + 1), piece)]);
      const began = process.cpuUsage();
      await read(bytes);
      const { user, system } = process.cpuUsage(began);
      shortest[i] = Math.min(shortest[i], user + system);
    }
    const times = shortest[1] / Math.max(shortest[0], SHORT_US);
    if (attempt >= 3 && times <= 3) return;
    if (attempt === 10) expect(times, `${shortest} microseconds`).to.be.at.most(3);
  }
}
/** What takes less says nothing about the rest. */
const SHORT_US = 20_000;
