import { expect } from 'chai';
import { uuidOf } from '../../channels/uuid.ts';

describe('UUIDs of texts', () => {
  it('When the text is the same, then so is its UUID, which is one of version 5', () => {
    expect(uuidOf('key-1')).to.equal(uuidOf('key-1'));
    for (const text of ['', 'key-1', 'key-2', 'é'.repeat(1000)]) {
      expect(uuidOf(text)).to.match(
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
  });

  it('When the texts differ, then so do their UUIDs', () => {
    const texts = [...Array(1000).keys()].map((n) => `key-${n}`);
    expect(new Set(texts.map(uuidOf)).size).to.equal(texts.length);
  });
});
