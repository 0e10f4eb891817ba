import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Dependency } from './dependency.ts';

/** What Prometheus is told of any process of ours: itself, and the stores as it sees them. */
export function createRegistry(): { registry: Registry; watch(dependency: Dependency): void } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const dependencies = new Gauge({
    name: 'videur_dependency_available',
    help: '1 while this process uses the store, 0 while its breaker is open',
    labelNames: ['dependency'],
    registers: [registry],
  });
  return {
    registry,
    watch(dependency) {
      const gauge = dependencies.labels(dependency.name);
      const tell = (available: boolean) => gauge.set(available ? 1 : 0);
      dependency.onChange(tell);
      tell(dependency.available);
    },
  };
}
