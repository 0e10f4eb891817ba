import { expect } from 'chai';
import sinon from 'sinon';
import { SendError } from '../../../channels/http.ts';
import { closeConversation } from '../../../models/inbox/conversation-change.ts';
import { deleteWorkflow } from '../../../models/workflows/workflow.ts';
import { moveRuns, type WorkflowRun } from '../../../models/workflows/workflow-run.ts';
import { createRunner } from '../../../workers/workflows/runner.ts';
import { openStores, type Stores } from '../../support/stores.ts';
import { WorkflowBench } from './workflow-bench.ts';

describe('Steps of a workflow', function () {
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

  const results = ({ steps }: WorkflowRun) => steps.map(({ id, result }) => [id, result]);
  /** Runs these steps for somebody new. */
  const go = async (steps: object[], given: object = {}) => {
    const who = await bench.somebody(given);
    const run = await bench.start(await bench.define(steps), who.contactId, who.conversationId);
    return { ...who, run: await bench.drive(run) };
  };
  const finished = (stepId: string) => ({ reason: 'finished', stepId });

  it('When steps change the contact, then each is done and the run says so', async () => {
    const { run, contactId } = await go(
      [
        { type: 'add_tag', tag: 'vip' },
        { type: 'add_tag', tag: 'vip' },
        { type: 'remove_tag', tag: 'old' },
        { type: 'remove_tag', tag: 'old' },
        { type: 'set_field', field: 'plan', value: 'gold' },
        { type: 'set_field', field: 'fields.seats', value: 5 },
        { type: 'set_field', field: 'firstName', value: 'Ada' },
        { type: 'set_field', field: 'gone', value: null },
      ],
      { tags: ['old'], fields: { gone: 1 } },
    );
    expect(results(run).map(([, result]) => result)).to.deep.equal([
      ...['added', 'unchanged', 'removed', 'unchanged', 'set', 'set', 'set', 'set'],
    ]);
    expect([run.status, run.end]).to.deep.equal(['completed', finished('s8')]);
    const contact = await bench.contact(contactId);
    expect(contact.tags).to.deep.equal(['vip']);
    expect(contact.fields).to.deep.equal({ plan: 'gold', seats: 5 });
    expect(contact.firstName).to.equal('Ada');
  });

  it('When a message is sent, then it waits to leave in the conversation and is the workflow’s', async () => {
    const { run, contactId, conversationId } = await go([{ type: 'send_message', text: 'Hello' }]);
    const [message, ...more] = await bench.sent(contactId);
    expect(more).to.deep.equal([]);
    expect(message).to.include({ text: 'Hello', status: 'queued', conversationId });
    expect(message?.sender).to.deep.equal({ type: 'workflow', id: `${run.workflowId}` });
    expect(message?.outbox?.attempts).to.equal(0);
    expect(await bench.deps.queues.send.getJob(message?._id ?? '')).not.to.equal(undefined);
  });

  it('When there is nobody to message or no way to, then the run ends with an error that says why', async () => {
    const workflow = await bench.define([{ type: 'send_message', text: 'Hello' }]);
    const alone = await stores.contact(bench.workspaceId, ['custom:x/alone']);
    const failed = await bench.drive(await bench.start(workflow, alone));
    expect([failed.status, failed.end?.reason]).to.deep.equal(['failed', 'error']);
    expect(results(failed)).to.deep.equal([['s1', 'no_conversation']]);
    const who = await bench.somebody();
    await stores.models.contacts.updateOne({ _id: who.contactId }, { identities: ['line:U1'] });
    const unreachable = await bench.drive(await bench.start(workflow, who.contactId));
    expect(results(unreachable)).to.deep.equal([['s1', 'contact_unreachable']]);
  });

  it('When a run waits, then it goes on at its time and not before', async () => {
    const { run } = await go([
      { type: 'wait', seconds: 60 },
      { type: 'add_tag', tag: 'later' },
    ]);
    expect([run.status, results(run)]).to.deep.equal(['waiting', [['s1', 'waiting']]]);
    const job = await bench.deps.queues.workflows.getJob(`${run._id}-${run.turn}`);
    expect(job?.opts.delay).to.be.within(50_000, 60_000);
    const runner = createRunner(bench.deps);
    const early = await runner({ runId: `${run._id}`, turn: run.turn });
    expect(early).to.equal(run.dueAt?.getTime());
    bench.ahead = 61_000;
    const over = await bench.drive(run);
    expect(results(over)).to.deep.equal([
      ['s1', 'waited'],
      ['s2', 'added'],
    ]);
  });

  it('When a run branches, then it goes where the first condition that holds leads', async () => {
    const steps = [
      {
        ...{ id: 'which', type: 'branch', else: 'other' },
        conditions: [
          { field: 'tags', op: 'is', value: 'nobody', goto: 'end' },
          { field: 'plan', op: 'is', value: 'GOLD', goto: 'gold' },
          { field: 'fields.plan', op: 'exists', value: true, goto: 'end' },
        ],
      },
      { id: 'gold', type: 'add_tag', tag: 'gold' },
      {
        id: 'out',
        type: 'branch',
        conditions: [{ field: 'email', op: 'exists', value: true, goto: 'end' }],
      },
      { id: 'other', type: 'add_tag', tag: 'other' },
    ];
    const tagsOf = async (given: object) => {
      const { contactId, run } = await go(steps, given);
      expect(run.end?.reason).to.equal('finished');
      return (await bench.contact(contactId)).tags;
    };
    expect(await tagsOf({ fields: { plan: 'gold' }, email: 'a@b.c' })).to.deep.equal(['gold']);
    expect(await tagsOf({ fields: { plan: 'gold' } })).to.deep.equal(['gold', 'other']);
    expect(await tagsOf({ fields: { plan: 'iron' } })).to.deep.equal([]);
    expect(await tagsOf({})).to.deep.equal(['other']);
    expect(await tagsOf({ tags: ['nobody'] })).to.deep.equal(['nobody']);
  });

  it('When a question is answered, then the answer is kept, and the message starts nothing else', async () => {
    const started = await bench.define([{ type: 'add_tag', tag: 'wrote' }], {
      type: 'message_received',
    });
    const { run, contactId, conversationId } = await go([
      { type: 'ask_question', text: 'Who are you?', saveTo: 'name', timeoutSeconds: 60 },
      { type: 'add_tag', tag: 'asked' },
    ]);
    expect([run.status, run.phase]).to.deep.equal(['waiting', 'answer']);
    expect((await bench.sent(contactId)).map(({ text }) => text)).to.deep.equal(['Who are you?']);
    await bench.receive({ contactId, conversationId }, `I am ${'x'.repeat(10_000)}`);
    const over = await bench.drive(run);
    expect(results(over)).to.deep.equal([
      ['s1', 'answered'],
      ['s2', 'added'],
    ]);
    const { fields } = await bench.contact(contactId);
    expect(fields.name).to.have.length(4_096);
    await bench.receive({ contactId, conversationId }, 'And another thing');
    const runs = await bench.runs(contactId);
    expect(runs.map(({ workflowId }) => `${workflowId}`)).to.deep.equal([
      `${over.workflowId}`,
      `${started._id}`,
    ]);
  });

  it('When nobody answers in time, then the run goes on without', async () => {
    const { run, contactId } = await go([
      { type: 'ask_question', text: 'Who?', saveTo: 'name', timeoutSeconds: 60 },
      { type: 'add_tag', tag: 'asked' },
    ]);
    bench.ahead = 61_000;
    expect(results(await bench.drive(run))[0]).to.deep.equal(['s1', 'timeout']);
    const { fields, tags } = await bench.contact(contactId);
    expect([fields, tags]).to.deep.equal([{}, ['asked']]);
  });

  describe('Requests', () => {
    const request = { type: 'http_request', url: 'https://example.com/hook', saveTo: 'answer' };

    it('When another server is asked, then it is told who it is about, and its answer is kept', async () => {
      bench.http = async () => ({ status: 201, headers: {}, body: 'y'.repeat(10_000) });
      const { run, contactId } = await go([{ ...request, method: 'POST' }]);
      const [sent, ...more] = bench.requests;
      expect(more).to.deep.equal([]);
      expect(sent?.headers?.['idempotency-key']).to.equal(`${run._id}-1`);
      expect(JSON.parse(String(sent?.body))).to.include({
        runId: `${run._id}`,
        contactId: `${contactId}`,
      });
      expect(results(run)).to.deep.equal([['s1', '201']]);
      expect((await bench.contact(contactId)).fields.answer).to.have.length(4_096);
    });

    it('When a body is given, then that is sent', async () => {
      await go([{ ...request, method: 'PUT', body: { a: [1, null] } }]);
      expect(bench.requests[0]?.body).to.equal('{"a":[1,null]}');
      await go([{ ...request, method: 'GET' }]);
      expect(bench.requests[1]?.body).to.equal(undefined);
    });

    it('When it never leaves, then it is tried again with the same key, five times at most', async () => {
      bench.http = async () => {
        throw new Error('never reached');
      };
      const call = sinon.stub(bench.deps.http, 'call').rejects(new SendError('unreachable'));
      const { run } = await go([{ ...request, method: 'POST' }]);
      expect([run.status, run.phase]).to.deep.equal(['waiting', 'retry']);
      call.onSecondCall().resolves({ status: 200, headers: {}, body: '' });
      const over = await bench.drive(run, { jump: true });
      expect(results(over)).to.deep.equal([['s1', '200']]);
      const keys = call.args.map(([{ headers }]) => headers?.['idempotency-key']);
      expect(keys).to.deep.equal([`${run._id}-1`, `${run._id}-1`]);

      call.onSecondCall().rejects(new SendError('unreachable'));
      call.resetHistory();
      const never = await go([{ ...request, method: 'POST' }]);
      const failed = await bench.drive(never.run, { jump: true });
      expect([failed.end?.reason, results(failed)]).to.deep.equal([
        'error',
        [['s1', 'unreachable']],
      ]);
      expect(call.callCount).to.equal(5);
    });

    it('When it left and nobody knows what came of it, then it is not made again', async () => {
      bench.http = async () => {
        throw new SendError('no_answer');
      };
      const { run } = await go([{ ...request, method: 'POST' }]);
      expect([run.end?.reason, results(run)]).to.deep.equal(['error', [['s1', 'outcome_unknown']]]);
      expect(bench.requests).to.have.length(1);
    });

    it('When its worker dies while it is out, then it is not made again', async () => {
      let die = () => {};
      bench.http = () => new Promise((_, reject) => (die = () => reject(new Error('killed'))));
      const who = await bench.somebody();
      const run = await bench.start(
        await bench.define([{ ...request, method: 'POST' }]),
        who.contactId,
      );
      const dying = createRunner(bench.deps)({ runId: `${run._id}`, turn: 0 }).catch(() => {});
      while (bench.requests.length === 0) await new Promise(setImmediate);
      die();
      await dying;
      const left = await bench.read(run);
      expect([left.status, left.phase]).to.deep.equal(['running', 'request']);
      expect(await createRunner(bench.deps)({ runId: `${run._id}`, turn: left.turn })).to.equal(
        left.dueAt?.getTime(),
      );
      bench.ahead = 60_000;
      const over = await bench.drive(run);
      expect(results(over)).to.deep.equal([['s1', 'outcome_unknown']]);
      expect(bench.requests).to.have.length(1);
    });

    it('When it is refused, or its address is private, then the run ends with an error', async () => {
      bench.http = async () => ({ status: 503, headers: {}, body: 'no' });
      const refused = await go([{ ...request, method: 'POST' }]);
      expect([refused.run.end?.reason, results(refused.run)]).to.deep.equal([
        'error',
        [['s1', '503']],
      ]);
      expect((await bench.contact(refused.contactId)).fields).to.deep.equal({});
      sinon.stub(bench.deps.http, 'call').rejects(new SendError('forbidden_address'));
      const forbidden = await go([{ ...request, method: 'POST' }]);
      expect(results(forbidden.run)).to.deep.equal([['s1', 'forbidden_address']]);
    });
  });

  it('When a workflow triggers itself, then it ends where it is too deep', async () => {
    const workflow = await bench.define([{ type: 'add_tag', tag: 'a' }]);
    const steps = [{ id: 'again', type: 'trigger_workflow', workflowId: `${workflow._id}` }];
    const { models } = stores;
    await models.workflowVersions.updateOne({ _id: `${workflow._id}-1` }, { $set: { steps } });
    await models.workflows.updateOne({ _id: workflow._id }, { $set: { steps } });
    const { contactId } = await bench.somebody();
    await bench.start({ ...workflow, steps } as never, contactId);
    for (let depth = 0; depth <= 5; depth += 1)
      for (const run of await bench.runs(contactId)) await bench.drive(run);
    const runs = await bench.runs(contactId);
    expect(runs.map(({ depth }) => depth)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(runs.map(({ end }) => end?.reason)).to.deep.equal([
      ...Array(5).fill('finished'),
      'loop_limit',
    ]);
  });

  it('When steps go round in a circle, then the run ends after 200', async () => {
    const back = {
      type: 'branch',
      conditions: [{ field: 'x', op: 'exists', value: false, goto: 's1' }],
    };
    const { run } = await go([{ type: 'add_tag', tag: 'a' }, back]);
    expect([run.status, run.end?.reason, run.steps.length]).to.deep.equal([
      'stopped',
      'loop_limit',
      200,
    ]);
  });

  it('When a step blocks the contact, then the run ends with it and the audit says by what', async () => {
    const { run, contactId } = await go([
      { type: 'block_contact', reason: 'spam', expiresInSeconds: 3_600 },
      { type: 'add_tag', tag: 'never' },
    ]);
    expect(results(run)).to.deep.equal([['s1', 'blocked']]);
    expect([run.status, run.end]).to.deep.equal([
      'stopped',
      { reason: 'contact_blocked', stepId: 's1' },
    ]);
    const { blocked, tags } = await bench.contact(contactId);
    expect(tags).to.deep.equal([]);
    expect(blocked).to.deep.include({
      by: { type: 'workflow', id: `${run.workflowId}` },
      source: 'workflow',
      reason: 'spam',
    });
    expect(blocked?.expiresAt?.getTime()).to.be.greaterThan(Date.now() + 3_500_000);
  });

  it('When a run is run by several at once, then each step is done once', async () => {
    const workflow = await bench.define([
      ...Array.from({ length: 10 }, () => ({ type: 'send_message', text: 'x' })),
    ]);
    const { contactId } = await bench.somebody();
    const run = await bench.start(workflow, contactId);
    await Promise.all([bench.drive(run), bench.drive(run), bench.drive(run)]);
    expect(await bench.sent(contactId)).to.have.length(10);
    expect((await bench.read(run)).steps).to.have.length(10);
  });

  it('When the workflow is changed, then a run stays with its version; when it is deleted, then it ends', async () => {
    const { run } = await go([
      { type: 'wait', seconds: 60 },
      { type: 'add_tag', tag: 'a' },
      { type: 'wait', seconds: 60 },
      { type: 'add_tag', tag: 'b' },
    ]);
    const which = { _id: run.workflowId, workspaceId: bench.workspaceId };
    const { models } = stores;
    await models.workflows.updateOne(which, { $set: { steps: [], version: 2 } });
    bench.ahead = 61_000;
    const halfway = await bench.drive(run);
    expect(results(halfway).map(([, result]) => result)).to.deep.equal([
      'waited',
      'added',
      'waiting',
    ]);
    expect(await deleteWorkflow(models, which)).to.equal(true);
    bench.ahead = 122_000;
    const over = await bench.drive(run);
    expect(over.end).to.deep.equal({ reason: 'workflow_deleted', stepId: 's3' });
    expect((await bench.contact(run.contactId)).tags).to.deep.equal(['a']);
  });

  it('When the conversation is opened, noted, assigned, snoozed and closed, then it is, and the run goes on', async () => {
    const { _id: userId } = await stores.models.users.create({
      ...{ email: 'agent@example.com', passwordHash: 'none' },
      memberships: [{ workspaceId: bench.workspaceId, role: 'agent' }],
    });
    const { run, conversationId } = await go([
      { type: 'close_conversation' },
      { type: 'close_conversation' },
      { type: 'open_conversation' },
      { type: 'add_note', text: 'Look at this' },
      { type: 'assign', userId: `${userId}` },
      { type: 'snooze_conversation', seconds: 60 },
    ]);
    expect(results(run).map(([, result]) => result)).to.deep.equal([
      ...['closed', 'unchanged', 'opened', 'noted', 'assigned', 'snoozed'],
    ]);
    expect(run.end?.reason).to.equal('finished');
    const conversation = await bench.conversation(conversationId);
    expect(conversation.status).to.equal('snoozed');
    expect(conversation.assigneeId).to.deep.equal(userId);
    const note = await stores.models.notes.findOne({ conversationId }).lean();
    expect(note).to.deep.include({
      text: 'Look at this',
      by: { type: 'workflow', id: `${run.workflowId}` },
    });
    const nobody = await go([{ type: 'assign', userId: `${run.workflowId}` }]);
    expect(results(nobody.run)).to.deep.equal([['s1', 'no_such_user']]);
  });

  it('When the conversation is closed by another, then the runs that began in it end', async () => {
    const { run, conversationId } = await go([{ type: 'wait', seconds: 60 }]);
    const other = await go([{ type: 'wait', seconds: 60 }]);
    const { models } = stores;
    const which = { workspaceId: bench.workspaceId, conversationId };
    await models.db.transaction((session) => closeConversation(models, which, session));
    expect((await bench.read(run)).end).to.deep.equal({
      reason: 'conversation_closed',
      stepId: 's1',
    });
    expect((await bench.read(other.run)).status).to.equal('waiting');
  });

  it('When contacts are merged, then their runs go on for the one that stays', async () => {
    const { models } = stores;
    const { contactId: into } = await bench.somebody();
    const { run, contactId: from } = await go([
      { type: 'wait', seconds: 60 },
      { type: 'add_tag', tag: 'a' },
    ]);
    await models.db.transaction((session) => moveRuns(models, { from, into }, session));
    bench.ahead = 61_000;
    expect((await bench.drive(run)).end?.reason).to.equal('finished');
    expect((await bench.contact(into)).tags).to.deep.equal(['a']);
    expect((await bench.contact(from)).tags).to.deep.equal([]);
  });
});
