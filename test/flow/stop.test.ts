import { expect } from 'chai';
import { freePort } from '#stores';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { end, type TestChannel, World } from '../support/world.ts';

const CONNECTIONS = 16;

describe('Stopping under load', function () {
  // Nine processes come up, one after the other, beside the load.
  this.timeout(240_000);
  let world: World;
  let channel: TestChannel;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
  });
  after(() => world.stop());

  /**
   * Sends without end to whichever gateway takes a connection, and sends again what got no answer. An
   * answer other than 200 is a fault.
   */
  const load = (ports: number[]) => {
    const acknowledged: string[] = [];
    const faults: number[] = [];
    let running = true;
    let next = 0;
    const connection = async (i: number) => {
      let at = i;
      while (running) {
        const id = `s${world.port}-${next++}`;
        const from = `1650558${1000 + (next % 40)}`;
        const message = whatsapp.text({ from, id, text: id });
        const body = whatsappBody([whatsapp.change('111', { messages: [message] })]);
        for (let answer: number | undefined; answer !== 200; at += answer === 200 ? 0 : 1) {
          const url = `http://127.0.0.1:${ports[at % ports.length]}${channel.path}`;
          const headers = { 'content-type': 'application/json', ...channel.sign(body) };
          answer = await fetch(url, { method: 'POST', headers, body }).then(
            ({ status }) => status,
            () => undefined,
          );
          if (answer !== undefined && answer !== 200) faults.push(answer);
        }
        acknowledged.push(id);
      }
    };
    const connections = Array.from({ length: CONNECTIONS }, (_, i) => connection(i));
    return {
      acknowledged,
      faults,
      until: (more: number) => {
        const target = acknowledged.length + more;
        return until(`${more} more answers`, () => acknowledged.length >= target);
      },
      async stop() {
        running = false;
        await Promise.all(connections);
      },
    };
  };
  const allArrive = async (acknowledged: string[]) => {
    await until('all that was answered 200 to be in the inbox', async () => {
      const there = await world.models.messages.countDocuments({ text: { $in: acknowledged } });
      expect(there).to.be.at.most(acknowledged.length);
      return there === acknowledged.length;
    });
  };
  /** A signal before a worker is at work ends a process that has nothing in hand. */
  const workersStarted = (count: number) =>
    until('the workers to be at work', () => {
      const lines = world.output.split('\n').filter((line) => line.includes('"message":"started"'));
      return lines.filter((line) => line.includes('"process":"worker"')).length >= count;
    });
  const stopInOrder = async (child: World['processes'][number]) => {
    await end(child, 'SIGTERM');
    expect(child.exitCode).to.equal(0);
    world.processes.splice(world.processes.indexOf(child), 1);
  };

  it('When gateway and worker get SIGTERM in the middle of it, then they exit 0 and nothing is lost', async () => {
    const sender = load([world.port]);
    await sender.until(200);
    await workersStarted(1);
    for (const child of [...world.processes]) await stopInOrder(child);
    await world.startGateway();
    world.startWorker();
    await sender.until(100);
    await sender.stop();
    expect(sender.faults).to.deep.equal([]);
    await allArrive(sender.acknowledged);
  });

  it('When two gateways and two workers are restarted one after the other, then no request fails and nothing is lost', async () => {
    const other = await freePort();
    await world.startGateway(other);
    world.startWorker();
    const [gateway, worker, gateway2, worker2] = world.processes;
    if (!gateway || !worker || !gateway2 || !worker2) throw new Error('not all of them run');
    const sender = load([world.port, other]);
    await sender.until(100);
    await workersStarted(3);
    await stopInOrder(gateway);
    await sender.until(100);
    await world.startGateway();
    await stopInOrder(worker);
    world.startWorker();
    await sender.until(100);
    await stopInOrder(gateway2);
    await world.startGateway(other);
    await stopInOrder(worker2);
    world.startWorker();
    await sender.until(100);
    await sender.stop();
    expect(sender.faults).to.deep.equal([]);
    await allArrive(sender.acknowledged);
    const conversations = await world.conversations();
    expect(conversations).to.have.length(40);
  });

  it('When a worker gets SIGTERM while MongoDB hangs, then it gives its jobs back and ends', async () => {
    const own = await World.start({ ownMongo: true });
    try {
      const there = await own.whatsapp('222');
      const post = async (id: string) => {
        const message = whatsapp.text({ from: '16505550001', id, text: id });
        const body = whatsappBody([whatsapp.change('222', { messages: [message] })]);
        expect((await own.post(there.path, body, there.sign(body))).status).to.equal(200);
      };
      await post('first');
      await own.settled(1);
      process.kill(own.mongo?.pid ?? 0, 'SIGSTOP');
      await post('second');
      const worker = own.processes.at(-1);
      if (!worker) throw new Error('no worker');
      await end(worker, 'SIGTERM');
      expect(worker.exitCode).to.equal(0);
      process.kill(own.mongo?.pid ?? 0, 'SIGCONT');
      own.startWorker();
      await until('the message to arrive', () =>
        own.models.messages.exists({ text: 'second' }).then(Boolean),
      );
    } finally {
      process.kill(own.mongo?.pid ?? 0, 'SIGCONT');
      await own.stop();
    }
  });
});
