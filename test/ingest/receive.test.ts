import { expect } from 'chai';
import sinon from 'sinon';
import type { ChannelAdapter } from '../../channels/adapter.ts';
import { receive } from '../../gateway/ingest/receive.ts';
import type { OpenChannel, Recipient } from '../../gateway/ingest/recipients.ts';
import { delivery } from '../support/deliveries.ts';

describe('receive', () => {
  const at = (adapter: Partial<ChannelAdapter>) => {
    const channel: OpenChannel = {
      id: 'ch1',
      type: 'twilio',
      workspaceId: 'w1',
      accountId: undefined,
      credentials: {},
    };
    const given = {
      parse: () => [{ kind: 'ignored', reason: 'other_event' }],
      ...adapter,
    } as unknown as ChannelAdapter;
    const takeIn = sinon.fake.resolves(undefined);
    const recipient: Recipient = {
      adapter: given,
      channels: [channel],
      signedFor: async () => ({ adapter: given, channels: [channel] }),
    };
    const send = (method: 'GET' | 'POST') =>
      receive({ ...delivery(''), method }, recipient, {
        guard: async () => true,
        takeIn,
        now: () => 1,
      });
    return { send, takeIn };
  };

  it('When a provider delivers by GET as well, then that is taken in like a POST', async () => {
    const { send, takeIn } = at({ deliversByGet: true });
    expect(await send('GET')).to.deep.equal({ status: 200 });
    expect(await send('POST')).to.deep.equal({ status: 200 });
    expect(takeIn.callCount).to.equal(2);
  });

  it('When a provider delivers by POST alone, then a GET is no delivery', async () => {
    const plain = at({});
    expect(await plain.send('GET')).to.deep.equal({ status: 200 });
    expect(plain.takeIn.callCount).to.equal(0);
    const greeted = at({ challenge: () => undefined });
    expect(await greeted.send('GET')).to.deep.equal({ status: 401 });
    expect(greeted.takeIn.callCount).to.equal(0);
  });
});
