import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { sameText } from '../../channels/signature.ts';
import { open, seal } from '../../models/secret-box.ts';

const key = randomBytes(32);
const credentials = { appSecret: ['old-one', 'new-one'], verifyToken: 'grüezi' };

describe('Sealed credentials', () => {
  it('When they are opened with their key in their row, then they are what was sealed', () => {
    expect(open(seal(credentials, key, 'row-1'), key, 'row-1')).to.deep.equal(credentials);
  });

  it('When any JSON is sealed, then it comes back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, row) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(open(seal(plain, key, row), key, row)).to.deep.equal(plain);
      }),
      { numRuns: 100 },
    );
  });

  it('When the same is sealed twice, then nobody can tell, and nothing of it is in clear', () => {
    const box = seal(credentials, key, 'row-1');
    expect(box.equals(seal(credentials, key, 'row-1'))).to.equal(false);
    expect(box.includes('old-one') || box.includes('verifyToken')).to.equal(false);
  });

  it('When the key is another one, then they do not open', () => {
    const box = seal(credentials, key, 'row-1');
    expect(() => open(box, randomBytes(32), 'row-1')).to.throw();
  });

  it('When they were moved to another row, then they do not open', () => {
    const box = seal(credentials, key, 'row-1');
    expect(() => open(box, key, 'row-2')).to.throw();
  });

  it('When any one bit is flipped or the end is missing, then they do not open', () => {
    const box = seal(credentials, key, 'row-1');
    for (let bit = 0; bit < box.length * 8; bit += 1) {
      const flipped = Buffer.from(box);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(flipped, key, 'row-1'), `bit ${bit}`).to.throw();
    }
    for (let length = 0; length < box.length; length += 1)
      expect(() => open(box.subarray(0, length), key, 'row-1'), `${length} bytes`).to.throw();
  });
});

describe('Comparing secrets', () => {
  it('When two texts are alike, then they are the same, and never else, however long', () => {
    expect(sameText('a-token', 'a-token')).to.equal(true);
    expect(sameText('', '')).to.equal(true);
    for (const other of ['a-tokem', 'a-toke', 'a-token ', '', 'ä-token'])
      expect(sameText('a-token', other), other).to.equal(false);
  });
});
