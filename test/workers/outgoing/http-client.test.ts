import type { LookupAddress, lookup } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { freePort } from '#stores';
import { type HttpRequest, SendError } from '../../../channels/http.ts';
import {
  type CallOptions,
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
} from '../../../workers/outgoing/http-client.ts';
import { gate } from '../../support/stores.ts';

type Done = (error: Error | null, found?: LookupAddress[]) => void;

/** Long enough for any answer that comes, on a machine that is busy. */
const PATIENT_MS = 20_000;

describe('The HTTP client for what goes out', () => {
  const clients: HttpClient[] = [];
  const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections?.();
      server.close();
    }
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  const client = (given: Partial<HttpClientOptions> = {}): HttpClient => {
    const made = createHttpClient({ allowPrivate: true, timeoutMs: PATIENT_MS, ...given });
    clients.push(made);
    return made;
  };
  const serve = async (listener: RequestListener): Promise<string> => {
    const server: Server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  /** A server that does with a connection what it likes. */
  const serveRaw = async (onConnection: (socket: Socket) => void): Promise<string> => {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      onConnection(socket);
    });
    servers.push(server, { close: () => sockets.forEach((socket) => void socket.destroy()) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const failure = async (
    of: HttpClient,
    request: Partial<HttpRequest> & { url: string },
    options?: CallOptions,
  ): Promise<SendError> => {
    const error = await of.call({ method: 'POST', ...request }, options).then(
      () => undefined,
      (error) => error,
    );
    expect(error, request.url).to.be.instanceOf(SendError);
    return error;
  };

  it('When a request is answered, then method, path, headers and body are there, and the answer as it came', async () => {
    const seen: unknown[] = [];
    const base = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { method, url, headers } = request;
        seen.push({
          method,
          url,
          type: headers['content-type'],
          auth: headers.authorization,
          body,
        });
        response.setHeader('X-Two', ['a', 'b']).writeHead(418).end('à table');
      });
    });
    const answer = await client().call({
      method: 'PUT',
      url: `${base}/path/%20a?b=c&d#nothing`,
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
      body: '{"à":1}',
    });
    expect(seen).to.deep.equal([
      {
        method: 'PUT',
        url: '/path/%20a?b=c&d',
        type: 'application/json',
        auth: 'Bearer x',
        body: '{"à":1}',
      },
    ]);
    expect(answer.status).to.equal(418);
    expect(answer.body).to.equal('à table');
    expect(answer.headers['x-two']).to.deep.equal(['a', 'b']);
  });

  it('When the answer is a redirect, then it is the answer and nobody follows it', async () => {
    let requests = 0;
    const base = await serve((_request, response) => {
      requests += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const { status, headers } = await client().call({ method: 'POST', url: base });
    expect([status, headers.location, requests]).to.deep.equal([307, '/elsewhere', 1]);
  });

  it('When it is not http or https, then it is refused', async () => {
    for (const url of ['ftp://127.0.0.1/', 'file:///etc/passwd', 'data:,x', '//x', '', 'x'])
      expect((await failure(client(), { url })).failure).to.equal('forbidden_address');
  });

  describe('Addresses', () => {
    const FORBIDDEN = [
      ...['127.0.0.1', '0.0.0.0', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254'],
      ...['100.64.0.1', '224.0.0.1', '255.255.255.255', '198.18.0.1'],
      // What else a URL takes for one of them.
      ...['2130706433', '0x7f.1', '127.1', '017700000001', '127.0.0.1.'],
      ...['[::1]', '[::]', '[fe80::1]', '[fd00::1]', '[ff02::1]', '[::ffff:127.0.0.1]'],
      ...['[::ffff:a9fe:a9fe]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[::7f00:1]'],
    ];
    for (const host of FORBIDDEN) {
      it(`When the URL names ${host}, then it is refused for good`, async () => {
        const { port } = new URL(await serve(() => expect.fail('it was reached')));
        for (const url of [`http://${host}:${port}/`, `https://${host}:${port}/`]) {
          const error = await failure(client({ allowPrivate: false }), { url });
          expect([error.failure, error.retryable]).to.deep.equal(['forbidden_address', false]);
        }
      });
    }

    /** A look-up that answers what a test says. */
    const resolver = (answers: (string | Error)[][]) => {
      let asked = 0;
      const resolve = ((_host: string, _options: unknown, done: Done) => {
        const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
        asked += 1;
        const [error] = answer.filter((one) => one instanceof Error);
        const found = answer.map((address): LookupAddress => {
          return { address: String(address), family: String(address).includes(':') ? 6 : 4 };
        });
        setImmediate(() => (error ? done(error) : done(null, found)));
      }) as unknown as typeof lookup;
      return { resolve, asked: () => asked };
    };

    it('When a name means private addresses, then it is refused', async () => {
      const { port } = new URL(await serve(() => expect.fail('it was reached')));
      for (const addresses of [['127.0.0.1'], ['::1', '10.0.0.1'], ['::ffff:127.0.0.1']]) {
        const { resolve } = resolver([addresses]);
        const url = `http://provider.example:${port}/`;
        const error = await failure(client({ allowPrivate: false, resolve }), { url });
        expect(error.failure, addresses.join()).to.equal('forbidden_address');
      }
    });

    it('When localhost is asked for, then it is refused', async () => {
      const { port } = new URL(await serve(() => expect.fail('it was reached')));
      const url = `http://localhost:${port}/`;
      const error = await failure(client({ allowPrivate: false }), { url });
      expect(error.failure).to.equal('forbidden_address');
    });

    it('When a name means another address at the next connection, then that is judged', async () => {
      let reached = 0;
      const { port } = new URL(
        await serve((_request, response) => {
          reached += 1;
          response.writeHead(200, { connection: 'close' }).end();
        }),
      );
      const { resolve, asked } = resolver([['2001:db8::1'], ['127.0.0.1']]);
      const rebinding = client({ allowPrivate: false, resolve });
      const url = `http://provider.example:${port}/`;
      for (let i = 0; i < 2; i += 1)
        expect((await failure(rebinding, { url })).failure).to.equal('forbidden_address');
      expect([asked(), reached]).to.deep.equal([2, 0]);
      // The same with private addresses allowed: the name is what is looked up, and reached.
      const allowed = client({ resolve: resolver([['127.0.0.1']]).resolve });
      expect((await allowed.call({ method: 'GET', url })).status).to.equal(200);
    });

    it('When a name is not known, then it never left', async () => {
      const { resolve } = resolver([[Object.assign(new Error('x'), { code: 'ENOTFOUND' })]]);
      for (const allowPrivate of [true, false]) {
        const url = 'http://provider.example/';
        const error = await failure(client({ allowPrivate, resolve }), { url });
        expect([error.failure, error.retryable]).to.deep.equal(['unreachable', true]);
      }
    });
  });

  describe('Whether it left', () => {
    it('When nothing listens, then it never left', async () => {
      const url = `http://127.0.0.1:${await freePort()}/`;
      const error = await failure(client(), { url });
      expect([error.failure, error.retryable]).to.deep.equal(['unreachable', true]);
    });

    it('When there is no TLS there, then it never left', async () => {
      const base = await serveRaw((socket) => socket.once('data', () => socket.end('no TLS')));
      const error = await failure(client(), { url: base.replace('http:', 'https:') });
      expect(error.failure).to.equal('unreachable');
    });

    it('When the connection is reset or closed after it was sent, then the outcome is unknown', async () => {
      for (const how of ['resetAndDestroy', 'end'] as const) {
        const base = await serveRaw((socket) => socket.once('data', () => socket[how]()));
        const error = await failure(client(), { url: base, body: 'x' });
        expect([error.failure, error.retryable]).to.deep.equal(['no_answer', false]);
      }
    });

    it('When no answer comes in time, then the outcome is unknown, and of a GET it does not matter', async () => {
      const base = await serve(() => {});
      const quick = client({ timeoutMs: 300 });
      const post = await failure(quick, { url: base });
      expect([post.failure, post.retryable]).to.deep.equal(['no_answer', false]);
      const get = await failure(quick, { url: base, method: 'GET' });
      expect([get.failure, get.retryable]).to.deep.equal(['unreachable', true]);
    });

    it('When a call has less time than the client gives, then that counts', async () => {
      const base = await serve(() => {});
      const { failure: why } = await failure(client(), { url: base }, { timeoutMs: 100 });
      expect(why).to.equal('no_answer');
    });

    it('When it may not leave any more at the last moment, then nothing of it is sent', async () => {
      let requests = 0;
      const base = await serve((_request, response) => {
        requests += 1;
        response.end();
      });
      const one = client();
      const error = await failure(one, { url: base }, { mayLeave: () => false });
      expect([error.failure, error.retryable]).to.deep.equal(['unreachable', true]);
      // The connection is as good as new.
      expect((await one.call({ method: 'POST', url: base })).status).to.equal(200);
      expect(requests).to.equal(1);
    });

    it('When the time is over before there is a connection, then nothing of it is sent later', async () => {
      let requests = 0;
      const base = await serve((_request, response) => {
        requests += 1;
        response.end();
      });
      const { opened, open } = gate();
      const resolve = ((_host: string, _options: unknown, done: Done) => {
        opened.then(() => done(null, [{ address: '127.0.0.1', family: 4 }]));
      }) as unknown as typeof lookup;
      const one = client({ resolve });
      const url = base.replace('127.0.0.1', 'provider.example');
      const error = await failure(one, { url }, { timeoutMs: 50 });
      expect(error.failure).to.equal('unreachable');
      open();
      expect((await one.call({ method: 'POST', url })).status).to.equal(200);
      expect(requests).to.equal(1);
    });

    it('When a header cannot be sent, then it is refused for good', async () => {
      const base = await serve(() => expect.fail('it was reached'));
      const error = await failure(client(), { url: base, headers: { authorization: 'a\nb' } });
      expect(error.failure).to.equal('rejected');
    });
  });

  describe('Answers that end badly', () => {
    const half = (status: string) => (socket: Socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 10\r\n\r\nhalf`));

    it('When it says that it was accepted, then it cannot be read', async () => {
      const base = await serveRaw(half('200 OK'));
      const error = await failure(client(), { url: base });
      expect([error.failure, error.retryable]).to.deep.equal(['bad_answer', false]);
    });

    it('When it says that it was refused, then that is known', async () => {
      const base = await serveRaw(half('429 Slow down\r\nRetry-After: 7'));
      const { status, headers } = await client().call({ method: 'POST', url: base });
      expect([status, headers['retry-after']]).to.deep.equal([429, '7']);
    });

    it('When it is too large, then it is cut off', async () => {
      const part = 'x'.repeat(64 * 1024);
      let written = 0;
      const base = await serve((request, response) => {
        response.writeHead(request.url === '/refused' ? 400 : 200);
        const write = () => {
          for (let more = true; more && !response.destroyed; written += part.length)
            more = response.write(part);
        };
        response.on('drain', write);
        write();
      });
      expect((await failure(client(), { url: `${base}/` })).failure).to.equal('bad_answer');
      const refused = await client().call({ method: 'POST', url: `${base}/refused` });
      expect([refused.status, refused.body]).to.deep.equal([400, '']);
      // Twice the bound, and what was under way.
      expect(written).to.be.lessThan(32 * 1024 * 1024);
    });
  });

  it('When it fails, then the error says nothing of the request', async () => {
    const base = await serveRaw((socket) => socket.once('data', () => socket.destroy()));
    for (const url of [`${base}/SECRET`, `http://127.0.0.1:${await freePort()}/SECRET`]) {
      const error = await failure(client(), {
        url,
        headers: { authorization: 'SECRET' },
        body: 'SECRET',
      });
      const all = JSON.stringify(error, Object.getOwnPropertyNames(error));
      expect(all).not.to.match(/SECRET|127\.0\.0\.1/);
      expect(error.cause).to.equal(undefined);
    }
  });
});
