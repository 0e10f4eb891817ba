import { runFaults, table } from '../faults/run.ts';

const SECONDS = 20;

/** The short form of `npm run test:faults`: each run has another seed, which is told when it fails. */
describe('Plugs pulled at random while messages come in', function () {
  this.timeout(300_000);

  it('When gateways, workers, Redis and MongoDB are killed, hang and come back, then nothing is lost, doubled or leaked', async () => {
    const seed = Date.now() % 2 ** 31;
    const log: string[] = [];
    const result = await runFaults({ seconds: SECONDS, seed, log: (line) => log.push(line) });
    if (result.checks.every(({ ok }) => ok)) return;
    throw new Error(`seed ${seed}\n${log.join('\n')}\n${table(result)}`);
  });
});
