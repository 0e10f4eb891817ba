import { Worker } from 'bullmq';
import { expect } from 'chai';
import { type ObjectId, Types } from '../../models/ids.ts';
import { type DeliverJob, QUEUES } from '../../models/jobs.ts';
import { TestApi } from '../support/api.ts';
import { until } from '../support/until.ts';

const SECRETS = /hello world|33612345678|Lovelace|wamid/;

describe('the queue dashboard', () => {
  let api: TestApi;
  let workspaceId: ObjectId;
  let looking: string;
  let acting: string;

  before(async () => {
    api = await TestApi.start();
    workspaceId = await api.workspace();
    looking = await api.key(workspaceId, ['ops:read']);
    acting = await api.key(workspaceId, ['ops:read', 'admin']);
  });
  after(() => api.stop());

  const job: DeliverJob = {
    batchId: 'batch-1',
    settled: [],
    deliveries: [
      {
        workspaceId: 'w',
        channelId: 'c',
        receivedAt: 1,
        events: [
          {
            kind: 'message',
            eventId: 'wamid.1',
            at: 1,
            identities: ['tel:+33612345678'],
            profile: { lastName: 'Lovelace' },
            content: { type: 'text', text: 'hello world' },
          },
        ],
      },
    ],
  };
  const jobs = '/queues/api/queues?activeQueue=deliver&page=1&jobsPerPage=10';

  it('When jobs are looked at, then as ids and counts, without text, numbers or names', async () => {
    await api.deps.queues.deliver.add('deliver', job, { jobId: 'batch-1' });
    const list = await api.fetch('GET', jobs, { key: looking });
    const one = await api.fetch('GET', '/queues/api/queues/deliver/batch-1', { key: looking });
    const others = await Promise.all(
      ['flow', 'logs'].map((of) =>
        api.fetch('GET', `/queues/api/queues/deliver/batch-1/${of}`, { key: acting }),
      ),
    );
    for (const { text } of others) expect(text).not.to.match(SECRETS);
    expect([list.status, one.status]).to.deep.equal([200, 200]);
    const [delivery] = one.body.job.data.deliveries;
    expect(delivery).to.deep.equal({
      workspaceId: 'w',
      channelId: 'c',
      receivedAt: 1,
      events: { message: 1 },
    });
    expect(list.text).to.include('batch-1');
    expect(list.text + one.text).not.to.match(SECRETS);
  });

  it('When the queues are looked at, then each is there, named for what it does', async () => {
    const { body } = await api.fetch('GET', '/queues/api/queues', { key: looking });
    const shown = body.queues.map(
      ({ name, displayName: title, description }: Record<string, string>) => ({
        name,
        title,
        description,
      }),
    );
    expect(shown).to.have.deep.members(Object.values(QUEUES));
  });

  it('When the jobs of any other queue are looked at, then only ids and fixed words are shown', async () => {
    const ids = { workspaceId: new Types.ObjectId().toString(), action: 'blocked' };
    const told = { text: 'hello world', name: 'Lovelace', contactId: 'tel:+33612345678' };
    const { effects } = api.deps;
    await effects.add('notify', { ...ids, ...told } as never, { jobId: 'told' });
    const { body, text } = await api.fetch('GET', `/queues/api/queues/${effects.name}/told`, {
      key: looking,
    });
    expect(body.job.data).to.deep.equal(ids);
    expect(text).not.to.match(SECRETS);
    await effects.remove('told');
  });

  it('When a job failed, then its error is shown by kind and place, not by what it says', async () => {
    const { effects, settings } = api.deps;
    const connection = { url: settings.REDIS_URL, maxRetriesPerRequest: null };
    await effects.add('notify', { workspaceId: 'w' } as never, { jobId: 'broken' });
    const worker = new Worker(
      effects.name,
      async () => {
        throw new RangeError('E11000 dup key: { identities: "tel:+33612345678" }');
      },
      { connection, prefix: settings.REDIS_PREFIX },
    );
    await until('the job to fail', async () => (await effects.getJobState('broken')) === 'failed');
    await worker.close();
    const { body, text } = await api.fetch('GET', `/queues/api/queues/${effects.name}/broken`, {
      key: looking,
    });
    expect(body.job.failedReason).to.equal('RangeError');
    expect(body.job.stacktrace[0]).to.match(/^RangeError\n\s+at /);
    expect(text).not.to.match(SECRETS);
  });

  it('When nobody is signed in, then a browser goes to the login and a program gets 401', async () => {
    const browser = await api.fetch('GET', '/queues', { headers: { accept: 'text/html' } });
    expect([browser.status, browser.headers.get('location')]).to.deep.equal([
      303,
      '/login?next=%2Fqueues',
    ]);
    expect((await api.fetch('GET', '/queues')).status).to.equal(401);
    expect((await api.fetch('GET', jobs, { key: 'vk_wrong' })).status).to.equal(401);
  });

  it('When it is asked for, then owners and ops:read only, a key also as a Basic password', async () => {
    const session = async (role: 'owner' | 'manager' | 'agent') =>
      (await api.fetch('GET', '/queues', await api.signedIn(workspaceId, role))).status;
    expect(await session('owner')).to.equal(200);
    expect([await session('manager'), await session('agent')]).to.deep.equal([403, 403]);
    const other = await api.key(workspaceId, ['contacts:read', 'admin']);
    expect((await api.fetch('GET', '/queues', { key: other })).status).to.equal(403);
    const authorization = `Basic ${Buffer.from(`any:${looking}`).toString('base64')}`;
    const page = await api.fetch('GET', '/queues', { headers: { authorization } });
    expect(page.status).to.equal(200);
    const script = /src="(static\/js\/[^"]+)"/.exec(page.text)?.[1];
    expect(
      (await api.fetch('GET', `/queues/${script}`, { headers: { authorization } })).status,
    ).to.equal(200);
    expect(page.headers.get('content-security-policy')).to.include("script-src 'self';");
  });

  it('When a key may only look, then nothing changes; with admin it may act', async () => {
    const pause = '/queues/api/queues/deliver/pause';
    const refused = await api.fetch('PUT', pause, { key: looking });
    expect(refused.status).to.be.within(400, 499);
    expect(await api.deps.queues.deliver.isPaused()).to.equal(false);
    expect((await api.fetch('PUT', pause, { key: acting })).status).to.equal(200);
    expect(await api.deps.queues.deliver.isPaused()).to.equal(true);
    await api.deps.queues.deliver.resume();
  });

  it('When messages that were answered 200 would be removed, then it is refused; an alarm clock may be', async () => {
    const { deliver, send } = api.deps.queues;
    await deliver.add('deliver', job, { jobId: 'kept' });
    for (const path of ['empty', 'obliterate', 'clean/wait', 'kept/clean']) {
      const answer = await api.fetch('PUT', `/queues/api/queues/deliver/${path}`, { key: acting });
      expect(answer.status, path).to.equal(403);
    }
    expect(await deliver.getJobState('kept')).to.equal('waiting');
    await send.add('send', {} as never, { jobId: 'alarm' });
    const clean = '/queues/api/queues/send/alarm/clean';
    expect((await api.fetch('PUT', clean, { key: acting })).status).to.equal(204);
    expect(await send.getJob('alarm')).to.equal(undefined);
  });

  it('When a job has failed for good, then it is retried with admin, and not without', async () => {
    const { queues, settings } = api.deps;
    const { send } = queues;
    const connection = { url: settings.REDIS_URL, maxRetriesPerRequest: null };
    let runs = 0;
    await send.add('send', {} as never, { jobId: 'failing' });
    const worker = new Worker(
      send.name,
      async () => {
        runs += 1;
        if (runs === 1) throw new Error('once');
      },
      { connection, prefix: settings.REDIS_PREFIX },
    );
    try {
      await until('it to fail', async () => (await send.getJobState('failing')) === 'failed');
      const retry = '/queues/api/queues/send/failing/retry';
      expect((await api.fetch('PUT', retry, { key: looking })).status).to.be.within(400, 499);
      expect(await send.getJobState('failing')).to.equal('failed');
      expect((await api.fetch('PUT', retry, { key: acting })).status).to.equal(204);
      await until('it to be done', async () => (await send.getJobState('failing')) === 'completed');
    } finally {
      await worker.close();
    }
  });

  it('When an owner acts from another site, then 403', async () => {
    const { session } = await api.signedIn(workspaceId, 'owner');
    const pause = '/queues/api/queues/deliver/pause';
    const foreign = await api.fetch('PUT', pause, { session, origin: 'https://evil.example' });
    expect([foreign.status, foreign.body.code]).to.deep.equal([403, 'cross_site']);
    const authorization = `Basic ${Buffer.from(`any:${acting}`).toString('base64')}`;
    expect((await api.fetch('PUT', pause, { headers: { authorization } })).status).to.equal(403);
    expect(await api.deps.queues.deliver.isPaused()).to.equal(false);
  });

  it('When somebody would write job data back, then it is refused: they saw only a part of it', async () => {
    const jobId = new Types.ObjectId().toString();
    await api.deps.queues.deliver.add('deliver', job, { jobId });
    const data = { data: { jobData: {} }, body: { jobData: {} } };
    const update = `/queues/api/queues/deliver/${jobId}/update-data`;
    expect((await api.fetch('PATCH', update, { key: acting, body: data.body })).status).to.equal(
      403,
    );
    const add = await api.fetch('POST', '/queues/api/queues/deliver/add', {
      key: acting,
      body: data.data,
    });
    expect(add.status).to.equal(403);
    expect((await api.deps.queues.deliver.getJob(jobId))?.data).to.deep.equal(job);
  });
});
