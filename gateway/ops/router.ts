import { Router } from 'express';
import { SendCount } from '../../models/inbox/send-count.ts';
import type { AppDeps } from '../api/deps.ts';
import { readiness } from './health.ts';
import { addStoreMetric } from './store-metric.ts';
import { storeMetrics } from './store-metrics.ts';

/** For orchestrators and Prometheus, without a login: they tell ids and counts, nothing of content. */
export function createOpsRouter(deps: AppDeps): Router {
  const { registry } = deps.metrics;
  const shared = storeMetrics({
    ...deps,
    queues: Object.values(deps.queues),
    sendCount: new SendCount(deps.redis, deps.settings.REDIS_PREFIX),
  });
  for (const metric of shared) addStoreMetric(registry, deps.log, metric);
  const router = Router();
  router.get('/livez', (_request, response) => void response.json({ status: 'ok' }));
  router.get('/readyz', async (_request, response) => {
    const { status, body } = await readiness(deps);
    response.status(status).json(body);
  });
  router.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}
