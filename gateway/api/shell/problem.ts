import type { NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import { DeadlineExceeded } from '../../../config/deadline.ts';
import { DependencyAway } from '../../../config/dependency.ts';
import { describeError, type Logger } from '../../../config/logger.ts';
import { isMongoAway } from '../../../config/mongo.ts';
import { isRedisAway } from '../../../config/redis.ts';
import { TooBusy } from '../../../models/people/password.ts';
import { ApiError, ERRORS, type ErrorCode, type Fault } from './errors.ts';

/** Seconds after which it may be otherwise. */
const RETRY_AFTER = 5;

/** What `express.json` calls its refusals. */
const OF_BODY_PARSER: Record<string, ErrorCode> = {
  'entity.parse.failed': 'invalid_json',
  'request.size.invalid': 'invalid_json',
  'request.aborted': 'invalid_json',
  'entity.too.large': 'body_too_large',
  'charset.unsupported': 'unsupported_media_type',
  'encoding.unsupported': 'unsupported_media_type',
};

/** Any error as one of the table. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isNotNow(error)) return new ApiError('unavailable', { retryAfter: RETRY_AFTER });
  const type = (error as { type?: unknown } | null)?.type;
  const code = typeof type === 'string' ? OF_BODY_PARSER[type] : undefined;
  if (code) return new ApiError(code);
  // A path with a broken escape names nothing.
  return new ApiError(error instanceof URIError ? 'not_found' : 'internal_error');
}

function isNotNow(error: unknown): boolean {
  return (
    error instanceof TooBusy ||
    error instanceof DeadlineExceeded ||
    error instanceof DependencyAway ||
    isMongoAway(error) ||
    isRedisAway(error)
  );
}

/** Answers with `application/problem+json` (RFC 9457). */
export function answerProblem(response: Response, error: ApiError): void {
  const { code, details } = error;
  const { retryAfter, ...members } = details;
  const { status, title } = ERRORS[code];
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: `urn:videur:error:${code}`, title, status, code, ...members }));
}

/** The one place where an error becomes an answer. What is not expected is logged by its kind only. */
export function problemHandler(log: Logger) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const known = toApiError(error);
    if (known.code === 'internal_error' || known.code === 'unavailable') {
      const fields = { method: request.method, code: known.code, ...describeError(error) };
      if (known.code === 'unavailable') log.warn('api.unavailable', fields);
      else log.error('api.failed', fields);
    }
    if (response.headersSent) response.destroy();
    else answerProblem(response, known);
  };
}

/** What a schema found, by path. Zod's messages speak of types and names, never of values. */
export function faultsOf(error: z.ZodError, ...under: string[]): Fault[] {
  return error.issues.map(({ path, message }) => ({
    path: [...under, ...path.map(String)].join('.'),
    message,
  }));
}
