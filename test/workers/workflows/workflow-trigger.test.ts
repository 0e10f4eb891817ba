import { expect } from 'chai';
import sinon from 'sinon';
import { block, unblock } from '../../../models/block/block.ts';
import type { ObjectId } from '../../../models/ids.ts';
import { closeConversation, openConversation } from '../../../models/inbox/conversation-change.ts';
import { changeWorkflow } from '../../../models/workflows/workflow.ts';
import type { Trigger } from '../../../models/workflows/workflow-trigger.ts';
import { createDeliver } from '../../../workers/deliver/deliver.ts';
import { startWorkflowRelay } from '../../../workers/workflows/relay.ts';
import { strike } from '../../../workers/workflows/schedule.ts';
import { openStores, type Stores } from '../../support/stores.ts';
import { until } from '../../support/until.ts';
import { from, jobOf, message } from '../inbox.ts';
import { WorkflowBench } from './workflow-bench.ts';

const by = { type: 'user', id: 'u1' } as const;

describe('Triggers of workflows', function () {
  this.timeout(60_000);
  let stores: Stores;
  let bench: WorkflowBench;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    bench = new WorkflowBench(stores, await stores.workspace());
  });
  afterEach(async () => {
    sinon.restore();
    await bench.close();
  });

  const on = (trigger: Trigger) => bench.define([{ type: 'add_tag', tag: 'a' }], trigger);
  const started = async (contactId: ObjectId) => {
    await bench.tell();
    return (await bench.runs(contactId)).map(({ trigger }) => trigger);
  };
  const request = (contactId: ObjectId) => ({
    ...{ workspaceId: bench.workspaceId, contactId, by },
    source: 'inbox' as const,
  });
  const events = () =>
    stores.models.workflowEvents.countDocuments({ workspaceId: bench.workspaceId });

  /** What somebody new writes, delivered as often as is said. */
  const deliver = async (urn: string, eventIds: string[], times = 1) => {
    const channelId = await bench.channelId();
    const events = eventIds.map((id) => message(id, urn));
    for (let i = 0; i < times; i += 1)
      await createDeliver(
        stores.models,
        stores.log,
      )([jobOf([from(bench.workspaceId, channelId, Date.now(), ...events)])]);
    const contact = await stores.models.contacts
      .findOne({ workspaceId: bench.workspaceId, identities: urn })
      .lean();
    if (!contact) throw new Error('nobody');
    return contact._id;
  };

  it('When messages are delivered, then each starts a run, and its delivery again does not', async () => {
    await on({ type: 'message_received' });
    const contactId = await deliver('tel:+1', ['m1', 'm2'], 3);
    expect(await started(contactId)).to.deep.equal(['message_received', 'message_received']);
    await deliver('tel:+1', ['m1', 'm2']);
    expect(await started(contactId)).to.have.length(2);
  });

  it('When a conversation is new, or opens again, then a run starts, once', async () => {
    await on({ type: 'conversation_opened' });
    const contactId = await deliver('tel:+1', ['m1', 'm2'], 2);
    expect(await started(contactId)).to.deep.equal(['conversation_opened']);
    await stores.models.conversations.updateMany({ contactId }, { status: 'closed' });
    await deliver('tel:+1', ['m3', 'm4'], 2);
    await deliver('tel:+1', ['m5']);
    expect(await started(contactId)).to.have.length(2);
    const conversation = await stores.models.conversations.findOne({ contactId }).lean();
    expect(conversation?.status).to.equal('open');
  });

  it('When two workers deliver to a closed conversation at once, then it opens once', async () => {
    await on({ type: 'conversation_opened' });
    const contactId = await deliver('tel:+1', ['m0']);
    for (let round = 0; round < 20; round += 1) {
      await stores.models.conversations.updateMany({ contactId }, { status: 'closed' });
      await Promise.all(['a', 'b', 'c'].map((name) => deliver('tel:+1', [`m${round}${name}`])));
      expect(await started(contactId)).to.have.length(round + 2);
    }
  });

  it('When a workspace has no workflow that waits for it, then nothing is stored for it', async () => {
    await on({ type: 'shortcut' });
    const contactId = await deliver('tel:+1', ['m1']);
    await block(stores, request(contactId));
    expect(await events()).to.equal(0);
  });

  it('When a conversation is closed and opened, then runs start, and those of a workflow’s own doing are deeper', async () => {
    await on({ type: 'conversation_closed' });
    await bench.define([{ type: 'close_conversation' }], { type: 'conversation_opened' });
    const { contactId, conversationId } = await bench.somebody();
    const which = { workspaceId: bench.workspaceId, conversationId };
    const { models } = stores;
    await models.db.transaction((session) => closeConversation(models, which, session));
    await models.db.transaction((session) => closeConversation(models, which, session));
    expect(await started(contactId)).to.deep.equal(['conversation_closed']);
    await models.db.transaction((session) => openConversation(models, which, session));
    await bench.tell();
    for (const run of await bench.runs(contactId)) await bench.drive(run);
    await bench.tell();
    const runs = await bench.runs(contactId);
    expect(runs.map(({ trigger, depth }) => [trigger, depth])).to.deep.equal([
      ['conversation_closed', 0],
      ['conversation_opened', 0],
      ['conversation_closed', 1],
    ]);
  });

  it('When two workflows open and close a conversation for each other, then it comes to an end', async () => {
    await bench.define([{ type: 'close_conversation' }], { type: 'conversation_opened' });
    await bench.define([{ type: 'open_conversation' }], { type: 'conversation_closed' });
    const { contactId, conversationId } = await bench.somebody();
    const which = { workspaceId: bench.workspaceId, conversationId };
    const { models } = stores;
    await models.db.transaction((session) => closeConversation(models, which, session));
    for (let i = 0; i < 20; i += 1) {
      await bench.tell();
      for (const run of await bench.runs(contactId)) await bench.drive(run);
    }
    const runs = await bench.runs(contactId);
    expect(runs).to.have.length(7);
    expect(runs.at(-1)?.end).to.deep.equal({ reason: 'loop_limit', stepId: null });
  });

  it('When a contact is blocked and unblocked, then the runs that wait for it start, once each', async () => {
    await on({ type: 'contact_blocked' });
    await on({ type: 'contact_unblocked' });
    await bench.define([{ type: 'send_message', text: 'Bye' }], { type: 'contact_blocked' });
    const { contactId } = await bench.somebody();
    await block(stores, request(contactId));
    await block(stores, request(contactId));
    expect(await started(contactId)).to.deep.equal(['contact_blocked', 'contact_blocked']);
    const ends = [];
    for (const run of await bench.runs(contactId)) ends.push((await bench.drive(run)).end?.reason);
    expect(ends).to.have.members(['finished', 'contact_blocked']);
    await unblock(stores, request(contactId));
    expect((await started(contactId)).at(-1)).to.equal('contact_unblocked');
    expect(await bench.sent(contactId)).to.deep.equal([]);
  });

  it('When the contact is blocked before its event is told of, then nothing starts', async () => {
    await on({ type: 'message_received' });
    const contactId = await deliver('tel:+1', ['m1']);
    expect(await events()).to.equal(1);
    await block(stores, request(contactId));
    expect(await started(contactId)).to.deep.equal([]);
    expect(await events()).to.equal(0);
  });

  it('When a workflow is not enabled any more, then it does not start', async () => {
    const { _id, workspaceId } = await on({ type: 'message_received' });
    const definition = { name: 'Off', enabled: false, steps: [] };
    await changeWorkflow(
      stores.models,
      { _id, workspaceId },
      {
        ...definition,
        trigger: { type: 'message_received' },
      },
    );
    const contactId = await deliver('tel:+1', ['m1']);
    expect(await events()).to.equal(0);
    expect(await started(contactId)).to.deep.equal([]);
  });

  describe('Schedules', () => {
    const schedule = async (tag?: string) => {
      const trigger = { type: 'schedule' as const, cron: '0 9 * * *', ...(tag && { tag }) };
      const { _id } = await on(trigger);
      const workflow = await stores.models.workflows.findById(_id).lean();
      return { _id, nextAt: workflow?.nextAt ?? null };
    };

    it('When its time comes, then it starts for each contact that is not blocked, once for each moment', async () => {
      await stores.models.workspaces.updateOne(
        { _id: bench.workspaceId },
        { 'billing.timeZone': 'Asia/Tokyo' },
      );
      const { _id, nextAt } = await schedule();
      expect(nextAt?.getUTCHours(), 'nine in Tokyo').to.equal(0);
      const people = await Promise.all(Array.from({ length: 230 }, () => bench.somebody()));
      const blocked = people[7]?.contactId as ObjectId;
      await block(stores, request(blocked));
      await strike(bench.deps);
      expect(await events()).to.equal(0);

      // Three days late: one of the missed moments is made up for.
      bench.ahead = (nextAt?.getTime() ?? 0) - Date.now() + 3 * 86_400_000;
      await Promise.all([strike(bench.deps), strike(bench.deps)]);
      await strike(bench.deps);
      expect(await events()).to.equal(1);
      const relay = startWorkflowRelay({ ...bench.deps, mongo: stores.mongo });
      await until('the event to be told of', async () => (await events()) === 0);
      await relay.stop();
      const runs = await stores.models.workflowRuns.find({ workflowId: _id }).lean();
      expect(runs).to.have.length(229);
      expect(new Set(runs.map(({ contactId }) => `${contactId}`)).size).to.equal(229);
      expect(await bench.runs(blocked)).to.deep.equal([]);
    });

    it('When it has a tag, then it starts for those who have it', async () => {
      const { nextAt } = await schedule('vip');
      const { contactId } = await bench.somebody({ tags: ['vip'] });
      const { contactId: other } = await bench.somebody();
      bench.ahead = (nextAt?.getTime() ?? 0) - Date.now() + 1;
      await strike(bench.deps);
      const relay = startWorkflowRelay({ ...bench.deps, mongo: stores.mongo });
      await until('the event to be told of', async () => (await events()) === 0);
      await relay.stop();
      expect((await bench.runs(contactId)).map(({ trigger }) => trigger)).to.deep.equal([
        'schedule',
      ]);
      expect(await bench.runs(other)).to.deep.equal([]);
    });
  });

  it('When telling of an event fails, then it is told of later, and its runs start once', async () => {
    await on({ type: 'message_received' });
    const contactId = await deliver('tel:+1', ['m1']);
    const failing = sinon.stub(stores.models.workflows, 'find').throws(new Error('broken'));
    const relay = startWorkflowRelay({ ...bench.deps, mongo: stores.mongo });
    await until('it to fail', () =>
      stores.lines.some(({ event }) => event === 'workflow_event.failed'),
    );
    failing.restore();
    bench.ahead = 31_000;
    await until('the run', async () => (await bench.runs(contactId)).length === 1);
    await relay.stop();
    expect(await events()).to.equal(0);
  });
});
