import { expect } from 'chai';
import { block, unblock } from '../../models/block/block.ts';
import type { ObjectId } from '../../models/ids.ts';
import { conversationId } from '../../models/inbox/conversation.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { rounds, sometime } from '../support/rounds.ts';
import { openStores, type Stores, silent } from '../support/stores.ts';
import { from, jobOf, message, newId } from './inbox.ts';

const by = { type: 'user', id: 'u' } as const;

describe('A message that is on its way', () => {
  let stores: Stores;
  let workspaceId: ObjectId;
  before(async () => {
    stores = await openStores();
    workspaceId = await stores.workspace();
  });
  after(() => stores.close());

  let people = 0;
  /** Somebody who has a conversation with us, or not yet. */
  const somebody = async () => {
    const { models } = stores;
    people += 1;
    const urn = `tel:+1650555${20_000 + people}`;
    const channelId = newId();
    const contactId = await stores.contact(workspaceId, [urn]);
    const deliver = createDeliver(models, silent);
    const write = (eventId: string, receivedAt = Date.now()) =>
      deliver([jobOf([from(workspaceId, channelId, receivedAt, message(eventId, urn))])]);
    if (people % 2 === 0) await write(`first-${people}`);
    return {
      request: { workspaceId, contactId, by, source: 'inbox' as const },
      write,
      count: () => models.messages.countDocuments({ contactId }),
      conversation: async () => {
        const id = conversationId(`${channelId}`, `${contactId}`);
        const found = await models.conversations.findById(id).lean();
        return found && [found.status, found.blocked];
      },
    };
  };

  it('When two people block at once while it comes, then it is there when they are answered or never, in a closed conversation, 200 times', async () => {
    const ends = { stored: 0, refused: 0 };
    await rounds(200, async () => {
      const { request, write, count, conversation } = await somebody();
      const before = await count();
      const blocking = async () => {
        const result = await sometime(() => block(stores, request), 20);
        return { result, seen: await count(), state: await conversation() };
      };
      const [one, two] = await Promise.all([
        blocking(),
        blocking(),
        // A block takes longer than a delivery: half of the messages come late enough to meet its end.
        sometime(() => write('in-flight'), Math.random() < 0.5 ? 20 : 400),
      ]);
      expect([one.result?.changed, two.result?.changed]).to.have.members([true, false]);
      expect(one.result?.contact.blocked).to.deep.equal(two.result?.contact.blocked);
      const after = await count();
      for (const { seen, state } of [one, two]) {
        expect(seen, 'nothing after the answer').to.equal(after);
        if (state) expect(state).to.deep.equal(['closed', true]);
      }
      expect(await conversation()).to.be.deep.oneOf([['closed', true], null]);
      ends[after > before ? 'stored' : 'refused'] += 1;
    });
    expect(ends.stored).to.be.greaterThan(0);
    expect(ends.refused).to.be.greaterThan(0);
  }).timeout(120_000);

  it('When the contact is blocked and unblocked within a millisecond while it comes, then the conversation is in no blocked inbox, and the next message opens it, 200 times', async () => {
    await rounds(200, async () => {
      const { request, write, conversation } = await somebody();
      await Promise.all([
        sometime(() => block(stores, request), 20).then(() => unblock(stores, request)),
        sometime(() => write('in-flight'), 20),
      ]);
      const state = await conversation();
      if (state) expect(state[1]).to.equal(false);
      await write('afterwards');
      expect(await conversation()).to.deep.equal(['open', false]);
    });
  }).timeout(120_000);
});
