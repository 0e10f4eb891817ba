import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { connectMongo, MongoStore } from '../../config/mongo.ts';
import { defineModels } from '../../models/index.ts';
import { TestApi } from '../support/api.ts';
import { silent } from '../support/stores.ts';

/** Stands between the application and a store, and can be cut. */
class Line {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(to: URL) {
    this.server = createServer((near) => {
      const far = connect(Number(to.port), to.hostname);
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => near.destroy() && far.destroy());
      }
      near.pipe(far).pipe(near);
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  cut(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

describe('a store that is away', () => {
  it('When Redis is away, then signing in is 503 with Retry-After and keys go on working', async () => {
    const api = await TestApi.start();
    try {
      const id = await api.workspace();
      api.deps.redis.stop();
      api.deps.redis.client.disconnect();
      const body = { email: 'a@b.c', password: 'x' };
      const login = await api.call('POST', '/auth/login', { body });
      expect([login.status, login.body.code]).to.deep.equal([503, 'unavailable']);
      expect(login.headers.get('retry-after')).to.match(/^\d+$/);
      const key = await api.key(id);
      expect((await api.call('GET', '/workspaces', { key })).status).to.equal(200);
      const { status, body: ready } = await api.fetch('GET', '/readyz');
      expect([status, ready.dependencies.redis.ok]).to.deep.equal([200, false]);
    } finally {
      await api.deps.redis.client.connect();
      await api.stop();
    }
  });

  it('When MongoDB is away, then 503 unavailable, and readiness names it', async () => {
    const uri = new URL(process.env.MONGODB_URI ?? '');
    const line = new Line(uri);
    const through = `mongodb://127.0.0.1:${await line.open()}/nothing?directConnection=true`;
    const models = defineModels(await connectMongo(through));
    const mongo = new MongoStore(models.db, through, silent, async () => {});
    await mongo.start();
    const api = await TestApi.start(() => ({ models, mongo }));
    try {
      line.cut();
      const [call, ready] = await Promise.all([
        api.call('GET', '/workspaces', { key: 'vk_any' }),
        api.fetch('GET', '/readyz'),
      ]);
      expect([call.status, call.body.code]).to.deep.equal([503, 'unavailable']);
      expect(call.headers.get('retry-after')).to.match(/^\d+$/);
      expect([ready.status, ready.body.dependencies.mongodb.ok]).to.deep.equal([200, false]);
      expect(ready.body.dependencies.redis.ok).to.equal(true);
    } finally {
      mongo.stop();
      await models.db.close(true);
      await api.stop();
    }
  });
});
