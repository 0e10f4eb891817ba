import { expect } from 'chai';
import { Lifecycle } from '../../config/lifecycle.ts';
import { gate, recordingLog } from '../support/stores.ts';

describe('Stopping', () => {
  it('When the program stops, then its parts stop one after the other, the last one started first', async () => {
    const lifecycle = new Lifecycle(recordingLog().log);
    const seen: string[] = [];
    const step = (name: string) => async () => {
      seen.push(`${name} stops`);
      await Promise.resolve();
      seen.push(`${name} stopped`);
    };
    for (const name of ['store', 'queue', 'server']) lifecycle.onStop(name, step(name));
    await lifecycle.stop();
    expect(seen).to.deep.equal(
      ['server', 'queue', 'store'].flatMap((name) => [`${name} stops`, `${name} stopped`]),
    );
  });

  it('When a part cannot stop, then the others do and it is logged by name without its message', async () => {
    const { log, lines } = recordingLog();
    const lifecycle = new Lifecycle(log);
    const stopped: string[] = [];
    lifecycle.onStop('store', () => stopped.push('store'));
    lifecycle.onStop('queue', () => Promise.reject(new Error('token hunter2')));
    lifecycle.onStop('feed', () => {
      throw new TypeError('token hunter2');
    });
    lifecycle.onStop('server', () => stopped.push('server'));
    await lifecycle.stop();
    expect(stopped).to.deep.equal(['server', 'store']);
    const failed = lines.filter(({ event }) => event === 'stop.failed');
    expect(failed.map(({ fields }) => fields?.part)).to.deep.equal(['feed', 'queue']);
    expect(JSON.stringify(lines)).not.to.contain('hunter2');
  });

  it('When it is told to stop twice, then every part stops once', async () => {
    const lifecycle = new Lifecycle(recordingLog().log);
    let stops = 0;
    lifecycle.onStop('store', () => {
      stops += 1;
    });
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect(stops).to.equal(1);
  });

  it('When a part has started while the program stops, then it stops too, and none twice', async () => {
    const lifecycle = new Lifecycle(recordingLog().log);
    const stopped: string[] = [];
    const { opened, open } = gate();
    lifecycle.onStop('store', () => stopped.push('store'));
    lifecycle.onStop('queue', () => opened.then(() => stopped.push('queue')));
    const stopping = lifecycle.stop();
    lifecycle.onStop('server', () => stopped.push('server'));
    open();
    await stopping;
    expect(stopped).to.deep.equal(['queue', 'server', 'store']);
  });
});
