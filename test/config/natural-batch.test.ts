import { expect } from 'chai';
import fc from 'fast-check';
import { type Bounds, naturalBatch, Overloaded } from '../../config/natural-batch.ts';
import { until } from '../support/until.ts';

interface Item {
  name: string;
  events: number;
  bytes: number;
}

const item = (name: string, events = 1, bytes = 1): Item => ({ name, events, bytes });
const names = (items: Item[]) => items.map(({ name }) => name);

/** A batch whose runs end when the test says so. */
function setUp(bounds: Partial<Bounds<Item>> = {}) {
  const runs: { items: string[]; end(): void; fail(error: Error): void }[] = [];
  const submit = naturalBatch(
    (items: Item[]) =>
      new Promise<string[]>((resolve, reject) => {
        runs.push({
          items: names(items),
          end: () => resolve(names(items).map((name) => `${name}!`)),
          fail: reject,
        });
      }),
    {
      size: ({ events, bytes }) => ({ events, bytes }),
      maxEvents: 10,
      maxBytes: 100,
      maxWaitingBytes: 1_000,
      ...bounds,
    },
  );
  const run = (n: number) => until(`run ${n}`, () => runs[n], 1);
  return { runs, run, submit };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Natural batching', () => {
  it('When nothing runs, then the first item does in the next turn of the loop', async () => {
    const { runs, submit } = setUp();
    const answer = submit(item('a'));
    await turn();
    expect(runs.map(({ items }) => items)).to.deep.equal([['a']]);
    runs[0]?.end();
    expect(await answer).to.equal('a!');
  });

  it('When items come while one runs, then they share the next run and each has its own answer', async () => {
    const { runs, run, submit } = setUp();
    const first = submit(item('a'));
    await run(0);
    const rest = ['b', 'c', 'd'].map((name) => submit(item(name)));
    await turn();
    expect(runs).to.have.length(1);
    runs[0]?.end();
    (await run(1)).end();
    expect(runs.map(({ items }) => items)).to.deep.equal([['a'], ['b', 'c', 'd']]);
    expect(await Promise.all([first, ...rest])).to.deep.equal(['a!', 'b!', 'c!', 'd!']);
  });

  it('When the items that wait are more than one run may take, then they are split in their order', async () => {
    const { runs, run, submit } = setUp({ maxEvents: 4, maxBytes: 100 });
    const all = [item('a', 2), item('b', 2), item('c', 1), item('d', 1, 60), item('e', 1, 60)].map(
      (one) => submit(one),
    );
    for (let n = 0; n < 3; n += 1) (await run(n)).end();
    await Promise.all(all);
    expect(runs.map(({ items }) => items)).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('When one item is larger than a run may be, then it runs alone', async () => {
    const { runs, run, submit } = setUp({ maxEvents: 4 });
    const all = [item('a'), item('huge', 50), item('b')].map((one) => submit(one));
    for (let n = 0; n < 3; n += 1) (await run(n)).end();
    await Promise.all(all);
    expect(runs.map(({ items }) => items)).to.deep.equal([['a'], ['huge'], ['b']]);
  });

  it('When more bytes wait or run than may, then the next one is refused, and taken once they are done', async () => {
    const { run, submit } = setUp({ maxWaitingBytes: 100 });
    const first = submit(item('a', 1, 60));
    await run(0);
    const second = submit(item('b', 1, 40));
    const refused = await submit(item('c', 1, 1)).catch((error) => error);
    expect(refused).to.be.instanceOf(Overloaded);
    (await run(0)).end();
    await first;
    const third = submit(item('c', 1, 60));
    (await run(1)).end();
    await second;
    (await run(2)).end();
    expect(await third).to.equal('c!');
  });

  it('When nothing waits, then an item of any size is taken', async () => {
    const { run, submit } = setUp({ maxWaitingBytes: 100 });
    const answer = submit(item('huge', 1, 5_000));
    (await run(0)).end();
    expect(await answer).to.equal('huge!');
  });

  it('When a run fails, then its items fail with it and the others do not', async () => {
    const { run, submit } = setUp({ maxEvents: 2, maxWaitingBytes: 4 });
    const failure = new Error('away');
    const outcome = (name: string) => submit(item(name)).catch((error) => error);
    const all = ['a', 'b', 'c'].map(outcome);
    (await run(0)).fail(failure);
    (await run(1)).end();
    expect(await Promise.all(all)).to.deep.equal([failure, failure, 'c!']);
    // What failed is no longer held.
    const next = ['d', 'e', 'f', 'g'].map(outcome);
    for (let n = 2; n < 4; n += 1) (await run(n)).end();
    expect(await Promise.all(next)).to.deep.equal(['d!', 'e!', 'f!', 'g!']);
  });

  it('When the size of an item cannot be told, then it alone fails and nothing is held', async () => {
    const { run, submit } = setUp({
      size: ({ name, events, bytes }) => {
        if (name === 'bad') throw new TypeError('no size');
        return { events, bytes };
      },
    });
    expect(await submit(item('bad')).catch((error) => error)).to.be.instanceOf(TypeError);
    const good = submit(item('good'));
    (await run(0)).end();
    expect(await good).to.equal('good!');
  });

  it('When two may run at once, then two do and the rest waits for either', async () => {
    const { runs, run, submit } = setUp({ maxEvents: 1, concurrency: 2 });
    const all = ['a', 'b', 'c'].map((name) => submit(item(name)));
    await run(1);
    await turn();
    expect(runs.map(({ items }) => items)).to.deep.equal([['a'], ['b']]);
    runs[1]?.end();
    (await run(2)).end();
    runs[0]?.end();
    expect(await Promise.all(all)).to.deep.equal(['a!', 'b!', 'c!']);
  });

  it('When whatever comes whenever, then every item is answered once, in bounds and in order', async () => {
    const bounds = { maxEvents: 5, maxBytes: 20, maxWaitingBytes: 40 };
    const given = fc.record({
      events: fc.integer({ min: 0, max: 8 }),
      bytes: fc.integer({ min: 0, max: 30 }),
      turns: fc.integer({ min: 0, max: 3 }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(given, { maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        async (all, concurrency) => {
          let running = 0;
          let held = 0;
          const started: number[] = [];
          type Given = (typeof all)[number] & { n: number };
          const submit = naturalBatch(
            async (items: Given[]) => {
              running += 1;
              expect(running).to.be.at.most(concurrency);
              started.push(...items.map(({ n }) => n));
              if (items.length > 1) {
                expect(items.reduce((sum, { events }) => sum + events, 0)).to.be.at.most(5);
                expect(items.reduce((sum, { bytes }) => sum + bytes, 0)).to.be.at.most(20);
              }
              for (let i = 0; i < (items[0]?.turns ?? 0); i += 1) await turn();
              running -= 1;
              if (items[0]?.fails) throw new Error('fails');
              return items.map(({ n }) => n);
            },
            { ...bounds, concurrency, size: ({ events, bytes }) => ({ events, bytes }) },
          );
          const refused: number[] = [];
          const answers = all.map(async (one, n) => {
            for (let i = 0; i < one.turns; i += 1) await turn();
            const before = held;
            held += one.bytes;
            const answer = await submit({ ...one, n }).catch((error: Error) => error);
            held -= one.bytes;
            if (answer instanceof Overloaded) {
              refused.push(n);
              expect(before + one.bytes).to.be.greaterThan(bounds.maxWaitingBytes);
            } else if (!(answer instanceof Error)) expect(answer).to.equal(n);
          });
          await Promise.all(answers);
          expect([...started, ...refused].toSorted((a, b) => a - b)).to.deep.equal(
            all.map((_, n) => n),
          );
          expect(running).to.equal(0);
          // Nothing is held any more: all of what may wait fits again.
          const last = { events: 1, bytes: bounds.maxWaitingBytes, turns: 0, fails: false, n: -1 };
          expect(await submit(last)).to.equal(-1);
        },
      ),
      { numRuns: 150 },
    );
  });
});
