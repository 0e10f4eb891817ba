import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongo } from '#stores';
import { connectMongo } from '../config/mongo.ts';
import { Types } from '../models/ids.ts';
import { defineModels, type Models, prepareDatabase } from '../models/index.ts';
import { activeContactOf } from '../models/mac/active-contact.ts';
import { countActive } from '../models/mac/mac.ts';
import { readMac } from '../models/mac/mac-count.ts';

/**
 * `npm run bench -- mac`: how long MAC takes to read at 1,000, 100,000 and 1,000,000 counted contacts of the
 * same MongoDB, and how long counting the rows would take. They take turns, so that what the machine does
 * meanwhile happens to all; what counts is the ratio of the medians.
 */
const SIZES = [1_000, 100_000, 1_000_000];
const ROUNDS = 200;
/** Counting the rows is slow, and read less often. */
const COUNT_EVERY = 20;
const TRANSACTIONS = 1_000;
const CYCLE = '2027-03-01';
const START = Date.UTC(2027, 2, 1);
const DAY_MS = 24 * 3_600_000;
const billing = { anchorDay: 1, timeZone: 'UTC', macLimit: null };
const channelIds = Array.from({ length: 3 }, () => new Types.ObjectId());

const dataDir = await mkdtemp(join(tmpdir(), 'videur-mac-'));
const mongo = await startMongo({ dataDir });
try {
  const db = await connectMongo(mongo.uri);
  const models = defineModels(db);
  await prepareDatabase(models);
  const places = [];
  for (const size of SIZES) places.push({ ...(await fill(models, size)), size });
  const times = places.map(() => ({ read: [] as number[], count: [] as number[] }));
  // The first rounds are not counted: what is read is in memory afterwards.
  for (let round = -10; round < ROUNDS; round += 1)
    for (const [i, { workspaceId, size }] of places.entries()) {
      const of = { workspaceId, cycle: CYCLE };
      const read = await timed(async () => (await readMac(models, of)).count);
      if (read.result !== size) throw new Error(`${read.result} of ${size}`);
      if (round >= 0) times[i]?.read.push(read.ms);
      if (round < 0 || round % COUNT_EVERY > 0) continue;
      times[i]?.count.push((await timed(() => models.activeContacts.countDocuments(of))).ms);
    }
  console.log(`${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}\n`);
  console.log('| counted contacts | counter documents | ms to read MAC | ms to count the rows |');
  console.log('| --: | --: | --: | --: |');
  for (const [i, { size, workspaceId }] of places.entries()) {
    const documents = await models.macCounts.countDocuments({ workspaceId, cycle: CYCLE });
    const [read, count] = [median(times[i]?.read), median(times[i]?.count)];
    console.log(`| ${size} | ${documents} | ${read.toFixed(2)} | ${count.toFixed(2)} |`);
  }
  const ratio = (of: 'read' | 'count') => median(times.at(-1)?.[of]) / median(times[0]?.[of]);
  console.log(
    `| ratio of last and first | | ${ratio('read').toFixed(2)} | ${ratio('count').toFixed(0)} |`,
  );
  await db.close();
} finally {
  await mongo.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Counted as deliveries do, in as many transactions whatever the size: so all slots are in use. */
async function fill(models: Models, size: number): Promise<{ workspaceId: Types.ObjectId }> {
  const workspaceId = new Types.ObjectId();
  for (let n = 0; n < TRANSACTIONS; n += 1) {
    const rows = Array.from({ length: size / TRANSACTIONS }, (_, i) => {
      const channelId = channelIds[(n + i) % channelIds.length] as Types.ObjectId;
      const at = new Date(START + ((n + i) % 31) * DAY_MS);
      const contactId = new Types.ObjectId();
      return activeContactOf({ workspaceId, cycle: CYCLE, contactId, channelId, at }, billing);
    });
    await models.db.transaction((session) => countActive(models, rows, session));
  }
  return { workspaceId };
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const since = performance.now();
  return { result: await work(), ms: performance.now() - since };
}

function median(times: number[] = []): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
