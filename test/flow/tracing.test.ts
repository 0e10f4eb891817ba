import { expect } from 'chai';
import { type CollectedSpan, Collector } from '../support/collector.ts';
import { custom, customBody } from '../support/deliveries.ts';
import { FakeProvider } from '../support/provider.ts';
import { until } from '../support/until.ts';
import { type TestChannel, World } from '../support/world.ts';

/** Processes that say which modules of tracing they load. */
const TELLING = {
  NODE_OPTIONS: `--import=${new URL('../support/loaded.js', import.meta.url)}`,
};

const NUMBER = '+16505551177';
const SECRETS = /top secret|16505551177|Lovelace|custom-token|127\.0\.0\.1/;

describe('Traces', () => {
  let collector: Collector;
  let provider: FakeProvider;
  let world: World;
  let channel: TestChannel;

  before(async () => {
    [collector, provider] = await Promise.all([Collector.start(), FakeProvider.start()]);
    world = await World.start({
      env: {
        ...TELLING,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: '50',
        ALLOW_PRIVATE_OUTBOUND: 'true',
      },
    });
    channel = await world.custom(provider);
  });
  after(async () => {
    await world?.stop();
    await Promise.all([collector.stop(), provider.stop()]);
  });

  const post = async (text: string, contactId = NUMBER) => {
    const body = customBody(contactId, [custom.text({ mId: text, text })], {
      lastName: 'Lovelace',
    });
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
  };
  const named = (name: string, spans = collector.spans) =>
    spans.filter((span) => span.name === name);
  /** The last trace that has a span of each name and is all there. */
  const traceWith = (...names: string[]) =>
    until(`a trace with ${names}`, () =>
      [...named(names[0] ?? '')]
        .reverse()
        .map((span) => collector.traceOf(span))
        .find((spans) => isWhole(spans) && names.every((name) => named(name, spans).length > 0)),
    );
  const isWhole = (spans: CollectedSpan[]) =>
    spans.every(
      ({ parentSpanId }) =>
        parentSpanId === '' || spans.some(({ spanId }) => spanId === parentSpanId),
    );
  /** From the span up to the beginning of its trace. */
  const wayUp = (span: CollectedSpan | undefined, spans: CollectedSpan[]): string[] => {
    if (!span) return ['nothing'];
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
    return [span.name, ...(span.parentSpanId === '' ? [] : wayUp(parent, spans))];
  };
  const services = (spans: CollectedSpan[]) => [...new Set(spans.map(({ service }) => service))];

  it('When a message comes in, then one trace leads from its webhook through the queue to the last write', async () => {
    await post('top secret 0');
    await traceWith('transaction');
    // The second one moves a conversation up that is there: a write after the transaction.
    await post('top secret 1');
    const spans = await traceWith('webhook', 'transaction', 'conversations', 'deliver');
    const [transaction] = named('transaction', spans);
    expect(wayUp(transaction, spans)).to.deep.equal([
      'transaction',
      'deliver',
      'process deliver',
      'add deliver.deliver',
      'hand over',
      'take in',
      'webhook',
    ]);
    for (const step of ['verify', 'parse', 'screen', 'read inbox', 'conversations'])
      expect(wayUp(named(step, spans)[0], spans).at(-1), step).to.equal('webhook');
    expect(services(spans)).to.have.members(['videur-web', 'videur-worker']);
    expect(named('webhook', spans)[0]?.attributes).to.deep.include({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'videur.address': 'custom',
    });
  });

  it('When many come in at once, then each is linked to the trace of the batch that it went into', async () => {
    const before = collector.spans.length;
    await Promise.all(Array.from({ length: 40 }, (_, i) => post(`top secret many ${i}`)));
    const webhooks = await until('all of them to be told', () => {
      const found = named('webhook', collector.spans.slice(before));
      return found.length === 40 && found;
    });
    const takenIn = async ({ links, ...webhook }: CollectedSpan) =>
      await until('the batch to be delivered', () =>
        [...links, webhook].some(({ traceId }) => {
          const spans = collector.traceOf({ traceId });
          return named('take in', spans).length > 0 && ends(spans, traceId);
        }),
      );
    // Jobs are written together as well.
    const ends = (spans: CollectedSpan[], traceId: string) =>
      named('transaction', spans).length > 0 ||
      named('deliver').some(({ links }) => links.some((link) => link.traceId === traceId));
    for (const webhook of webhooks) await takenIn(webhook);
    expect(named('take in', collector.spans.slice(before)).length).to.be.below(40);
  });

  it('When a contact is blocked, then one trace leads from the call to each side effect', async () => {
    await post('top secret 2', '+16505551178');
    const contact = await until('the contact', () => world.contact('tel:+16505551178'));
    await world.block(contact.id);
    const call = await until('the call to be told', () =>
      collector.spans.find(({ name }) => name.endsWith('/block')),
    );
    const effects = await until('its effects', () => {
      const found = named('process block-effects', collector.traceOf(call));
      return found.length > 0 && isWhole(collector.traceOf(call)) && found;
    });
    for (const effect of effects)
      expect(wayUp(effect, collector.traceOf(call)).at(-1)).to.equal(call.name);
  });

  it('When a message is sent, then one trace leads from the call to the provider’s answer', async () => {
    const [conversation] = await world.conversations((await world.contact(`tel:${NUMBER}`)).id);
    await world.send(conversation.id, { text: 'top secret answer' });
    const spans = await traceWith('http request', 'attempt');
    const [request] = named('http request', spans);
    expect(wayUp(request, spans).slice(0, 3)).to.deep.equal([
      'http request',
      'attempt',
      'process send',
    ]);
    expect(wayUp(request, spans).at(-1)).to.match(/^POST .*\/messages$/);
    expect(request?.attributes).to.include({ 'http.response.status_code': 200 });
    expect(named('attempt', spans)[0]?.attributes).to.deep.include({
      'videur.channel_type': 'custom',
      'videur.outcome': 'sent',
    });
  });

  it('When Redis is away, then the trace goes through the spool', async () => {
    await world.store.kill();
    await until('Redis to be missed', async () => !(await world.stores()).redis);
    await post('top secret 3');
    const spans = await traceWith('spool', 'transaction');
    expect(wayUp(named('transaction', spans)[0], spans)).to.deep.equal([
      'transaction',
      'deliver',
      'spool',
      'hand over',
      'take in',
      'webhook',
    ]);
    await world.startRedis();
    await until('Redis to be back', async () => (await world.stores()).redis);
  });

  it('When something fails, then the kind of the error is told and not what it says', async () => {
    await world.db.db?.command({ collMod: 'messages', validator: { text: { $not: /4$/ } } });
    await post('top secret 4');
    const failed = await until('the failure', () =>
      collector.spans.find(({ name, events }) => name === 'transaction' && events.length > 0),
    );
    expect(failed.events).to.deep.equal([
      { name: 'exception', attributes: { 'exception.type': 'MongoBulkWriteError' } },
    ]);
  });

  it('When all of that is over, then only requests have begun traces, and nothing of content has left', () => {
    const begun = new Set(
      collector.spans.filter(({ parentSpanId }) => parentSpanId === '').map(({ name }) => name),
    );
    for (const name of begun) expect(name).to.match(/^(webhook|(GET|POST) \/[\w/:-]+)$/);
    expect(collector.received).to.include('webhook').and.not.match(SECRETS);
    expect(collector.received).not.to.match(/tel:|hello|exception\.(message|stacktrace)/);
    expect(world.output).to.match(/loaded bullmq-otel/);
  });

  it('When no address is set, then nothing of OpenTelemetry is loaded', async () => {
    const quiet = await World.start({ env: TELLING });
    try {
      const { path, sign } = await quiet.telegram();
      const body = JSON.stringify({ update_id: 1 });
      expect((await quiet.post(path, body, sign(body))).status).to.equal(200);
      await quiet.settled(1);
      expect(quiet.output).to.include('started').and.not.include('loaded ');
    } finally {
      await quiet.stop();
    }
  });
});
