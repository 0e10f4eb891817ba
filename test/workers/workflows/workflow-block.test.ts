import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { block, unblock } from '../../../models/block/block.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { WorkflowRun } from '../../../models/workflows/workflow-run.ts';
import { openStores, type Stores } from '../../support/stores.ts';
import { WorkflowBench } from './workflow-bench.ts';

const ROUNDS = 200;
const AT_ONCE = 10;
const by = { type: 'user', id: 'u1' } as const;

describe('A workflow run and a block', function () {
  this.timeout(180_000);
  let stores: Stores;
  let bench: WorkflowBench;
  before(async () => {
    stores = await openStores();
    bench = new WorkflowBench(stores, await stores.workspace());
  });
  after(async () => {
    await bench.close();
    await stores.close();
  });

  const request = (contactId: ObjectId) => ({
    ...{ workspaceId: bench.workspaceId, contactId, by },
    source: 'inbox' as const,
  });
  const blockNow = async (contactId: ObjectId) =>
    (await block(stores, request(contactId)))?.contact.blocked?.id;

  /** All that a run may have done to the contact and to the world. */
  const done = async (contactId: ObjectId) => {
    const { tags, fields } = await bench.contact(contactId);
    const sent = (await bench.sent(contactId)).map(({ text }) => text);
    const asked = bench.requests.filter(({ body }) => String(body).includes(`${contactId}`));
    return { tags, fields, sent, requests: asked.length };
  };

  interface Round {
    who: { contactId: ObjectId; conversationId: string };
    run: WorkflowRun;
  }

  /**
   * Rounds of: a run is brought to where it is to be, then goes on while the contact is blocked. When the
   * block has answered, what is done stays all that is ever done, whatever goes on running.
   */
  async function race(
    steps: object[],
    {
      bring,
      goOn,
    }: { bring?: (round: Round) => unknown; goOn: (round: Round) => Promise<unknown> },
  ): Promise<WorkflowRun[]> {
    const workflow = await bench.define(steps);
    const ends: WorkflowRun[] = [];
    const newRound = async () => {
      const who = await bench.somebody();
      const run = await bench.start(workflow, who.contactId, who.conversationId);
      await bring?.({ who, run });
      return { who, run };
    };
    const unhindered = async () => {
      const since = performance.now();
      await goOn(await newRound());
      return performance.now() - since;
    };
    const round = async (span: number) => {
      const { who, run } = await newRound();
      const [, before] = await Promise.all([
        goOn({ who, run }),
        delay(Math.random() * span).then(async () => {
          await blockNow(who.contactId);
          expect((await bench.read(run)).endedAt, 'over when the block answers').not.to.equal(null);
          return await done(who.contactId);
        }),
      ]);
      await bench.drive(run, { jump: true });
      await bench.receive(who, 'late');
      expect(await done(who.contactId)).to.deep.equal(before);
      const over = await bench.read(run);
      const tags = over.steps.filter(({ result }) => result === 'added').map(({ id }) => id);
      expect(before.tags, 'each step is done once, or not').to.deep.equal(tags);
      if (over.status === 'completed') expect(over.end?.reason).to.equal('finished');
      else {
        expect([over.status, over.end?.reason]).to.deep.equal(['stopped', 'contact_blocked']);
        expect(over.end?.stepId).to.equal(over.position);
      }
      expect(over.dueAt).to.equal(undefined);
      ends.push(over);
    };
    const atOnce = <T>(task: () => Promise<T>) =>
      Promise.all(Array.from({ length: AT_ONCE }, task));
    // How long it takes when nobody blocks, so that blocks come all over it.
    const span = Math.max(...(await atOnce(unhindered)));
    for (let rounds = 0; rounds < ROUNDS; rounds += AT_ONCE) await atOnce(() => round(span));
    return ends;
  }

  /** The race was one: some were faster than the block, some were not. */
  const bothHappened = (ends: WorkflowRun[], later: string) => {
    const reached = ends.filter(({ steps }) => steps.some(({ id }) => id === later));
    expect(reached.length, 'rounds that went on').to.be.within(1, ROUNDS - 1);
  };

  const tags = (...ids: string[]) => ids.map((tag) => ({ id: tag, type: 'add_tag', tag }));

  it('When the block comes before a step or in it, then that step is the last or is not done', async () => {
    const ends = await race(tags('a', 'b', 'c', 'd', 'e'), {
      goOn: ({ run }) => bench.drive(run),
    });
    bothHappened(ends, 'e');
  });

  it('When the block comes before a message or in it, then it is stored before the block or never', async () => {
    const ends = await race(
      [{ type: 'send_message', text: 'one' }, ...tags('b'), { type: 'send_message', text: 'two' }],
      { goOn: ({ run }) => bench.drive(run) },
    );
    bothHappened(ends, 'b');
  });

  it('When the timer of a wait fires while the block is made, then the run goes on before it or never', async () => {
    const ends = await race([{ type: 'wait', seconds: 60 }, ...tags('b')], {
      bring: ({ run }) => bench.drive(run),
      goOn: ({ run }) => bench.drive(run, { jump: true }),
    });
    bothHappened(ends, 'b');
  });

  it('When the answer to a question comes while the block is made, then it is kept before it or never', async () => {
    const ends = await race([{ type: 'ask_question', text: 'Who?', saveTo: 'who' }, ...tags('b')], {
      bring: ({ run }) => bench.drive(run),
      async goOn({ who, run }) {
        await bench.receive(who, 'me');
        await bench.drive(run);
      },
    });
    bothHappened(ends, 'b');
    for (const { steps, contactId } of ends.slice(0, 20)) {
      const { fields } = await bench.contact(contactId);
      expect(fields).to.deep.equal(steps[0]?.result === 'answered' ? { who: 'me' } : {});
    }
  });

  it('When the block comes while the request is out, then none leaves after it and its answer is not kept', async () => {
    bench.connect = () => delay(Math.random() * 400);
    bench.http = async () => {
      await delay(Math.random() * 20);
      return { status: 200, headers: {}, body: 'answer' };
    };
    const ends = await race(
      [
        { type: 'http_request', method: 'POST', url: 'https://example.com/', saveTo: 'answer' },
        ...tags('b'),
      ],
      { goOn: ({ run }) => bench.drive(run) },
    );
    bothHappened(ends, 'b');
    for (const { steps, contactId } of ends.slice(0, 20)) {
      const { fields } = await bench.contact(contactId);
      expect(fields).to.deep.equal(steps[0]?.result === '200' ? { answer: 'answer' } : {});
    }
  });

  it('When the contact is blocked and unblocked within a moment, then its runs end all the same', async () => {
    const workflow = await bench.define([
      ...tags('a'),
      { type: 'wait', seconds: 60 },
      ...tags('b'),
    ]);
    for (let rounds = 0; rounds < ROUNDS; rounds += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const { contactId } = await bench.somebody();
          const run = await bench.start(workflow, contactId);
          await bench.drive(run);
          await blockNow(contactId);
          await unblock(stores, request(contactId));
          const later = await bench.start(workflow, contactId);
          const [over, other] = await Promise.all([
            bench.drive(run, { jump: true }),
            bench.drive(later, { jump: true }),
          ]);
          expect(over.end).to.deep.equal({ reason: 'contact_blocked', stepId: 's2' });
          expect(other.end?.reason).to.equal('finished');
          expect((await bench.contact(contactId)).tags).to.deep.equal(['a', 'b']);
        }),
      );
  });
});
