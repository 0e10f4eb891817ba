import express, { type Request, type Response, Router } from 'express';
import helmet from 'helmet';
import type { AppDeps } from '../api/deps.ts';
import { loginBody, signIn } from '../api/people/login.ts';
import { ApiError, ERRORS } from '../api/shell/errors.ts';
import { toApiError } from '../api/shell/problem.ts';
import { credentialsOf, setSession, siteOf } from '../api/shell/request.ts';
import { LOGIN_STYLE, loginHtml } from './login-html.ts';

export const LOGIN_PATH = '/login';

const pagePolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    styleSrc: [`'sha256-${LOGIN_STYLE.sha256}'`],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** A login for people without the console: a form, and back to where they came from. */
export function createLoginPage(deps: AppDeps): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '8kb' });
  router.use(pagePolicy);
  router.get('/', (request, response) => show(response, nextOf(request.query.next)));
  router.post('/', form, (request, response) => submit(request, response, deps));
  return router;
}

async function submit(request: Request, response: Response, deps: AppDeps): Promise<void> {
  const { settings } = deps;
  const fields = (request.body ?? {}) as Record<string, unknown>;
  const next = nextOf(fields.next);
  try {
    if (siteOf(request, settings.PUBLIC_BASE_URL) === 'foreign') throw new ApiError('cross_site');
    const given = loginBody.safeParse({ email: fields.email, password: fields.password });
    if (!given.success) throw new ApiError('invalid_credentials');
    const { sessionToken } = credentialsOf(request);
    const from = { ip: request.ip ?? '', userAgent: request.get('user-agent'), sessionToken };
    const session = await signIn(deps, { ...given.data, ...from });
    setSession(response, settings.PUBLIC_BASE_URL, session);
    response.redirect(303, next);
  } catch (error) {
    const known = toApiError(error);
    if (known.code === 'internal_error') throw error;
    show(response, next, known);
  }
}

function show(response: Response, next: string, error?: ApiError): void {
  const retryAfter = error?.details.retryAfter;
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
  response
    .status(error ? ERRORS[error.code].status : 200)
    .type('html')
    .send(loginHtml({ action: LOGIN_PATH, next, problem: error && ERRORS[error.code].title }));
}

const HOME = '/queues';
/** Stands for whatever our origin is: a path that leads elsewhere does not resolve to it. */
const OWN = 'http://own.invalid';

/** Only a path of ours: `//evil`, `/\evil` and full addresses lead home. */
function nextOf(given: unknown): string {
  if (typeof given !== 'string' || !given.startsWith('/') || !URL.canParse(given, OWN)) return HOME;
  const url = new URL(given, OWN);
  return url.origin === OWN ? url.pathname + url.search : HOME;
}
