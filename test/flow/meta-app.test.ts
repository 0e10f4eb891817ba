import { expect } from 'chai';
import { signWhatsApp as signMeta, whatsapp, whatsappBody } from '../support/deliveries.ts';
import {
  echoItem,
  entryOf,
  item,
  messagingBody,
  type Talk,
  textItem,
} from '../support/messaging.ts';
import { World } from '../support/world.ts';

const SECRET = 'app-secret';
const APP = { appId: 'app-1', verifyToken: 'verify-me', accessToken: 'access-token' };

describe('One Meta app with WhatsApp, Messenger and Instagram', () => {
  let world: World;
  const page: Talk = { object: 'page', account: '333', person: '5678' };
  const insta: Talk = { object: 'instagram', account: '444', person: '200001' };
  before(async () => {
    world = await World.start();
    await world.whatsapp('111', SECRET);
    await world.createChannel('messenger', { ...APP, pageId: '333', appSecret: SECRET });
    await world.createChannel('instagram', {
      ...APP,
      accountId: '444',
      appSecret: [SECRET, 'instagram-secret'],
    });
  });
  after(() => world.stop());

  const post = async (body: string, secret = SECRET) =>
    (await world.post('/webhooks/meta/app-1', body, signMeta(body, secret))).status;

  it('When each of them tells something at the app’s address, then each is read in its own way and counted once', async () => {
    const text = whatsapp.text({ from: '16505550001', id: 'wamid.1', text: 'by WhatsApp' });
    expect(await post(whatsappBody([whatsapp.change('111', { messages: [text] })]))).to.equal(200);
    // Two pages, of which nobody here has the second.
    const stranger: Talk = { ...page, account: '999' };
    const pages = messagingBody('page', [
      entryOf('333', [textItem(page, 'm_1', 'by Messenger'), echoItem(page, 'm_2')]),
      entryOf('999', [textItem(stranger, 'm_3', 'to nobody')]),
    ]);
    expect(await post(pages)).to.equal(200);
    const direct = messagingBody('instagram', [
      entryOf('444', [textItem(insta, 'm_4', 'by Instagram')]),
      entryOf('0', undefined, { changes: [{ field: 'messages', value: textItem(insta, 'm_5') }] }),
    ]);
    expect(await post(direct, 'instagram-secret')).to.equal(200);
    expect(await post(pages, 'instagram-secret'), 'not a secret of the page').to.equal(200);
    expect(await post(pages, 'guessed')).to.equal(401);

    expect(await world.settled(7)).to.deep.equal({
      accepted: 4,
      refused: 0,
      duplicate: 0,
      ignored: 3, // the unknown page, the dashboard's test, a page signed by Instagram's secret
      invalid: 0,
      dead_lettered: 0,
    });
    const texts = async (urn: string) => world.texts((await world.contact(urn)).id);
    expect(await texts('tel:+16505550001')).to.deep.equal(['by WhatsApp']);
    expect(await texts('messenger:5678')).to.have.members(['by Messenger', 'ours']);
    expect(await texts('instagram:200001')).to.deep.equal(['by Instagram']);
  });

  it('When a person of Messenger is blocked, then that person’s messages are refused and no one else’s', async () => {
    const { id } = await world.contact('messenger:5678');
    expect((await world.block(id)).status).to.equal(200);
    const other: Talk = { ...page, person: '9999' };
    const body = messagingBody('page', [
      entryOf('333', [
        textItem(page, 'm_10'),
        item(page, { reaction: { mid: 'm_2', action: 'react', emoji: '👍' } }),
        textItem(other, 'm_11', 'from another'),
      ]),
    ]);
    expect(await post(body)).to.equal(200);
    const outcomes = await world.settled(10);
    expect(outcomes).to.include({ accepted: 5, refused: 2 });
    const another = await world.contact('messenger:9999');
    expect(await world.texts(another.id)).to.deep.equal(['from another']);
  });

  it('When Meta greets at the app’s address, then any channel’s token is answered', async () => {
    const query = 'hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=42';
    const greeting = await fetch(`${world.base}/webhooks/meta/app-1?${query}`);
    expect([greeting.status, await greeting.text()]).to.deep.equal([200, '42']);
  });
});
