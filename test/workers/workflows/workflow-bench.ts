import { setTimeout as delay } from 'node:timers/promises';
import { type HttpRequest, type HttpResponse, SendError } from '../../../channels/http.ts';
import { holdContact } from '../../../models/block/unblocked.ts';
import { type ObjectId, Types } from '../../../models/ids.ts';
import { type Conversation, conversationId } from '../../../models/inbox/conversation.ts';
import type { Message } from '../../../models/inbox/message.ts';
import { openQueues, type Queues } from '../../../models/queues.ts';
import { createWorkflow, type Workflow } from '../../../models/workflows/workflow.ts';
import { definitionSchema } from '../../../models/workflows/workflow-definition.ts';
import { recordEvent } from '../../../models/workflows/workflow-event.ts';
import {
  ACTIVE,
  newRun,
  startRuns,
  type WorkflowRun,
} from '../../../models/workflows/workflow-run.ts';
import type { Trigger } from '../../../models/workflows/workflow-trigger.ts';
import type { CallOptions } from '../../../workers/outgoing/http-client.ts';
import type { WorkflowDeps } from '../../../workers/workflows/deps.ts';
import { tellWorkflows } from '../../../workers/workflows/events.ts';
import { createRunner } from '../../../workers/workflows/runner.ts';
import type { Stores } from '../../support/stores.ts';
import { Outbox } from '../outbox.ts';

type Http = (request: HttpRequest, options: CallOptions) => Promise<HttpResponse>;

/** Workflows of one workspace, run in this process, with a clock that jumps to whatever is waited for. */
export class WorkflowBench {
  readonly deps: WorkflowDeps;
  readonly requests: HttpRequest[] = [];
  /** What a step's request is answered with. */
  http: Http = async () => ({ status: 200, headers: {}, body: 'fine' });
  /** What comes before a request can leave. */
  connect: () => Promise<unknown> = async () => {};
  /** Milliseconds that the clock is ahead. */
  ahead = 0;
  private readonly outbox: Outbox;
  private readonly queues: Queues;
  private channel: Promise<ObjectId> | undefined;
  private people = 0;

  constructor(
    readonly stores: Stores,
    readonly workspaceId: ObjectId,
  ) {
    this.outbox = new Outbox(stores, workspaceId);
    this.queues = openQueues(stores.redis.client, `{workflows_${workspaceId}}`);
    this.deps = {
      ...stores,
      queues: this.queues,
      http: {
        call: async (request, options = {}) => {
          await this.connect();
          if (!(options.mayLeave?.() ?? true)) throw new SendError('unreachable');
          this.requests.push(request);
          return await this.http(request, options);
        },
      },
      timeoutMs: 20_000,
      persist: (write) => write(),
      now: () => Date.now() + this.ahead,
    };
  }

  async close(): Promise<void> {
    for (const queue of Object.values(this.queues)) {
      await queue.obliterate({ force: true });
      await queue.close();
    }
  }

  define(steps: object[], trigger: Trigger = { type: 'shortcut' }): Promise<Workflow> {
    const ids = steps.map((step, i) => ({ id: `s${i + 1}`, ...step }));
    const definition = definitionSchema.parse({ name: 'Test', trigger, steps: ids });
    return createWorkflow(this.stores.models, this.workspaceId, definition);
  }

  /** Somebody who has an open conversation on a channel that can be sent through. */
  async somebody(given: object = {}): Promise<{ contactId: ObjectId; conversationId: string }> {
    this.people += 1;
    const name = `p${this.people}`;
    const channelId = await this.channelId();
    const urn = `custom:${channelId}/${name}`;
    const contactId = await this.stores.contact(this.workspaceId, [urn], given);
    const _id = conversationId(channelId.toString(), contactId.toString());
    const now = new Date();
    const place = { workspaceId: this.workspaceId, contactId, channelId };
    await this.stores.models.conversations.create({
      ...{ _id, ...place, status: 'open', readAt: now, lastMessageAt: now, createdAt: now },
    });
    return { contactId, conversationId: _id };
  }

  channelId(): Promise<ObjectId> {
    this.channel ??= this.outbox.channel();
    return this.channel;
  }

  async start(
    workflow: Workflow,
    contactId: ObjectId,
    conversation: string | null = null,
  ): Promise<WorkflowRun> {
    const { models } = this.stores;
    const cause = { trigger: workflow.trigger.type, key: new Types.ObjectId().toString() };
    const run = newRun(workflow, contactId, { ...cause, conversationId: conversation });
    await models.db.transaction(async (session) => {
      await holdContact(models, { workspaceId: this.workspaceId, contactId }, session);
      await startRuns(models, [run], session);
    });
    return run;
  }

  /** Lets it run until it is over or waits; past its waits too when `jump` says so. */
  async drive(run: Pick<WorkflowRun, '_id'>, { jump = false } = {}): Promise<WorkflowRun> {
    const runner = createRunner(this.deps);
    for (;;) {
      const now = await this.read(run);
      if (!ACTIVE.includes(now.status)) return now;
      const again = await runner({ runId: now._id.toString(), turn: now.turn });
      const after = await this.read(run);
      if (!ACTIVE.includes(after.status)) return after;
      if (again === undefined && after.turn === now.turn) await delay(1);
      if (!after.phase || (after.dueAt?.getTime() ?? 0) <= this.deps.now()) continue;
      if (!jump) return after;
      if (after.phase === 'request') await delay(1);
      else this.ahead = Math.max(this.ahead, (after.dueAt?.getTime() ?? 0) - Date.now());
    }
  }

  async read({ _id }: Pick<WorkflowRun, '_id'>): Promise<WorkflowRun> {
    const run = await this.stores.models.workflowRuns.findById(_id).lean<WorkflowRun>();
    if (!run) throw new Error('no such run');
    return run;
  }

  runs(contactId: ObjectId): Promise<WorkflowRun[]> {
    return this.stores.models.workflowRuns
      .find({ contactId })
      .sort({ _id: 1 })
      .lean<WorkflowRun[]>();
  }

  async contact(id: ObjectId) {
    const contact = await this.stores.models.contacts.findById(id).lean();
    if (!contact) throw new Error('no contact');
    return contact;
  }

  async conversation(id: string): Promise<Conversation> {
    const found = await this.stores.models.conversations.findById(id).lean<Conversation>();
    if (!found) throw new Error('no conversation');
    return found;
  }

  /** What was sent to the contact, the oldest first. */
  sent(contactId: ObjectId): Promise<Message[]> {
    return this.stores.models.messages
      .find({ contactId, direction: 'out' })
      .sort({ receivedAt: 1 })
      .lean<Message[]>();
  }

  /** The contact writes, as a delivery stores it, and workflows are told. */
  async receive(who: { contactId: ObjectId; conversationId: string }, text: string) {
    const { models } = this.stores;
    const { contactId, conversationId } = who;
    const conversation = await this.conversation(conversationId);
    const messageId = new Types.ObjectId().toString();
    const at = new Date(this.deps.now());
    const place = { workspaceId: this.workspaceId, contactId, conversationId };
    await models.messages.create({
      ...{ _id: messageId, ...place, channelId: conversation.channelId, direction: 'in', text },
      ...{ type: 'text', at, receivedAt: at, status: 'received', eventId: messageId },
      sender: { type: 'contact', id: contactId.toString() },
    });
    const event = { ...place, type: 'message_received', messageId, at } as const;
    await recordEvent(models, event, messageId);
    await this.tell({ contactId });
  }

  /** Has workflows told of all that has happened. */
  async tell(which: { contactId?: ObjectId } = {}): Promise<void> {
    const { workflowEvents } = this.stores.models;
    const events = await workflowEvents.find({ workspaceId: this.workspaceId, ...which }).lean();
    for (const event of events) await tellWorkflows(this.deps, event);
  }
}
