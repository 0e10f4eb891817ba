import { expect } from 'chai';
import { Overloaded } from '../../config/natural-batch.ts';
import { readSettings } from '../../config/settings.ts';
import type { Arrival } from '../../gateway/ingest/arrival.ts';
import { createIntake } from '../../gateway/ingest/intake.ts';
import type { ChannelEvents } from '../../models/event.ts';
import type { Tally } from '../../models/outcome.ts';
import { gate } from '../support/stores.ts';
import { until } from '../support/until.ts';

const tally = (reason: string): Tally => ({
  workspaceId: 'w',
  channelId: 'c1',
  outcome: 'ignored',
  reason,
  count: 1,
});
const delivery = (eventId: string, channelId = 'c1', receivedAt = 1): ChannelEvents => ({
  workspaceId: 'w',
  channelId,
  receivedAt,
  events: [
    { kind: 'message', eventId, at: 1, identities: [`tel:+${eventId}`], content: { type: 'text' } },
  ],
});
const arrival = (deliveries: ChannelEvents[], settled: Tally[] = [], bytes = 10): Arrival => ({
  deliveries,
  settled,
  bytes,
});

/** The intake with a screen that refuses what is called `bad…`, and a hand-over held by a gate. */
function setUp(env: NodeJS.ProcessEnv = {}) {
  const { opened, open } = gate();
  const batches: { deliveries: ChannelEvents[]; settled: Tally[] }[] = [];
  const settings = readSettings({
    MONGODB_URI: 'unused',
    REDIS_URL: 'unused',
    ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    ...env,
  });
  const takeIn = createIntake(
    async (deliveries) =>
      deliveries
        .map((one) => ({
          ...one,
          events: one.events.filter(({ eventId }) => !eventId.startsWith('bad')),
        }))
        .filter(({ events }) => events.length > 0),
    async (batch) => {
      batches.push(batch);
      await opened;
    },
    settings,
  );
  return { takeIn, batches, open };
}

const ids = ({ deliveries }: { deliveries: ChannelEvents[] }) =>
  deliveries.flatMap(({ events }) => events.map(({ eventId }) => eventId));

describe('Taking deliveries in', () => {
  it('When deliveries come while batches are with Redis, then they become one batch, in their order', async () => {
    const { takeIn, batches, open } = setUp();
    const first = takeIn(arrival([delivery('a')]));
    await until('the first batch', () => batches.length === 1);
    const second = takeIn(arrival([delivery('b')]));
    await until('the second batch', () => batches.length === 2);
    const rest = ['c', 'd', 'e'].map((id) => takeIn(arrival([delivery(id)])));
    open();
    await Promise.all([first, second, ...rest]);
    expect(batches.map(ids)).to.deep.equal([['a'], ['b'], ['c', 'd', 'e']]);
  });

  it('When they are gathered, then what one channel received in the same moment travels together, and nothing else does', async () => {
    const { takeIn, batches, open } = setUp();
    open();
    await Promise.all([
      takeIn(arrival([delivery('a'), delivery('b', 'c2')])),
      takeIn(arrival([delivery('c'), delivery('d', 'c1', 2)])),
    ]);
    expect(batches).to.have.length(1);
    const heads = batches[0]?.deliveries.map(({ channelId, receivedAt, events }) => [
      channelId,
      receivedAt,
      events.map(({ eventId }) => eventId),
    ]);
    expect(heads).to.have.deep.members([
      ['c1', 1, ['a', 'c']],
      ['c2', 1, ['b']],
      ['c1', 2, ['d']],
    ]);
  });

  it('When outcomes are known at the door, then they are handed over added up, also when nothing else is left', async () => {
    const { takeIn, batches, open } = setUp();
    open();
    await Promise.all([
      takeIn(arrival([delivery('bad1')], [tally('x'), tally('y')])),
      takeIn(arrival([], [tally('x')])),
    ]);
    expect(batches).to.deep.equal([
      { deliveries: [], settled: [{ ...tally('x'), count: 2 }, tally('y')] },
    ]);
  });

  it('When a batch cannot be handed over, then all that are in it fail, and the next ones do not', async () => {
    let away = true;
    const takeIn = createIntake(
      async (deliveries) => deliveries,
      async () => {
        if (away) throw new Error('away');
      },
      readSettings({
        MONGODB_URI: 'unused',
        REDIS_URL: 'unused',
        ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
      }),
    );
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((id) => takeIn(arrival([delivery(id)]))),
    );
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    away = false;
    await takeIn(arrival([delivery('c')]));
  });

  it('When more bytes wait than may, then the next one is refused at once', async () => {
    const { takeIn, batches, open } = setUp({ INTAKE_MAX_WAITING_BYTES: '25' });
    const taken = ['a', 'b'].map((id) => takeIn(arrival([delivery(id)])));
    const refused = await takeIn(arrival([delivery('c')])).catch((error) => error);
    expect(refused).to.be.instanceOf(Overloaded);
    open();
    await Promise.all(taken);
    expect(batches.flatMap(ids)).to.deep.equal(['a', 'b']);
  });
});
