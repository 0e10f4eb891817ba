import { expect } from 'chai';
import type { ObjectId } from '../../models/ids.ts';
import { liveChannel } from '../../models/live.ts';
import { TestApi } from '../support/api.ts';
import { until } from '../support/until.ts';

describe('the live feed', () => {
  let api: TestApi;
  let workspaceId: ObjectId;

  beforeEach(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
  });
  afterEach(() => api.stop());

  /** Opens a feed and gathers what it sends. */
  async function listen(id: ObjectId) {
    const key = await api.key(id, ['conversations:read']);
    const response = await fetch(`${api.baseUrl}/api/v1/workspaces/${id}/live`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const feed = { response, text: '', ended: false };
    const decoder = new TextDecoder();
    (async () => {
      for await (const chunk of response.body ?? []) feed.text += decoder.decode(chunk);
      feed.ended = true;
    })();
    return feed;
  }

  const publish = (id: ObjectId, event: object) =>
    api.deps.redis.client.publish(liveChannel(id.toString()), JSON.stringify([event]));

  it('When something happens, then every listener of the workspace hears it and no other', async () => {
    const other = await api.workspace();
    const [one, two, stranger] = [
      await listen(workspaceId),
      await listen(workspaceId),
      await listen(other),
    ];
    expect(one.response.headers.get('content-type')).to.match(/^text\/event-stream/);
    const event = { type: 'contact.blocked', contactId: 'c', blockId: 'b' };
    await publish(workspaceId, event);
    await until(
      'both listeners to hear',
      () => one.text.includes('\ndata') && two.text.includes('\ndata'),
    );
    expect(one.text).to.equal(
      `: connected\n\nevent: contact.blocked\ndata: ${JSON.stringify(event)}\n\n`,
    );
    expect(stranger.text).to.equal(': connected\n\n');
  });

  it('When a listener goes away, then the others go on hearing', async () => {
    const [leaving, staying] = [await listen(workspaceId), await listen(workspaceId)];
    await leaving.response.body?.cancel().catch(() => {});
    await publish(workspaceId, { type: 'contact.unblocked', contactId: 'c', blockId: 'b' });
    await until('the other to hear', () => staying.text.includes('contact.unblocked'));
  });

  it("When the listener's key is revoked or has expired, then the feed ends, and no other", async () => {
    const [revoked, expired, good] = [
      await listen(workspaceId),
      await listen(workspaceId),
      await listen(workspaceId),
    ];
    const keys = await api.models.apiKeys.find({ workspaceId }).sort({ _id: 1 });
    await keys[0]?.deleteOne();
    await keys[1]?.updateOne({ expiresAt: new Date() });
    await until('both feeds to end', () => revoked.ended && expired.ended);
    await publish(workspaceId, { type: 'contact.blocked', contactId: 'c', blockId: 'b' });
    await until('the third to hear', () => good.text.includes('contact.blocked'));
    expect(revoked.text).not.to.include('contact.blocked');
  });

  it('When the program stops, then feeds end and the server can close', async () => {
    const feed = await listen(workspaceId);
    await api.closeServer();
    await until('the feed to end', () => feed.ended);
  });
});
