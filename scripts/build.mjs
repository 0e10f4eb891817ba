import { existsSync } from 'node:fs';
import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import { must } from './run.mjs';

const DIST = join(ROOT, 'dist');

/** Compiles what has changed into dist/. It is the check of the types as well. */
export async function build() {
  await must('The build', process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '--build',
  ]);
  await removeStale();
  await linkScripts();
}

/** The compiler leaves the output of deleted sources, and a deleted test would go on passing. */
async function removeStale() {
  for (const entry of await readdir(DIST, { recursive: true })) {
    const source = entry.replace(/\.js(\.map)?$/, '.ts');
    if (source !== entry && !existsSync(join(ROOT, source))) await rm(join(DIST, entry));
  }
}

/** Scripts are not compiled; the link lets compiled tests import them by the same relative path. */
async function linkScripts() {
  await symlink('../scripts', join(DIST, 'scripts'), 'dir').catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
