import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort, listens } from '../stores/port.mjs';
import { keptSecret } from './kept.mjs';

const USUAL_PORT = 8080;

/** The environment of the processes: what is set stays, the rest is made up once and kept. */
export async function settle({ dataDir, kept, stores, env = process.env }) {
  const port = env.PORT || String(await choosePort());
  const settings = {
    ...env,
    PORT: port,
    PUBLIC_BASE_URL: env.PUBLIC_BASE_URL || `http://localhost:${port}`,
    MONGODB_URI: stores.mongoUri,
    REDIS_URL: stores.redisUrl,
    ENCRYPTION_KEY: env.ENCRYPTION_KEY || (await encryptionKey(dataDir)),
    BOOTSTRAP_OWNER_EMAIL:
      env.BOOTSTRAP_OWNER_EMAIL || kept.values.ownerEmail || 'owner@videur.localhost',
    BOOTSTRAP_OWNER_PASSWORD:
      env.BOOTSTRAP_OWNER_PASSWORD || kept.values.ownerPassword || random(15),
    BOOTSTRAP_API_KEY: env.BOOTSTRAP_API_KEY || kept.values.apiKey || `vk_${random(32)}`,
  };
  await kept.save({
    // Where the processes listen, which may differ from the address that providers see.
    baseUrl: `http://localhost:${port}`,
    ownerEmail: settings.BOOTSTRAP_OWNER_EMAIL,
    ownerPassword: settings.BOOTSTRAP_OWNER_PASSWORD,
    apiKey: settings.BOOTSTRAP_API_KEY,
  });
  return settings;
}

const encryptionKey = (dataDir) =>
  keptSecret(join(dataDir, 'encryption-key'), () => randomBytes(32).toString('base64'));

const random = (bytes) => randomBytes(bytes).toString('base64url');

async function choosePort() {
  if (!(await listens(USUAL_PORT))) return USUAL_PORT;
  const port = await freePort();
  console.log(`Port ${USUAL_PORT} is taken; this runs on port ${port}. Set PORT to choose one.`);
  return port;
}
