import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { Dependency } from './dependency.ts';
import type { Logger } from './logger.ts';

/**
 * `retryWrites` is off on purpose: every write of ours is a transaction or may be repeated as it is,
 * and the driver's own retry costs a second write in MongoDB for each of them (measured: bulk updates
 * take a third longer with it).
 */
const OPTIONS: ConnectOptions = {
  autoIndex: false,
  autoCreate: false,
  // What cannot be asked now fails now: nothing waits in a buffer that nobody sees.
  bufferCommands: false,
  retryWrites: false,
  serverSelectionTimeoutMS: 5_000,
  // A server that hangs is noticed within five seconds, and what was asked of it fails.
  heartbeatFrequencyMS: 2_000,
  connectTimeoutMS: 3_000,
  writeConcern: { w: 'majority', journal: true },
};

export async function connectMongo(uri: string): Promise<Connection> {
  return await mongoose.createConnection(uri, OPTIONS).asPromise();
}

/** Server codes that mean: not now, or not this server. https://www.mongodb.com/docs/manual/reference/error-codes/ */
const NOT_NOW = new Set([
  6, 7, 18, 89, 91, 112, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 14031, 50915,
]);

/** True for errors that say that MongoDB is away or has no primary; not for writes that are wrong. */
export function isMongoAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { mongo } = mongoose;
  if (error instanceof mongo.MongoServerError)
    return (
      NOT_NOW.has(Number(error.code)) ||
      error.hasErrorLabel('TransientTransactionError') ||
      error.hasErrorLabel('UnknownTransactionCommitResult') ||
      error.hasErrorLabel('RetryableWriteError')
    );
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoExpiredSessionError ||
    // mongoose's own, when it has never been connected.
    (error.name === 'MongooseError' && /initial connection|bufferCommands/.test(error.message))
  );
}

/** MongoDB behind its breaker. `prepare` runs once, after the first connection and before first use. */
export class MongoStore extends Dependency {
  constructor(
    private readonly connection: Connection,
    uri: string,
    log: Logger,
    prepare: () => Promise<unknown>,
  ) {
    // From then on the driver connects again by itself; opened anew, the client before would stay.
    let opened = connection.readyState === mongoose.ConnectionStates.connected;
    let prepared: Promise<unknown> | undefined;
    super({
      name: 'mongodb',
      log,
      isAway: isMongoAway,
      trial: async () => {
        if (!opened) await connection.openUri(uri, { ...OPTIONS });
        opened = true;
        await isWritable(connection);
        // Longer than a trial may take, perhaps: the next one waits for the same.
        prepared ??= prepare().catch((error) => {
          prepared = undefined;
          throw error;
        });
        await prepared;
      },
      ask: () => isWritable(connection),
    });
    connection.on('error', () => this.lost());
    connection.on('disconnected', () => this.lost());
    connection.on('connected', () => this.hint());
  }

  async close(): Promise<void> {
    this.stop();
    // By force when it does not answer: it would not say goodbye either.
    await this.connection.close(!this.available);
  }
}

/** A connection that is not open yet: models can be defined on it. */
export function newMongoConnection(): Connection {
  const connection = mongoose.createConnection();
  connection.set('bufferCommands', false);
  connection.set('autoCreate', false);
  connection.set('autoIndex', false);
  return connection;
}

/** Asks the primary: a set without one answers reads of the past and takes nothing. */
async function isWritable(connection: Connection): Promise<void> {
  await connection.getClient().db().command({ ping: 1 }, { readPreference: 'primary' });
}
