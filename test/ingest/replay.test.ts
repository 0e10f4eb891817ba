import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { ChannelAdapter, Delivery } from '../../channels/adapter.ts';
import { mailgun } from '../../channels/mailgun.ts';
import type { Arrival } from '../../gateway/ingest/arrival.ts';
import { receive } from '../../gateway/ingest/receive.ts';
import type { Recipient } from '../../gateway/ingest/recipients.ts';
import { createReplayGuard } from '../../gateway/ingest/replay.ts';
import { NOW } from '../support/channel-contract.ts';
import { delivery } from '../support/deliveries.ts';
import { HEADERS, multipart, URLENCODED } from '../support/mail.ts';
import { awayMongo, awayRedis, openStores, type Stores } from '../support/stores.ts';

const MINUTE = 60_000;

/** A type whose proof, a header, covers nothing. */
const adapter = (more: Partial<ChannelAdapter> = {}) =>
  ({
    proofId: ({ headers }: Delivery) => headers.proof as string | undefined,
    ...more,
  }) as ChannelAdapter;

const newId = () => randomBytes(12).toString('hex');
const newChannel = (credentials = {}) => ({ id: newId(), credentials });
const used = (proof: string | undefined, body: string | Buffer, type = 'text/plain') =>
  delivery(body, { 'content-type': type, ...(proof && { proof }) });

describe('Proofs that may be used once', () => {
  let stores: Stores;
  before(async () => {
    stores = await openStores();
  });
  after(() => stores.close());

  const guards = {
    'Redis remembers': () => createReplayGuard(stores),
    'Redis is away and MongoDB remembers': () =>
      createReplayGuard({ ...stores, redis: awayRedis() }),
  };

  for (const [name, make] of Object.entries(guards)) {
    describe(name, () => {
      it('When a proof comes again with its body, then it is let through', async () => {
        const [guard, channel] = [make(), newChannel()];
        for (let i = 0; i < 3; i++)
          expect(await guard(used('p', 'body'), adapter(), channel)).to.equal(true);
      });

      it('When it comes with another body, then it is refused, and its own stays good', async () => {
        const [guard, channel] = [make(), newChannel()];
        expect(await guard(used('p', 'body'), adapter(), channel)).to.equal(true);
        for (const other of ['', 'Body', 'body ', 'bod'])
          expect(await guard(used('p', other), adapter(), channel), other).to.equal(false);
        expect(await guard(used('p', 'body'), adapter(), channel)).to.equal(true);
      });

      it('When it is another proof or another channel, then it is another matter', async () => {
        const [guard, channel] = [make(), newChannel()];
        expect(await guard(used('p', 'one'), adapter(), channel)).to.equal(true);
        expect(await guard(used('q', 'two'), adapter(), channel)).to.equal(true);
        expect(await guard(used('p', 'two'), adapter(), newChannel())).to.equal(true);
      });

      it('When many bodies come with it at once, then one is let through', async () => {
        const [guard, channel] = [make(), newChannel()];
        const bodies = Array.from({ length: 20 }, (_, i) => `body ${i}`);
        const letIn = await Promise.all(
          bodies.map((body) => guard(used('p', body), adapter(), channel)),
        );
        expect(letIn.filter(Boolean)).to.have.length(1);
      });

      it('When a form in parts is written anew, then its boundary does not count', async () => {
        const [guard, channel] = [make(), newChannel()];
        const form = (text: string, boundary: string) =>
          used('p', multipart({ text }, boundary), `multipart/form-data; boundary="${boundary}"`);
        expect(await guard(form('Hello', 'one'), adapter(), channel)).to.equal(true);
        expect(await guard(form('Hello', 'another'), adapter(), channel)).to.equal(true);
        expect(await guard(form('Hallo', 'one'), adapter(), channel)).to.equal(false);
        const bare = used('p', multipart({ text: 'Hello' }, 'one'));
        expect(await guard(bare, adapter(), channel)).to.equal(false);
        // Nothing moves from one side of a boundary to the other.
        const raw = (body: string) => used('q', body, 'multipart/form-data; boundary=X');
        expect(await guard(raw('abXc'), adapter(), channel)).to.equal(true);
        for (const other of ['aXbc', 'abcX', 'abXXc', 'abc'])
          expect(await guard(raw(other), adapter(), channel), other).to.equal(false);
      });

      it('When the proof covers the body, then nothing is kept', async () => {
        const [guard, channel] = [make(), newChannel()];
        expect(await guard(used(undefined, 'a'), adapter(), channel)).to.equal(true);
        expect(await guard(used(undefined, 'b'), adapter(), channel)).to.equal(true);
        expect(await kept(channel.id)).to.deep.equal([]);
      });

      it('When the credentials tell whether the proof covers the body, then they are asked', async () => {
        const guard = make();
        const sealed = adapter({
          proofId: (_, credentials) => ((credentials as { key?: string }).key ? undefined : 'p'),
        });
        for (const [channel, letIn] of [
          [newChannel(), false],
          [newChannel({ key: 'k' }), true],
        ] as const) {
          expect(await guard(used('p', 'one'), sealed, channel)).to.equal(true);
          expect(await guard(used('p', 'two'), sealed, channel)).to.equal(letIn);
        }
      });
    });
  }

  const kept = async (channel: string): Promise<string[]> => [
    ...(await stores.redis.client.keys(`videur:{${channel}}:*`)),
    ...(await stores.models.usedProofs.find({ _id: new RegExp(channel) }).lean()).map(
      ({ _id }) => _id,
    ),
  ];

  it('When a proof is used, then it is remembered a little longer than it is good', async () => {
    const channel = newChannel();
    for (const [proofSeconds, minutes] of [
      [undefined, 5 + 5 + 1],
      [9 * 3600, 9 * 60 + 5 + 1],
    ] as const) {
      const proof = `p${minutes}`;
      const given = adapter(proofSeconds === undefined ? {} : { proofSeconds });
      await createReplayGuard(stores)(used(proof, 'body'), given, channel);
      await createReplayGuard({ ...stores, redis: awayRedis() })(
        used(proof, 'body'),
        given,
        channel,
      );
    }
    const [first, second] = (await stores.redis.client.keys(`videur:{${channel.id}}:*`)).sort();
    const ttls = await Promise.all(
      [first, second].map((key) => stores.redis.client.pttl(key ?? '')),
    );
    const [short = 0, long = 0] = ttls.sort((a, b) => a - b);
    expect(short).to.be.within(10 * MINUTE, 11 * MINUTE);
    expect(long).to.be.within(545 * MINUTE, 546 * MINUTE);
    const rows = await stores.models.usedProofs.find({ _id: new RegExp(channel.id) }).lean();
    const ends = rows
      .map(({ expiresAt }) => expiresAt.getTime() - Date.now())
      .sort((a, b) => a - b);
    expect(ends[0]).to.be.within(10 * MINUTE, 11 * MINUTE);
    expect(ends[1]).to.be.within(545 * MINUTE, 546 * MINUTE);
    const indexes = await stores.models.usedProofs.collection.indexes();
    expect(indexes.map(({ expireAfterSeconds }) => expireAfterSeconds)).to.include(0);
  });

  it('When a proof is remembered, then neither it nor the body can be read there', async () => {
    const [channel, proof, body] = [newChannel(), 'a-token-of-the-provider', 'words of a person'];
    await createReplayGuard(stores)(used(proof, body), adapter(), channel);
    const [key = ''] = await kept(channel.id);
    const found = `${key} ${await stores.redis.client.get(key)}`;
    expect(found).to.include(channel.id).and.not.include(proof).and.not.include(body);
  });

  it('When no store can tell, then it throws, and the provider sends again', async () => {
    const guard = createReplayGuard({
      ...stores,
      redis: awayRedis(),
      mongo: awayMongo(stores.models),
    });
    const error = await guard(used('p', 'body'), adapter(), newChannel()).catch(
      (error: unknown) => error,
    );
    expect(error).to.be.an('error').with.property('name', 'DependencyAway');
  });

  describe('in the way of a message', () => {
    const credentials = { signingKey: 'key', address: 'inbox@in.example.com' };
    const timestamp = String(Math.floor(NOW / 1000));
    const mail = (text: string, token: string): Delivery => {
      const hmac = createHmac('sha256', 'key').update(timestamp + token);
      const fields = {
        ...{ timestamp, token, signature: hmac.digest('hex') },
        'message-headers': JSON.stringify(Object.entries(HEADERS)),
        'body-plain': text,
      };
      const body = new URLSearchParams(fields).toString();
      return delivery(body, { 'content-type': URLENCODED });
    };
    const arrive = async (given: Delivery, id: string, away = false) => {
      const arrivals: Arrival[] = [];
      const type = 'mailgun' as const;
      const channel = { id, type, workspaceId: newId(), accountId: undefined, credentials };
      const adapter = mailgun as ChannelAdapter;
      const recipient: Recipient = {
        adapter,
        channels: [channel],
        signedFor: async (given, now) => ({
          adapter,
          channels: (await adapter.verify(given, credentials, now)) ? [channel] : [],
        }),
      };
      const answer = await receive(given, recipient, {
        guard: createReplayGuard(
          away ? { ...stores, redis: awayRedis(), mongo: awayMongo(stores.models) } : stores,
        ),
        takeIn: async (arrival) => void arrivals.push(arrival),
        now: () => NOW,
      });
      return { status: answer.status, taken: arrivals.length };
    };

    it('When a proof is stolen for another mail, then that is refused with 401', async () => {
      const [id, token] = [newId(), newId()];
      expect(await arrive(mail('mine', token), id)).to.deep.equal({ status: 200, taken: 1 });
      expect(await arrive(mail('forged', token), id)).to.deep.equal({ status: 401, taken: 0 });
      expect(await arrive(mail('mine', token), id)).to.deep.equal({ status: 200, taken: 1 });
    });

    it('When the signature is wrong, then the proof is not used up', async () => {
      const [id, token] = [newId(), newId()];
      const forged = mail('forged', token);
      forged.body = Buffer.from(
        forged.body.toString().replace(/signature=\w{4}/, 'signature=0000'),
      );
      expect(await arrive(forged, id)).to.deep.equal({ status: 401, taken: 0 });
      expect(await arrive(mail('mine', token), id)).to.deep.equal({ status: 200, taken: 1 });
    });

    it('When no store can tell, then nothing is taken and it throws', async () => {
      const error = await arrive(mail('mine', newId()), newId(), true).catch((error) => error);
      expect(error).to.have.property('name', 'DependencyAway');
    });
  });
});
