import { expect } from 'chai';
import { SendError } from '../../channels/http.ts';
import type { ApiDeps } from '../../gateway/api/deps.ts';
import { cancelScheduled } from '../../gateway/api/inbox/scheduled.ts';
import { block, unblock } from '../../models/block/block.ts';
import type { ObjectId } from '../../models/ids.ts';
import { sendJobOf } from '../../models/jobs.ts';
import { merge } from '../../models/merge/merge.ts';
import { createSend } from '../../workers/send/send.ts';
import { rounds, sometime } from '../support/rounds.ts';
import { openStores, type Stores } from '../support/stores.ts';
import { accepted, Outbox } from './outbox.ts';

const by = { type: 'user', id: 'u' } as const;
const HOUR = 3_600_000;

describe('A scheduled message', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  before(async () => {
    stores = await openStores();
    workspaceId = await stores.workspace();
  });
  after(() => stores.close());

  /** One that is due in so many milliseconds, of a contact of its own. */
  const scheduled = async (inMs: number, now: () => number = Date.now) => {
    const outbox = new Outbox(stores, workspaceId, now);
    const channelId = await outbox.channel();
    const contactId = await stores.contact(workspaceId, [`custom:${channelId}/c`]);
    const sendAt = new Date(now() + inMs);
    const { row, job } = await outbox.queued({
      ...{ channelId, contactId, status: 'scheduled', sendAt },
      outbox: { dueAt: sendAt, attempts: 0 },
    });
    const request = { workspaceId, contactId, by, source: 'inbox' as const };
    return { outbox, row, job, request, send: createSend(outbox.deps) };
  };
  const cancel = async ({
    conversationId,
    _id: messageId,
  }: {
    conversationId: string;
    _id: string;
  }) =>
    await cancelScheduled(
      { workspaceId, params: { id: conversationId, messageId } } as never,
      { models: stores.models, publish: () => {} } as unknown as ApiDeps,
    ).then(
      ({ status }) => status,
      ({ code }) => code,
    );

  it('When its job is made, then it waits for its time; one that is added late does not', async () => {
    const { row } = await scheduled(HOUR);
    const { opts } = sendJobOf(row);
    expect(opts).to.include({ jobId: row._id });
    expect(opts.delay).to.be.within(HOUR - 10_000, HOUR);
    expect(sendJobOf({ ...row, sendAt: new Date(0) }).opts.delay).to.equal(0);
  });

  it('When its job comes too early, then nothing is sent; at its time it is, and its place is that of this moment', async () => {
    let now = Date.now();
    const { outbox, row, job, send } = await scheduled(HOUR, () => now);
    expect(await send(job)).to.equal(row.sendAt?.getTime());
    expect((await outbox.read(job)).status).to.equal('scheduled');
    now += 2 * HOUR;
    expect(await send(job)).to.equal(undefined);
    expect(await outbox.read(job)).to.deep.include({
      status: 'sent',
      receivedAt: new Date(now),
      sendAt: row.sendAt,
    });
    expect(await send(job)).to.equal(undefined);
    expect(outbox.provider.requests).to.have.length(1);
    expect(outbox.published).to.deep.equal([
      { type: 'message.stored', conversationId: row.conversationId, messageId: row._id },
    ]);
  });

  it('When its provider fails at its time, then it is tried for a day from then on', async () => {
    let now = Date.now();
    const { outbox, job, send } = await scheduled(48 * HOUR, () => now);
    outbox.provider.answer = async () => {
      throw new SendError('unreachable');
    };
    now += 49 * HOUR;
    expect(await send(job)).to.equal(now + 1_000);
    expect((await outbox.read(job)).status).to.equal('queued');
  });

  it('When its contact was blocked and unblocked before its time, then it is not sent', async () => {
    let now = Date.now();
    const { outbox, job, send, request } = await scheduled(HOUR, () => now);
    await block(stores, request);
    await unblock(stores, request);
    now += 2 * HOUR;
    expect(await send(job)).to.equal(undefined);
    expect(await outbox.read(job)).to.include({ status: 'failed', failure: 'contact_blocked' });
    expect(outbox.provider.requests).to.deep.equal([]);
  });

  it('When a block comes at its time, then it leaves before the block answers or never, once, 200 times', async () => {
    const ends = { sent: 0, failed: 0 };
    await rounds(200, async () => {
      const { outbox, job, send, request } = await scheduled(0);
      let clock = 0;
      let leftAt = 0;
      outbox.provider.answer = async (_request, { mayLeave }) => {
        if (!mayLeave?.()) throw new SendError('unreachable');
        clock += 1;
        leftAt = clock;
        return accepted();
      };
      const [blockedAt] = await Promise.all([
        sometime(() => block(stores, request), 20).then(() => {
          clock += 1;
          return clock;
        }),
        // Twice at once, as when the relay adds what has its job.
        sometime(() => send(job), 30),
        sometime(() => send(job), 30),
      ]);
      await unblock(stores, request);
      for (let again = 0; again < 2; again += 1) await send(job);
      const { status, failure } = await outbox.read(job);
      expect(outbox.provider.requests.length, 'sent once').to.equal(leftAt > 0 ? 1 : 0);
      expect(leftAt, 'left after the block had answered').to.be.lessThan(blockedAt);
      if (leftAt > 0) expect(status).to.equal('sent');
      else expect(failure).to.equal('contact_blocked');
      ends[status as keyof typeof ends] += 1;
    });
    expect(ends.sent, 'sent').to.be.greaterThan(0);
    expect(ends.failed, 'withheld').to.be.greaterThan(0);
  }).timeout(120_000);

  it('When it is blocked and unblocked within a millisecond at its time, then it leaves before the block answers or never, 200 times', async () => {
    await rounds(200, async () => {
      const { outbox, job, send, request } = await scheduled(0);
      let blocked = false;
      outbox.provider.answer = async (_request, { mayLeave }) => {
        if (!mayLeave?.()) throw new SendError('unreachable');
        expect(blocked, 'left after the block had answered').to.equal(false);
        return accepted();
      };
      await Promise.all([
        sometime(() => block(stores, request), 20).then(() => {
          blocked = true;
          return unblock(stores, request);
        }),
        sometime(() => send(job), 30),
      ]);
      await send(job);
      const { status, failure } = await outbox.read(job);
      expect(failure ?? status).to.be.oneOf(['sent', 'contact_blocked']);
      expect(outbox.provider.requests.length).to.equal(status === 'sent' ? 1 : 0);
    });
  }).timeout(120_000);

  it('When it is cancelled at its time, then it was cancelled or it is sent, never both, 200 times', async () => {
    const ends = { cancelled: 0, sent: 0 };
    await rounds(200, async () => {
      const { outbox, row, job, send } = await scheduled(0);
      const [answer] = await Promise.all([
        sometime(() => cancel(row), 40),
        sometime(() => send(job), 20),
      ]);
      await send(job);
      expect(answer).to.be.oneOf([204, 'not_scheduled']);
      expect(outbox.provider.requests.length).to.equal(answer === 204 ? 0 : 1);
      const left = await stores.models.messages.findById(row._id).lean();
      expect(left?.status).to.equal(answer === 204 ? undefined : 'sent');
      expect(await cancel(row)).to.equal(answer === 204 ? 'not_found' : 'not_scheduled');
      ends[answer === 204 ? 'cancelled' : 'sent'] += 1;
    });
    expect(ends.cancelled).to.be.greaterThan(0);
    expect(ends.sent).to.be.greaterThan(0);
  }).timeout(120_000);

  it('When its contact is merged into another while it is being sent, then it is that contact’s', async () => {
    const { outbox, row, job, send, request } = await scheduled(0);
    const other = await stores.contact(workspaceId, [`custom:${row.channelId}/d`]);
    const sendTo = outbox.provider.answer;
    outbox.provider.answer = async (...asked) => {
      await stores.models.messages.updateOne({ _id: row._id }, { contactId: other });
      return await sendTo(...asked);
    };
    await send(job);
    expect((await outbox.read(job)).status).to.equal('sent');
    const active = await stores.models.activeContacts.find({ workspaceId }).lean();
    const ids = active.map(({ contactId }) => `${contactId}`);
    expect(ids).to.include(`${other}`).and.not.include(`${request.contactId}`);
  });

  it('When its contact is merged into another once it is in hand, then it still goes to whom it was written to', async () => {
    const { outbox, row, job, send, request } = await scheduled(0);
    const { models } = stores;
    const primaryId = await stores.contact(workspaceId, [`custom:${row.channelId}/d`]);
    const findOneAndUpdate = models.messages.findOneAndUpdate.bind(models.messages);
    models.messages.findOneAndUpdate = ((...args: Parameters<typeof findOneAndUpdate>) => ({
      lean: async () => {
        models.messages.findOneAndUpdate = findOneAndUpdate;
        const taken = await findOneAndUpdate(...args).lean();
        await merge(stores, { workspaceId, primaryId, secondaryId: request.contactId, by });
        return taken;
      },
    })) as never;
    await send(job);
    expect((await outbox.read(job)).status).to.equal('sent');
    expect(JSON.parse(`${outbox.provider.requests[0]?.body}`).contactId).to.equal('c');
  });
});
