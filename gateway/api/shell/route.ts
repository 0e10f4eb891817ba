import type { z } from 'zod';
import type { ObjectId } from '../../../models/ids.ts';
import type { LiveEvent } from '../../../models/live.ts';
import type { ApiDeps } from '../deps.ts';
import type { Access } from './access.ts';
import type { Auth } from './auth.ts';
import type { Rows } from './csv.ts';
import type { ErrorCode } from './errors.ts';

/** A request as handlers see it: checked values, nothing of HTTP. */
export interface ApiRequest<Params = unknown, Query = unknown, Body = unknown> {
  /** Who asks. On a public route there may be nobody, and `auth` must not be read. */
  auth: Auth;
  /** The workspace in the path; the shell has checked that it is one of the asker's. */
  workspaceId: ObjectId;
  params: Params;
  query: Query;
  body: Body;
  /** Where the request came from, for the login's throttle. */
  ip: string;
  /** The browser or program that asks, as it calls itself. */
  userAgent: string | undefined;
  /** What the `Idempotency-Key` header says, on a route that takes one. */
  idempotencyKey: string | undefined;
  /** What the asker would rather have, of what the route answers with. */
  media: 'application/json' | MediaType;
  /** The session that the cookie names, whether it is valid or not. */
  sessionToken: string | undefined;
}

export interface Result {
  status: number;
  body?: unknown;
  /** Sets the session's cookie; `null` takes it away. */
  session?: { token: string; expiresAt: Date } | null;
  /** A table instead of a body. */
  csv?: Rows;
  /** Server-sent events instead of a body, until the caller goes away. */
  events?: (emit: (event: LiveEvent) => void, end: () => void) => () => void;
}

export type Handler<Params, Query, Body> = (
  request: ApiRequest<Params, Query, Body>,
  deps: ApiDeps,
) => Promise<Result>;

export type MediaType = 'text/csv' | 'text/event-stream';

export interface RouteParts<Params, Query, Body> {
  /** What does not fit names nothing: 404. */
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** Takes the header `Idempotency-Key`. */
  idempotencyKey?: true;
  /** What it is for, in one line of the reference. */
  summary: string;
  /** The JSON that it answers by status, `null` for none. */
  answers: Record<number, z.ZodType | null>;
  /** What else than JSON it answers with. */
  media?: readonly MediaType[];
  /** The errors that are its own. Those that come before a handler is called go without saying. */
  errors?: readonly ErrorCode[];
  handle: Handler<Params, Query, Body>;
}

/** Where everything of one workspace is. */
export const W = '/workspaces/:workspaceId';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One line of the route table. */
export interface Route extends RouteParts<unknown, unknown, unknown> {
  method: Method;
  path: string;
  access: Access;
}

/** Ties a handler to the schemas of what it takes. */
export function route<Params = unknown, Query = unknown, Body = unknown>(
  method: Method,
  path: string,
  access: Access,
  parts: RouteParts<Params, Query, Body>,
): Route {
  return { method, path, access, ...parts } as Route;
}
