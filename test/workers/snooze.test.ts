import { expect } from 'chai';
import { block, unblock } from '../../models/block/block.ts';
import { ContactBlocked } from '../../models/block/unblocked.ts';
import type { ObjectId } from '../../models/ids.ts';
import { conversationId as idOf } from '../../models/inbox/conversation.ts';
import {
  closeConversation,
  openConversation,
  snoozeConversation,
} from '../../models/inbox/conversation-change.ts';
import { snoozeJobOf } from '../../models/jobs.ts';
import type { LiveEvent } from '../../models/live.ts';
import type { Consumers } from '../../workers/consumers.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { startSnooze } from '../../workers/inbox/snooze.ts';
import { wake } from '../../workers/inbox/wake.ts';
import { rounds, sometime } from '../support/rounds.ts';
import { openStores, type Stores, silent } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { from, jobOf, message, newId } from './inbox.ts';

const by = { type: 'user', id: 'u' } as const;

describe('A snoozed conversation', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  const published: LiveEvent[] = [];
  const publish = (_: string, events: LiveEvent[]) => void published.push(...events);
  before(async () => {
    stores = await openStores();
    workspaceId = await stores.workspace();
  });
  after(() => stores.close());

  let people = 0;
  /** One that is snoozed until then, of a contact of its own. */
  const snoozed = async (snoozedUntil = new Date()) => {
    const { models } = stores;
    people += 1;
    const urn = `tel:+1650555${10_000 + people}`;
    const contactId = await stores.contact(workspaceId, [urn]);
    const channelId = newId();
    const _id = idOf(`${channelId}`, `${contactId}`);
    const now = new Date();
    const row = { _id, workspaceId, contactId, channelId, snoozedUntil };
    const times = { readAt: now, lastMessageAt: now, createdAt: now };
    await models.conversations.create({ ...row, ...times, status: 'snoozed' });
    const which = { workspaceId, conversationId: _id };
    return {
      request: { workspaceId, contactId, by, source: 'inbox' as const },
      wake: () => wake({ models, publish }, snoozeJobOf(row).data),
      read: async () => {
        const found = await models.conversations.findById(_id).lean();
        return [found?.status, found?.snoozedUntil?.getTime() ?? null, found?.blocked];
      },
      write: (eventId: string) =>
        createDeliver(
          models,
          silent,
        )([jobOf([from(workspaceId, channelId, Date.now(), message(eventId, urn))])]),
      change: (make: typeof openConversation) =>
        models.db.transaction((session) => make(models, which, session)),
      snooze: (until: Date) =>
        models.db.transaction((session) =>
          snoozeConversation(models, { ...which, until }, session),
        ),
    };
  };
  const OPEN = ['open', null, false];
  const BLOCKED = ['closed', null, true];

  it('When its time comes, then it opens, once, and open inboxes hear of it', async () => {
    const { wake, read } = await snoozed();
    published.length = 0;
    expect([await wake(), await wake()]).to.deep.equal([true, false]);
    expect(await read()).to.deep.equal(OPEN);
    expect(published.map(({ type }) => type)).to.deep.equal(['conversation.changed']);
  });

  it('When it was opened, closed or snoozed anew before, then a late job does nothing', async () => {
    for (const make of [openConversation, closeConversation]) {
      const { wake, read, change } = await snoozed();
      await change(make);
      const before = await read();
      expect(await wake()).to.equal(false);
      expect(await read()).to.deep.equal(before);
    }
    const { wake, read, snooze } = await snoozed();
    const later = new Date(Date.now() + 60_000);
    await snooze(later);
    expect(await wake()).to.equal(false);
    expect(await read()).to.deep.equal(['snoozed', later.getTime(), false]);
  });

  it('When the contact writes, then it opens', async () => {
    const { wake, read, write } = await snoozed(new Date(Date.now() + 60_000));
    await write('m1');
    expect(await read()).to.deep.equal(OPEN);
    expect(await wake()).to.equal(false);
  });

  it('When its job is gone, then the sweep wakes it; one that is not over sleeps on', async () => {
    const over = await snoozed(new Date(Date.now() - 60_000));
    const later = new Date(Date.now() + 60_000);
    const sleeping = await snoozed(later);
    const consumers = { consume() {} } as unknown as Consumers;
    const sweep = startSnooze({ ...stores, publish, consumers });
    await until('it to wake', async () => (await over.read())[0] === 'open');
    await sweep.stop();
    expect(await sleeping.read()).to.deep.equal(['snoozed', later.getTime(), false]);
  });

  it('When a block comes as it wakes, then it is closed and blocked, and the unblock leaves it closed, 200 times', async () => {
    await rounds(200, async () => {
      const { wake, read, request } = await snoozed();
      await Promise.all([sometime(() => block(stores, request)), sometime(wake)]);
      expect(await read()).to.deep.equal(BLOCKED);
      await unblock(stores, request);
      expect(await wake()).to.equal(false);
      expect(await read()).to.deep.equal(['closed', null, false]);
    });
  }).timeout(120_000);

  it('When it is blocked and unblocked within a millisecond as it wakes, then the snooze is over, 200 times', async () => {
    await rounds(200, async () => {
      const { wake, read, request } = await snoozed();
      await Promise.all([
        sometime(() => block(stores, request)).then(() => unblock(stores, request)),
        sometime(wake),
      ]);
      expect(await read()).to.deep.equal(['closed', null, false]);
    });
  }).timeout(120_000);

  it('When it is snoozed as a block comes, then it is closed and blocked, 200 times', async () => {
    await rounds(200, async () => {
      const { read, request, snooze } = await snoozed();
      const [failure] = await Promise.all([
        sometime(() => snooze(new Date(Date.now() + 60_000))).then(
          () => undefined,
          (error) => error,
        ),
        sometime(() => block(stores, request)),
      ]);
      if (failure) expect(failure).to.be.instanceOf(ContactBlocked);
      expect(await read()).to.deep.equal(BLOCKED);
    });
  }).timeout(120_000);

  it('When a message comes as it is snoozed or closed, then it is as whoever came last left it, and the next message opens it, 200 times', async () => {
    const later = new Date(Date.now() + 60_000);
    await rounds(200, async () => {
      const { read, write, change, snooze } = await snoozed();
      const closes = Math.random() < 0.5;
      await Promise.all([
        sometime(() => write(`m-${Math.random()}`)),
        sometime<unknown>(() => (closes ? change(closeConversation) : snooze(later))),
      ]);
      const changed = closes ? ['closed', null, false] : ['snoozed', later.getTime(), false];
      expect([OPEN, changed]).to.deep.include(await read());
      await write(`m-${Math.random()}`);
      expect(await read()).to.deep.equal(OPEN);
    });
  }).timeout(120_000);
});
