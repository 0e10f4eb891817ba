import { expect } from 'chai';
import { filtersOf, listsOf } from '../../bench/lists-cases.ts';
import { profile } from '../../bench/lists-profile.ts';
import { type Seeded, seed } from '../../bench/lists-seed.ts';
import type { ObjectId } from '../../models/ids.ts';
import { TestApi } from '../support/api.ts';

/** More than a page looks at, so that a list that reads all of them is found out. */
const CONTACTS = 6_000;
const LIMIT = 50;

/**
 * What MongoDB reads for each list, at a small size: it must follow from the page, not from the number of
 * contacts. How long that takes at a million is in docs/performance.md.
 */
describe('what lists read', function () {
  this.timeout(180_000);
  let api: TestApi;
  let seeded: Seeded;
  let key: string;
  let path: string;
  const segments: Record<string, string> = {};

  before(async () => {
    api = await TestApi.start();
    // Another workspace, whose rows are not to be read.
    await seed(api.models, 3_000);
    seeded = await seed(api.models, CONTACTS);
    await seed(api.models, 3_001);
    key = await api.key(seeded.workspaceId);
    path = `/workspaces/${seeded.workspaceId}`;
    for (const [name, filter] of Object.entries(filtersOf(seeded))) {
      const { body } = await api.call('POST', `${path}/segments`, { key, body: { name, filter } });
      segments[name] = body.id;
    }
  });
  after(() => api.stop());

  async function sessionOf(userId: ObjectId): Promise<string> {
    const { session, userId: made } = await api.signedIn(seeded.workspaceId, 'owner');
    await api.models.conversations.updateMany({ assigneeId: userId }, { assigneeId: made });
    return session;
  }

  it('When a list is read, then by an index in its order, and no more than its page needs', async () => {
    const session = await sessionOf(seeded.agentId);
    for (const { name, path: list } of listsOf(seeded, segments)) {
      const { keys, rows, sorted, plans } = await profile(api.models.db, async () => {
        const { status, text } = await api.call('GET', path + list, { session });
        expect(status, `${name}: ${text}`).to.equal(200);
      });
      const told = `${name}: ${keys} keys, ${rows} rows, ${plans}`;
      expect(plans.join(), told).to.not.match(/COLLSCAN/);
      expect(sorted, told).to.equal(false);
      const most = MOST_READ.find(([kind]) => kind.test(name))?.[1] ?? 3 * LIMIT + 20;
      expect(rows, told).to.be.at.most(most);
      expect(keys, told).to.be.at.most(3 * most + 100);
    }
  });
});

/** Where more rows than those of the page are looked at: bounded, and told apart from an index that is not there. */
const MOST_READ: [RegExp, number][] = [
  // What is unread in each, up to 99.
  [/^conversations/, 400],
  [/^inboxes/, 4 * 1_001],
  // Counts of each segment.
  [/^segments with counts/, 12 * 2 * 2_100],
  // What an index answers, or nearly: the page is full with the first look.
  [/^segment: (a common tag|a rare tag|a name|a rare channel|without|everybody)/, 400],
  [/^segment: (a channel|active lately|not active)/, 700],
  [/^segment: (a tag and|a field|blocked, search)/, 2_300],
  // A word that too many have, and the newest contacts that have it.
  [/^contacts: search/, 2_300],
];
