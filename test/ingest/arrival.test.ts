import { expect } from 'chai';
import { type Arrival, sort } from '../../gateway/ingest/arrival.ts';
import type { OpenChannel } from '../../gateway/ingest/recipients.ts';
import type { ParsedEvent } from '../../models/delivery/event.ts';

const channel = (id: string, accountId?: string, workspaceId = 'w1'): OpenChannel => ({
  id,
  type: 'whatsapp',
  workspaceId,
  accountId,
  credentials: {},
});
const event = (eventId: string, account?: string): ParsedEvent => ({
  kind: 'message',
  eventId,
  at: 1,
  identities: ['tel:+1'],
  content: { type: 'text', text: 'hi' },
  ...(account !== undefined && { account }),
});
const settled = (kind: 'ignored' | 'invalid', account?: string): ParsedEvent => ({
  kind,
  reason: 'other_event',
  ...(account !== undefined && { account }),
});
const byChannel = ({ deliveries }: Arrival) =>
  Object.fromEntries(
    deliveries.map(({ channelId, events }) => [
      channelId,
      events.map((one) => ('eventId' in one ? one.eventId : '')),
    ]),
  );

describe('Sorting a delivery', () => {
  it('When it is for one channel, then all of its events are that channel’s, in their order', () => {
    const arrival = sort([event('a'), event('b'), event('c')], [channel('c1')], 5, 100);
    expect(byChannel(arrival)).to.deep.equal({ c1: ['a', 'b', 'c'] });
    expect(arrival.deliveries[0]).to.include({ workspaceId: 'w1', receivedAt: 5 });
    expect(arrival).to.deep.include({ settled: [], bytes: 100 });
  });

  it('When it carries several accounts, then each channel has its own events and none sees the account', () => {
    const channels = [channel('c1', 'n1'), channel('c2', 'n2', 'w2'), channel('c3', 'n3')];
    const arrival = sort([event('a', 'n2'), event('b', 'n1'), event('c', 'n2')], channels, 5, 1);
    expect(byChannel(arrival)).to.deep.equal({ c1: ['b'], c2: ['a', 'c'] });
    expect(arrival.deliveries.map(({ workspaceId }) => workspaceId)).to.have.members(['w1', 'w2']);
    expect(JSON.stringify(arrival)).not.to.contain('account');
  });

  it('When an account is none of the channels’, then its events are ignored and counted for no channel, and the rest goes on', () => {
    const given = [event('a', 'n9'), event('b', 'n1'), settled('invalid', 'n9')];
    const arrival = sort(given, [channel('c1', 'n1')], 5, 1);
    expect(byChannel(arrival)).to.deep.equal({ c1: ['b'] });
    const unknown = {
      workspaceId: 'w1',
      channelId: null,
      outcome: 'ignored',
      reason: 'unknown_channel',
      count: 1,
      at: 5,
    };
    expect(arrival.settled).to.deep.equal([unknown, unknown]);
  });

  it('When an event names no account, then it is kept for the only channel there is and by no guess among several', () => {
    const alone = sort([event('a')], [channel('c1', 'n1')], 5, 1);
    expect(byChannel(alone)).to.deep.equal({ c1: ['a'] });
    const several = [channel('c1', 'n1'), channel('c2', 'n2', 'w2')];
    const arrival = sort([event('a'), event('b', 'n2')], several, 5, 1);
    expect(byChannel(arrival)).to.deep.equal({ c2: ['b'] });
    expect(arrival.settled).to.deep.include.members([
      {
        ...TALLY,
        workspaceId: 'w1',
        channelId: null,
        outcome: 'ignored',
        reason: 'unknown_channel',
      },
    ]);
  });

  it('When an event is ignored or invalid, then it goes no further and is counted with its reason for its channel', () => {
    const channels = [channel('c1', 'n1'), channel('c2', 'n2', 'w2')];
    const given = [settled('ignored', 'n2'), settled('invalid'), event('a', 'n2')];
    const arrival = sort(given, channels, 5, 1);
    expect(byChannel(arrival)).to.deep.equal({ c2: ['a'] });
    expect(arrival.settled).to.deep.equal([
      { ...TALLY, workspaceId: 'w2', channelId: 'c2', outcome: 'ignored' },
      { ...TALLY, workspaceId: 'w1', channelId: 'c1', outcome: 'invalid' },
    ]);
  });

  it('When events come, then every one is either in a delivery or counted', () => {
    const given = [event('a'), event('b', 'n9'), settled('ignored'), event('c', 'n1')];
    const { deliveries, settled: counted } = sort(given, [channel('c1', 'n1')], 5, 1);
    const going = deliveries.reduce((sum, { events }) => sum + events.length, 0);
    expect([going, counted.reduce((sum, { count }) => sum + count, 0)]).to.deep.equal([2, 2]);
  });
});

const TALLY = { reason: 'other_event', count: 1, at: 5 };
