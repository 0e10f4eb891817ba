import { expect } from 'chai';
import { block, unblock } from '../../../models/block/block.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { WorkflowRun } from '../../../models/workflows/workflow-run.ts';
import { openStores, type Stores } from '../../support/stores.ts';
import { WorkflowBench } from './workflow-bench.ts';

const ROUNDS = 200;
const AT_ONCE = 10;
const by = { type: 'user', id: 'u1' } as const;

describe('A shortcut for a blocked contact', function () {
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
  const HARMLESS = [
    { id: 'tag', type: 'add_tag', tag: 'a' },
    { id: 'field', type: 'set_field', field: 'plan', value: 'gold' },
    { id: 'assign', type: 'assign', userId: null },
    { id: 'note', type: 'add_note', text: 'Blocked' },
    { id: 'http', type: 'http_request', method: 'POST', url: 'https://example.com/' },
    {
      ...{ id: 'branch', type: 'branch', else: 'end' },
      conditions: [{ field: 'plan', op: 'is', value: 'gold', goto: 'wait' }],
    },
    { id: 'wait', type: 'wait', seconds: 60 },
  ];
  const taken = ({ steps }: WorkflowRun) => steps.map(({ id }) => id);
  const blockedSomebody = async () => {
    const who = await bench.somebody();
    await block(stores, request(who.contactId));
    return who;
  };

  for (const step of [
    { type: 'send_message', text: 'Hello' },
    { type: 'ask_question', text: 'Who?', saveTo: 'who' },
    { type: 'open_conversation' },
    { type: 'close_conversation' },
    { type: 'snooze_conversation', seconds: 60 },
  ])
    it(`When it reaches ${step.type}, then it has done all before that, and ends there and says why`, async () => {
      const { contactId, conversationId } = await blockedSomebody();
      const workflow = await bench.define([
        ...HARMLESS,
        { id: 'forbidden', ...step },
        { id: 'after', type: 'add_tag', tag: 'after' },
      ]);
      const before = await bench.conversation(conversationId);
      const run = await bench.start(workflow, contactId, conversationId);
      const over = await bench.drive(run, { jump: true });
      expect(taken(over)).to.deep.equal(HARMLESS.map(({ id }) => id));
      expect([over.status, over.end]).to.deep.equal([
        'stopped',
        { reason: 'contact_blocked', stepId: 'forbidden' },
      ]);
      const { tags, fields } = await bench.contact(contactId);
      expect([tags, fields]).to.deep.equal([['a'], { plan: 'gold' }]);
      expect(await bench.sent(contactId)).to.deep.equal([]);
      expect(await bench.conversation(conversationId)).to.deep.equal(before);
      expect(await stores.models.notes.countDocuments({ conversationId })).to.equal(1);
      expect(
        bench.requests.filter(({ body }) => String(body).includes(`${contactId}`)),
      ).to.have.length(1);
    });

  it('When all of its steps are harmless, then it finishes', async () => {
    const { contactId } = await blockedSomebody();
    const run = await bench.start(await bench.define(HARMLESS), contactId);
    expect((await bench.drive(run, { jump: true })).end).to.deep.equal({
      reason: 'finished',
      stepId: 'wait',
    });
  });

  it('When the contact is unblocked while it waits, then it may message again', async () => {
    const { contactId } = await blockedSomebody();
    const workflow = await bench.define([
      { type: 'wait', seconds: 60 },
      { type: 'send_message', text: 'Hello again' },
    ]);
    const run = await bench.start(workflow, contactId);
    await bench.drive(run);
    await unblock(stores, request(contactId));
    expect((await bench.drive(run, { jump: true })).end?.reason).to.equal('finished');
    expect(await bench.sent(contactId)).to.have.length(1);
  });

  it('When the contact is unblocked and blocked again while it runs, then the second block ends it, 200 times', async () => {
    const tags = Array.from({ length: 5 }, (_, i) => ({
      id: `t${i}`,
      type: 'add_tag',
      tag: `t${i}`,
    }));
    const workflow = await bench.define([
      ...tags,
      { id: 'wait', type: 'wait', seconds: 60 },
      ...tags.map((one) => ({ ...one, id: `${one.id}b`, tag: `${one.tag}b` })),
    ]);
    for (let rounds = 0; rounds < ROUNDS; rounds += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const { contactId } = await blockedSomebody();
          const run = await bench.start(workflow, contactId);
          const [, tagsThen] = await Promise.all([
            bench.drive(run),
            (async () => {
              await unblock(stores, request(contactId));
              await block(stores, request(contactId));
              return (await bench.contact(contactId)).tags;
            })(),
          ]);
          const over = await bench.drive(run, { jump: true });
          expect(over.end).to.deep.equal({ reason: 'contact_blocked', stepId: over.position });
          expect((await bench.contact(contactId)).tags).to.deep.equal(tagsThen);
          expect(taken(over).filter((id) => id !== 'wait')).to.deep.equal(tagsThen);
        }),
      );
  });

  it('When it was launched before the block, then the block ends it', async () => {
    const { contactId } = await bench.somebody();
    const run = await bench.start(await bench.define(HARMLESS), contactId);
    await bench.drive(run);
    await block(stores, request(contactId));
    expect((await bench.drive(run, { jump: true })).end).to.deep.equal({
      reason: 'contact_blocked',
      stepId: 'wait',
    });
  });

  it('When it triggers another workflow, then that is under the same rules', async () => {
    const { contactId } = await blockedSomebody();
    const other = await bench.define([
      ...HARMLESS,
      { id: 'say', type: 'send_message', text: 'No' },
    ]);
    const workflow = await bench.define([{ type: 'trigger_workflow', workflowId: `${other._id}` }]);
    await bench.drive(await bench.start(workflow, contactId));
    const [, child] = await bench.runs(contactId);
    if (!child) throw new Error('no child');
    expect((await bench.drive(child, { jump: true })).end).to.deep.equal({
      reason: 'contact_blocked',
      stepId: 'say',
    });
    expect(await bench.sent(contactId)).to.deep.equal([]);
  });
});
