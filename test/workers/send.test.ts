import { expect } from 'chai';
import sinon from 'sinon';
import type { ChannelAdapter, Outgoing, SendContext } from '../../channels/adapter.ts';
import { SendError, type SendFailure } from '../../channels/http.ts';
import { adapters } from '../../channels/index.ts';
import { block, unblock } from '../../models/block/block.ts';
import type { ObjectId } from '../../models/ids.ts';
import { messageId } from '../../models/inbox/message.ts';
import { providerMessageId, waitingName } from '../../models/inbox/provider-message.ts';
import { cycleAt } from '../../models/mac/cycle.ts';
import { seal } from '../../models/secret-box.ts';
import { createSend } from '../../workers/send/send.ts';
import { gate, openStores, type Stores } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { accepted, Outbox, refused } from './outbox.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const by = { type: 'user', id: 'u1' } as const;

describe('Sending a message', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  let outbox: Outbox;
  let channelId: ObjectId;
  let contactId: ObjectId;
  let send: ReturnType<typeof createSend>;
  let now: number;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());
  beforeEach(async () => {
    now = Date.UTC(2027, 2, 15, 12);
    workspaceId = await stores.workspace();
    outbox = new Outbox(stores, workspaceId, () => now);
    channelId = await outbox.channel();
    contactId = await stores.contact(workspaceId, ['line:U1', `custom:${channelId}/c1`]);
    send = createSend(outbox.deps);
  });
  afterEach(() => sinon.restore());

  const queued = (given = {}) => outbox.queued({ channelId, contactId, ...given });
  const conversation = (id: string) => stores.models.conversations.findById(id).lean();
  const active = () => stores.models.activeContacts.find({ workspaceId }).lean();
  const blockContact = () =>
    block(stores, { workspaceId, contactId, by, source: 'inbox', reason: 'spam' });
  const unblockContact = () => unblock(stores, { workspaceId, contactId, by, source: 'inbox' });
  const isBlocked = async () => (await stores.models.contacts.findById(contactId))?.blocked;

  describe('that is accepted', () => {
    it('When it is sent, then the provider gets it and the row has its id, and nothing of the outbox', async () => {
      const { row, job } = await queued({ text: 'PRIVATE' });
      outbox.provider.answer = async () => accepted('m-1');
      now += 5 * SECOND;
      expect(await send(job)).to.equal(undefined);
      const [request, ...more] = outbox.provider.requests;
      expect(more).to.deep.equal([]);
      expect(request?.url).to.equal('https://provider.example/message');
      expect(request?.headers).to.include({
        authorization: 'Bearer secret-token',
        'idempotency-key': row._id,
      });
      expect(JSON.parse(String(request?.body))).to.deep.equal({
        channelId: channelId.toString(),
        contactId: 'c1',
        message: { type: 'text', text: 'PRIVATE' },
      });
      const sent = await outbox.read(job);
      expect(sent).to.include({ status: 'sent', eventId: 'm-1' });
      expect(sent.at.getTime()).to.equal(now);
      expect(sent.receivedAt).to.deep.equal(row.receivedAt);
      expect(sent).not.to.have.any.keys('outbox', 'failure');
      expect((await conversation(row.conversationId))?.lastMessageAt.getTime()).to.equal(now);
      expect(outbox.counted).to.deep.equal(['custom sent']);
      const line = stores.lines.find(({ fields }) => fields?.messageId === row._id);
      expect(line?.fields).to.include({ channelType: 'custom', outcome: 'sent', attempts: 1 });
      expect(JSON.stringify(stores.lines)).not.to.match(/PRIVATE|secret-token|c1"/);
    });

    it('When its job comes again, or twice at once, then it is sent once', async () => {
      const { job } = await queued();
      await Promise.all([send(job), send(job), send(job)]);
      await send(job);
      expect(outbox.provider.requests).to.have.length(1);
      expect(outbox.counted).to.deep.equal(['custom sent']);
    });

    it('When it is sent in another cycle than it was written in, then the contact is active in that of its sending, once', async () => {
      const { job } = await queued();
      const other = await queued();
      now = Date.UTC(2027, 3, 1, 1);
      await send(job);
      await send(other.job);
      const billing = { anchorDay: 1, timeZone: 'UTC', macLimit: null };
      const rows = await active();
      expect(rows.map(({ cycle, contactId: who }) => [cycle, `${who}`])).to.deep.equal([
        [cycleAt(now, billing).name, `${contactId}`],
      ]);
    });

    it('When its status came before its id was known, then it has that status', async () => {
      for (const status of ['delivered', 'read', 'failed'] as const) {
        const { job } = await queued();
        const mId = `early-${status}`;
        const name = providerMessageId(channelId.toString(), mId);
        await stores.models.providerMessages.create(waitingName(name, status));
        outbox.provider.answer = async () => accepted(mId);
        await send(job);
        expect(await outbox.read(job)).to.include({ status });
      }
    });

    it('When its echo was stored before its id was known, then there is one message', async () => {
      const { job, row } = await queued();
      const echoId = messageId(channelId.toString(), 'm-9');
      const name = providerMessageId(channelId.toString(), 'm-9');
      await queued({
        _id: echoId,
        ...{ status: 'delivered', eventId: 'm-9', sender: { type: 'echo', id: null } },
        outbox: undefined,
      });
      const { models } = stores;
      await models.providerMessages.create({
        ...waitingName(name, 'sent'),
        ...{ messageId: echoId, status: null },
      });
      outbox.provider.answer = async () => accepted('m-9');
      await send(job);
      const rows = await models.messages.find({ contactId }).lean();
      expect(rows.map(({ _id, status }) => [_id, status])).to.deep.equal([[row._id, 'delivered']]);
    });

    it('When the contact becomes active by somebody else at the same moment, then it is recorded all the same', async () => {
      const jobs = await Promise.all(Array.from({ length: 8 }, () => queued()));
      await Promise.all(jobs.map(({ job }) => send(job)));
      for (const { job } of jobs) expect((await outbox.read(job)).status).to.equal('sent');
      expect(await active()).to.have.length(1);
    });

    it('When writing it down fails, then it is tried again and the message is not', async () => {
      const { job } = await queued();
      const transaction = sinon.stub(stores.models.db, 'transaction').callThrough();
      transaction.onFirstCall().rejects(new Error('away'));
      outbox.deps.persist = async (write) => await write().catch(write);
      await send(job);
      expect((await outbox.read(job)).status).to.equal('sent');
      expect(outbox.provider.requests).to.have.length(1);
    });
  });

  describe('to whom, and in answer to what', () => {
    let seen: { outgoing: Outgoing; context: SendContext } | undefined;
    beforeEach(() => {
      seen = undefined;
      sinon.stub(adapters.custom, 'send').callsFake(async (outgoing, context) => {
        seen = { outgoing, context };
        return { messageId: 'm' };
      });
    });

    it('When the contact has several identities, then the first that the channel reaches is taken', async () => {
      const { row, job } = await queued();
      await send(job);
      expect(seen?.outgoing).to.deep.equal({
        to: `custom:${channelId}/c1`,
        key: row._id,
        text: row.text,
      });
      expect(seen?.context.webhookUrl).to.equal(
        `https://videur.example/webhooks/custom/${channelId}`,
      );
      expect(seen?.context.channelId).to.equal(channelId.toString());
    });

    it('When there is an attachment, then it goes along', async () => {
      const attachments = [{ type: 'image' as const, url: 'https://example.com/a.png' }];
      const { job } = await queued({ type: 'attachment', text: undefined, attachments });
      await send(job);
      expect(seen?.outgoing.attachment).to.deep.equal(attachments[0]);
      expect(seen?.outgoing).not.to.have.property('text');
    });

    it('When the contact has written, then its last message is named', async () => {
      const inbound = (eventId: string, at: number, more = {}) =>
        queued({
          ...{ eventId, direction: 'in', status: 'received', outbox: undefined, ...more },
          receivedAt: new Date(at),
        });
      const inReplyTo = async () => {
        await send((await queued()).job);
        return seen?.outgoing.inReplyTo;
      };
      await inbound('last', now - 2 * SECOND);
      await inbound('first', now - 3 * SECOND);
      expect(await inReplyTo()).to.deep.equal({ messageId: 'last' });
      const thread = { subject: 'Re: x', references: ['<a@b>'] };
      await inbound('event', now - SECOND, { providerMessageId: 'message', thread });
      expect(await inReplyTo()).to.deep.equal({ messageId: 'message', thread });
    });

    it('When no identity is reached, then it fails and says so', async () => {
      const stranger = await stores.contact(workspaceId, ['line:U2']);
      const { job } = await queued({ contactId: stranger });
      await send(job);
      const row = await outbox.read(job);
      expect(row).to.include({ status: 'failed', failure: 'contact_unreachable' });
      expect(seen).to.equal(undefined);
    });

    it('When the channel or the contact was deleted meanwhile, then it fails and says so', async () => {
      const [one, other] = [await queued(), await queued()];
      await stores.models.channels.deleteOne({ _id: channelId });
      await send(one.job);
      expect(await outbox.read(one.job)).to.include({ failure: 'channel_deleted' });
      channelId = await outbox.channel();
      await stores.models.messages.updateOne({ _id: other.row._id }, { channelId });
      await stores.models.contacts.deleteOne({ _id: contactId });
      await send(other.job);
      expect(await outbox.read(other.job)).to.include({ failure: 'contact_unreachable' });
      expect(outbox.counted).to.deep.equal([
        'deleted channel_deleted',
        'custom contact_unreachable',
      ]);
    });
  });

  describe('that is not accepted', () => {
    const fails = (failure: SendFailure, more = {}) => {
      outbox.provider.answer = async () => {
        throw new SendError(failure, more);
      };
    };

    it('When trying again is no use, then it has failed, and says why', async () => {
      const permanent = {
        rejected: 'rejected',
        credentials_refused: 'credentials_refused',
        unsupported: 'unsupported',
        bad_answer: 'bad_answer',
        forbidden_address: 'forbidden_address',
        no_answer: 'outcome_unknown',
      } as const;
      for (const [failure, shown] of Object.entries(permanent)) {
        const { job } = await queued();
        fails(failure as SendFailure, { providerCode: 'E1' });
        expect(await send(job)).to.equal(undefined);
        const row = await outbox.read(job);
        expect(row).to.include({ status: 'failed', failure: shown });
        // Where there was no answer, there was no code.
        expect(row.providerCode).to.equal(failure === 'no_answer' ? undefined : 'E1');
        expect(row).not.to.have.property('outbox');
        expect(outbox.counted.at(-1)).to.equal(`custom ${shown}`);
      }
      expect(await active(), 'nobody is active by what was not sent').to.deep.equal([]);
      outbox.provider.answer = async () => refused(404);
      const { job } = await queued();
      await send(job);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'rejected' });
    });

    it('When trying again may help, then it is tried again, later and later', async () => {
      for (const failure of ['unreachable', 'provider_error', 'throttled'] as const) {
        const { job } = await queued();
        fails(failure);
        const waits: number[] = [];
        for (let i = 0; i < 12; i += 1) {
          const again = (await send(job)) ?? 0;
          waits.push((again - now) / SECOND);
          expect((await outbox.read(job)).status).to.equal('queued');
          now = again;
        }
        expect(waits).to.deep.equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
        outbox.provider.answer = async () => accepted();
        expect(await send(job)).to.equal(undefined);
        expect((await outbox.read(job)).status).to.equal('sent');
      }
    });

    it('When the provider says when, then that is when', async () => {
      const { job } = await queued();
      outbox.provider.answer = async () => refused(429, { 'retry-after': '90' });
      expect(await send(job)).to.equal(now + 90 * SECOND);
      outbox.provider.answer = async () => refused(503, { 'retry-after': '0' });
      now += 90 * SECOND;
      expect(await send(job)).to.equal(now + SECOND);
    });

    it('When its job comes too early, then nothing is sent and it is due as before', async () => {
      const { job } = await queued();
      outbox.provider.answer = async () => refused(429, { 'retry-after': '90' });
      const due = await send(job);
      now += 89 * SECOND;
      expect(await send(job)).to.equal(due);
      expect(outbox.provider.requests).to.have.length(1);
    });

    it('When a day is over, then it has failed for the last reason', async () => {
      const { job } = await queued();
      fails('provider_error');
      now += 24 * HOUR - 5 * SECOND;
      expect(await send(job)).to.equal(now + SECOND);
      now += SECOND;
      expect(await send(job)).to.equal(now + 2 * SECOND);
      now += 2 * SECOND;
      expect(await send(job)).to.equal(undefined);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'provider_error' });
    });

    it('When the provider asks to wait for longer than that, then it has failed at once', async () => {
      const { job } = await queued();
      outbox.provider.answer = async () => refused(429, { 'retry-after': String(25 * 3_600) });
      expect(await send(job)).to.equal(undefined);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'throttled' });
    });
  });

  describe('whose outcome is not known', () => {
    const broken = (adapter: Partial<ChannelAdapter>) =>
      sinon.stub(adapters.custom, 'send').callsFake(adapter.send as ChannelAdapter['send']);

    it('When its worker died in the middle, then it fails as unknown once the attempt must be over, and is not sent again', async () => {
      const { job } = await queued();
      const { opened, open } = gate();
      outbox.provider.answer = async () => {
        await opened;
        return accepted('late');
      };
      const first = send(job);
      await until('the request', () => outbox.provider.requests.length > 0);
      const due = (await send(job)) ?? 0;
      expect(due - now).to.be.greaterThan(outbox.deps.timeoutMs);
      expect((await outbox.read(job)).status).to.equal('sending');
      now = due;
      expect(await send(job)).to.equal(undefined);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'outcome_unknown' });
      expect(await send(job)).to.equal(undefined);
      expect(outbox.provider.requests).to.have.length(1);
      expect(await active()).to.deep.equal([]);
      // It had not died after all, and knows better.
      open();
      await first;
      const row = await outbox.read(job);
      expect(row).to.include({ status: 'sent', eventId: 'late' });
      expect(row).not.to.have.property('failure');
      expect(await active()).to.have.length(1);
      expect(outbox.counted).to.deep.equal(['custom outcome_unknown', 'custom sent']);
    });

    it('When a late attempt failed, then what was decided meanwhile stays', async () => {
      const { job } = await queued();
      const { opened, open } = gate();
      outbox.provider.answer = async () => {
        await opened;
        return refused(500);
      };
      const first = send(job);
      await until('the request', () => outbox.provider.requests.length > 0);
      now = (await send(job)) ?? 0;
      await send(job);
      open();
      await first;
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'outcome_unknown' });
    });

    it('When the provider tells a repeat by its key, then it is sent again instead', async () => {
      const repeats: ChannelAdapter = { ...adapters.custom, idempotent: true };
      sinon.stub(adapters, 'custom').value(repeats);
      const { job } = await queued();
      outbox.provider.answer = async () => {
        throw new SendError('no_answer');
      };
      expect(await send(job)).to.equal(now + SECOND);
      now += SECOND;
      // Its worker dies.
      const { opened, open } = gate();
      outbox.provider.answer = async () => {
        await opened;
        return refused(500);
      };
      const dead = send(job);
      await until('the request', () => outbox.provider.requests.length === 2);
      now = (await send(job)) ?? 0;
      const again = await send(job);
      expect(again).to.equal(now + 2 * SECOND);
      now = again ?? 0;
      const third = gate();
      outbox.provider.answer = async () => {
        await third.opened;
        return accepted('m-1');
      };
      const alive = send(job);
      await until('the request', () => outbox.provider.requests.length === 3);
      // It was not dead after all; what it says now is of no interest.
      open();
      await dead;
      expect((await outbox.read(job)).status).to.equal('sending');
      third.open();
      await alive;
      expect(await outbox.read(job)).to.include({ status: 'sent', eventId: 'm-1' });
      const keys = outbox.provider.requests.map(({ headers }) => headers?.['idempotency-key']);
      expect(keys).to.deep.equal(Array(3).fill(job.messageId));
    });

    it('When an adapter breaks before anything left, then it is tried again; afterwards, the outcome is unknown', async () => {
      const { job } = await queued();
      broken({
        send: () => {
          throw new TypeError('PRIVATE');
        },
      });
      expect(await send(job)).to.equal(now + SECOND);
      sinon.restore();
      broken({
        send: async (_message, { call }) => {
          await call({ method: 'POST', url: 'https://provider.example/' });
          throw new TypeError('PRIVATE');
        },
      });
      outbox.provider.answer = async (_request, { mayLeave }) => {
        expect(mayLeave?.()).to.equal(true);
        return accepted();
      };
      now += SECOND;
      expect(await send(job)).to.equal(undefined);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'outcome_unknown' });
      const logged = stores.lines.filter(({ event }) => event === 'send.broken');
      expect(logged).to.have.length(2);
      expect(logged[0]?.fields).to.include({ error: 'TypeError', messageId: job.messageId });
      expect(JSON.stringify(logged)).not.to.include('PRIVATE');
    });

    it('When credentials cannot be opened, then it is tried for a day and then fails', async () => {
      const { job } = await queued();
      outbox.deps.encryptionKey = Buffer.alloc(32);
      expect(await send(job)).to.equal(now + SECOND);
      now += 24 * HOUR;
      expect(await send(job)).to.equal(undefined);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'internal_error' });
    });
  });

  describe('with an access token', () => {
    let tokens: string[];
    beforeEach(() => {
      tokens = [];
      sinon.stub(adapters.custom, 'send').callsFake(async (_message, { remember, credentials }) => {
        const { token } = credentials as { token: string };
        const make = async () => ({ value: `${token}-${tokens.length}`, ttlSeconds: 3_600 });
        tokens.push(await remember('access', make));
        if (tokens.at(-1) === 'taken back-0') throw new SendError('credentials_refused');
        return { messageId: `m${tokens.length}` };
      });
    });
    const credentials = async (token: string) => {
      const sealed = seal({ token }, outbox.deps.encryptionKey, channelId.toString());
      await stores.models.channels.updateOne({ _id: channelId }, { sealed });
    };

    it('When the credentials are the same, then it is kept; when they were replaced, then a new one is asked for', async () => {
      await credentials('a');
      for (let i = 0; i < 2; i += 1) await send((await queued()).job);
      await credentials('b');
      await send((await queued()).job);
      expect(tokens).to.deep.equal(['a-0', 'a-0', 'b-2']);
    });

    it('When it is refused, then the message goes with a new one', async () => {
      await credentials('taken back');
      const { job } = await queued();
      await send(job);
      expect(tokens).to.deep.equal(['taken back-0', 'taken back-1']);
      expect((await outbox.read(job)).status).to.equal('sent');
    });
  });

  describe('to a blocked contact', () => {
    it('When the contact was blocked before it left, then nothing is sent and it says so', async () => {
      const { job } = await queued();
      await blockContact();
      expect(await send(job)).to.equal(undefined);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'contact_blocked' });
      expect(outbox.provider.requests).to.deep.equal([]);
    });

    it('When it is blocked between two requests of one attempt, then the second one does not leave', async () => {
      sinon.stub(adapters.custom, 'send').callsFake(async (_message, { call }) => {
        await call({ method: 'POST', url: 'https://provider.example/token' });
        await blockContact();
        await call({ method: 'POST', url: 'https://provider.example/message' });
        return { messageId: 'm' };
      });
      const { job } = await queued();
      await send(job);
      expect(outbox.provider.requests.map(({ url }) => url)).to.deep.equal([
        'https://provider.example/token',
      ]);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'contact_blocked' });
    }).timeout(20_000);

    it('When a contact is blocked and unblocked while it waits, then it is not sent', async () => {
      const { job } = await queued();
      outbox.provider.answer = async () => refused(500);
      now = (await send(job)) ?? 0;
      await blockContact();
      await unblockContact();
      outbox.provider.answer = async () => accepted();
      expect(await send(job)).to.equal(undefined);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'contact_blocked' });
      expect(outbox.provider.requests).to.have.length(1);
    });

    it('When a contact is blocked and unblocked while it is tried, then it is not tried again', async () => {
      const { job } = await queued();
      let blocking: Promise<unknown> = Promise.resolve();
      outbox.provider.answer = async () => {
        blocking = blockContact();
        await until('the block', isBlocked);
        await unblockContact();
        return refused(500);
      };
      expect(await send(job)).to.equal(undefined);
      await blocking;
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'contact_blocked' });
      expect(outbox.counted).to.deep.equal(['custom contact_blocked']);
    }).timeout(20_000);

    it('When it hangs for longer than the block waits, then it does not leave any more', async () => {
      const { job } = await queued();
      const { opened, open } = gate();
      outbox.provider.answer = async (_request, { mayLeave }) => {
        await opened;
        if (!mayLeave?.()) throw new SendError('unreachable');
        return accepted();
      };
      const sending = send(job);
      await until('the request', () => outbox.provider.requests.length > 0);
      await blockContact();
      expect((await outbox.read(job)).status, 'the block did not wait for it').to.equal('sending');
      open();
      expect(await sending).to.equal(undefined);
      expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'contact_blocked' });
    }).timeout(20_000);

    it('When a contact is blocked at any moment of a sending, then nothing leaves after the block has answered', async () => {
      const ROUNDS = 200;
      const AT_ONCE = 10;
      const ends = { sent: 0, withheld: 0 };
      let clock = 0;
      const pause = (most: number) =>
        new Promise((resolve) => setTimeout(resolve, Math.random() * most));
      const round = async () => {
        const own = new Outbox(stores, workspaceId);
        const channel = await own.channel();
        const contact = await stores.contact(workspaceId, [`custom:${channel}/c`]);
        const { job } = await own.queued({ channelId: channel, contactId: contact });
        const { opened: asked, open } = gate();
        let leftAt = 0;
        own.provider.answer = async (_request, { mayLeave }) => {
          open();
          await pause(100);
          if (!mayLeave?.()) throw new SendError('unreachable');
          clock += 1;
          leftAt = clock;
          await pause(20);
          return accepted();
        };
        // Half of the blocks just before the request leaves, or just after; half of them before that.
        const late = Math.random() < 0.5;
        const blocking = async () => {
          await (late ? asked : pause(5));
          await block(stores, { workspaceId, contactId: contact, by, source: 'inbox' });
          clock += 1;
          return clock;
        };
        const sending = pause(late ? 0 : 40)
          .then(() => createSend(own.deps)(job))
          .finally(open);
        const [blockedAt] = await Promise.all([blocking(), sending]);
        expect(leftAt, 'left after the block had answered').to.be.lessThan(blockedAt);
        const { status, failure } = await own.read(job);
        if (leftAt > 0) expect(status).to.equal('sent');
        else expect(failure ?? status).to.equal('contact_blocked');
        ends[leftAt > 0 ? 'sent' : 'withheld'] += 1;
      };
      let rounds = 0;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (rounds < ROUNDS) {
            rounds += 1;
            await round();
          }
        }),
      );
      expect(ends.sent + ends.withheld).to.equal(ROUNDS);
      // Both happened, or the moments were not random enough.
      expect(ends.sent, 'sent').to.be.greaterThan(ROUNDS / 20);
      expect(ends.withheld, 'withheld').to.be.greaterThan(ROUNDS / 20);
    }).timeout(60_000);
  });
});
