import express, { type Express } from 'express';
import helmet from 'helmet';
import { QUEUES_PATH } from '../ops/board.ts';
import { createLoginPage, LOGIN_PATH } from '../ops/login-page.ts';
import { createQueuesRouter } from '../ops/queues.ts';
import { createOpsRouter } from '../ops/router.ts';
import type { AppDeps } from './deps.ts';
import { LiveFeed } from './live/live-feed.ts';
import { API_PATH } from './reference/document.ts';
import { createReference } from './reference/router.ts';
import { ROUTES } from './routes.ts';
import { ApiError } from './shell/errors.ts';
import { createApiRouter } from './shell/http.ts';
import { problemHandler } from './shell/problem.ts';

export type App = Express & {
  /** Ends the live feeds, which would keep the server from closing. Before closing the server. */
  stop(): Promise<void>;
};

/** Everything but the webhooks: the API, the operators' pages, and one place for errors. */
export function createApp(deps: AppDeps): App {
  const { log, settings } = deps;
  const live = new LiveFeed(deps.connectSubscriber, log);
  const app = express();
  app.disable('etag');
  app.set('trust proxy', settings.TRUSTED_PROXIES);
  app.use(headers(settings.PUBLIC_BASE_URL));
  app.use(createOpsRouter(deps));
  app.use(LOGIN_PATH, createLoginPage(deps));
  app.use(QUEUES_PATH, createQueuesRouter(deps));
  app.use(API_PATH, createReference(ROUTES));
  app.use(API_PATH, createApiRouter(ROUTES, { ...deps, live }));
  app.use(() => {
    throw new ApiError('not_found');
  });
  app.use(problemHandler(log));
  return Object.assign(app, { stop: () => live.stop() });
}

/** Answers are data: nothing in them may run, be framed or be kept. Pages bring their own policy. */
function headers(publicBaseUrl: string): express.RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      },
      // `no-referrer` would make browsers send `Origin: null` with our own login form.
      referrerPolicy: { policy: 'same-origin' },
      strictTransportSecurity: publicBaseUrl.startsWith('https:'),
    }),
    (_request, response, next) => {
      response.set('Cache-Control', 'no-store');
      next();
    },
  ];
}
