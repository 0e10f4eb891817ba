import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { type TestChannel, World } from '../support/world.ts';

const MEGABYTE = 1024 * 1024;
const IDLE = 1_500;
const SLOW = 200;

describe('More than the gateway can take', function () {
  this.timeout(180_000);
  let world: World;
  let channel: TestChannel;
  let sent = 0;
  const sockets: Socket[] = [];
  before(async () => {
    world = await World.start({
      env: {
        MAX_CONNECTIONS: '1000',
        INTAKE_MAX_ARRIVING_BYTES: String(8 * MEGABYTE),
        INTAKE_MAX_WAITING_BYTES: String(32 * 1024),
      },
    });
    channel = await world.whatsapp('111');
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await world.stop();
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  const delivery = () => {
    const id = `m${++sent}`;
    const message = whatsapp.text({ from: `165055${1000 + (sent % 20)}`, id, text: id });
    const body = whatsappBody([whatsapp.change('111', { messages: [message] })]);
    return { id, post: () => world.post(channel.path, body, channel.sign(body)) };
  };
  const send = async () => (await delivery().post()).status;
  /** A connection of our own, and what was answered on it so far. */
  const open = () => {
    const socket = connect(world.port, '127.0.0.1');
    const seen = { socket, answer: '', closed: false };
    socket.on('data', (chunk) => {
      seen.answer += chunk;
    });
    socket.on('close', () => {
      seen.closed = true;
    });
    socket.on('error', () => {});
    sockets.push(socket);
    return seen;
  };
  const connected = (all: { socket: Socket; closed: boolean }[]) =>
    until('all to have been connected', () =>
      all.every(({ socket, closed }) => closed || !socket.connecting),
    );

  it('When there are more idle connections than it keeps, then the oldest are closed and everybody else is served', async () => {
    const idle = Array.from({ length: IDLE }, open);
    await connected(idle);
    for (let i = 0; i < 50; i += 1) expect(await send()).to.equal(200);
    await until('those that are too many to be closed', () => {
      return idle.filter(({ closed }) => closed).length >= IDLE - 1_000;
    });
    expect(
      idle.slice(-100).some(({ closed }) => closed),
      'the newest ones',
    ).to.equal(false);
  });

  it('When headers and bodies trickle in byte by byte, then everybody else is served, and they are answered 503 in the end', async () => {
    const head = `POST ${channel.path} HTTP/1.1\r\nhost: x\r\n`;
    const slow = Array.from({ length: SLOW }, (_, i) => {
      const seen = open();
      seen.socket.write(i % 2 ? head : `${head}content-length: 1000\r\n\r\n`);
      return seen;
    });
    await connected(slow);
    const drip = setInterval(() => {
      for (const { socket, closed } of slow) if (!closed && socket.writable) socket.write('x');
    }, 1_000);
    try {
      for (let i = 0; i < 50; i += 1) expect(await send()).to.equal(200);
      await until('the slow ones to be given up', () => slow.every(({ closed }) => closed));
    } finally {
      clearInterval(drip);
    }
    for (const { answer } of slow)
      expect(answer.split('\r\n')[0]).to.equal('HTTP/1.1 503 Service Unavailable');
    expect(slow[0]?.answer).to.match(/retry-after: \d/i);
  });

  it('When bodies that are still arriving hold too many bytes, then the slowest make room', async () => {
    const part = Buffer.alloc(MEGABYTE, 'x');
    const bodies = Array.from({ length: 20 }, () => {
      const seen = open();
      const length = 3 * MEGABYTE;
      seen.socket.write(
        `POST ${channel.path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`,
      );
      seen.socket.write(part);
      return seen;
    });
    await until('the first ones to be given up', () => {
      return bodies.filter(({ answer }) => answer.startsWith('HTTP/1.1 503')).length >= 12;
    });
    for (let i = 0; i < 20; i += 1) expect(await send()).to.equal(200);
    expect(bodies.filter(({ answer }) => answer === '').length).to.be.within(1, 8);
  });

  it('When the stores take less than comes in, then 503 early for what is too much, and what was answered 200 arrives', async () => {
    await until('all before it to be delivered', async () => (await world.outcomes()).accepted > 0);
    const taken: string[] = [];
    let refused = 0;
    process.kill(world.store.pid, 'SIGSTOP');
    try {
      const answers = Array.from({ length: 400 }, async () => {
        const { id, post } = delivery();
        const response = await post();
        if (response.status === 200) taken.push(id);
        else {
          expect(response.status).to.equal(503);
          expect(Number(response.headers.get('retry-after'))).to.be.greaterThan(0);
          refused += 1;
        }
      });
      await Promise.all(answers);
    } finally {
      process.kill(world.store.pid, 'SIGCONT');
    }
    expect(refused, 'answered 503').to.be.greaterThan(0);
    expect(taken.length, 'answered 200').to.be.greaterThan(0);
    await until('what was taken in to arrive', async () => {
      const there = await world.models.messages.countDocuments({ text: { $in: taken } });
      return there === taken.length;
    });
  });
});
