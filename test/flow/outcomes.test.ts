import { expect } from 'chai';
import { freePort } from '#stores';
import { custom, customBody, whatsapp, whatsappBody } from '../support/deliveries.ts';
import { scrape } from '../support/scrape.ts';
import { until } from '../support/until.ts';
import { end, type Json, type TestChannel, World } from '../support/world.ts';

const ROUNDS = 60;
const KILLS = 3;
/** Jobs of a worker that was killed wait until they count as stalled, on a slow machine too. */
const LONG_ENOUGH_MS = 150_000;
const BLOCKED = '16505550099';

/** What each round sends, event by event, and what is to become of it. */
const OF_A_ROUND = {
  whatsapp: { accepted: 2, duplicate: 1, ignored: 1, refused: 1, invalid: 1, dead_lettered: 0 },
  custom: { accepted: 1, duplicate: 0, ignored: 1, refused: 0, invalid: 1, dead_lettered: 1 },
};

describe('What became of every event', function () {
  this.timeout(2 * LONG_ENOUGH_MS);
  let world: World;
  let number: TestChannel;
  let own: TestChannel;
  let secondGateway: number;

  before(async () => {
    world = await World.start();
    secondGateway = await freePort();
    await world.startGateway(secondGateway);
    number = await world.whatsapp('111');
    own = await world.createChannel('custom', { token: 'custom-token' }).then((channel) => ({
      ...channel,
      sign: () => ({ authorization: 'Bearer custom-token' }),
    }));
    await world.db.db?.command({ collMod: 'messages', validator: { text: { $not: /^poison/ } } });
    await post(number, numbers({ messages: [text(BLOCKED, 'before the block')] }));
    await world.settled(1);
    const { id } = await world.contact(`tel:+${BLOCKED}`);
    await world.block(id);
  });
  after(() => world.stop());

  const text = (from: string, id: string) => whatsapp.text({ from, id, text: id });
  const numbers = (value: Json) => whatsappBody([whatsapp.change('111', value)]);
  let turn = 0;
  const post = async (channel: TestChannel, body: string) => {
    turn += 1;
    const port = turn % 2 === 0 ? world.port : secondGateway;
    const { status } = await fetch(`http://127.0.0.1:${port}${channel.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...channel.sign(body) },
      body,
    });
    expect(status).to.equal(200);
  };
  const round = async (i: number) => {
    const messages = [text('16505550001', `a${i}`), text(BLOCKED, `r${i}`), { type: 'text' }];
    await post(number, numbers({ messages }));
    await post(number, numbers({ messages: [text('16505550002', `b${i}`)] }));
    await post(number, numbers({ messages: [text('16505550002', `b${i}`)] }));
    await post(
      number,
      numbers({ statuses: [whatsapp.status({ id: `nobody ${i}`, status: 'x' })] }),
    );
    const events = [
      custom.text({ mId: `c${i}`, text: `c${i}` }),
      custom.text({ mId: `d${i}`, text: `poison ${i}` }),
      { type: 'typing' },
      { type: 5 },
    ];
    await post(own, customBody('+16505550003', events));
  };

  const items = async (): Promise<Json[]> =>
    (await world.api('GET', `${world.workspace}/outcomes`)).body.items;
  /** The API's counters, added up as the metrics are labelled. */
  const told = async () => {
    const types = new Map([
      [number.id, 'whatsapp'],
      [own.id, 'custom'],
    ]);
    const sums = new Map<string, number>();
    for (const { channelId, outcome, reason, count } of await items()) {
      const type = types.get(channelId);
      const name = `videur_events_total{channel_type="${type}",outcome="${outcome}",reason="${reason ?? ''}"}`;
      sums.set(name, (sums.get(name) ?? 0) + count);
    }
    return Object.fromEntries(sums);
  };
  const measured = async (port: number) =>
    Object.fromEntries(
      [...(await scrape(port))].filter(([name]) => name.startsWith('videur_events_total{')),
    );

  it('When workers are killed in the middle of it, then each event is counted once, by channel and outcome', async () => {
    let [, worker] = world.processes;
    let next = 0;
    const load = Array.from({ length: 8 }, async () => {
      while (next < ROUNDS) await round(next++);
    });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const reached = Math.floor((ROUNDS * kill) / (KILLS + 1));
      await until('a part of it to be sent', () => next >= reached, 1);
      if (worker) await end(worker, 'SIGKILL');
      worker = world.startWorker();
    }
    await Promise.all(load);
    const all = 1 + ROUNDS * 10;
    const settled = async () =>
      Object.values(await world.outcomes()).reduce((sum, count) => sum + count, 0) >= all;
    await until(`${all} outcomes`, settled, 200, LONG_ENOUGH_MS);

    const counts = { [number.id]: {}, [own.id]: {} } as Record<string, Record<string, number>>;
    for (const { channelId, outcome, count } of await items()) {
      const of = counts[channelId] ?? {};
      of[outcome] = (of[outcome] ?? 0) + count;
    }
    const wanted = (channel: keyof typeof OF_A_ROUND, more = 0) =>
      Object.fromEntries(
        Object.entries(OF_A_ROUND[channel])
          .map(([outcome, each]): [string, number] => [outcome, each * ROUNDS])
          .map(([outcome, count]) => [outcome, outcome === 'accepted' ? count + more : count])
          .filter(([, count]) => count !== 0),
      );
    expect(counts[number.id]).to.deep.equal(wanted('whatsapp', 1));
    expect(counts[own.id]).to.deep.equal(wanted('custom'));
  });

  it('When it is asked for one channel, then only that one is in the answer', async () => {
    const { body } = await world.api('GET', `${world.workspace}/outcomes?channelId=${own.id}`);
    expect(new Set(body.items.map(({ channelId }: Json) => channelId))).to.deep.equal(
      new Set([own.id]),
    );
    expect(body.totals).to.include({ accepted: ROUNDS, dead_lettered: ROUNDS, refused: 0 });
  });

  it('When metrics are scraped, then every gateway tells the same as the API, reason by reason', async () => {
    const api = await told();
    expect(Object.keys(api)).to.have.length.of.at.least(9);
    for (const port of [world.port, secondGateway])
      await until(`the gateway at ${port} to tell it`, async () => {
        const metrics = await measured(port);
        return JSON.stringify(sorted(metrics)) === JSON.stringify(sorted(api));
      });
  });

  it('When a dead letter is delivered after all, then it has its new outcome, and the counters do not fall', async () => {
    await world.db.db?.command({ collMod: 'messages', validator: {} });
    const [letter] = (await world.api('GET', `${world.workspace}/dead-letters`)).body.items;
    await world.api('POST', `${world.workspace}/dead-letters/${letter.id}/retry`);
    await until(
      'it to be stored',
      async () => (await world.outcomes()).dead_lettered === ROUNDS - 1,
    );
    const revived = 'videur_dead_letters_revived_total{channel_type="custom"}';
    const metrics = await until('the gateway to tell it', async () => {
      const all = await scrape(world.port);
      return all.get(revived) === 1 && all;
    });
    const of = (outcome: string) =>
      metrics.get(`videur_events_total{channel_type="custom",outcome="${outcome}",reason=""}`);
    expect(of('dead_lettered')).to.equal(ROUNDS);
    expect(of('accepted')).to.equal(ROUNDS + 1);
    expect((await world.outcomes()).accepted).to.equal(1 + 3 * ROUNDS + 1);
  });

  it('When a channel is deleted, then what it counted is still told', async () => {
    const before = await measured(world.port);
    expect((await world.api('DELETE', `${world.workspace}/channels/${own.id}`)).status).to.equal(
      204,
    );
    await post(number, numbers({ messages: [text('16505550001', 'after it')] }));
    const accepted = 'videur_events_total{channel_type="whatsapp",outcome="accepted",reason=""}';
    const now = await until('it to be counted', async () => {
      const metrics = await measured(world.port);
      return metrics[accepted] === (before[accepted] ?? 0) + 1 && metrics;
    });
    expect(now).to.deep.equal({ ...before, [accepted]: now[accepted] });
  });

  it('When a gateway is killed, then it loses no more than the refused messages that it had not told yet', async () => {
    const refused = async () => (await world.outcomes()).refused;
    const first = await refused();
    const some = (name: string) =>
      Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          world.post(...signed(numbers({ messages: [text(BLOCKED, `${name}${i}`)] }))),
        ),
      );
    const signed = (body: string) => [number.path, body, number.sign(body)] as const;
    await some('x');
    await until('them to be counted', async () => (await refused()) === first + 20);
    await some('y');
    const [gateway] = world.processes;
    if (gateway) await end(gateway, 'SIGKILL');
    await world.startGateway();
    expect(await refused()).to.be.within(first + 20, first + 40);
    await some('z');
    await until('the next to be counted', async () => (await refused()) >= first + 40);
    expect(await refused()).to.be.at.most(first + 60);
  });
});

const sorted = (of: Record<string, number>) => Object.entries(of).toSorted();
