import { expect } from 'chai';
import { block } from '../../../models/block/block.ts';
import { assertUnblocked, ContactBlocked, NoContact } from '../../../models/block/unblocked.ts';
import { Types } from '../../../models/ids.ts';
import { TestApi } from '../../support/api.ts';

describe('unblocked', () => {
  let api: TestApi;
  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());

  const by = { type: 'system', id: 'test' } as const;
  const decide = (workspaceId: Types.ObjectId, contactId: Types.ObjectId) =>
    api.models.db.transaction((session) =>
      assertUnblocked(api.models, { workspaceId, contactId }, session),
    );

  async function failureOf(decided: Promise<unknown>): Promise<unknown> {
    return await decided.then(
      () => undefined,
      (error) => error,
    );
  }

  it('When the contact is blocked or is not there, then nothing is done with it', async () => {
    const workspaceId = await api.workspace();
    const contactId = await api.contact(workspaceId);
    await decide(workspaceId, contactId);
    expect(await failureOf(decide(workspaceId, new Types.ObjectId()))).to.be.instanceOf(NoContact);
    expect(await failureOf(decide(new Types.ObjectId(), contactId))).to.be.instanceOf(NoContact);
    await block(api.deps, { workspaceId, contactId, by, source: 'api', reason: 'spam' });
    const failure = await failureOf(decide(workspaceId, contactId));
    expect(failure).to.be.instanceOf(ContactBlocked);
    expect((failure as ContactBlocked).block.reason).to.equal('spam');
  });

  it('When a block comes while it is being decided, then one of them sees the other, 50 times', async () => {
    const { models } = api;
    const workspaceId = await api.workspace();
    for (let round = 0; round < 50; round += 1) {
      const contactId = await api.contact(workspaceId);
      const done = models.db.transaction(async (session) => {
        await assertUnblocked(models, { workspaceId, contactId }, session);
        await models.contacts.updateOne(
          { _id: contactId },
          { $push: { tags: 'done' } },
          { session },
        );
      });
      const [outcome, result] = await Promise.all([
        failureOf(done),
        block(api.deps, { workspaceId, contactId, by, source: 'api' }),
      ]);
      const contact = await models.contacts.findById(contactId).lean();
      expect(result?.contact.blocked).not.to.equal(null);
      if (outcome) expect(outcome).to.be.instanceOf(ContactBlocked);
      expect(contact?.tags).to.deep.equal(outcome ? [] : ['done']);
      // Done before the block: whoever blocked has seen it.
      if (!outcome) expect(result?.contact.tags).to.deep.equal(['done']);
    }
  });
});
