import { type NextFunction, type Request, type Response, Router } from 'express';
import helmet from 'helmet';
import type { AppDeps } from '../api/deps.ts';
import { ACCESS } from '../api/shell/access.ts';
import { type Auth, authenticate, isAllowed } from '../api/shell/auth.ts';
import { ApiError } from '../api/shell/errors.ts';
import { answerProblem } from '../api/shell/problem.ts';
import { credentialsOf, isSafe, siteOf } from '../api/shell/request.ts';
import { createBoard, QUEUES_PATH } from './board.ts';
import { LOGIN_PATH } from './login-page.ts';

/** The board's own scripts and icons; it sets styles inline. Its web font is not worth another origin. */
const boardPolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
});

/**
 * The queue dashboard. Owners and keys with `ops:read` may look; owners and keys that have `admin`
 * as well may act. A browser may give the key as the password of HTTP Basic, or sign in.
 */
export function createQueuesRouter(deps: AppDeps): Router {
  const looking = createBoard(deps.queues, { readOnly: true });
  const acting = createBoard(deps.queues, { readOnly: false });
  const router = Router();
  router.use(boardPolicy, async (request: Request, response: Response, next: NextFunction) => {
    const auth = await whoAsks(request, deps);
    if (!auth) return askToSignIn(request, response);
    if (!isAllowed(auth, ACCESS.readQueues)) throw new ApiError('forbidden');
    // A browser sends a cookie or a Basic password by itself, whoever made it send the request.
    if (
      !isSafe(request) &&
      siteOf(request, deps.settings.PUBLIC_BASE_URL) !== 'own' &&
      !isBearer(request)
    )
      throw new ApiError('cross_site');
    const board = isAllowed(auth, ACCESS.administer) ? acting : looking;
    return board(request, response, next);
  });
  return router;
}

function whoAsks(request: Request, { models }: AppDeps): Promise<Auth | undefined> {
  const credentials = credentialsOf(request);
  return authenticate(models, { ...credentials, key: credentials.key ?? basicPassword(request) });
}

const isBearer = (request: Request) => credentialsOf(request).key !== undefined;

function basicPassword({ headers }: Request): string | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (!encoded) return undefined;
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  return given.slice(given.indexOf(':') + 1);
}

/** A browser is shown the login page; a program is told what to send. */
function askToSignIn(request: Request, response: Response): void {
  if (isSafe(request) && request.headers.accept?.includes('text/html'))
    response.redirect(303, `${LOGIN_PATH}?next=${encodeURIComponent(QUEUES_PATH)}`);
  else answerProblem(response, new ApiError('unauthenticated'));
}
