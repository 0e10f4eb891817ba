import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Store, startMongo } from '#stores';
import { MongoStore, newMongoConnection } from '../../config/mongo.ts';
import { silent } from '../support/stores.ts';
import { until } from '../support/until.ts';

describe('MongoDB behind its breaker', () => {
  let dataDir: string;
  let server: Store;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'videur-mongo-'));
    server = await startMongo({ dataDir });
  });
  after(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('When it goes away and comes back, then it is used through the same client, which no second one joins', async () => {
    const connection = newMongoConnection();
    let prepared = 0;
    const mongo = new MongoStore(connection, server.uri, silent, async () => {
      prepared += 1;
    });
    await mongo.start();
    try {
      const client = connection.getClient();
      await server.kill();
      await until('it to be seen as away', () => !mongo.available);
      server = await startMongo({ dataDir, port: server.port });
      await mongo.whenAvailable();
      expect(connection.getClient()).to.equal(client);
      expect(prepared).to.equal(1);
    } finally {
      await mongo.close();
    }
  });
});
