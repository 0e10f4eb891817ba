import { invite } from '../../gateway/api/people/invitations.ts';
import type { Auth } from '../../gateway/api/shell/auth.ts';
import { createSession } from '../../gateway/api/shell/sessions.ts';
import { addWebhook } from '../../gateway/api/webhooks/webhooks.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { outgoingId } from '../../models/webhooks/outgoing-event.ts';
import { newDelivery } from '../../models/webhooks/webhook-delivery.ts';
import { createWorkflow, type Workflow } from '../../models/workflows/workflow.ts';
import { definitionSchema } from '../../models/workflows/workflow-definition.ts';
import { newRun, startRuns } from '../../models/workflows/workflow-run.ts';
import type { TestApi } from './api.ts';

/**
 * How to make one of each kind of thing that has an id in the API. The kind is the part of the path
 * before the id: `contacts` for `W/contacts/:id/block`. A new kind of thing has its line here.
 */
const MAKERS: Record<string, (place: Place) => Promise<unknown>> = {
  users: async ({ api, workspaceId }) => (await api.signedIn(workspaceId, 'agent')).userId,
  sessions: async ({ api, userId }) => {
    await createSession(api.models, userId);
    return (await api.models.sessions.findOne({ userId }).sort({ _id: -1 }).lean())?._id;
  },
  invitations: async ({ api, workspaceId, userId }) => {
    const auth = { type: 'user', user: { _id: userId } } as Auth;
    const body = { email: 'somebody@example.com', role: 'agent' as const };
    return (await invite({ workspaceId, auth, body }, api.deps)).id;
  },
  'api-keys': async ({ api, workspaceId }) => {
    await api.key(workspaceId);
    return (await api.models.apiKeys.findOne({ workspaceId }).sort({ _id: -1 }).lean())?._id;
  },
  channels: async ({ api, workspaceId }) => {
    const { _id: channelId } = await api.models.channels.create({
      workspaceId,
      type: 'custom',
      name: 'Channel',
      sealed: Buffer.alloc(1),
    });
    // Something that was received, for what is asked about a channel.
    await api.models.outcomes.create({
      workspaceId,
      channelId,
      outcome: 'accepted',
      hour: new Date(),
      slot: 0,
      count: 1,
    });
    return channelId;
  },
  contacts: ({ api, workspaceId }) => api.contact(workspaceId),
  segments: async ({ api, workspaceId }) => {
    const row = { workspaceId, name: 'Everybody', filter: { all: [] } };
    return (await api.models.segments.create(row))._id;
  },
  conversations: async ({ api, workspaceId }) =>
    api.conversation(workspaceId, await api.contact(workspaceId)),
  notes: async (place) => {
    const { api, workspaceId, userId } = place;
    const { _id } = await api.models.notes.create({
      workspaceId,
      conversationId: await place.one('conversations'),
      text: 'Note',
      by: { type: 'user', id: userId.toString() },
      at: new Date(),
    });
    return _id;
  },
  messages: async (place) => {
    const { api, workspaceId } = place;
    const now = new Date();
    const { _id } = await api.models.messages.create({
      _id: new Types.ObjectId().toString(),
      ...{ workspaceId, channelId: new Types.ObjectId(), contactId: new Types.ObjectId() },
      ...{ conversationId: await place.one('conversations'), direction: 'out', type: 'text' },
      ...{ at: now, receivedAt: now, status: 'scheduled', sendAt: now, eventId: 'event' },
      ...{ sender: { type: 'api', id: null }, outbox: { dueAt: now, attempts: 0 } },
    });
    return _id;
  },
  webhooks: async ({ api, workspaceId }) => {
    const request = {
      workspaceId,
      body: { url: 'https://receiver.example/', events: ['contact.blocked'], enabled: true },
    } as Parameters<typeof addWebhook>[0];
    const { body } = await addWebhook(request, api.deps as Parameters<typeof addWebhook>[1]);
    return (body as { id: ObjectId }).id;
  },
  deliveries: async (place) => {
    const event = {
      _id: outgoingId(new Types.ObjectId().toString()),
      workspaceId: place.workspaceId,
      type: 'contact.blocked',
      data: {},
      at: new Date(),
    } as const;
    const webhookId = new Types.ObjectId(await place.one('webhooks'));
    return (await place.api.models.webhookDeliveries.create(newDelivery(event, webhookId)))._id;
  },
  'dead-letters': async ({ api, workspaceId }) => {
    const { _id } = await api.models.deadLetters.create({
      workspaceId,
      channelId: new Types.ObjectId(),
      receivedAt: new Date(),
      kind: 'message',
      eventId: 'event',
      event: '{}',
      reason: 'Error',
      attempts: 1,
      failedAt: new Date(),
    });
    return _id;
  },
  workflows: async ({ api, workspaceId }) => {
    const step = { id: 'tag', type: 'add_tag', tag: 'vip' };
    const shortcut = { name: 'Shortcut', trigger: { type: 'shortcut' }, steps: [step] };
    return (await createWorkflow(api.models, workspaceId, definitionSchema.parse(shortcut)))._id;
  },
  'workflow-runs': async (place) => {
    const { models } = place.api;
    const workflow = await models.workflows.findById(await place.one('workflows')).lean<Workflow>();
    const contactId = new Types.ObjectId(await place.one('contacts'));
    if (!workflow) throw new Error('there is nothing to run');
    const run = newRun(workflow, contactId, { trigger: 'shortcut', key: 'launched' });
    await models.db.transaction((session) => startRuns(models, [run], session));
    return run._id;
  },
};

/** A workspace and its owner, in which things are made when they are asked for. */
export class Place {
  private readonly made = new Map<string, Promise<string>>();

  private constructor(
    readonly api: TestApi,
    readonly workspaceId: ObjectId,
    readonly userId: ObjectId,
    readonly session: string,
  ) {}

  static async make(api: TestApi): Promise<Place> {
    const workspaceId = await api.workspace();
    const { userId, session } = await api.signedIn(workspaceId, 'owner');
    return new Place(api, workspaceId, userId, session);
  }

  /** The id of the one thing of this kind here; with another `name`, of another one. */
  one(kind: string, name = ''): Promise<string> {
    const key = `${kind} ${name}`;
    const known = this.made.get(key) ?? this.another(kind);
    this.made.set(key, known);
    return known;
  }

  private async another(kind: string): Promise<string> {
    const make = MAKERS[kind];
    if (!make) throw new Error(`test/support/things.ts has no line for ${kind}`);
    return String(await make(this));
  }
}
