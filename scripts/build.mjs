import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
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
}

/** The compiler leaves the output of deleted sources, and a deleted test would go on passing. Links are not its work. */
async function removeStale() {
  // With their types, links are not followed.
  for (const entry of await readdir(DIST, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const output = relative(DIST, path);
    const source = output.replace(/\.js(\.map)?$/, '.ts');
    const isStale = source !== output && !existsSync(join(ROOT, source));
    if (isStale || entry.isSymbolicLink()) await rm(path);
  }
}
