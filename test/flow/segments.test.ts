import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { type Json, type TestChannel, World } from '../support/world.ts';

describe('Segments of contacts', function () {
  this.timeout(120_000);
  let world: World;
  let channel: TestChannel;
  let sent = 0;
  /** Ids by the name of the segment. */
  const segments: Record<string, string> = {};
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
    const save = async (name: string, filter: object) => {
      const { status, body } = await world.api('POST', `${world.workspace}/segments`, {
        name,
        filter,
      });
      expect(status).to.equal(201);
      segments[name] = body.id;
    };
    const rule = (field: string, op: string, value: unknown) => ({ field, op, value });
    await save('everybody', { all: [] });
    await save('on the channel', { all: [rule('channel', 'is', channel.id)] });
    await save('active', { all: [rule('lastMessageAt', 'within_days', 7)] });
    await save('not vip', { all: [rule('tags', 'is_not', 'vip')] });
    await save('not blocked, in other words', { any: [rule('tags', 'is_not', 'blocked')] });
  });
  after(() => world.stop());

  const write = async (from: string, text = 'Hello') => {
    sent += 1;
    const message = whatsapp.text({ from, id: `m${sent}`, text });
    const body = whatsappBody([whatsapp.change('111', { messages: [message] })]);
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    await world.settled(sent);
  };
  const contactOf = async (from: string) => {
    const found = await world.list(`${world.workspace}/contacts?q=${from}`);
    expect(found).to.have.length(1);
    return found[0];
  };
  const idsIn = async (segment: string): Promise<string[]> =>
    (await world.list(`${world.workspace}/segments/${segment}/contacts`)).map(({ id }) => id);
  /** Names of the segments that a contact is in. */
  const holding = async (id: string): Promise<string[]> => {
    const all = Object.entries({ ...segments, blocked: 'blocked' });
    const held = await Promise.all(
      all.map(async ([name, segment]) => ((await idsIn(segment)).includes(id) ? [name] : [])),
    );
    return held.flat();
  };

  it('When a contact is blocked, then it is in the blocked segment and in no other; after the unblock the other way round', async () => {
    await write('16505550001');
    const { id } = await contactOf('16505550001');
    const all = Object.keys(segments);
    expect(await holding(id)).to.have.members(all);
    await world.block(id, { reason: 'spam' });
    expect(await holding(id)).to.deep.equal(['blocked']);
    const [listed] = await world.list(`${world.workspace}/contacts?segment=blocked`);
    expect(listed.blocked).to.deep.include({ reason: 'spam', expiresAt: null });
    await write('16505550001', 'refused');
    expect(await holding(id)).to.deep.equal(['blocked']);
    const [refused] = await world.list(`${world.workspace}/segments/blocked/contacts`);
    expect(refused.refused.count).to.equal(1);
    await world.unblock(id);
    expect(await holding(id)).to.have.members(all);
    await write('16505550001', 'back');
    expect(await holding(id)).to.have.members(all);
  });

  it('When a block arrives while a segment is paged, then the contact is not on a later page, and is in the blocked one', async () => {
    const senders = ['2', '3', '4', '5', '6', '7'].map((n) => `1650555000${n}`);
    for (const sender of senders) await write(sender);
    const victim = await contactOf('16505550003');
    for (const segment of Object.values(segments)) {
      const list = `${world.workspace}/segments/${segment}/contacts`;
      const path = `${list}?limit=2`;
      const first = (await world.api('GET', path)).body;
      expect(first.items.map(({ id }: Json) => id)).not.to.include(victim.id);
      await world.block(victim.id);
      const rest = await world.list(list);
      const later: string[] = [];
      for (let cursor = first.nextCursor; cursor; ) {
        const { body } = await world.api('GET', `${path}&cursor=${cursor}`);
        later.push(...body.items.map(({ id }: Json) => id));
        cursor = body.nextCursor;
      }
      expect(later).not.to.include(victim.id);
      expect(rest).to.have.length(first.items.length + later.length);
      expect(await idsIn('blocked')).to.deep.equal([victim.id]);
      await world.unblock(victim.id);
      expect(await idsIn(segment)).to.have.length(rest.length + 1);
    }
  });

  it('When a contact is deleted, then it is nowhere and its messages are erased; not while it is blocked', async () => {
    const { id } = await contactOf('16505550002');
    const mac = await world.mac();
    const path = `${world.workspace}/contacts/${id}`;
    await world.block(id);
    const refused = await world.api('DELETE', path);
    expect([refused.status, refused.body.code]).to.deep.equal([409, 'contact_blocked']);
    await world.unblock(id);
    expect((await world.api('DELETE', path)).status).to.equal(204);
    expect((await world.api('GET', path)).status).to.equal(404);
    expect(await holding(id)).to.deep.equal([]);
    expect(await world.conversations(id)).to.deep.equal([]);
    await until(
      'its messages to be erased',
      async () => (await world.models.messages.countDocuments({ contactId: id })) === 0,
    );
    expect(await world.mac()).to.equal(mac);
    await write('16505550002', 'again');
    expect((await contactOf('16505550002')).id).not.to.equal(id);
  });
});
