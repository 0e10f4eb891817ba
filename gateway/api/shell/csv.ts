import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** A table of any length; its first row says what the columns are. */
export type Rows = AsyncIterable<readonly string[]>;

/** Writes rows as they come (RFC 4180), no faster than they are read. */
export async function sendCsv(response: Response, rows: Rows): Promise<void> {
  response.status(200).type('text/csv; charset=utf-8; header=present');
  await pipeline(Readable.from(linesOf(rows)), response);
}

async function* linesOf(rows: Rows): AsyncGenerator<string> {
  for await (const row of rows) yield `${row.map(fieldOf).join(',')}\r\n`;
}

/**
 * A value as a field. Spreadsheets take what begins with one of these signs for a formula and run it:
 * an apostrophe before it makes it text. https://owasp.org/www-community/attacks/CSV_Injection
 */
export function fieldOf(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
