import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../root.mjs';

/** Where downloads are kept: the user's cache, so that every checkout finds them; .cache/ here when there is none. */
export async function cacheDir(env = process.env) {
  const wanted = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'videur');
  try {
    await mkdir(wanted, { recursive: true });
    await access(wanted, constants.W_OK);
    return wanted;
  } catch {
    const fallback = join(ROOT, '.cache');
    await mkdir(fallback, { recursive: true });
    return fallback;
  }
}
