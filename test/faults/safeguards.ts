import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Safeguards that can be taken out of a copy of the compiled program, to see that the checks of a run
 * notice: a check that cannot fail says nothing. Each is texts in files and what takes their places.
 */
export const SAFEGUARDS = {
  screening: [
    {
      file: 'gateway/ingest/screen.js',
      text: 'if (!blocked?.size)',
      without: 'if (true)',
    },
    {
      file: 'workers/deliver/plan.js',
      text: 'isRefused(contact, from.receivedAt, identities)',
      without: 'false',
    },
  ],
  "the batch's id": [
    { file: 'workers/deliver/deliver.js', text: '!finished.has(batchId)', without: 'true' },
    {
      file: 'workers/deliver/store.js',
      text: '_id: batchId,',
      without: '_id: batchId + Math.random(),',
    },
  ],
  'the answer waits for the hand-over': [
    {
      file: 'gateway/ingest/receive.js',
      text: 'await takeIn(arrival)',
      without: 'takeIn(arrival).catch(() => {})',
    },
  ],
  'ids of messages are keys': [
    {
      file: 'models/message.js',
      text: 'return stableId(channelId, eventId)',
      without: 'return stableId(channelId, eventId, String(Math.random()))',
    },
  ],
  'pending changes are known': [
    { file: 'models/blocklist.js', text: 'this.pending.has(workspaceId)', without: 'false' },
    { file: 'models/block.js', text: 'await settle(deps, current);', without: '' },
  ],
  'jobs are never given up': [
    {
      file: 'workers/consumers.js',
      text: 'maxStalledCount: NEVER_GIVE_UP',
      without: 'maxStalledCount: 0',
    },
  ],
  'a split is noted before its halves': [
    { file: 'workers/deliver/set-aside.js', text: 'await split(models, job);', without: '' },
  ],
  'the relay': [
    {
      file: 'workers/relay.js',
      text: 'redis.available ? await completeChanges(deps, due) : 0',
      without: '0',
    },
  ],
  'active contacts are in the transaction': [
    {
      file: 'workers/deliver/store.js',
      text: 'await countActive(models, plan.activeContacts, session)',
      without: 'await countActive(models, plan.activeContacts.slice(1), session)',
    },
  ],
  'effects have ids': [
    { file: 'models/jobs.js', text: 'jobId: `', without: 'jobId: Math.random() + `' },
  ],
  'what cannot be stored is set aside': [
    {
      file: 'workers/deliver/set-aside.js',
      text: 'if (!isPoison(error))',
      without: 'if (true)',
    },
  ],
} as const;

export type Safeguard = keyof typeof SAFEGUARDS;

const DIST = join(import.meta.dirname, '../..');

/** A copy of the compiled program without the safeguard; gives its folder. */
export async function without(safeguard: Safeguard): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'videur-without-'));
  const copy = join(folder, 'dist');
  await cp(DIST, copy, { recursive: true });
  for (const name of ['node_modules', 'package.json', 'scripts'])
    await symlink(join(DIST, '..', name), join(folder, name));
  for (const { file, text, without } of SAFEGUARDS[safeguard]) {
    const path = join(copy, file);
    const code = await readFile(path, 'utf8');
    if (!code.includes(text)) throw new Error(`${file} has no ${text}`);
    await writeFile(path, code.replace(text, without));
  }
  return copy;
}
