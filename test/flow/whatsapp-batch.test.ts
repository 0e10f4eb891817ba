import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { type TestChannel, World } from '../support/world.ts';

describe('A WhatsApp batch of several senders and numbers', () => {
  let world: World;
  let first: TestChannel;
  let second: TestChannel;

  before(async () => {
    world = await World.start();
    first = await world.whatsapp('111');
    second = await world.whatsapp('222');
  });
  after(() => world.stop());

  it('When one sender is blocked and one number unknown, then each event has its own outcome and the sum is what was sent', async () => {
    const post = async (changes: unknown[]) => {
      const body = whatsappBody(changes);
      const { status } = await world.post('/webhooks/meta/app-1', body, first.sign(body));
      expect(status).to.equal(200);
    };
    const text = (from: string, id: string) => whatsapp.text({ from, id, text: `text of ${id}` });

    await post([whatsapp.change('111', { messages: [text('16505550001', 'before')] })]);
    await world.settled(1);
    const spammer = await world.contact('tel:+16505550001');
    expect((await world.block(spammer.id)).status).to.equal(200);

    await post([
      whatsapp.change('111', {
        messages: [text('16505550001', 'spam'), text('16505550002', 'a')],
        statuses: [whatsapp.status({ id: 'never-sent', status: 'read' })],
      }),
      whatsapp.change('222', {
        messages: [text('16505550003', 'b'), text('16505550001', 'spam-2')],
      }),
      whatsapp.change('999', { messages: [text('16505550004', 'nobody')] }),
      whatsapp.change(
        '222',
        { message_echoes: [whatsapp.echo({ to: '16505550003', id: 'echo', text: 'our answer' })] },
        'smb_message_echoes',
      ),
      whatsapp.change('222', { statuses: [whatsapp.status({ id: 'echo', status: 'delivered' })] }),
    ]);
    expect(await world.settled(9)).to.deep.equal({
      accepted: 5, // before, a, b, the echo and its status
      refused: 2,
      duplicate: 0,
      ignored: 2, // the unknown number, the status of a message that nobody sent
      invalid: 0,
      dead_lettered: 0,
    });

    expect(await world.texts(spammer.id)).to.deep.equal(['text of before']);
    const friend = await world.contact('tel:+16505550003');
    expect(await world.texts(friend.id)).to.have.members(['text of b', 'our answer']);
    const [conversation] = await world.conversations(friend.id);
    expect(conversation.channelId).to.equal(second.id);
    const messages = await world.list(
      `${world.workspace}/conversations/${conversation.id}/messages`,
    );
    const echo = messages.find(({ direction }) => direction === 'out');
    expect(echo).to.include({ status: 'delivered', eventId: 'echo' });
    expect(await world.contact('tel:+16505550004')).to.equal(undefined);
    expect(await world.mac()).to.equal(3);
    const { refused } = await world.contact('tel:+16505550001');
    expect(refused.count).to.equal(2);
  });

  it('When the sender has a number and a business-scoped id, then both are one contact and a block holds for each', async () => {
    const send = async (message: object, contacts: object[] = []) => {
      const body = whatsappBody([whatsapp.change('111', { messages: [message], contacts })]);
      expect((await world.post(first.path, body, first.sign(body))).status).to.equal(200);
    };
    const sent =
      (await world.settled(0)) && Object.values(await world.outcomes()).reduce((a, b) => a + b, 0);
    await send(whatsapp.text({ from: '16505550010', userId: 'US.10', id: 'both', text: 'hello' }));
    await world.settled(sent + 1);
    const contact = await world.contact('tel:+16505550010');
    expect(contact.identities).to.include.members(['tel:+16505550010', 'whatsapp:US.10']);

    await world.block(contact.id);
    await send(whatsapp.text({ userId: 'US.10', id: 'id-only', text: 'no' }));
    await send(whatsapp.text({ from: '16505550010', id: 'number-only', text: 'no' }));
    const outcomes = await world.settled(sent + 3);
    expect(outcomes.refused).to.equal(4);
    expect(await world.texts(contact.id)).to.deep.equal(['hello']);
  });

  it('When the provider greets with the verify token, then it is answered the challenge; with another, 401', async () => {
    const greet = (token: string) =>
      fetch(
        `${world.base}/webhooks/meta/app-1?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=42`,
      );
    const right = await greet('verify-me');
    expect([right.status, await right.text()]).to.deep.equal([200, '42']);
    const wrong = await greet('guess');
    expect([wrong.status, await wrong.text()]).to.deep.equal([401, '']);
  });
});
