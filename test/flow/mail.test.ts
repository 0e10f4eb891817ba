import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { expect } from 'chai';
import {
  HEADERS,
  headerLines,
  lines,
  MULTIPART,
  multipart,
  OVERSIZED,
  URLENCODED,
} from '../support/mail.ts';
import { World } from '../support/world.ts';

const ANA = 'mailto:ana@example.org';
const headersOf = (id: string, from = HEADERS.From) => ({
  ...HEADERS,
  From: from ?? '',
  'Message-ID': `<${id}@mail.example.org>`,
});

/** Mails come in as the three providers post them, through the real processes. */
describe('Mail', () => {
  let world: World;
  let mailgun: string;
  let postmark: string;
  let sendgrid: string;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  before(async () => {
    world = await World.start();
    const address = 'inbox@in.example.com';
    const create = async (type: string, credentials: object) =>
      (await world.createChannel(type, { ...credentials, address })).path;
    mailgun = await create('mailgun', {
      signingKey: 'signing-key',
      apiKey: 'api-key',
      domain: 'in.example.com',
    });
    postmark = await create('postmark', {
      inboundUser: 'videur',
      inboundPassword: 'password',
      serverToken: 'token',
    });
    sendgrid = await create('sendgrid', {
      publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      apiKey: 'api-key',
    });
  });
  after(() => world.stop());

  const newToken = () => randomBytes(25).toString('hex');
  const byMailgun = (id: string, text: string, token = newToken(), from?: string) => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const hmac = createHmac('sha256', 'signing-key').update(timestamp + token);
    const form = new URLSearchParams({
      ...{ timestamp, token, signature: hmac.digest('hex') },
      'message-headers': JSON.stringify(Object.entries(headersOf(id, from))),
      'body-plain': text,
      sender: 'ana@example.org',
    });
    return world.post(mailgun, form.toString(), { 'content-type': URLENCODED });
  };
  const byPostmark = (id: string, text: string, content = 'AAAA') => {
    const { From: _, ...headers } = headersOf(id);
    const mail = {
      FromFull: { Email: 'ana@example.org', Name: 'Ana' },
      Subject: HEADERS.Subject,
      TextBody: text,
      Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
      Attachments: [{ Name: 'a.bin', ContentType: 'a/b', ContentLength: 3, Content: content }],
    };
    const authorization = `Basic ${Buffer.from('videur:password').toString('base64')}`;
    return world.post(postmark, JSON.stringify(mail), { authorization });
  };
  const bySendgrid = (id: string, text: string, envelopeFrom = 'ana@example.org') => {
    return postSendgrid({
      headers: lines(...headerLines(headersOf(id))),
      envelope: JSON.stringify({ from: envelopeFrom, to: [] }),
      text,
    });
  };
  const postSendgrid = (fields: Parameters<typeof multipart>[0]) => {
    const body = multipart(fields);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), privateKey);
    return world.post(sendgrid, body, {
      'content-type': MULTIPART,
      'x-twilio-email-event-webhook-signature': signature.toString('base64'),
      'x-twilio-email-event-webhook-timestamp': timestamp,
    });
  };

  it('When the same person writes to three addresses, then it is one contact with three conversations', async () => {
    for (const response of [
      await byMailgun('1', 'by Mailgun'),
      await byPostmark('1', 'by Postmark'),
      await bySendgrid('1', 'by SendGrid'),
    ])
      expect([response.status, await response.text()]).to.deep.equal([200, '']);
    expect(await world.settled(3)).to.deep.include({ accepted: 3 });
    const { id, email } = await world.contact(ANA);
    expect(email).to.equal('ana@example.org');
    expect(await world.conversations(id)).to.have.length(3);
    expect((await world.texts(id)).sort()).to.deep.equal([
      'by Mailgun',
      'by Postmark',
      'by SendGrid',
    ]);
  });

  it('When a mail is sent again, then it is one message; with the same proof for another, then 401', async () => {
    const token = newToken();
    expect((await byMailgun('2', 'once', token)).status).to.equal(200);
    expect((await byMailgun('2', 'once')).status).to.equal(200);
    expect((await byMailgun('3', 'forged', token)).status).to.equal(401);
    expect(await world.settled(5)).to.deep.include({ accepted: 4, duplicate: 1 });
    const { id } = await world.contact(ANA);
    const texts = await world.texts(id);
    expect(texts.filter((text) => text === 'once')).to.have.length(1);
    expect(texts).not.to.include('forged');
  });

  it('When a mail has 35 MB of files, then it is let in without them', async () => {
    expect((await byPostmark('4', 'large', 'A'.repeat(47_000_000))).status).to.equal(200);
    expect(await world.settled(6)).to.deep.include({ accepted: 5 });
  });

  it('When a bounce comes, then it is counted and answers nobody', async () => {
    expect((await bySendgrid('5', 'could not be delivered', '')).status).to.equal(200);
    expect(await world.settled(7)).to.deep.include({ accepted: 5, ignored: 1 });
  });

  it('When the sender is blocked, then what comes from any spelling of the address is refused', async () => {
    await world.block((await world.contact(ANA)).id);
    const answers = [
      await byMailgun('6', 'no', newToken(), 'Ana <ANA@EXAMPLE.ORG>'),
      await byPostmark('6', 'no'),
      await bySendgrid('6', 'no'),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(await world.settled(10)).to.deep.include({ accepted: 5, refused: 3 });
  });

  it('When a raw mail cannot be read, then it is counted and not asked for again', async () => {
    expect((await postSendgrid({ email: OVERSIZED })).status).to.equal(200);
    expect(await world.settled(11)).to.deep.include({ accepted: 5, refused: 3, invalid: 1 });
  });
});
