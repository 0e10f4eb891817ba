import { expect } from 'chai';
import sinon from 'sinon';
import { TestApi } from '../support/api.ts';

describe('operations', () => {
  let api: TestApi;

  before(async () => {
    api = await TestApi.start();
    await api.workspace();
  });
  after(() => api.stop());

  it('When all is well, then alive and ready', async () => {
    expect((await api.fetch('GET', '/livez')).status).to.equal(200);
    const { status, body } = await api.fetch('GET', '/readyz');
    expect(status).to.equal(200);
    expect(body).to.deep.equal({
      status: 'ok',
      dependencies: { mongodb: { ok: true }, redis: { ok: true, durable: true } },
    });
  });

  it('When a dependency is away or does not answer, then readiness names it, and is lost only without both', async () => {
    const stuck = await TestApi.start();
    sinon.stub(stuck.deps.redis, 'ask').returns(new Promise(() => {}));
    try {
      const { status, body } = await stuck.fetch('GET', '/readyz');
      expect(status).to.equal(200);
      expect(body.status).to.equal('degraded');
      expect(body.dependencies.redis.ok).to.equal(false);
      expect(body.dependencies.mongodb.ok).to.equal(true);
      sinon.stub(stuck.deps.mongo, 'ask').rejects(new Error('away'));
      const both = await stuck.fetch('GET', '/readyz');
      expect([both.status, both.body.status]).to.deep.equal([503, 'unavailable']);
      expect((await stuck.fetch('GET', '/livez')).status).to.equal(200);
    } finally {
      await stuck.stop();
    }
  });

  it('When metrics are scraped, then they have what was counted here and what all processes stored', async () => {
    const { metrics, models, queues } = api.deps;
    const now = Date.now();
    const of = { channelType: 'custom' as const, reason: null };
    await models.outcomeTotals.create([
      { ...of, _id: 'a', outcome: 'accepted', count: 3 },
      { ...of, _id: 'b', outcome: 'accepted', count: 4 },
      { ...of, _id: 'c', outcome: 'revived', count: 5 },
    ]);
    await queues.deliver.add('deliver', { text: 'secret text' } as never, {
      timestamp: now - 60_000,
    });
    metrics.onScreened('cache');
    metrics.onBatch(7);
    metrics.onAnswer('telegram', 200, 0.004);
    metrics.onAnswer('unknown', 401, 0.001);
    metrics.onRefused();
    const { status, text } = await api.fetch('GET', '/metrics');
    expect(status).to.equal(200);
    for (const line of [
      '# TYPE videur_events_total counter',
      'videur_events_total{channel_type="custom",outcome="accepted",reason=""} 7',
      'videur_dead_letters_revived_total{channel_type="custom"} 5',
      'videur_screenings_total{source="cache"} 1',
      'videur_webhook_answers_total{channel_type="unknown",status="401"} 1',
      'videur_time_to_durable_seconds_count{channel_type="telegram"} 1',
      'videur_batch_events_sum 7',
      'videur_refused_total 1',
      'videur_queue_jobs{queue="deliver",state="wait"} 1',
      'videur_mac 0',
      'videur_mac_drift 0',
    ])
      expect(text).to.include(line);
    const age = /oldest_job_age_seconds\{queue="deliver"\} ([\d.]+)/.exec(text)?.[1];
    expect(Number(age)).to.be.within(60, 70);
    expect(text)
      .to.match(/process_cpu/)
      .and.not.match(/secret text/);
  });

  it('When Redis is away, then the metrics of the others are still there', async () => {
    const cut = await TestApi.start();
    try {
      cut.deps.redis.stop();
      cut.deps.redis.client.disconnect();
      const { status, text } = await cut.fetch('GET', '/metrics');
      expect(status).to.equal(200);
      expect(text)
        .to.include('videur_refused_total 0')
        .and.not.match(/^videur_queue_jobs\{/m);
    } finally {
      await cut.deps.redis.client.connect();
      await cut.stop();
    }
  });

  it('When MongoDB is away, then what only it knows is not there rather than 0', async () => {
    const { text } = await api.fetch('GET', '/metrics');
    expect(text).to.match(/^videur_spooled_batches 0$/m);
    const without = await TestApi.start();
    sinon.stub(without.deps.mongo, 'available').get(() => false);
    try {
      const { text } = await without.fetch('GET', '/metrics');
      expect(text).not.to.match(/^videur_(spooled_batches|pending_block_changes|mac)\b/m);
      expect(text).to.match(/^videur_queue_jobs\{/m);
    } finally {
      sinon.restore();
      await without.stop();
    }
  });
});
