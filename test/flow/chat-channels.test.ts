import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { telegramHeaders, telegramMessage } from '../support/deliveries.ts';
import { World } from '../support/world.ts';

/** As the providers meet the gateway: their signatures, and what became of it in the inbox. */
describe('Telegram, LINE, Viber and Slack', () => {
  let world: World;
  let events = 0;
  before(async () => {
    world = await World.start();
  });
  after(() => world.stop());

  const hmac = (secret: string, data: string) => createHmac('sha256', secret).update(data);

  /** Posts what one channel gets, and waits until all that came so far has an outcome. */
  const poster =
    (path: string, sign: (body: string) => Record<string, string>) =>
    async (given: unknown, count = 1): Promise<string> => {
      const body = typeof given === 'string' ? given : JSON.stringify(given);
      const response = await world.post(path, body, sign(body));
      expect(response.status).to.equal(200);
      events += count;
      await world.settled(events);
      return await response.text();
    };

  async function messagesOf(urn: string) {
    const contact = await world.contact(urn);
    const [conversation] = await world.conversations(contact.id);
    const messages = await world.list(
      `${world.workspace}/conversations/${conversation.id}/messages`,
    );
    return messages.map(({ type, text, direction }) => ({ type, text, direction }));
  }
  async function block(urn: string): Promise<void> {
    const { id } = await world.contact(urn);
    const path = `${world.workspace}/contacts/${id}/block`;
    expect((await world.api('POST', path, {})).status).to.equal(200);
  }

  it('When one member of a LINE group is blocked, then the others are heard, and what is unsent is gone', async () => {
    const { path } = await world.createChannel('line', { channelSecret: 's', accessToken: 't' });
    const post = poster(path, (body) => ({ 'x-line-signature': hmac('s', body).digest('base64') }));
    const said = (id: string, userId: string) => ({
      type: 'message',
      timestamp: Date.now(),
      webhookEventId: `E${id}`,
      source: { type: 'group', groupId: 'C1', userId },
      message: { id, type: 'text', text: `line ${id}` },
    });
    const unsent = (messageId: string) => ({
      type: 'unsend',
      timestamp: Date.now(),
      webhookEventId: `U${messageId}`,
      source: { type: 'group', groupId: 'C1' },
      unsend: { messageId },
    });

    await post({ destination: 'U0', events: [] });
    await post({ events: [said('1', 'U1'), said('2', 'U2')] }, 2);
    await block('line:U2');
    const batch = { events: [said('1', 'U1'), said('3', 'U2'), said('4', 'U1'), unsent('2')] };
    expect(await post(batch, 4)).to.equal('');

    const inbound = { type: 'text', direction: 'in' };
    expect(await messagesOf('line:C1')).to.have.deep.members([
      { ...inbound, text: 'line 1' },
      { type: 'deleted', text: null, direction: 'in' },
      { ...inbound, text: 'line 4' },
    ]);
    expect(await world.outcomes()).to.include({ refused: 1, duplicate: 1, invalid: 0 });
  });

  it('When a Telegram message is edited or a business account deletes, then the inbox follows', async () => {
    const { path } = await world.createChannel('telegram', { botToken: '1:t', secretToken: 's' });
    const post = poster(path, () => telegramHeaders('s'));
    const message = telegramMessage(501, { text: 'frist' });
    await post({ update_id: 1, message });
    await post({
      update_id: 2,
      edited_message: { ...message, text: 'first', edit_date: Number(message.date) + 9 },
    });
    const business = (from: number, id: number, text: string) => ({
      ...telegramMessage(from, { text, message_id: id }, 502),
      business_connection_id: 'bc',
    });
    await post({ update_id: 3, business_message: business(502, 1, 'secret') });
    await post({ update_id: 4, business_message: business(900, 2, 'our answer') });
    const deleted = { business_connection_id: 'bc', chat: { id: 502 }, message_ids: [1] };
    await post({ update_id: 5, deleted_business_messages: deleted });

    expect(await messagesOf('telegram:501')).to.deep.equal([
      { type: 'text', text: 'first', direction: 'in' },
    ]);
    expect(await messagesOf('telegram:502')).to.have.deep.members([
      { type: 'deleted', text: null, direction: 'in' },
      { type: 'text', text: 'our answer', direction: 'out' },
    ]);
  });

  it('When two Viber messages have tokens that JavaScript takes for one, then both are there', async () => {
    const { path } = await world.createChannel('viber', { authToken: 't', name: 'Our bot' });
    const post = poster(path, (body) => ({
      'x-viber-content-signature': hmac('t', body).digest('hex'),
    }));
    const said = (token: string) =>
      `{"event":"message","timestamp":${Date.now()},"message_token":${token},"sender":{"id":"01234567890A=","name":"Ana"},"message":{"type":"text","text":"${token}"}}`;
    await post('{"event":"webhook","timestamp":1457764197627,"message_token":241256543215}');
    await post(said('4912661846655238145'));
    await post(said('4912661846655238146'));
    await post('{"event":"delivered","timestamp":1,"message_token":4912661846655238145}');
    const welcome = '{"event":"conversation_started","user":{"id":"01234567890A="}}';
    expect(await post(welcome)).to.equal('');

    const inbound = { type: 'text', direction: 'in' };
    expect(await messagesOf('viber:01234567890A=')).to.have.deep.members([
      { ...inbound, text: '4912661846655238145' },
      { ...inbound, text: '4912661846655238146' },
    ]);
  });

  it('When Slack asks who is there, then it is answered if it signs; then messages, edits and deletions follow', async () => {
    const { path } = await world.createChannel('slack', {
      signingSecret: 's',
      botToken: 'xoxb',
      teamId: 'T1',
    });
    const sign = (body: string) => {
      const timestamp = String(Math.floor(Date.now() / 1000));
      return {
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${hmac('s', `v0:${timestamp}:${body}`).digest('hex')}`,
      };
    };
    const greeting = JSON.stringify({ type: 'url_verification', challenge: 'who_are_you' });
    expect((await world.post(path, greeting)).status).to.equal(401);
    const greeted = await world.post(path, greeting, sign(greeting));
    expect([greeted.status, await greeted.text()]).to.deep.equal([200, 'who_are_you']);

    const post = poster(path, sign);
    let event = 0;
    const deliver = (part: object) =>
      post({
        type: 'event_callback',
        team_id: 'T1',
        api_app_id: 'A1',
        event_id: `Ev${event++}`,
        event: { type: 'message', channel: 'D1', channel_type: 'im', user: 'U1', ...part },
      });
    const first = { ts: '1749416383.000001', text: 'a &lt; b', user: 'U1' };
    const second = { ts: '1749416384.000001', text: 'secret' };
    await deliver(first);
    await deliver(second);
    await deliver({
      subtype: 'message_changed',
      ts: '1749416385.000001',
      message: { ...first, text: 'a &lt; c' },
      previous_message: first,
    });
    await deliver({
      subtype: 'message_deleted',
      ts: '1749416386.000001',
      deleted_ts: second.ts,
    });
    await deliver({ ts: '1749416387.000001', bot_id: 'B1', app_id: 'A1', text: 'ours' });

    expect(await messagesOf('slack:T1/U1')).to.have.deep.members([
      { type: 'text', text: 'a < c', direction: 'in' },
      { type: 'deleted', text: null, direction: 'in' },
    ]);
  });
});
