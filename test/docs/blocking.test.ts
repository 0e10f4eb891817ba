import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const PAGE = readFileSync('docs/blocking.md', 'utf8');
const ROWS = ['1', '2', '3', '4', '5', '6', '7', '10', '11'];

describe('docs/blocking.md', () => {
  it('When it is read, then it has each row, in two languages, with its tests', () => {
    const rows = PAGE.split(/^## /m).slice(1);
    expect(rows.map((row) => row.split('.')[0])).to.deep.equal(ROWS);
    for (const row of rows) {
      const [title] = row.split('\n');
      expect(title, title).to.include(' · ');
      expect(row.match(/^- /gm)?.length, title).to.be.at.least(2);
    }
  });

  it('When it names a test, then there is one of that name', () => {
    for (const [, path, rest] of PAGE.matchAll(/`(test\/[\w/-]+\.test\.ts)`((?:,? “[^”]+”)*)/g)) {
      const file = readFileSync(path as string, 'utf8');
      for (const [, name] of (rest as string).matchAll(/“([^”]+)”/g))
        expect(file.includes(name as string), `${path}: ${name}`).to.equal(true);
    }
  });
});
