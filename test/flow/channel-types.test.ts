import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import {
  bearer,
  custom,
  customBody,
  rbmDelivery,
  tiktokHeaders,
  wechatEnvelope,
  wechatMessage,
  wechatQuery,
  wechatSeal,
} from '../support/deliveries.ts';
import { World } from '../support/world.ts';

/** As the providers meet the gateway: their handshakes, their signatures, what is not for us. */
describe('TikTok, WeChat, Google and a server of one’s own', () => {
  let world: World;
  before(async () => {
    world = await World.start();
  });
  after(() => world.stop());

  const soFar = async () => Object.values(await world.outcomes()).reduce((a, b) => a + b, 0);
  const answer = async (response: Response) => ({
    status: response.status,
    body: await response.text(),
  });

  it('When a number is blocked, then it is refused on every phone channel', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rbm = await world.createChannel('rbm', {
      agentId: 'welcome-agent',
      clientToken: 'client-token',
      serviceAccount: {
        type: 'service_account',
        client_email: 'rbm@project-1.iam.gserviceaccount.com',
        private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      },
    });
    const own = await world.createChannel('custom', { token: 'token' });
    const greeting = { clientToken: 'client-token', secret: '1234567890' };
    const greet = (clientToken: string) =>
      world.post(rbm.path, JSON.stringify({ ...greeting, clientToken })).then(answer);
    expect(await greet('client-token')).to.deep.equal({ status: 200, body: '1234567890' });
    expect(await greet('another')).to.deep.equal({ status: 401, body: '' });

    const before = await soFar();
    const say = async (messageId: string) => {
      const { body, headers } = rbmDelivery(
        JSON.stringify({
          agentId: 'welcome-agent@rbm.goog',
          senderPhoneNumber: '+16505550001',
          messageId,
          sendTime: new Date().toISOString(),
          text: messageId,
        }),
        'client-token',
      );
      return answer(await world.post(rbm.path, body, headers as Record<string, string>));
    };
    expect(await say('r1')).to.deep.equal({ status: 200, body: '' });
    await world.settled(before + 1);
    const contact = await world.contact('tel:+16505550001');
    await world.block(contact.id);

    expect(await say('r2')).to.deep.equal({ status: 200, body: '' });
    const body = customBody('+16505550001', [custom.text({ mId: 'c1', text: 'c1' })]);
    expect(await answer(await world.post(own.path, body, bearer('token')))).to.deep.equal({
      status: 200,
      body: '',
    });
    expect((await world.settled(before + 3)).refused).to.equal(2);
    expect(await world.texts(contact.id)).to.deep.equal(['r1']);
  });

  it('When WeChat greets and sends what is sealed, then it is answered and read; in clear it is refused', async () => {
    const key = Buffer.alloc(32, 9).toString('base64').slice(0, 43);
    const channel = await world.createChannel('wechat', {
      appId: 'wx1',
      appSecret: 'secret',
      token: 'token',
      encodingAesKey: key,
    });
    const proof = () => ({
      token: 'token',
      timestamp: String(Math.floor(Date.now() / 1000)),
      nonce: '486452656',
    });
    const at = (query: Record<string, string>) => `${channel.path}?${new URLSearchParams(query)}`;
    const greeted = await fetch(`${world.base}${at({ ...wechatQuery(proof()), echostr: '42' })}`);
    expect(await answer(greeted)).to.deep.equal({ status: 200, body: '42' });
    expect(greeted.headers.get('content-type')).to.match(/^text\/plain/);

    const { accepted } = await world.outcomes();
    const before = await soFar();
    const sealed = wechatSeal(wechatMessage(), { key, appId: 'wx1' });
    const sent = await world.post(at(wechatQuery(proof(), sealed)), wechatEnvelope(sealed), {
      'content-type': 'text/xml',
    });
    expect(await answer(sent)).to.deep.equal({ status: 200, body: '' });
    const inClear = await world.post(at(wechatQuery(proof())), wechatMessage({ MsgId: '2' }));
    expect(await answer(inClear)).to.deep.equal({ status: 401, body: '' });
    expect((await world.settled(before + 1)).accepted).to.equal(accepted + 1);
    const contact = await world.contact('wechat:wx1/oOpenId_1');
    expect(await world.texts(contact.id)).to.deep.equal(['this is a test']);
  });

  it('When a TikTok app serves other businesses too, then their events are ignored', async () => {
    const channel = await world.createChannel('tiktok', {
      appSecret: 'app-secret',
      businessId: 'biz-1',
      accessToken: 'act.token',
    });
    const { accepted, ignored } = await world.outcomes();
    const before = await soFar();
    for (const business of ['biz-1', 'biz-2']) {
      const body = JSON.stringify({
        client_key: 'aw0000',
        event: 'im_receive_msg',
        create_time: Math.floor(Date.now() / 1000),
        user_openid: business,
        content: JSON.stringify({
          message_id: `m-${business}`,
          conversation_id: 'conv+1==',
          timestamp: Date.now(),
          type: 'text',
          text: { body: `to ${business}` },
          from: 'alice',
          from_user: { id: 'alice-1' },
          to_user: { id: business },
        }),
      });
      const headers = tiktokHeaders(body, 'app-secret', Date.now());
      expect(await answer(await world.post(channel.path, body, headers))).to.deep.equal({
        status: 200,
        body: '',
      });
    }
    const outcomes = await world.settled(before + 2);
    expect(outcomes).to.include({ accepted: accepted + 1, ignored: ignored + 1 });
    const { id, identities } = await world.contact('tiktok:alice-1');
    expect(identities).to.deep.equal(['tiktok:alice-1', `tiktok:${channel.id}/conv+1==`]);
    expect(await world.texts(id)).to.deep.equal(['to biz-1']);
  });
});
