import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { z } from 'zod';
import { DependencyAway } from '../../../config/dependency.ts';
import { begin } from '../../../config/tracing.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { type Auth, authenticate, authorize, identify, isAllowed } from './auth.ts';
import { sendCsv } from './csv.ts';
import { ApiError } from './errors.ts';
import { sendEvents } from './event-stream.ts';
import { namingSurvivor } from './merged.ts';
import { faultsOf } from './problem.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';
import { credentialsOf, idempotencyKey, isSafe, setSession, siteOf } from './request.ts';
import type { ApiRequest, Result, Route } from './route.ts';

const BODY_LIMIT = '1mb';

/**
 * The only part of the API that touches Express: for each line of the table it finds out who asks and
 * whether they may, reads and checks the request, calls the handler and writes what it returns. A body
 * is not read before its sender is known.
 */
export function createApiRouter(routes: readonly Route[], deps: ApiDeps): Router {
  const router = Router();
  const json = express.json({ limit: BODY_LIMIT });
  const limit = createRateLimit(deps.redis, deps.settings.API_CALLS_PER_MINUTE);
  for (const route of routes)
    router[route.method](
      route.path,
      admit(route, deps, limit),
      ...(route.body ? [json] : []),
      run(route, deps),
    );
  return router;
}

interface Admitted {
  auth: Auth | undefined;
  workspaceId: ObjectId | undefined;
}

/** Lets through who may call the route, and remembers who it is. */
function admit(
  { access }: Route,
  { models, mongo, settings }: ApiDeps,
  limit: RateLimit,
): RequestHandler {
  return async (request, response, next) => {
    // Nothing can be answered without it: at once, rather than after a time-out.
    if (!mongo.available) throw new DependencyAway(mongo.name);
    const credentials = credentialsOf(request);
    const site = siteOf(request, settings.PUBLIC_BASE_URL);
    if (access.public) {
      if (!isSafe(request) && site === 'foreign') throw new ApiError('cross_site');
      response.locals.admitted = {} satisfies Partial<Admitted>;
      return next();
    }
    const auth = await authenticate(models, credentials);
    if (!auth) throw new ApiError('unauthenticated');
    const { exceeded, resetAfter, headers } = await limit(auth);
    response.set(headers);
    if (exceeded) throw new ApiError('too_many_requests', { retryAfter: resetAfter });
    if (auth.type === 'user' && !isSafe(request) && site !== 'own')
      throw new ApiError('cross_site');
    const workspaceId = authorize(auth, access, request.params.workspaceId);
    response.locals.admitted = { auth, workspaceId } satisfies Admitted;
    next();
  };
}

function run(route: Route, deps: ApiDeps): RequestHandler {
  return async (request, response) => {
    const asked = read(request, response, route);
    const result = await begin(`${route.method.toUpperCase()} ${route.path}`, async (note) => {
      const result = await route.handle(asked, deps).catch(async (error) => {
        throw await namingSurvivor(error, route, asked, deps.models);
      });
      note({ 'http.response.status_code': result.status });
      return result;
    });
    const { workspaceId } = response.locals.admitted as Admitted;
    await write(response, result, deps, async () => {
      const auth = await identify(deps.models, credentialsOf(request));
      return auth !== undefined && isAllowed(auth, route.access, workspaceId);
    });
  };
}

function read(request: Request, response: Response, route: Route): ApiRequest {
  const { params, query, body } = route;
  const { auth, workspaceId } = response.locals.admitted as Admitted;
  const named = params?.safeParse(request.params);
  if (named && !named.success) throw new ApiError('not_found');
  if (body && request.body === undefined && hasBody(request))
    throw new ApiError('unsupported_media_type');
  return {
    // Routes that need somebody are never reached without.
    auth: auth as Auth,
    workspaceId: workspaceId as ObjectId,
    params: named?.data,
    query: query && check(query, request.query),
    body: body && check(body, request.body ?? {}),
    ip: request.ip ?? '',
    userAgent: request.get('user-agent'),
    idempotencyKey: route.idempotencyKey && keyOf(request),
    media: mediaOf(request, route),
    sessionToken: credentialsOf(request).sessionToken,
  };
}

function mediaOf(request: Request, { media = [] }: Route): ApiRequest['media'] {
  const wanted = request.accepts(['application/json', ...media]);
  return (wanted || 'application/json') as ApiRequest['media'];
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function keyOf(request: Request): string | undefined {
  const key = request.get('idempotency-key');
  return key === undefined ? key : check(idempotencyKey, key, 'Idempotency-Key');
}

function check<T>(schema: z.ZodType<T>, value: unknown, ...under: string[]): T {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw new ApiError('invalid_request', { errors: faultsOf(error, ...under) });
  return data;
}

async function write(
  response: Response,
  { status, body, session, events, csv }: Result,
  deps: ApiDeps,
  isStillAllowed: () => Promise<boolean>,
): Promise<void> {
  if (session !== undefined) setSession(response, deps.settings.PUBLIC_BASE_URL, session);
  if (events) sendEvents(response, events, isStillAllowed);
  else if (csv) await sendCsv(response, csv);
  else if (body === undefined) response.status(status).end();
  else response.status(status).json(body);
}
