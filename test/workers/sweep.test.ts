import { expect } from 'chai';
import { Dependency } from '../../config/dependency.ts';
import { createWorkerMetrics } from '../../workers/ops/metrics.ts';
import { everyWhile } from '../../workers/sweep.ts';
import { gate, recordingLog, silent } from '../support/stores.ts';
import { until } from '../support/until.ts';

describe('Sweeps', () => {
  let store: Dependency;
  beforeEach(async () => {
    const there = async () => {};
    store = new Dependency({
      name: 'test',
      log: silent,
      trial: there,
      ask: there,
      isAway: () => false,
    });
    await store.start();
  });
  afterEach(() => store.stop());

  it('When one fails, then it is logged and told by its name, and the next one is made', async () => {
    const { registry } = createWorkerMetrics();
    const { log, lines } = recordingLog();
    let made = 0;
    const sweeping = everyWhile(store, { name: 'broken', everyMs: 1, log }, async () => {
      made += 1;
      if (made <= 2) throw new RangeError('of somebody');
    });
    await until('it to be made again', () => made > 3);
    await sweeping.stop();
    expect(lines.map(({ event }) => event)).to.deep.equal(['broken.failed', 'broken.failed']);
    const told = await registry.metrics();
    expect(told).to.include('videur_sweeps_total{sweep="broken",result="failed"} 2\n');
    expect(told).to.match(/videur_sweeps_total\{sweep="broken",result="done"\} [1-9]/);
  });

  it('When it is stopped, then the one that runs may end and is no failure', async () => {
    const { registry } = createWorkerMetrics();
    const begun = gate();
    const sweeping = everyWhile(store, { name: 'stopped', everyMs: 1, log: silent }, (signal) => {
      begun.open();
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    await begun.opened;
    await sweeping.stop();
    expect(await registry.metrics()).not.to.include('sweep="stopped"');
  });
});
