import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the first start made up and later ones need again: DATA_DIR/bootstrap.json, for its owner's eyes only. */
export class Kept {
  constructor(file, values) {
    this.file = file;
    this.values = values ?? {};
    this.isNew = values === undefined;
  }

  static async open(dataDir) {
    const file = join(dataDir, 'bootstrap.json');
    return new Kept(file, await readOrNothing(file));
  }

  async save(values) {
    Object.assign(this.values, values);
    await writePrivate(this.file, `${JSON.stringify(this.values, null, 2)}\n`);
  }
}

/** A secret kept in a file of its own, made on first use. */
export async function keptSecret(file, make) {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    const secret = make();
    await writePrivate(file, `${secret}\n`);
    return secret;
  }
}

async function writePrivate(file, text) {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
}

async function readOrNothing(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
}
