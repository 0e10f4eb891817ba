import { listens } from './port.mjs';

export const REPLICA_SET = 'videur';

const NOT_YET_INITIALIZED = 94;

/**
 * Brings a lone mongod one step nearer to being the primary of a set of one, and says whether it is.
 * To be asked until it says yes. A set remembers its member's address, so a new port means a new configuration.
 */
export async function isPrimary(port) {
  if (!(await listens(port))) return false;
  // Loaded here because the driver comes with the dependencies, which may be installed after this file is loaded.
  const { default: mongoose } = await import('mongoose');
  const client = new mongoose.mongo.MongoClient(
    `mongodb://127.0.0.1:${port}/?directConnection=true`,
    {
      serverSelectionTimeoutMS: 2000,
    },
  );
  try {
    return await stepToPrimary(client.db('admin'), `127.0.0.1:${port}`);
  } finally {
    await client.close();
  }
}

async function stepToPrimary(admin, host) {
  const { isWritablePrimary, me } = await admin.command({ hello: 1 });
  if (isWritablePrimary && me === host) return true;

  const config = await configuration(admin);
  if (!config) {
    await admin.command({
      replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] },
    });
  } else if (config.members[0].host !== host) {
    const moved = {
      ...config,
      version: config.version + 1,
      members: [{ ...config.members[0], host }],
    };
    // Forced, as there is no primary that could agree.
    await admin.command({ replSetReconfig: moved, force: true });
  }
  return false;
}

async function configuration(admin) {
  try {
    return (await admin.command({ replSetGetConfig: 1 })).config;
  } catch (error) {
    if (error.code === NOT_YET_INITIALIZED) return;
    throw error;
  }
}
