import { expect } from 'chai';
import { type ObjectId, Types } from '../../models/ids.ts';
import { SCOPES } from '../../models/people/user.ts';
import { seal } from '../../models/secret-box.ts';
import { TestApi } from '../support/api.ts';

describe('sending a message', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let key: string;
  let channelId: ObjectId;
  let contactId: ObjectId;
  let path: string;

  before(async () => {
    api = await TestApi.start();
  });
  after(() => api.stop());
  beforeEach(async () => {
    workspaceId = await api.workspace();
    key = await api.key(workspaceId);
    channelId = await channel();
    contactId = await api.contact(workspaceId);
    path = await conversationOf(contactId);
  });

  const channel = async (): Promise<ObjectId> => {
    const _id = new Types.ObjectId();
    const sealed = seal({ token: 'x' }, api.deps.settings.ENCRYPTION_KEY, _id.toString());
    await api.models.channels.create({ _id, workspaceId, type: 'custom', name: 'c', sealed });
    return _id;
  };
  const conversationOf = async (contact: ObjectId): Promise<string> => {
    const id = await api.conversation(workspaceId, contact, { channelId });
    return `/workspaces/${workspaceId}/conversations/${id}/messages`;
  };
  const post = (body: unknown, more: object = {}) => api.call('POST', path, { key, body, ...more });
  const stored = () => api.models.messages.find({ contactId }).lean();

  it('When it is sent, then 201 with the message, a row to be sent and a job of ids', async () => {
    const { status, body } = await post({ text: 'PRIVATE' });
    expect(status).to.equal(201);
    const { id, at, receivedAt, conversationId, sender, ...rest } = body;
    expect(rest).to.deep.include({
      direction: 'out',
      type: 'text',
      text: 'PRIVATE',
      attachments: [],
      status: 'queued',
      failure: null,
      providerCode: null,
    });
    expect(path).to.include(conversationId);
    expect(at).to.equal(receivedAt);
    expect(sender.type).to.equal('api');
    const [row, ...others] = await stored();
    expect(others).to.deep.equal([]);
    expect(row).to.deep.include({ _id: id, contactId, channelId, status: 'queued' });
    expect(row?.outbox).to.deep.include({ attempts: 0 });
    const job = await api.deps.queues.send.getJob(id);
    const ids = { workspaceId: `${workspaceId}`, channelId: `${channelId}`, messageId: id };
    expect(job?.data).to.deep.equal(ids);
    const list = await api.call('GET', path, { key });
    expect(list.body.items).to.deep.equal([body]);
    const board = await api.fetch('GET', `/queues/api/queues/send/${id}`, { key });
    expect(board.body.job.data).to.deep.equal(ids);
  });

  it('When there is an attachment, then with or without a text', async () => {
    const attachment = {
      type: 'image',
      url: 'https://example.com/a.png',
      name: 'a.png',
      mimeType: 'image/png',
    };
    for (const text of [undefined, 'a caption']) {
      const { status, body } = await post({ attachment, text });
      expect([status, body.type, body.text]).to.deep.equal([201, 'attachment', text ?? null]);
      expect(body.attachments).to.deep.equal([attachment]);
    }
  });

  it('When the body is wrong, then 422 and nothing is stored', async () => {
    const url = 'https://example.com/a';
    const bodies: unknown[] = [
      {},
      { text: '' },
      { text: ' \n ' },
      { text: 7 },
      { text: 'x'.repeat(4_097) },
      { text: 'x', more: 1 },
      { attachment: { type: 'image' } },
      { attachment: { type: 'sticker', url } },
      { attachment: { type: 'image', url: 'ftp://example.com/a' } },
      { attachment: { type: 'image', url: 'javascript:alert(1)' } },
      { attachment: { type: 'image', url: `https://example.com/${'x'.repeat(2_048)}` } },
      { attachment: { type: 'image', url, mimeType: 'no' } },
      { attachment: { type: 'image', url, id: '7' } },
    ];
    for (const body of bodies) {
      const answer = await post(body);
      expect([answer.status, answer.body.code], JSON.stringify(body).slice(0, 80)).to.deep.equal([
        422,
        'invalid_request',
      ]);
    }
    expect((await post({ text: 'x'.repeat(4_096) })).status).to.equal(201);
    expect(await stored()).to.have.length(1);
  });

  it('When people write, then any role may; keys need conversations:write', async () => {
    for (const role of ['owner', 'manager', 'agent'] as const) {
      const { session, userId } = await api.signedIn(workspaceId, role);
      const { status, body } = await api.call('POST', path, { session, body: { text: role } });
      expect([status, body.sender]).to.deep.equal([201, { type: 'user', id: `${userId}` }]);
    }
    const others = SCOPES.filter((scope) => scope !== 'conversations:write');
    const without = await api.key(workspaceId, others);
    expect((await post({ text: 'x' }, { key: without })).status).to.equal(403);
    const only = await api.key(workspaceId, ['conversations:write']);
    expect((await post({ text: 'x' }, { key: only })).status).to.equal(201);
  });

  it('When the conversation is of another workspace, or of none, then 404', async () => {
    const elsewhere = await api.workspace();
    const other = await api.key(elsewhere);
    expect((await post({ text: 'x' }, { key: other })).status).to.equal(404);
    const theirs = path.replace(`${workspaceId}`, `${elsewhere}`);
    const asked = await api.call('POST', theirs, { key: other, body: { text: 'x' } });
    expect(asked.status).to.equal(404);
    const none = path.replace(/conversations\/[^/]+/, 'conversations/none');
    expect((await api.call('POST', none, { key, body: { text: 'x' } })).status).to.equal(404);
    expect(await stored()).to.deep.equal([]);
  });

  it('When the contact is blocked, then 409 with the block', async () => {
    const reason = { reason: 'spam' };
    const blocking = `/workspaces/${workspaceId}/contacts/${contactId}/block`;
    const blocked = await api.call('POST', blocking, { key, body: reason });
    const { status, body, headers } = await post({ text: 'x' });
    expect([status, body.code]).to.deep.equal([409, 'contact_blocked']);
    expect(headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(body.block).to.deep.equal(blocked.body.blocked);
    expect(body.block).to.have.all.keys('id', 'since', 'by', 'source', 'reason', 'expiresAt');
    expect(await stored()).to.deep.equal([]);
  });

  it('When the channel does not reach the contact, or was deleted, then 409 says which', async () => {
    path = await conversationOf(await api.contact(workspaceId, { identities: ['line:U1'] }));
    const unreached = await post({ text: 'x' });
    expect([unreached.status, unreached.body.code]).to.deep.equal([409, 'contact_unreachable']);
    await api.models.channels.deleteOne({ _id: channelId });
    const deleted = await post({ text: 'x' });
    expect([deleted.status, deleted.body.code]).to.deep.equal([409, 'channel_deleted']);
  });

  describe('with an Idempotency-Key', () => {
    const withKey = (idempotencyKey: string, text = 'x') =>
      post({ text }, { headers: { 'idempotency-key': idempotencyKey } });

    it('When the key comes again, then 200 with the same message, whatever has happened since', async () => {
      const first = await withKey('k1', 'first');
      const again = await withKey('k1', 'second');
      expect([first.status, again.status]).to.deep.equal([201, 200]);
      expect(again.body).to.deep.equal(first.body);
      await api.models.messages.updateOne({ _id: first.body.id }, { status: 'sent' });
      const blocking = `/workspaces/${workspaceId}/contacts/${contactId}/block`;
      await api.call('POST', blocking, { key, body: {} });
      const later = await withKey('k1');
      expect([later.status, later.body.id, later.body.status]).to.deep.equal([
        200,
        first.body.id,
        'sent',
      ]);
    });

    it('When it comes many times at once, then it is one message', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => withKey('k1')));
      expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([
        ...Array(9).fill(200),
        201,
      ]);
      expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1);
      expect(await stored()).to.have.length(1);
    });

    it('When the key or the conversation is another, then so is the message', async () => {
      const ids = [(await withKey('k1')).body.id, (await withKey('k2')).body.id];
      path = await conversationOf(contactId);
      ids.push((await withKey('k1')).body.id, (await post({ text: 'x' })).body.id);
      expect(new Set(ids).size).to.equal(4);
    });

    it('When the key is empty or too long, then 422', async () => {
      for (const bad of ['', 'x'.repeat(201)]) {
        const { status, body } = await withKey(bad);
        expect(status, `${bad.length} characters`).to.equal(422);
        expect(body.errors[0].path).to.equal('Idempotency-Key');
      }
      expect((await withKey('x'.repeat(200))).status).to.equal(201);
    });
  });

  it('When Redis is away, then it is stored and answered 201 all the same', async () => {
    api.deps.redis.stop();
    api.deps.redis.client.disconnect();
    try {
      const { status, body } = await post({ text: 'x' });
      expect(status).to.equal(201);
      expect(await stored()).to.have.length(1);
      const logged = api.lines.filter(({ event }) => event === 'send.unqueued');
      expect(logged.map(({ fields }) => fields?.messageId)).to.include(body.id);
    } finally {
      await api.deps.redis.client.connect();
    }
  });
});
