import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import sinon from 'sinon';
import { SendError } from '../../channels/http.ts';
import { block, unblock } from '../../models/block/block.ts';
import { followConversations } from '../../models/block/interaction.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import type { Conversation } from '../../models/inbox/conversation.ts';
import { closeConversation } from '../../models/inbox/conversation-change.ts';
import { type OutgoingEvent, outgoingId } from '../../models/webhooks/outgoing-event.ts';
import { changeWebhook, createWebhook, TooManyWebhooks } from '../../models/webhooks/webhook.ts';
import {
  newSecret,
  openSecrets,
  sealRotated,
  sealSecret,
} from '../../models/webhooks/webhook-secret.ts';
import { handOut } from '../../workers/webhooks/hand-out.ts';
import { createTurn } from '../../workers/webhooks/turn.ts';
import { gate, openStores, type Stores } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { refused, StubProvider } from './outbox.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const by = { type: 'user', id: 'u1' } as const;
const key = randomBytes(32);

describe('Outgoing webhooks', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let receiver: StubProvider;
  let now: number;
  let turn: ReturnType<typeof createTurn>;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  afterEach(() => sinon.restore());
  beforeEach(async () => {
    const { models, log } = stores;
    await Promise.all([models.outgoingEvents.deleteMany({}), models.webhooks.deleteMany({})]);
    workspaceId = await stores.workspace();
    receiver = new StubProvider();
    now = Date.now() + SECOND;
    turn = createTurn({
      models,
      log,
      http: receiver,
      encryptionKey: key,
      timeoutMs: 20_000,
      now: () => now,
    });
  });

  const webhook = async (events: OutgoingEvent['type'][] = ['mac.threshold']) => {
    const _id = new Types.ObjectId();
    const sealed = sealSecret(newSecret(), key, _id.toString());
    const url = 'https://receiver.example/';
    await createWebhook(stores.models, { _id, workspaceId, url, events, enabled: true, sealed });
    return _id;
  };
  const happened = async (count = 1, given: Partial<OutgoingEvent> = {}) =>
    await stores.models.outgoingEvents.create(
      Array.from({ length: count }, () => ({
        _id: outgoingId(new Types.ObjectId().toString()),
        workspaceId,
        type: 'mac.threshold' as const,
        data: { threshold: 80 },
        at: new Date(),
        ...given,
      })),
    );
  const take = (id: ObjectId) => turn({ webhookId: id.toString() });
  const read = async (id: ObjectId) => {
    const row = await stores.models.webhooks.findById(id).lean();
    if (!row) throw new Error('no such webhook');
    return row;
  };
  const deliveries = (id: ObjectId) =>
    stores.models.webhookDeliveries.find({ webhookId: id }).sort({ _id: 1 }).lean();
  const outbox = () => stores.models.outgoingEvents.find({ workspaceId }).lean();
  const conversation = async (contactId: ObjectId, given: Partial<Conversation> = {}) => {
    const _id = randomBytes(8).toString('hex');
    const times = { readAt: new Date(0), lastMessageAt: new Date(), createdAt: new Date() };
    const channelId = new Types.ObjectId();
    const row = {
      _id,
      workspaceId,
      contactId,
      channelId,
      status: 'open' as const,
      ...times,
      ...given,
    };
    await stores.models.conversations.create(row);
    return _id;
  };

  describe('What is told', () => {
    it('When a contact is blocked and unblocked, then each change and each conversation that it closes is in the outbox once', async () => {
      await webhook(['contact.blocked', 'contact.unblocked', 'conversation.closed']);
      const contactId = await stores.contact(workspaceId, ['line:U1']);
      const open = await conversation(contactId);
      const snoozed = await conversation(contactId, { status: 'snoozed' });
      await conversation(contactId, { status: 'closed' });
      const request = { workspaceId, contactId, by, source: 'inbox' } as const;
      await Promise.all(Array.from({ length: 5 }, () => block(stores, request)));
      await Promise.all(Array.from({ length: 5 }, () => unblock(stores, request)));
      const events = await outbox();
      expect(events.map(({ type }) => type).toSorted()).to.deep.equal([
        'contact.blocked',
        'contact.unblocked',
        'conversation.closed',
        'conversation.closed',
      ]);
      const closed = events.filter(({ type }) => type === 'conversation.closed');
      expect(closed.map(({ data }) => data.conversationId).toSorted()).to.deep.equal(
        [open, snoozed].toSorted(),
      );
    });

    it('When a person closes a conversation, then that is told, once', async () => {
      await webhook(['conversation.closed']);
      const contactId = await stores.contact(workspaceId, ['line:U1']);
      const conversationId = await conversation(contactId);
      for (let i = 0; i < 2; i += 1)
        await stores.models.db.transaction((session) =>
          closeConversation(stores.models, { workspaceId, conversationId }, session),
        );
      const [event, ...more] = await outbox();
      expect(more).to.deep.equal([]);
      expect(event?.data).to.include({ conversationId, byBlock: false });
    });

    it('When a delivery made a conversation while its contact was blocked, then its closing is told, once', async () => {
      const contactId = await stores.contact(workspaceId, ['line:U1']);
      await block(stores, { workspaceId, contactId, by, source: 'inbox' });
      await webhook(['conversation.closed']);
      const conversationId = await conversation(contactId);
      const follow = () => followConversations(stores.models, contactId);
      await Promise.all([follow(), follow(), follow()]);
      const [event, ...more] = await outbox();
      expect(more).to.deep.equal([]);
      expect(event?.data).to.include({ conversationId, byBlock: true });
    });

    it('When no webhook waits for it, or the one that did is disabled, then nothing is stored', async () => {
      const id = await webhook(['contact.blocked']);
      await changeWebhook(stores.models, { _id: id, workspaceId }, { enabled: false });
      await webhook(['contact.unblocked']);
      const contactId = await stores.contact(workspaceId, ['line:U1']);
      await conversation(contactId);
      await block(stores, { workspaceId, contactId, by, source: 'inbox' });
      expect(await outbox()).to.deep.equal([]);
    });

    it('When events are handed out twice at once, then each webhook that waits for them has each once', async () => {
      const [one, two] = [await webhook(), await webhook(['mac.threshold', 'contact.blocked'])];
      const other = await webhook(['contact.blocked']);
      await happened(50);
      await Promise.all([handOut(stores), handOut(stores), handOut(stores)]);
      expect(await deliveries(one)).to.have.length(50);
      expect(await deliveries(two)).to.have.length(50);
      expect(await deliveries(other)).to.have.length(0);
      expect(await outbox()).to.deep.equal([]);
    });

    it('When the message is no longer there, then nothing is sent and the log says so', async () => {
      const id = await webhook(['message.received']);
      await happened(1, { type: 'message.received', data: { messageId: 'erased' } });
      await handOut(stores);
      await take(id);
      expect(receiver.requests).to.deep.equal([]);
      expect((await deliveries(id))[0]).to.include({ status: 'failed', failure: 'deleted' });
      expect((await read(id)).failingSince).to.equal(null);
    });
  });

  describe('A receiver that fails', () => {
    it('When it always fails, then it is tried by the schedule, ten times, and then no more', async () => {
      const id = await webhook();
      await happened();
      await handOut(stores);
      receiver.answer = async () => refused(500);
      const waits: number[] = [];
      for (let attempts = 1; ; attempts += 1) {
        await take(id);
        const [row] = await deliveries(id);
        expect(row?.attempts).to.equal(attempts);
        expect(row?.lastCode).to.equal(500);
        if (row?.status === 'failed') break;
        const wait = (row?.dueAt?.getTime() ?? 0) - now;
        // Not before.
        now += wait - 1;
        await take(id);
        expect(receiver.requests).to.have.length(attempts);
        now += 1;
        waits.push(wait);
      }
      const least = [5 * SECOND, 5 * MINUTE, 30 * MINUTE];
      least.push(...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR));
      expect(waits).to.have.length(least.length);
      for (const [i, wait] of waits.entries())
        expect(wait / (least[i] ?? 0), `wait ${i}`).to.be.within(1, 1.11);
      expect((await read(id)).dueAt).to.equal(undefined);
      const ids = new Set(receiver.requests.map(({ headers }) => headers?.['webhook-id']));
      expect(ids.size).to.equal(1);
    });

    it('When it fails, then only one event at a time tries whether it is back, and then all go out', async () => {
      const id = await webhook();
      await happened(30);
      await handOut(stores);
      receiver.answer = async () => {
        throw new SendError('unreachable');
      };
      await take(id);
      expect(receiver.requests).to.have.length(10);
      await take(id);
      expect(receiver.requests, 'paused').to.have.length(10);
      now += SECOND;
      await take(id);
      expect(receiver.requests).to.have.length(11);
      now += 2 * SECOND;
      receiver.answer = async () => refused(204);
      await take(id);
      expect(receiver.requests).to.have.length(12);
      expect(await read(id)).to.deep.include({ failures: 0, failingSince: null });
      await take(id);
      expect(receiver.requests).to.have.length(22);
    });

    it('When it asks to wait, then it is left alone for that long', async () => {
      const id = await webhook();
      await happened(2);
      await handOut(stores);
      receiver.answer = async () => refused(429, { 'retry-after': '600' });
      await take(id);
      now += 599 * SECOND;
      await take(id);
      expect(receiver.requests).to.have.length(2);
      now += 2 * SECOND;
      await take(id);
      expect(receiver.requests).to.have.length(3);
    });

    it('When nothing has arrived for five days, then it is disabled and says why; enabled again, what waits goes out', async () => {
      const id = await webhook();
      receiver.answer = async () => refused(500);
      await happened();
      await handOut(stores);
      await take(id);
      now += 5 * DAY - SECOND;
      await take(id);
      expect(await read(id)).to.include({ enabled: true, failures: 2 });
      now += HOUR;
      await take(id);
      expect(await read(id)).to.include({ enabled: false, disabledReason: 'failing' });
      const workspace = await stores.models.workspaces.findById(workspaceId).lean();
      expect(workspace?.webhookEvents).to.deep.equal([]);
      now += DAY;
      await take(id);
      expect(receiver.requests).to.have.length(3);
      await changeWebhook(stores.models, { _id: id, workspaceId }, { enabled: true });
      receiver.answer = async () => refused(200);
      await take(id);
      expect((await deliveries(id))[0]?.status).to.equal('delivered');
      expect(await read(id)).to.include({ disabledReason: null, failingSince: null });
    });

    it('When more waits than it ever takes, then it is disabled, and nothing more is stored for it', async () => {
      const id = await webhook();
      await happened(21);
      await handOut(stores, 20);
      expect(await read(id)).to.include({ enabled: false, disabledReason: 'backlog' });
      await happened(1);
      await handOut(stores, 20);
      expect(await deliveries(id)).to.have.length(21);
    });

    it('When its worker died with a request in hand, then it is sent again when that must be over, and not before', async () => {
      const id = await webhook();
      await happened();
      await handOut(stores);
      const { opened, open } = gate();
      receiver.answer = async () => {
        await opened;
        return refused(200);
      };
      const dead = take(id);
      await until('the request', () => receiver.requests.length === 1);
      now += 20 * SECOND;
      await take(id);
      expect(receiver.requests).to.have.length(1);
      now += 11 * SECOND;
      const alive = take(id);
      await until('the second request', () => receiver.requests.length === 2);
      open();
      await Promise.all([dead, alive]);
      expect((await deliveries(id))[0]).to.include({ status: 'delivered', attempts: 2 });
    });

    it('When an event comes while a turn is under way, then the webhook is due again at once', async () => {
      const id = await webhook();
      await happened();
      await handOut(stores);
      const { opened, open } = gate();
      receiver.answer = async () => {
        await opened;
        return refused(200);
      };
      const turning = take(id);
      await until('the request', () => receiver.requests.length === 1);
      await happened();
      await handOut(stores);
      open();
      await turning;
      now = Date.now() + SECOND;
      await take(id);
      expect(receiver.requests).to.have.length(2);
      expect((await read(id)).dueAt).to.equal(undefined);
    });
  });

  it('When an event comes in the last moment of a turn, then the webhook is due again at once', async () => {
    const id = await webhook();
    await happened();
    await handOut(stores);
    const { webhooks } = stores.models;
    const release = sinon.stub(webhooks, 'updateOne').callsFake((async (
      which: object,
      update: object,
    ) => {
      release.restore();
      await happened();
      await handOut(stores);
      return await webhooks.updateOne(which, update);
    }) as never);
    await take(id);
    expect(release.callCount).to.equal(1);
    now = Date.now() + SECOND;
    await take(id);
    expect(receiver.requests).to.have.length(2);
  });

  it('When a workspace has 20 webhooks, then it gets no other, also not at the same time', async () => {
    const made = await Promise.allSettled(Array.from({ length: 25 }, () => webhook()));
    const refused = made.filter(({ status }) => status === 'rejected');
    for (const { reason } of refused as PromiseRejectedResult[])
      expect(reason).to.be.instanceOf(TooManyWebhooks);
    expect(refused).to.have.length(5);
    expect(await stores.models.webhooks.countDocuments({ workspaceId })).to.equal(20);
  });

  it('When secrets are rotated again and again, then the newest signs, and those before it for a day', () => {
    const _id = new Types.ObjectId();
    const secrets = Array.from({ length: 6 }, newSecret);
    let sealed = sealSecret(secrets[0] ?? '', key, _id.toString());
    for (const secret of secrets.slice(1)) sealed = sealRotated({ _id, sealed }, secret, key, now);
    const newest = secrets.toReversed();
    expect(openSecrets({ _id, sealed }, key, now)).to.deep.equal(newest.slice(0, 4));
    expect(openSecrets({ _id, sealed }, key, now + DAY)).to.deep.equal(newest.slice(0, 1));
    expect(() => openSecrets({ _id: new Types.ObjectId(), sealed }, key, now)).to.throw();
  });
});
