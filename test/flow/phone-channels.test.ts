import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import twilio from 'twilio';
import { bearer } from '../support/deliveries.ts';
import { signJwt } from '../support/jwt.ts';
import { World } from '../support/world.ts';

/** As the providers meet the gateway: their signatures over its address, and one person on all of them. */
describe('Twilio, Vonage, Bird and Infobip', () => {
  let world: World;
  before(async () => {
    world = await World.start();
  });
  after(() => world.stop());

  const PHONE = '16505550001';
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = async (response: Response) => ({
    status: response.status,
    body: await response.text(),
  });
  const OK = { status: 200, body: '' };
  const REFUSED = { status: 401, body: '' };

  type Say = (id: string) => Promise<{ status: number; body: string }>;

  async function overTwilio(): Promise<{ path: string; post: Say; get: Say }> {
    const { path } = await world.createChannel('twilio', {
      accountSid: 'AC1',
      authToken: 'twilio-token',
      from: 'whatsapp:+14155238886',
    });
    const params = (id: string) => ({
      MessageSid: id,
      SmsStatus: 'received',
      From: `whatsapp:+${PHONE}`,
      To: 'whatsapp:+14155238886',
      Body: `${id} ñ & + 100%`,
      NumMedia: '0',
    });
    const sign = (url: string, signed: Record<string, string>) => ({
      'x-twilio-signature': twilio.getExpectedTwilioSignature('twilio-token', url, signed),
    });
    return {
      path,
      post: async (id) => {
        const headers = { ...FORM, ...sign(world.base + path, params(id)) };
        return answer(await world.post(path, new URLSearchParams(params(id)).toString(), headers));
      },
      get: async (id) => {
        const url = `${world.base}${path}?${new URLSearchParams(params(id))}`;
        return answer(await fetch(url, { headers: sign(url, {}) }));
      },
    };
  }

  async function overVonage(): Promise<Say> {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { path } = await world.createChannel('vonage', {
      apiKey: 'a1b2c3d',
      signatureSecret: 'vonage-secret',
      applicationId: 'app-1',
      privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      from: '14155238886',
    });
    return async (id) => {
      const body = JSON.stringify({
        message_uuid: id,
        channel: 'sms',
        from: PHONE,
        to: '14155238886',
        timestamp: new Date().toISOString(),
        message_type: 'text',
        text: id,
      });
      const claims = {
        iss: 'Vonage',
        iat: Math.floor(Date.now() / 1000),
        api_key: 'a1b2c3d',
        payload_hash: createHash('sha256').update(body).digest('hex'),
      };
      return answer(await world.post(path, body, bearer(signJwt(claims, 'vonage-secret'))));
    };
  }

  async function overBird(): Promise<Say> {
    const { path } = await world.createChannel('bird', { signingKey: 'bird-key', accessKey: 'k' });
    return async (id) => {
      const body = JSON.stringify({
        service: 'channels',
        event: 'sms.inbound',
        payload: {
          id,
          createdAt: new Date().toISOString(),
          sender: { contact: { identifierKey: 'phonenumber', identifierValue: `+${PHONE}` } },
          body: { type: 'text', text: { text: id } },
        },
      });
      const timestamp = String(Math.floor(Date.now() / 1000));
      const hmac = createHmac('sha256', 'bird-key')
        .update(`${timestamp}\n${world.base}${path}\n`)
        .update(createHash('sha256').update(body).digest());
      const headers = {
        'messagebird-signature': hmac.digest('base64'),
        'messagebird-request-timestamp': timestamp,
      };
      return answer(await world.post(path, body, headers));
    };
  }

  async function overInfobip() {
    const { path } = await world.createChannel('infobip', {
      authType: 'basic',
      user: 'videur',
      password: 'infobip-password',
    });
    const headers = {
      authorization: `Basic ${Buffer.from('videur:infobip-password').toString('base64')}`,
    };
    const sms = (messageId: string, from: string) => ({
      messageId,
      from,
      to: '385921004026',
      text: messageId,
      receivedAt: new Date().toISOString().replace('Z', '+0000'),
    });
    return async (...messages: [id: string, from: string][]) => {
      const report = { messageId: 'ours', status: { groupName: 'DELIVERED' } };
      const results = [...messages.map(([id, from]) => sms(id, from)), report, 'broken'];
      const body = JSON.stringify({ results, messageCount: results.length });
      return answer(await world.post(path, body, headers));
    };
  }

  it('When a number is blocked, then it is refused however it writes, and others are not', async () => {
    const { path, post, get } = await overTwilio();
    const vonage = await overVonage();
    const bird = await overBird();
    const infobip = await overInfobip();

    expect(await post('SM1')).to.deep.equal(OK);
    expect(await get('SM2')).to.deep.equal(OK);
    expect(await vonage('vonage-1')).to.deep.equal(OK);
    expect(await bird('bird-1')).to.deep.equal(OK);
    expect(await infobip(['infobip-1', PHONE])).to.deep.equal(OK);
    expect(await world.settled(7)).to.include({ accepted: 5, ignored: 1, invalid: 1 });
    const contact = await world.contact(`tel:+${PHONE}`);
    const texts = ['SM1 ñ & + 100%', 'SM2 ñ & + 100%', 'vonage-1', 'bird-1', 'infobip-1'];
    expect(await world.texts(contact.id)).to.have.members(texts);
    expect(await world.mac()).to.equal(1);

    await world.block(contact.id);
    for (const say of [post, get, vonage, bird]) expect(await say('blocked')).to.deep.equal(OK);
    expect(await infobip(['infobip-2', PHONE], ['infobip-3', '447700900000'])).to.deep.equal(OK);
    expect(await world.settled(15)).to.include({ accepted: 6, refused: 5, ignored: 2, invalid: 2 });
    expect(await world.texts(contact.id)).to.have.members(texts);
    const other = await world.contact('tel:+447700900000');
    expect(await world.texts(other.id)).to.deep.equal(['infobip-3']);

    expect(await answer(await world.post(path, 'MessageSid=SM9', FORM))).to.deep.equal(REFUSED);
    expect(await answer(await fetch(`${world.base}${path}?MessageSid=SM9`))).to.deep.equal(REFUSED);
  });
});
