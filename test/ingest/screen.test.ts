import { expect } from 'chai';
import sinon from 'sinon';
import type { MongoStore } from '../../config/mongo.ts';
import type { RedisStore } from '../../config/redis.ts';
import { createScreen } from '../../gateway/ingest/screen.ts';
import { block } from '../../models/block/block.ts';
import { Blocklist } from '../../models/block/blocklist.ts';
import type { ChannelEvents, StoredEvent } from '../../models/delivery/event.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import { awayMongo, awayRedis, blockedKey, openStores, type Stores } from '../support/stores.ts';
import { until } from '../support/until.ts';

const GOOD = 'tel:+16505550001';
const BAD = 'tel:+16505550002';
const timed = (eventId: string) => ({ eventId, at: 1, content: { type: 'text' as const } });
const message = (eventId: string, ...identities: string[]): StoredEvent => ({
  kind: 'message',
  ...timed(eventId),
  identities,
});
const echo = (eventId: string, ...identities: string[]): StoredEvent => ({
  kind: 'echo',
  ...timed(eventId),
  identities,
});
const status = (messageId: string): StoredEvent => ({
  kind: 'status',
  eventId: `${messageId}:read`,
  at: 1,
  messageId,
  status: 'read',
});

describe('Screening', () => {
  let stores: Stores;
  let mine: ObjectId;
  let theirs: ObjectId;
  before(async () => {
    stores = await openStores();
    [mine, theirs] = [await stores.workspace(), await stores.workspace()];
    const contactId = await stores.contact(mine, [BAD, 'whatsapp:US.2']);
    const by = { type: 'user', id: 'u' } as const;
    await block(stores, { workspaceId: mine, contactId, by, source: 'inbox' });
  });
  after(() => stores.close());
  afterEach(() => sinon.restore());

  const setUp = (redis: RedisStore = stores.redis, mongo: MongoStore = stores.mongo) => {
    const refused: string[] = [];
    const blocklist = new Blocklist({ ...stores, redis, mongo });
    const asked = sinon.spy(blocklist, 'blockedAmong');
    const screen = async (deliveries: ChannelEvents[]) => {
      const screened = await createScreen(blocklist)(deliveries);
      for (const { from, urn } of screened.refused) refused.push(`${from.channelId} ${urn}`);
      return screened.admitted;
    };
    return { screen, refused, asked };
  };
  const channel = new Types.ObjectId().toString();
  const from = (workspaceId: ObjectId, channelId: string, ...events: StoredEvent[]) => ({
    workspaceId: workspaceId.toString(),
    channelId,
    receivedAt: 1,
    events,
  });
  const left = (deliveries: ChannelEvents[]) =>
    deliveries.flatMap(({ channelId, events }) =>
      events.map((event) => `${channelId} ${event.eventId}`),
    );

  it('When some senders are blocked, then their messages are tallied and the others go on in their order', async () => {
    const { screen, refused } = setUp();
    const given = [
      from(
        mine,
        channel,
        message('m1', GOOD),
        message('m2', BAD),
        message('m3', GOOD),
        message('m4', 'whatsapp:US.2'),
      ),
    ];
    const admitted = await screen(given);
    expect(left(admitted)).to.deep.equal([`${channel} m1`, `${channel} m3`]);
    expect(refused).to.deep.equal([`${channel} ${BAD}`, `${channel} whatsapp:US.2`]);
    expect(given[0]?.events, 'what was given stays as it was').to.have.length(4);
  });

  it('When one identity of several is blocked, then the message is refused by that one', async () => {
    const { screen, refused } = setUp();
    const admitted = await screen([from(mine, channel, message('m1', GOOD, BAD))]);
    expect(admitted).to.deep.equal([]);
    expect(refused).to.deep.equal([`${channel} ${BAD}`]);
  });

  it('When it is an echo to a blocked contact or a status, then it goes on: these are ours', async () => {
    const { screen, refused } = setUp();
    const admitted = await screen([from(mine, channel, echo('e1', BAD), status('m1'))]);
    expect(left(admitted)).to.deep.equal([`${channel} e1`, `${channel} m1:read`]);
    expect(refused).to.deep.equal([]);
  });

  it('When there is nobody to look up, then nobody is asked', async () => {
    const { screen, asked } = setUp();
    await screen([from(mine, channel, status('m1'))]);
    await screen([]);
    expect(asked.callCount).to.equal(0);
  });

  it('When a delivery is of several workspaces, then a block holds in its own only', async () => {
    const { screen } = setUp();
    const admitted = await screen([
      from(mine, 'c1', message('m1', BAD)),
      from(theirs, 'c2', message('m1', BAD)),
    ]);
    expect(left(admitted)).to.deep.equal(['c2 m1']);
  });

  it('When there are deliveries of several channels and workspaces, then each workspace is asked once for all of its senders', async () => {
    const { screen, asked } = setUp();
    const admitted = await screen([
      from(mine, 'c1', message('m1', GOOD)),
      from(mine, 'c3', message('m2', BAD), message('m3', GOOD)),
      from(theirs, 'c2', message('m4', GOOD)),
    ]);
    expect(left(admitted)).to.deep.equal(['c1 m1', 'c3 m3', 'c2 m4']);
    expect(asked.args).to.have.deep.members([
      [mine.toString(), [GOOD, BAD]],
      [theirs.toString(), [GOOD]],
    ]);
  });

  it('When the set is cold or Redis is away, then the same senders are refused', async () => {
    await stores.redis.client.del(blockedKey(mine));
    const away = awayRedis();
    for (const redis of [stores.redis, away]) {
      const { screen } = setUp(redis);
      const admitted = await screen([from(mine, channel, message('m1', BAD), message('m2', GOOD))]);
      expect(left(admitted)).to.deep.equal([`${channel} m2`]);
    }
    await until('the set to be complete again', () =>
      stores.redis.client.sismember(blockedKey(mine), `*${stores.redis.runId}`),
    );
  });

  it('When neither store answers, then nobody is refused at the door: the second look decides', async () => {
    const { screen, refused } = setUp(awayRedis(), awayMongo(stores.models));
    const admitted = await screen([from(mine, channel, message('m1', BAD))]);
    expect(left(admitted)).to.deep.equal([`${channel} m1`]);
    expect(refused).to.deep.equal([]);
  });
});
