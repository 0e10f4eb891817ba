import { NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { expect } from 'chai';
import { WithoutContent } from '../../config/otel-content.ts';

describe('What traces say', () => {
  it('When a span has more than ids, words and numbers, then only those are sent, and of an error its kind', async () => {
    const sent: ReadableSpan[] = [];
    const exporter = {
      export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
        sent.push(...spans);
        done({ code: 0 });
      },
      shutdown: async () => {},
    };
    const provider = new NodeTracerProvider({ spanProcessors: [new WithoutContent(exporter)] });
    const span = provider.getTracer('test').startSpan('process send');
    const kept = { 'videur.events': 3, 'http.response.status_code': 200, 'bullmq.job.id': 'm1' };
    span.setAttributes({
      ...kept,
      'bullmq.job.result': 'hello',
      'bullmq.job.failed.reason': 'dup key: tel:+16505551234',
      'http.request.header.authorization': 'Bearer secret',
      'url.full': 'https://api.example/bot1:secret/send',
    });
    span.recordException(new RangeError('dup key: { identities: "tel:+16505551234" }'));
    span.end();
    await provider.shutdown();
    const [{ attributes, events } = {} as ReadableSpan] = sent;
    expect(attributes).to.deep.equal(kept);
    expect(events.map(({ attributes }) => attributes)).to.deep.equal([
      { 'exception.type': 'RangeError' },
    ]);
  });
});
