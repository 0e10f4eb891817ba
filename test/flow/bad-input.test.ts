import { connect } from 'node:net';
import { expect } from 'chai';
import { bearer, whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { type TestChannel, World } from '../support/world.ts';

/** Answers of contract.md: 200, 401, 404, 413, 503, and nothing else. */
describe('Bad input', () => {
  let world: World;
  let channel: TestChannel;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
  });
  after(() => world.stop());

  const good = whatsappBody([
    whatsapp.change('111', {
      messages: [whatsapp.text({ from: '16505550001', id: 'g', text: 'hi' })],
    }),
  ]);
  const signed = (body: string) => world.post(channel.path, body, channel.sign(body));
  const nothingStored = async () => {
    for (const model of [world.models.messages, world.models.contacts, world.models.conversations])
      expect(await model.estimatedDocumentCount(), model.modelName).to.equal(0);
    const { status } = await fetch(`${world.base}/livez`);
    expect(status).to.equal(200);
  };

  it('When the signature is missing, wrong, of another secret, or of another body, then 401 without a word', async () => {
    const wrong = channel.sign(`${good} `);
    const other = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    for (const headers of [{}, wrong, other, { 'x-hub-signature-256': 'sha256=' }]) {
      const response = await world.post(channel.path, good, headers);
      expect([response.status, await response.text()]).to.deep.equal([401, '']);
    }
    const truncated = await world.post(channel.path, good.slice(0, -20), channel.sign(good));
    expect(truncated.status).to.equal(401);
    await nothingStored();
  });

  it('When the channel is unknown, of another type, or the address nonsense, then 404', async () => {
    const paths = [
      '/webhooks/whatsapp/000000000000000000000000',
      `/webhooks/telegram/${channel.id}`,
      `/webhooks/whatsapp/${channel.id}/more`,
      '/webhooks/whatsapp/%00',
      '/webhooks/meta/no-such-app',
      '/webhooks/constructor/prototype',
      '/webhooks/',
    ];
    for (const path of paths)
      expect((await world.post(path, good, channel.sign(good))).status, path).to.equal(404);
    await nothingStored();
  });

  it('When a signed body is not JSON, of wrong types, 10,000 levels deep, or has __proto__ keys, then 200, counted, nothing stored', async () => {
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    const bodies = [
      'not json',
      '{"object":',
      '[]',
      '"text"',
      'null',
      '',
      deep,
      '['.repeat(10_000) + ']'.repeat(10_000),
      '{"__proto__":{"entry":[1]},"object":"whatsapp_business_account"}',
      whatsappBody([
        whatsapp.change('111', { messages: [7, null, { from: 1, id: {}, type: [] }] }),
      ]),
      whatsappBody([{ value: null, field: 3 }]),
    ];
    for (const body of bodies) expect((await signed(body)).status, body.slice(0, 40)).to.equal(200);
    const outcomes = await world.settled(bodies.length);
    expect(outcomes).to.include({ accepted: 0, refused: 0, duplicate: 0 });
    expect(({} as { entry?: unknown }).entry).to.equal(undefined);
    await nothingStored();
  });

  it('When the body has 10 MB, then 413, whatever its signature', async () => {
    const huge = 'x'.repeat(10 * 1024 * 1024);
    expect((await signed(huge)).status).to.equal(413);
    expect((await world.post(channel.path, huge)).status).to.equal(413);
    await nothingStored();
  });

  it('When the token of a custom channel is wrong, then 401', async () => {
    const { path } = await world.createChannel('custom', {
      token: 'right',
      apiBaseUrl: 'https://example.com',
    });
    for (const headers of [{}, bearer('wrong'), bearer(''), { authorization: 'Basic cmlnaHQ=' }])
      expect((await world.post(path, '{}', headers as never)).status).to.equal(401);
    await nothingStored();
  });

  it('When a body stalls, then its sender is told to send again, and others are served meanwhile', async () => {
    let answer = '';
    const socket = connect(world.port, '127.0.0.1');
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(`POST ${channel.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"obj`);
    expect((await world.post(channel.path, good)).status).to.equal(401);
    await until('the stalled request to be answered', () => answer.includes('\r\n\r\n'));
    expect(answer)
      .to.match(/^HTTP\/1\.1 503 /)
      .and.to.match(/\r\nRetry-After: \d/);
    socket.destroy();
    await nothingStored();
  });

  it('When a sender goes away in the middle of its body, then nothing happens', async () => {
    const socket = connect(world.port, '127.0.0.1');
    await new Promise<void>((resolve) => {
      socket.write(
        `POST ${channel.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"obj`,
        () => {
          socket.destroy();
          resolve();
        },
      );
    });
    expect((await signed(good)).status).to.equal(200);
    await until('the next message', async () => (await world.outcomes()).accepted === 1);
  });
});
