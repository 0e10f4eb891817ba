import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parser } from '@prometheus-io/lezer-promql';
import { expect } from 'chai';
import type { Registry } from 'prom-client';
import { parse } from 'yaml';
import { z } from 'zod';
import { createWorkerMetrics } from '../../workers/ops/metrics.ts';
import { TestApi } from '../support/api.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const DIRECTORY = join(DOCS, 'grafana');

/** The parts of https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ that are used. */
const rulesFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Videur[A-Za-z]+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[mh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string() }),
        }),
      ),
    }),
  ),
});

const dashboardFile = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int(),
  panels: z.array(
    z.object({
      id: z.int(),
      type: z.enum(['row', 'timeseries']),
      title: z.string(),
      gridPos: z.strictObject({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
      targets: z
        .array(z.strictObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() }))
        .default([]),
    }),
  ),
});

const promtool = (...args: string[]) => promisify(execFile)('promtool', args, { cwd: DIRECTORY });
const PROMTOOL = await promtool('--version').then(
  () => true,
  () => false,
);

/** Labels that Prometheus itself gives. */
const ITS_OWN = new Set(['instance', 'job', 'le']);

describe('The dashboard and the alerts', () => {
  let alerts: z.output<typeof rulesFile>['groups'][number]['rules'];
  let panels: z.output<typeof dashboardFile>['panels'];
  /** Labels by the name of each series that gateways or workers tell. */
  let known: Map<string, Set<string>>;

  before(async () => {
    const read = (name: string) => readFile(join(DIRECTORY, name), 'utf8');
    const rules = rulesFile.parse(parse(await read('alerts.yaml')));
    alerts = rules.groups.flatMap((group) => group.rules);
    panels = dashboardFile.parse(JSON.parse(await read('dashboard.json'))).panels;
    const api = await TestApi.start();
    const registries = [api.deps.metrics.registry, createWorkerMetrics().registry];
    known = new Map((await Promise.all(registries.map(seriesOf))).flat());
    await api.stop();
  });

  const exprs = () => [
    ...alerts.map(({ alert, expr }) => [alert, expr] as const),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ];

  it('When Prometheus’ own grammar reads an expression, then there is no fault in it', () => {
    expect(exprs()).to.have.length.of.at.least(50);
    for (const [of, expr] of exprs()) expect(nodesOf(expr, '⚠'), `${of}: ${expr}`).to.be.empty;
    expect(nodesOf('sum(rate(a[5m])', '⚠')).not.to.be.empty;
  });

  it('When a metric or a label is named, then some process tells it', () => {
    for (const [of, expr] of exprs()) {
      const names = nodesOf(expr, 'Identifier').filter((name) => !name.endsWith('('));
      expect(names, of).not.to.be.empty;
      for (const name of names) expect([...known.keys()], `${of}: ${expr}`).to.include(name);
      const labels = new Set(names.flatMap((name) => [...(known.get(name) ?? [])]));
      for (const label of nodesOf(expr, 'LabelName'))
        expect(labels.has(label) || ITS_OWN.has(label), `${of}: ${label}`).to.equal(true);
    }
  });

  it('When a metric of ours is told, then the dashboard or an alert uses it', () => {
    const used = new Set(exprs().flatMap(([, expr]) => nodesOf(expr, 'Identifier')));
    const ours = [...known.keys()].filter((name) => name.startsWith('videur_'));
    const families = new Set(ours.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    for (const family of families)
      expect(
        [...used].some((name) => name.replace(/_(bucket|sum|count)$/, '') === family),
        family,
      ).to.equal(true);
  });

  it('When panels are laid out, then each has an id of its own and none covers another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: h * w }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).to.equal(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).to.be.at.most(24);
  });

  it('When an alert may fire, then the operators’ page says what to do, and of no other', async () => {
    const page = await readFile(join(DOCS, 'operations.md'), 'utf8');
    const told = [...page.matchAll(/^\| `(Videur\w+)`/gm)].map(([, name]) => name);
    expect(told).to.have.members(alerts.map(({ alert }) => alert));
  });

  it('When a metric of ours is told, then the operators’ page says what it means, and of no other', async () => {
    const page = await readFile(join(DOCS, 'operations.md'), 'utf8');
    const told = [...page.matchAll(/^\| `(videur_\w+)/gm)].map(([, name]) => name);
    const ours = [...known.keys()].filter((name) => /^videur_.*(?<!_(bucket|sum))$/.test(name));
    expect(told).to.have.members([...new Set(ours.map((name) => name.replace(/_count$/, '')))]);
  });

  // Not everywhere: it is a program of Prometheus'. The grammar above is its own as well.
  if (PROMTOOL)
    it('When promtool reads the rules and runs their tests, then it takes them', async () => {
      await promtool('check', 'rules', 'alerts.yaml');
      await promtool('test', 'rules', 'alerts.test.yaml');
    });
});

/** The names under which a registry's metrics are told, with the labels of each. */
async function seriesOf(registry: Registry): Promise<[string, Set<string>][]> {
  const metrics = registry.getMetricsAsArray() as unknown as {
    name: string;
    type: string;
    labelNames: string[];
  }[];
  return metrics.flatMap(({ name, type, labelNames }): [string, Set<string>][] => {
    const names = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    return names.map((suffix) => [name + suffix, new Set(labelNames)]);
  });
}

/** The pieces of the expression that the grammar calls so; `⚠` is a fault. */
function nodesOf(expr: string, node: string): string[] {
  // Grafana's, which puts a time there.
  const source = expr.replaceAll('$__rate_interval', '5m');
  const found: string[] = [];
  parser.parse(source).iterate({
    enter: ({ name, from, to }) => {
      if (name === node) found.push(source.slice(from, to));
    },
  });
  return found;
}
