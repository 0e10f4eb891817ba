import { expect } from 'chai';
import sinon from 'sinon';
import { DeadlineExceeded, withDeadline } from '../../config/deadline.ts';

describe('A deadline', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => {
    clock = sinon.useFakeTimers();
  });
  afterEach(() => clock.restore());

  it('When the answer comes in time, then it is the answer and no timer stays', async () => {
    expect(await withDeadline(Promise.resolve('here'), 1_000)).to.equal('here');
    expect(clock.countTimers()).to.equal(0);
  });

  it('When it fails in time, then it fails the same way and no timer stays', async () => {
    const failure = new Error('no');
    const outcome = await withDeadline(Promise.reject(failure), 1_000).catch((error) => error);
    expect(outcome).to.equal(failure);
    expect(clock.countTimers()).to.equal(0);
  });

  it('When no answer comes, then it fails at the deadline and not before', async () => {
    let failed: unknown;
    const waiting = withDeadline(new Promise(() => {}), 1_000).catch((error) => {
      failed = error;
    });
    await clock.tickAsync(999);
    expect(failed).to.equal(undefined);
    await clock.runAllAsync();
    await waiting;
    expect(failed).to.be.instanceOf(DeadlineExceeded);
  });
});
