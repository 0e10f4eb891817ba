import { expect } from 'chai';
import { block, unblock } from '../../../models/block/block.ts';
import { ContactBlocked } from '../../../models/block/unblocked.ts';
import { type ObjectId, Types } from '../../../models/ids.ts';
import {
  assignConversation,
  type ConversationChange,
  closeConversation,
  markRead,
  NoConversation,
  openConversation,
  snoozeConversation,
} from '../../../models/inbox/conversation-change.ts';
import type { Message } from '../../../models/inbox/message.ts';
import { addNote } from '../../../models/inbox/note.ts';
import { NoMember } from '../../../models/people/membership.ts';
import { TestApi } from '../../support/api.ts';
import { rounds, sometime } from '../../support/rounds.ts';

const by = { type: 'system', id: 'test' } as const;
const LATER = new Date(Date.now() + 3_600_000);

describe('Changes of a conversation', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let contactId: ObjectId;
  let conversationId: string;
  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
  });
  after(() => api.stop());
  beforeEach(async () => {
    contactId = await api.contact(workspaceId);
    conversationId = await api.conversation(workspaceId, contactId);
  });

  const which = () => ({ workspaceId, conversationId });
  const request = () => ({ workspaceId, contactId, by, source: 'api' as const });
  const inTransaction = <T>(
    change: (session: Parameters<typeof openConversation>[2]) => Promise<T>,
  ): Promise<T> => api.models.db.transaction((session) => change(session));
  const CHANGES = {
    open: () => inTransaction((session) => openConversation(api.models, which(), session)),
    close: () => inTransaction((session) => closeConversation(api.models, which(), session)),
    snooze: () =>
      inTransaction((session) =>
        snoozeConversation(api.models, { ...which(), until: LATER }, session),
      ),
  };
  const assign = (userId: ObjectId | null) =>
    inTransaction((session) => assignConversation(api.models, { ...which(), userId }, session));
  const read = () => inTransaction((session) => markRead(api.models, which(), session));
  const note = (text: string) =>
    inTransaction((session) => addNote(api.models, { ...which(), text, by }, session));
  const row = async () => {
    const found = await api.models.conversations.findById(conversationId).lean();
    if (!found) throw new Error('no conversation');
    return found;
  };
  const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error) => error,
    );
  const statuses = ({ before, after }: ConversationChange) => [before.status, after.status];

  it('When it is closed, opened and snoozed, then it says what was and what is, and what is stored is that', async () => {
    expect(statuses(await CHANGES.close())).to.deep.equal(['open', 'closed']);
    expect(statuses(await CHANGES.close())).to.deep.equal(['closed', 'closed']);
    expect(statuses(await CHANGES.snooze())).to.deep.equal(['closed', 'snoozed']);
    expect(await row()).to.deep.include({ status: 'snoozed', snoozedUntil: LATER });
    const { before, after } = await CHANGES.open();
    expect([before.snoozedUntil, after.snoozedUntil]).to.deep.equal([LATER, null]);
    expect(await row()).to.deep.include({ status: 'open', snoozedUntil: null });
  });

  it('When it is snoozed until a millisecond later, then that is another time', async () => {
    await CHANGES.snooze();
    const until = new Date(LATER.getTime() + 1);
    await inTransaction((session) =>
      snoozeConversation(api.models, { ...which(), until }, session),
    );
    expect((await row()).snoozedUntil).to.deep.equal(until);
  });

  it('When the contact is blocked, then it cannot be opened, closed or snoozed; assigning, reading and notes go on', async () => {
    await block(api.deps, { ...request(), reason: 'spam' });
    for (const [name, change] of Object.entries(CHANGES)) {
      const failure = await failureOf(change());
      expect(failure, name).to.be.instanceOf(ContactBlocked);
      expect((failure as ContactBlocked).block.reason).to.equal('spam');
    }
    const { userId } = await api.signedIn(workspaceId, 'agent');
    expect((await assign(userId)).after.assigneeId).to.deep.equal(userId);
    await read();
    await note('a note');
    expect(await row()).to.deep.include({ status: 'closed', blocked: true, assigneeId: userId });
    await unblock(api.deps, request());
    expect(statuses(await CHANGES.open())).to.deep.equal(['closed', 'open']);
  });

  it('When it is of another workspace, then there is none', async () => {
    const other = await api.workspace();
    const changes = [openConversation, closeConversation, markRead].map((change) =>
      inTransaction((session) =>
        change(api.models, { workspaceId: other, conversationId }, session),
      ),
    );
    for (const change of changes) expect(await failureOf(change)).to.be.instanceOf(NoConversation);
    const missing = inTransaction((session) =>
      addNote(api.models, { workspaceId: other, conversationId, text: 'x', by }, session),
    );
    expect(await failureOf(missing)).to.be.instanceOf(NoConversation);
  });

  it('When it is assigned, then to a user of the workspace or to nobody', async () => {
    const { userId } = await api.signedIn(workspaceId, 'agent');
    const stranger = await api.signedIn(await api.workspace(), 'owner');
    expect((await assign(userId)).after.assigneeId).to.deep.equal(userId);
    for (const id of [stranger.userId, new Types.ObjectId()])
      expect(await failureOf(assign(id))).to.be.instanceOf(NoMember);
    expect((await row()).assigneeId).to.deep.equal(userId);
    expect((await assign(null)).after.assigneeId).to.equal(null);
  });

  it('When it is read, then what has arrived is, and what is still on its way is not', async () => {
    const at = new Date(Date.now() - 5_000);
    const message = (id: string, direction: 'in' | 'out', receivedAt: Date): Message => ({
      ...{ _id: `${conversationId}-${id}`, workspaceId, conversationId, contactId, direction },
      ...{ channelId: new Types.ObjectId(), type: 'text', at: receivedAt, receivedAt },
      ...{ status: 'received', eventId: id, sender: { type: 'contact', id: 'c' } },
    });
    await read();
    expect((await row()).readAt).to.deep.equal(new Date(0));
    await api.models.messages.create([
      message('1', 'in', at),
      message('2', 'out', new Date(at.getTime() + 1_000)),
    ]);
    expect((await read()).after.readAt).to.deep.equal(at);
    expect((await read()).after.readAt).to.deep.equal(at);
    expect((await row()).readAt).to.deep.equal(at);
  });

  it('When a note is added, then it is no message and changes nothing of the conversation', async () => {
    await CHANGES.close();
    const before = await row();
    const written = await note('PRIVATE');
    expect(written).to.include({ conversationId, text: 'PRIVATE', editedAt: null });
    expect(await row()).to.deep.equal(before);
    expect(await api.models.messages.countDocuments({ conversationId })).to.equal(0);
    expect(await api.models.activeContacts.countDocuments({ contactId })).to.equal(0);
  });

  for (const [name, make] of Object.entries({ open: openConversation, close: closeConversation }))
    it(`When a block comes at the same moment as ${name}, then the conversation is closed and blocked, 200 times`, async () => {
      await rounds(200, async () => {
        const contactId = await api.contact(workspaceId);
        const status = name === 'open' ? 'closed' : 'open';
        const conversationId = await api.conversation(workspaceId, contactId, { status });
        const which = { workspaceId, conversationId };
        const [failure, result] = await Promise.all([
          failureOf(sometime(() => inTransaction((session) => make(api.models, which, session)))),
          sometime(() => block(api.deps, { ...request(), contactId })),
        ]);
        if (failure) expect(failure).to.be.instanceOf(ContactBlocked);
        expect(result?.changed).to.equal(true);
        const row = await api.models.conversations.findById(conversationId).lean();
        expect(row).to.deep.include({ status: 'closed', blocked: true, snoozedUntil: null });
      });
    }).timeout(120_000);

  it('When it is snoozed while the contact is blocked and unblocked within a millisecond, then it is snoozed after that, or not at all, 200 times', async () => {
    await rounds(200, async () => {
      const contactId = await api.contact(workspaceId);
      const conversationId = await api.conversation(workspaceId, contactId);
      const given = { workspaceId, conversationId, until: LATER };
      const theirs = { ...request(), contactId };
      const [failure] = await Promise.all([
        failureOf(
          sometime(() =>
            inTransaction((session) => snoozeConversation(api.models, given, session)),
          ),
        ),
        sometime(() => block(api.deps, theirs)).then(() => unblock(api.deps, theirs)),
      ]);
      if (failure) expect(failure).to.be.instanceOf(ContactBlocked);
      const row = await api.models.conversations.findById(conversationId).lean();
      const states = [['closed', null, false], ...(failure ? [] : [['snoozed', LATER, false]])];
      expect(states).to.deep.include([row?.status, row?.snoozedUntil, row?.blocked]);
    });
  }).timeout(120_000);
});
