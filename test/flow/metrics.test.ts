import { expect } from 'chai';
import { freePort } from '#stores';
import { custom, customBody } from '../support/deliveries.ts';
import { FakeProvider } from '../support/provider.ts';
import { scrape } from '../support/scrape.ts';
import { until } from '../support/until.ts';
import { end, type TestChannel, World } from '../support/world.ts';

describe('What processes tell of themselves', () => {
  let provider: FakeProvider;
  let world: World;
  let channel: TestChannel;
  let port: number;
  before(async () => {
    provider = await FakeProvider.start();
    world = await World.start({ env: { ALLOW_PRIVATE_OUTBOUND: 'true' } });
    channel = await world.custom(provider);
    const [, quiet] = world.processes;
    if (quiet) await end(quiet, 'SIGKILL');
    port = await freePort();
    world.startWorker({ METRICS_PORT: String(port) });
    await until('the worker to answer', () => scrape(port).catch(() => undefined));
  });
  after(async () => {
    await world?.stop();
    await provider.stop();
  });

  const post = async (...ids: string[]) => {
    const events = ids.map((id) => custom.text({ mId: id, text: id }));
    const body = customBody('+16505550001', events);
    return (await world.post(channel.path, body, channel.sign(body))).status;
  };
  const become = (series: string, value: number) =>
    until(`${series} to be ${value}`, async () => (await scrape(port)).get(series) === value);

  it('When messages become readable, then the worker tells of each how long it took', async () => {
    expect(await post('a', 'b')).to.equal(200);
    expect(await post('b', 'c')).to.equal(200);
    await world.settled(4);
    await become('videur_time_to_readable_seconds_count{channel_type="custom"}', 3);
    const told = await scrape(port);
    expect(told.get('videur_time_to_readable_seconds_sum{channel_type="custom"}')).to.be.above(0);
    expect(
      told.get('videur_time_to_readable_seconds_bucket{le="+Inf",channel_type="custom"}'),
    ).to.equal(3);
  });

  it('When jobs are run, then how long and how they ended; when sweeps are, then that they were', async () => {
    const told = await until('the jobs to be told', async () => {
      const all = await scrape(port);
      return (all.get('videur_job_seconds_count{queue="deliver",result="done"}') ?? 0) >= 1 && all;
    });
    expect(told.get('videur_job_seconds_count{queue="deliver",result="failed"}')).to.equal(
      undefined,
    );
    for (const sweep of ['relay', 'spool', 'send_relay'])
      await until(`${sweep} to be told`, async () => {
        const done = (await scrape(port)).get(
          `videur_sweeps_total{sweep="${sweep}",result="done"}`,
        );
        return done !== undefined && done > 0;
      });
  });

  it('When a message is sent, then how long the attempt took, and of one that is to be tried again that it was put back', async () => {
    const { id } = await world.contact('tel:+16505550001');
    const [conversation] = await world.conversations(id);
    provider.plan('later', { status: 503 });
    await world.send(conversation.id, { text: 'later' });
    await become('videur_send_seconds_count{channel_type="custom"}', 2);
    const told = await scrape(port);
    expect(told.get('videur_job_seconds_count{queue="send",result="put_back"}')).to.equal(1);
  });

  it('When deliveries are answered, then the gateway tells them by the type of their channel', async () => {
    const answers = (type: string, status: number) =>
      world.metric(`videur_webhook_answers_total{channel_type="${type}",status="${status}"}`);
    const before = await answers('custom', 200);
    expect(await post('d')).to.equal(200);
    expect(await answers('custom', 200)).to.equal(before + 1);
    expect((await world.post(channel.path, '{}')).status).to.equal(401);
    expect(await answers('custom', 401)).to.equal(1);
    expect((await world.post('/webhooks/+16505550001/x', '{}')).status).to.equal(404);
    expect(await answers('unknown', 404)).to.equal(1);
  });

  it('When Redis goes away, then both processes tell that their breaker is open, and that it closed again', async () => {
    const redis = 'videur_dependency_available{dependency="redis"}';
    await become(redis, 1);
    await world.store.kill();
    await become(redis, 0);
    await until('the gateway to tell it', async () => (await world.metric(redis)) === 0);
    await world.startRedis();
    await become(redis, 1);
    await until('the gateway to tell it', async () => (await world.metric(redis)) === 1);
  });

  it('When a worker is asked for anything else, then it is not there; alive it is', async () => {
    const status = async (path: string, method = 'GET') =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { method })).status;
    expect(await status('/livez')).to.equal(200);
    expect([await status('/queues'), await status('/metrics', 'POST')]).to.deep.equal([404, 404]);
  });
});
