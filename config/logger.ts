import winston from 'winston';

/** Fields of a log line: ids, counts, milliseconds, fixed words. Never text, phone number or token. */
export type Fields = Record<string, string | number | boolean | null | undefined | object>;

export interface Logger {
  debug(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
}

/** One JSON line per event on standard output. */
export function createLogger(process: string, level: string): Logger {
  return winston.createLogger({
    level,
    defaultMeta: { process },
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Console({ forceConsole: false })],
  });
}

/**
 * What of an error may be logged: its kind and its code. Messages of stores and parsers quote keys
 * and documents, and so would carry phone numbers and text.
 */
export function describeError(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: typeof error };
  const { code } = error as { code?: unknown };
  const { message, stack = '' } = error;
  // What comes before its frames is the message, and a line of that may look like a frame.
  const frames = stack.includes(message)
    ? stack.slice(stack.indexOf(message) + message.length)
    : '';
  return {
    error: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    at: frames
      .split('\n')
      .find((line) => line.startsWith('    at '))
      ?.trim(),
  };
}
