import { expect } from 'chai';
import { Overloaded } from '../../config/natural-batch.ts';
import { readSettings } from '../../config/settings.ts';
import type { Arrival } from '../../gateway/ingest/arrival.ts';
import { createIntake } from '../../gateway/ingest/intake.ts';
import type { ChannelEvents } from '../../models/delivery/event.ts';
import type { Tally } from '../../models/delivery/outcome.ts';
import { gate } from '../support/stores.ts';
import { until } from '../support/until.ts';

const tally = (reason: string): Tally => ({
  workspaceId: 'w',
  channelId: 'c1',
  outcome: 'ignored',
  reason,
  count: 1,
  at: 1,
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
  const refused: string[] = [];
  const settings = readSettings({
    MONGODB_URI: 'unused',
    REDIS_URL: 'unused',
    ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    ...env,
  });
  const takeIn = createIntake(
    {
      tally: ({ from }) => refused.push(...from.events.map(({ eventId }) => eventId)),
      screen: async (deliveries) => ({
        admitted: deliveries
          .map((one) => ({
            ...one,
            events: one.events.filter(({ eventId }) => !eventId.startsWith('bad')),
          }))
          .filter(({ events }) => events.length > 0),
        refused: deliveries
          .filter(({ events }) => events.some(({ eventId }) => eventId.startsWith('bad')))
          .map((from) => ({ from, urn: 'tel:+1' })),
      }),
      handOver: async (batch) => {
        batches.push(batch);
        await opened;
      },
    },
    settings,
  );
  return { takeIn, batches, refused, open };
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

  it('When they are gathered, then what one channel received in the same moment, one after the other, travels together, and nothing else does', async () => {
    const { takeIn, batches, open } = setUp();
    open();
    await Promise.all([
      takeIn(arrival([delivery('b', 'c2'), delivery('a')])),
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

  it('When messages are refused, then they are tallied once their batch is handed over', async () => {
    const { takeIn, batches, refused, open } = setUp();
    const taken = takeIn(arrival([delivery('bad1'), delivery('a', 'c2')]));
    await until('the hand-over', () => batches.length === 1);
    expect(refused).to.deep.equal([]);
    open();
    await taken;
    expect(refused).to.deep.equal(['bad1']);
  });

  it('When a batch cannot be handed over, then all that are in it fail, nothing is tallied, and the next ones go on', async () => {
    let away = true;
    const tallied: string[] = [];
    const takeIn = createIntake(
      {
        screen: async (admitted) => ({
          admitted,
          refused: admitted.map((from) => ({ from, urn: 'tel:+1' })),
        }),
        handOver: async () => {
          if (away) throw new Error('away');
        },
        tally: ({ urn }) => tallied.push(urn),
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
    expect(tallied).to.deep.equal([]);
    away = false;
    await takeIn(arrival([delivery('c')]));
    expect(tallied).to.deep.equal(['tel:+1']);
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
