import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import { must } from './run.mjs';

/** Installs the locked dependencies, unless exactly these are there. */
export async function install() {
  if (await isInstalled()) return;
  console.log('Installing the dependencies (npm ci) …');
  // NODE_ENV=production would leave out the compiler.
  await must('npm ci', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
}

/**
 * npm notes what it installed in node_modules/.package-lock.json, as its last act. Compared by content:
 * a checkout changes times without changing dependencies. Packages for other platforms are rightly absent.
 */
async function isInstalled() {
  const [wanted, there] = await Promise.all([
    packages('package-lock.json'),
    packages('node_modules/.package-lock.json'),
  ]);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (there[path] ? there[path].version === version : optional),
  );
}

async function packages(file) {
  try {
    return JSON.parse(await readFile(join(ROOT, file), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}
