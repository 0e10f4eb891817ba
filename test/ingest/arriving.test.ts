import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { Arriving } from '../../gateway/ingest/arriving.ts';

/** A request whose body the test sends piece by piece. */
class Request extends EventEmitter {
  complete = false;
  constructor(readonly headers: Record<string, string> = {}) {
    super();
  }
  send(text: string): void {
    this.emit('data', Buffer.from(text));
  }
  end(): void {
    this.complete = true;
    this.emit('end');
    this.emit('close');
  }
  abort(): void {
    this.emit('close');
  }
}

describe('Bodies on their way in', () => {
  const collect = (arriving: Arriving, request: Request, limit = 100) =>
    arriving.collect(request as unknown as IncomingMessage, limit).then(
      (body) => body?.toString() ?? 'too long',
      (error: Error) => error.name,
    );

  it('When a body comes in pieces, then it is put together; when it is empty, then it is empty', async () => {
    const arriving = new Arriving(1_000);
    const request = new Request();
    const body = collect(arriving, request);
    request.send('a');
    request.send('bc');
    request.end();
    expect(await body).to.equal('abc');
    const empty = new Request();
    const nothing = collect(arriving, empty);
    empty.end();
    expect(await nothing).to.equal('');
  });

  it('When a body is longer than its limit, then the rest is read and thrown away', async () => {
    const request = new Request();
    const body = collect(new Arriving(1_000), request, 3);
    request.send('abcd');
    request.send('e');
    request.end();
    expect(await body).to.equal('too long');
  });

  it('When the sender goes away, then there is nobody to answer and its bytes are free again', async () => {
    const arriving = new Arriving(10);
    const gone = new Request();
    const left = collect(arriving, gone);
    gone.send('12345678');
    gone.abort();
    expect(await left).to.equal('Aborted');
    const request = new Request();
    const body = collect(arriving, request);
    request.send('12345678');
    request.end();
    expect(await body).to.equal('12345678');
  });

  it('When too many bytes are held, then the one that has been arriving the longest makes room, and no other', async () => {
    const arriving = new Arriving(10);
    const requests = [new Request(), new Request(), new Request()];
    const bodies = requests.map((request) => collect(arriving, request));
    for (const request of requests) request.send('1234');
    for (const request of requests) request.send('5');
    for (const request of requests) request.end();
    expect(await Promise.all(bodies)).to.deep.equal(['Overloaded', '12345', '12345']);
  });

  it('When a body comes in one piece, then it never has to make room, however full it is', async () => {
    const arriving = new Arriving(4);
    const slow = new Request();
    const waiting = collect(arriving, slow);
    slow.send('1234');
    const quick = new Request({ 'content-length': '8' });
    const body = collect(arriving, quick);
    quick.send('12345678');
    quick.end();
    slow.end();
    expect(await Promise.all([waiting, body])).to.deep.equal(['1234', '12345678']);
  });
});
