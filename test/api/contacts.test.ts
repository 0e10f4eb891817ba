import { expect } from 'chai';
import { block, unblock } from '../../models/block/block.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { type Answer, TestApi } from '../support/api.ts';
import { blockedKey } from '../support/stores.ts';

const by = { type: 'system', id: 'test' } as const;

describe('contacts', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let key: string;
  let path: string;
  let seen = 0;
  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
    key = await api.key(workspaceId);
    path = `/workspaces/${workspaceId}/contacts`;
  });
  after(() => api.stop());

  const call = (method: string, to: string, body?: unknown) =>
    api.call(method, path + to, { key, body });
  const create = async (body: object) => {
    const answer = await call('POST', '', body);
    expect(answer.status, answer.text).to.equal(201);
    return answer.body;
  };
  const change = (id: string, body: object) => call('PATCH', `/${id}`, body);
  /** An identity that nobody has. */
  const urn = () => {
    seen += 1;
    return `telegram:${seen}`;
  };
  const block_ = (contact: { id: string }) =>
    block(api.deps, { workspaceId, contactId: idOf(contact), by, source: 'api' });
  const idOf = ({ id }: { id: string }) => new Types.ObjectId(id);
  const fault = ({ status, body }: Answer) => [status, body.code, body.errors?.[0]?.path];
  const inRedis = (identity: string) =>
    api.deps.redis.client.sismember(blockedKey(workspaceId), identity);

  it('When one is made, then it is answered as it is stored, with identities in their one form', async () => {
    const contact = await create({
      firstName: ' Ada ',
      phone: '+33 6 00 00 00 01',
      email: 'Ada@example.com',
      tags: ['vip', 'vip', ' b2b '],
      fields: { plan: 'gold', seats: 3, paid: true, since: '2026-01-01T02:00:00+02:00' },
    });
    expect(contact).to.deep.include({
      firstName: 'Ada',
      lastName: null,
      phone: '+33600000001',
      email: 'Ada@example.com',
      identities: ['tel:+33600000001', 'mailto:ada@example.com'],
      tags: ['vip', 'b2b'],
      fields: { plan: 'gold', seats: 3, paid: true, since: '2026-01-01T00:00:00.000Z' },
      blocked: null,
    });
    expect((await call('GET', `/${contact.id}`)).body).to.deep.equal(contact);
    const found = await call('GET', '?q=ada');
    expect(found.body.items).to.deep.equal([contact]);
  });

  it('When an identity is another contact’s, then 409 says whose; in another workspace it is free', async () => {
    const identity = urn();
    const first = await create({ identities: [identity] });
    const again = await call('POST', '', { identities: [urn(), identity] });
    expect([again.status, again.body.code, again.body.contactId]).to.deep.equal([
      ...[409, 'identity_taken', first.id],
    ]);
    const second = await create({ identities: [urn()] });
    const joined = await change(second.id, { addIdentities: [identity] });
    expect([joined.status, joined.body.contactId]).to.deep.equal([409, first.id]);
    const other = await api.workspace();
    const elsewhere = await api.call('POST', `/workspaces/${other}/contacts`, {
      key: await api.key(other),
      body: { identities: [identity] },
    });
    expect(elsewhere.status).to.equal(201);
  });

  it('When something is not valid, then 422 says what', async () => {
    for (const [body, where] of [
      [{}, 'identities'],
      [{ identities: [] }, 'identities'],
      [{ identities: ['tel:0612'] }, 'identities.0'],
      [{ phone: '0612345678' }, 'phone'],
      [{ email: 'ada' }, 'email'],
      [{ firstName: '' }, 'firstName'],
      [{ tags: [''] }, 'tags.0'],
      [{ tags: Array.from({ length: 51 }, (_, i) => `${i}`) }, 'tags'],
      [{ fields: { a: [] } }, 'fields.a'],
      [{ fields: { 'a.b': 1 } }, 'fields.a.b'],
      [{ fields: { $set: 1 } }, 'fields.$set'],
      [{ id: 'x' }, ''],
    ] as const)
      expect(fault(await call('POST', '', body)), JSON.stringify(body)).to.deep.equal([
        ...[422, 'invalid_request', where],
      ]);
    const { id } = await create({ identities: [urn()] });
    expect(fault(await change(id, { identities: [] }))[2]).to.equal('identities');
    await change(id, { tags: Array.from({ length: 50 }, (_, i) => `${i}`) });
    expect(fault(await change(id, { addTags: ['one more'] }))).to.deep.equal([
      ...[422, 'invalid_request', 'tags'],
    ]);
  });

  it('When some of it is changed, then the rest stays, and null takes away', async () => {
    const identities = [urn(), urn()];
    const { id } = await create({
      ...{ firstName: 'Grace', lastName: 'Hopper', identities },
      ...{ tags: ['a', 'b'], fields: { plan: 'gold', seats: 3 } },
    });
    const { body } = await change(id, {
      lastName: null,
      fields: { plan: null, city: 'Paris' },
      addTags: ['c'],
      removeTags: ['a'],
      removeIdentities: [identities[0]],
    });
    expect(body).to.deep.include({
      ...{ firstName: 'Grace', lastName: null, identities: [identities[1]] },
      ...{ tags: ['b', 'c'], fields: { seats: 3, city: 'Paris' } },
    });
    expect((await call('GET', `/${id}`)).body).to.deep.equal(body);
    expect((await call('GET', '?q=hopper')).body.items).to.deep.equal([]);
    expect((await call('GET', '?q=grace')).body.items).to.deep.equal([body]);
    expect((await change(id, {})).body).to.deep.equal(body);
  });

  it('When it is changed by many at once, then nothing is lost', async () => {
    const { id } = await create({ identities: [urn()] });
    const added = Array.from({ length: 12 }, () => urn());
    const answers = await Promise.all([
      ...added.map((identity) => change(id, { addIdentities: [identity] })),
      ...added.map((tag) => change(id, { addTags: [tag], fields: { [`f ${tag.slice(9)}`]: 1 } })),
      change(id, { firstName: 'First' }),
      change(id, { lastName: 'Last' }),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 200));
    const { body } = await call('GET', `/${id}`);
    expect(body.identities).to.include.members(added);
    expect(body.tags).to.have.members(added);
    expect(Object.keys(body.fields)).to.have.length(12);
    expect((await call('GET', '?q=first+last')).body.items).to.deep.equal([body]);
  });

  it('When a blocked contact is given an identity, then that is blocked when it is answered', async () => {
    const [own, more] = [urn(), urn()];
    const contact = await create({ identities: [own] });
    await block_(contact);
    expect((await change(contact.id, { addIdentities: [more] })).status).to.equal(200);
    expect(await inRedis(more)).to.equal(1);
    expect(await api.models.blockChanges.countDocuments({ contactId: contact.id })).to.equal(0);
    await unblock(api.deps, { workspaceId, contactId: idOf(contact), by, source: 'api' });
    expect([await inRedis(own), await inRedis(more)]).to.deep.equal([0, 0]);
  });

  it('When a contact is blocked, then it loses no identity and is not deleted; unblocked it does and is', async () => {
    const [own, other] = [urn(), urn()];
    const contact = await create({ identities: [own, other] });
    await block_(contact);
    for (const answer of [
      await change(contact.id, { removeIdentities: [other] }),
      await change(contact.id, { identities: [own] }),
      await call('DELETE', `/${contact.id}`),
    ]) {
      expect([answer.status, answer.body.code]).to.deep.equal([409, 'contact_blocked']);
      expect(answer.body.block).to.include({ source: 'api' });
    }
    expect((await change(contact.id, { addTags: ['still'] })).status).to.equal(200);
    await unblock(api.deps, { workspaceId, contactId: idOf(contact), by, source: 'api' });
    expect((await change(contact.id, { removeIdentities: [other] })).status).to.equal(200);
    expect((await call('DELETE', `/${contact.id}`)).status).to.equal(204);
    expect((await call('GET', `/${contact.id}`)).status).to.equal(404);
    expect((await call('DELETE', `/${contact.id}`)).status).to.equal(404);
    // Its identities may come again.
    await create({ identities: [own, other] });
  });

  it('When somebody died after an unblock, then its identities leave only when Redis lets them in', async () => {
    const [own, other] = [urn(), urn()];
    const contact = await create({ identities: [own, other] });
    const blockId = (await block_(contact))?.contact.blocked?.id ?? idOf(contact);
    await api.models.contacts.updateOne({ _id: contact.id }, { blocked: null });
    await api.models.blockChanges.create({
      ...{ workspaceId, contactId: idOf(contact), blockId },
      ...{ action: 'unblocked', at: new Date(), expiresAt: null },
    });
    expect(await inRedis(other)).to.equal(1);
    expect((await change(contact.id, { removeIdentities: [other] })).status).to.equal(200);
    expect(await inRedis(other)).to.equal(0);
    await call('DELETE', `/${contact.id}`);
    expect(await inRedis(own)).to.equal(0);
  });

  it('When a block and a deletion come at once, then one of them sees the other, 50 times', async () => {
    for (let round = 0; round < 50; round += 1) {
      const contact = await create({ identities: [urn()] });
      const [blocked, deleted] = await Promise.all([
        block_(contact),
        call('DELETE', `/${contact.id}`),
      ]);
      const there = await api.models.contacts.findById(contact.id).lean();
      if (deleted.status === 409) expect(there?.blocked).not.to.equal(null);
      else {
        expect(deleted.status).to.equal(204);
        expect(there).to.equal(null);
        expect(blocked).to.equal(null);
        expect(await inRedis(contact.identities[0])).to.equal(0);
      }
    }
  });
});
