import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { adapters } from '../../channels/index.ts';
import { CHANNEL_TYPES } from '../../models/channel/channel.ts';

const read = (path: string) => readFile(path, 'utf8');
const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('Channel types and their documentation', () => {
  let overview: string;
  let rows: string[][];
  before(async () => {
    overview = await read('docs/channels.md');
    rows = overview
      .split('\n')
      .filter((line) => line.startsWith('| ['))
      .map(cellsOf);
  });

  it('When the overview is read, then every type has one line, in order, that leads to its page', () => {
    const types = rows.map(([type]) => /^\[(\w+)\]\(channels\/\1\.md\)$/.exec(type ?? '')?.[1]);
    expect(types).to.deep.equal([...CHANNEL_TYPES]);
  });

  it('When a line of it is read, then every column says something', () => {
    const header = overview.split('\n').find((line) => line.startsWith('| type'));
    const columns = cellsOf(header ?? '').length;
    expect(columns).to.be.above(10);
    for (const row of rows) {
      expect(row, row[0]).to.have.length(columns);
      for (const cell of row) expect(cell, row[0]).not.to.equal('');
    }
  });

  it('When the pages are listed, then they are those of the types', async () => {
    const pages = (await readdir('docs/channels')).map((page) => basename(page, '.md'));
    expect(pages.sort()).to.deep.equal([...CHANNEL_TYPES]);
  });

  it('When a page is read, then it names every field of the credentials', async () => {
    for (const type of CHANNEL_TYPES) {
      const page = await read(`docs/channels/${type}.md`);
      const { credentials } = adapters[type];
      const fields = credentials instanceof z.ZodObject ? Object.keys(credentials.shape) : [];
      for (const field of fields.filter((field) => field !== 'apiBaseUrl')) {
        expect(page.includes(field), `${type}: ${field}`).to.equal(true);
      }
    }
  });

  it('When a type is there, then its tests hold it to the contract', async () => {
    for (const type of CHANNEL_TYPES) {
      const test = await read(`test/channels/${type}.test.ts`);
      expect(test, type).to.match(/^describeChannelContract\(/m);
    }
  });

  it('When a channel type is added, then that takes four steps at most', async () => {
    const guide = await read('docs/add-a-channel.md');
    const steps = guide.match(/^\d+\. /gm) ?? [];
    expect(steps).to.have.length.within(1, 4);
    for (const [, path] of guide.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      await read(new URL(path ?? '', 'file:///docs/').pathname.slice(1));
    }
  });
});
