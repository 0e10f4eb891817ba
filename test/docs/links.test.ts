import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true })
    .map((name) => join('docs', String(name)))
    .filter((name) => name.endsWith('.md')),
];

/** Targets of links within the repository, and files that are named in code marks; TYPE stands for any. */
function namesIn(page: string): string[] {
  const text = readFileSync(page, 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)].map(([, to]) =>
    join(dirname(page), to as string),
  );
  const named = [
    ...text.matchAll(/`((?:models|gateway|workers|config|test|bench|scripts)\/[\w./-]+\.\w+)`/g),
  ];
  return [...links, ...named.map(([, path]) => path as string)];
}

describe('docs', () => {
  for (const page of PAGES)
    it(`When ${page} names a file, then it is there`, () => {
      expect(
        namesIn(page).filter((name) => !name.includes('TYPE') && !existsSync(name)),
      ).to.deep.equal([]);
    });
});
