import { expect } from 'chai';
import type { ObjectId } from '../../../models/ids.ts';
import { assertMember, endMembership, NoMember } from '../../../models/people/membership.ts';
import { TestApi } from '../../support/api.ts';

describe('Membership', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
    await api.signedIn(workspaceId, 'owner');
  });
  after(() => api.stop());

  /** As whoever assigns does it. */
  const assign = (conversationId: string, userId: ObjectId) =>
    api.models.db.transaction(async (session) => {
      await assertMember(api.models, { workspaceId, userId }, session);
      const to = { assigneeId: userId };
      await api.models.conversations.updateOne({ _id: conversationId }, to, { session });
    });
  const assigneeOf = async (conversationId: string) =>
    (await api.models.conversations.findById(conversationId).lean())?.assigneeId;

  it('When a user of another workspace is asked for, then there is none here', async () => {
    const { userId } = await api.signedIn(await api.workspace(), 'owner');
    const conversationId = await api.conversation(workspaceId, await api.contact(workspaceId));
    const error = await assign(conversationId, userId).catch((error: unknown) => error);
    expect(error).to.be.instanceOf(NoMember);
    expect(await assigneeOf(conversationId)).to.equal(null);
  });

  it('When a conversation is assigned while its assignee is removed, then it is nobody’s in the end', async () => {
    const contactId = await api.contact(workspaceId);
    let refused = 0;
    for (let round = 0; round < 100; round++) {
      const { userId } = await api.signedIn(workspaceId, 'agent');
      const conversationId = await api.conversation(workspaceId, contactId);
      const removing = endMembership(api.models, { workspaceId, userId });
      // Sooner or later, so that either is first.
      for (let turn = 0; turn < round % 10; turn++) await api.models.users.exists({ _id: userId });
      await assign(conversationId, userId).catch((error: unknown) => {
        expect(error).to.be.instanceOf(NoMember);
        refused += 1;
      });
      await removing;
      expect(await assigneeOf(conversationId), `round ${round}`).to.equal(null);
    }
    expect(refused, 'of 100 that came too late').to.be.within(1, 99);
  });
});
