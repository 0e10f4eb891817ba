import { expect } from 'chai';
import sinon from 'sinon';
import { Dependency, DependencyAway, Unusable } from '../../config/dependency.ts';
import { recordingLog } from '../support/stores.ts';

class Away extends Error {
  override name = 'Away';
}

describe('A dependency behind its breaker', () => {
  let clock: sinon.SinonFakeTimers;
  let there: boolean;
  let trials: number;
  let asked: number;
  let dependency: Dependency;
  let lines: ReturnType<typeof recordingLog>['lines'];
  beforeEach(() => {
    clock = sinon.useFakeTimers();
    there = true;
    trials = 0;
    asked = 0;
    const recording = recordingLog();
    lines = recording.lines;
    dependency = new Dependency({
      name: 'store',
      log: recording.log,
      isAway: (error) => error instanceof Away,
      trial: async () => {
        trials += 1;
        if (!there) throw new Away();
      },
      ask: async () => {
        asked += 1;
        if (!there) throw new Away();
      },
    });
  });
  afterEach(() => {
    dependency.stop();
    clock.restore();
  });

  const fail = (error: Error) => dependency.run(() => Promise.reject(error)).catch((e) => e);
  const value = () => dependency.run(async () => 'answer');

  it('When it is there at start, then it is used; when not, then callers are refused at once until it is', async () => {
    there = false;
    await dependency.start();
    expect(dependency.available).to.equal(false);
    const refused = await value().catch((error) => error);
    expect(refused).to.be.instanceOf(DependencyAway);
    there = true;
    await clock.tickAsync(500);
    expect(dependency.available).to.equal(true);
    expect(await value()).to.equal('answer');
  });

  it('When one request says that it is away, then no other one is made until a trial has gone well', async () => {
    await dependency.start();
    there = false;
    expect(await fail(new Away())).to.be.instanceOf(Away);
    const operation = sinon.spy(async () => 'answer');
    for (let i = 0; i < 10; i += 1)
      expect(await dependency.run(operation).catch((error) => error.name)).to.equal(
        'DependencyAway',
      );
    expect(operation.callCount).to.equal(0);
    trials = 0;
    await clock.tickAsync(2_000);
    // One after the other, however many callers there are.
    expect(trials).to.equal(4);
    there = true;
    await clock.tickAsync(500);
    expect(await dependency.run(operation)).to.equal('answer');
  });

  it('When a request is wrong, then that is its own fault and the store goes on being used', async () => {
    await dependency.start();
    expect((await fail(new TypeError('x'))).name).to.equal('TypeError');
    expect(dependency.available).to.equal(true);
  });

  it('When it does not answer in time, then it is away', async () => {
    await dependency.start();
    const late = dependency.run(() => new Promise(() => {}), 1_000).catch((error) => error.name);
    there = false;
    await clock.tickAsync(1_100);
    expect(await late).to.equal('DeadlineExceeded');
    expect(dependency.available).to.equal(false);
  });

  it('When nobody asks anything of it and it goes away, then that is noticed all the same', async () => {
    await dependency.start();
    there = false;
    await clock.tickAsync(2_000);
    expect(asked).to.equal(1);
    expect(dependency.available).to.equal(false);
  });

  it('When something says that it is back, then the next trial is made at once', async () => {
    there = false;
    await dependency.start();
    there = true;
    dependency.hint();
    await clock.tickAsync(0);
    expect(dependency.available).to.equal(true);
  });

  it('When work persists, then it waits while the store is away and is repeated when it went away in the middle', async () => {
    await dependency.start();
    let attempts = 0;
    const persisting = dependency.persist(async () => {
      attempts += 1;
      if (attempts < 3) throw new Away();
      return attempts;
    });
    await clock.tickAsync(5_000);
    expect(await persisting).to.equal(3);
    expect(
      await dependency.persist(() => Promise.reject(new TypeError('x'))).catch((e) => e.name),
    ).to.equal('TypeError');
  });

  it('When it is told to stop waiting, then it does', async () => {
    there = false;
    await dependency.start();
    const stopping = new AbortController();
    const waiting = dependency.persist(async () => 'never', stopping.signal).catch((e) => e.name);
    stopping.abort();
    expect(await waiting).to.equal('AbortError');
  });

  it('When it is there and must not be used, then the start fails', async () => {
    const wrong = new Dependency({
      name: 'store',
      log: recordingLog().log,
      isAway: () => false,
      ask: async () => {},
      trial: () => Promise.reject(new Unusable('it evicts')),
    });
    expect(await wrong.start().catch((error) => error.message)).to.equal('it evicts');
    wrong.stop();
  });

  it('When it goes and comes, then each is logged once and listeners hear it', async () => {
    const heard: boolean[] = [];
    dependency.onChange((available) => heard.push(available));
    await dependency.start();
    there = false;
    await fail(new Away());
    await fail(new Away());
    there = true;
    await clock.tickAsync(500);
    expect(heard).to.deep.equal([true, false, true]);
    const told = lines.map(({ event }) => event).filter((event) => !event.includes('trial'));
    expect(told).to.deep.equal(['dependency.available', 'dependency.away', 'dependency.available']);
  });
});
