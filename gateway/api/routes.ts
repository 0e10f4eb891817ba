import { channelRoutes } from './channels/routes.ts';
import { contactRoutes } from './contacts/routes.ts';
import { inboxRoutes } from './inbox/routes.ts';
import { liveRoutes } from './live/routes.ts';
import { operationRoutes } from './operations/routes.ts';
import { peopleRoutes } from './people/routes.ts';
import type { Route } from './shell/route.ts';
import { usageRoutes } from './usage/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';
import { workflowRoutes } from './workflows/routes.ts';

/**
 * Every call of the API: method, path under /api/v1, who may, what it takes and answers, who handles it.
 * Each resource has a folder with its part of the table.
 */
export const ROUTES: readonly Route[] = [
  ...peopleRoutes,
  ...channelRoutes,
  ...contactRoutes,
  ...inboxRoutes,
  ...liveRoutes,
  ...operationRoutes,
  ...usageRoutes,
  ...webhookRoutes,
  ...workflowRoutes,
];
