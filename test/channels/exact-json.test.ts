import { expect } from 'chai';
import fc from 'fast-check';
import { readExactJson } from '../../channels/exact-json.ts';
import { readJson } from '../../channels/read.ts';

const read = (text: string) => readExactJson(Buffer.from(text));

/** A piece of JSON, and what is to be read from it. */
interface Piece {
  text: string;
  value: unknown;
}

const blanks = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 2 });

/** Characters that a careless reader takes for the end of a string or for a number. */
const characters = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '/',
    '\n',
    'e',
    '-',
    '.',
    ':',
    ',',
    '{',
    '[',
    '\u2028',
    '😀',
    '\ud800',
  ),
  fc.constantFrom('1234567890123456', '-99999999999999999999'),
  fc.string({ maxLength: 3 }),
);
const words = fc.array(characters, { maxLength: 6 }).map((parts) => parts.join(''));

const escaped = (word: string) =>
  `"${[...Array(word.length).keys()]
    .map((at) => `\\u${word.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('')}"`;
const string = fc
  .tuple(words, fc.boolean())
  .map(([value, all]): Piece => ({ text: all ? escaped(value) : JSON.stringify(value), value }));

const digits = (min: number, max: number) =>
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.integer({ min: 1, max: 9 }),
      fc.string({
        unit: fc.constantFrom(...'0123456789'),
        minLength: min - 1,
        maxLength: max - 1,
      }),
    )
    .map(([sign, first, rest]) => `${sign}${first}${rest}`);
const long = digits(16, 40).map((text): Piece => ({ text, value: text }));
const number = fc
  .oneof(
    fc.constantFrom('0', '-0', '0.1', '1e5', '1E-5', '0.12345678901234567890'),
    digits(1, 15),
    fc.tuple(digits(1, 30), digits(1, 30)).map(([a, b]) => `${a}.${b.replace('-', '')}`),
    fc.tuple(digits(1, 30), fc.constantFrom('e', 'E', 'e+', 'E-')).map(([a, e]) => `${a}${e}3`),
  )
  .map((text): Piece => ({ text, value: JSON.parse(text) }));
const word = fc
  .constantFrom('true', 'false', 'null')
  .map((text): Piece => ({ text, value: JSON.parse(text) }));

const { piece } = fc.letrec<{ piece: Piece }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(string, long, number, word),
    fc.array(fc.tuple(blanks, tie('piece'), blanks), { maxLength: 4 }).map(
      (items): Piece => ({
        text: `[${items.map(([a, { text }, b]) => a + text + b).join(',')}]`,
        value: items.map(([, { value }]) => value),
      }),
    ),
    fc.array(fc.tuple(blanks, string, blanks, tie('piece')), { maxLength: 4 }).map(
      (items): Piece => ({
        text: `{${items.map(([a, key, b, { text }]) => `${a}${key.text}${b}:${a}${text}`).join(',')}}`,
        // `fromEntries` keeps `__proto__` as a key, as JSON.parse does; of two the last is meant.
        value: Object.fromEntries(items.map(([, key, , { value }]) => [key.value, value])),
      }),
    ),
  ),
}));

describe('JSON with numbers of 64 bits', () => {
  it('When a whole number is too long for JavaScript, then it is the text of its digits', () => {
    expect(read('{"a":4912661846655238145,"b":[-9223372036854775808,18446744073709551615]}'))
      .to //
      .deep.equal({
        a: '4912661846655238145',
        b: ['-9223372036854775808', '18446744073709551615'],
      });
    expect(read('1457764197627')).to.equal(1457764197627);
    expect(read('999999999999999')).to.equal(999999999999999);
    expect(read('9007199254740993')).to.equal('9007199254740993');
  });

  it('When digits are in a string, a key, a fraction or an exponent, then they stay what they are', () => {
    expect(
      read('{"1234567890123456789":"say \\"1234567890123456789\\" \\\\","x":1.1234567890123456}'),
    ).to.deep.equal({
      '1234567890123456789': 'say "1234567890123456789" \\',
      x: 1.1234567890123457,
    });
    expect(read('[12345678901234567e2,"\\u0022,1234567890123456789"]')).to.deep.equal([
      1.2345678901234568e18,
      '",1234567890123456789',
    ]);
  });

  it('When whatever JSON comes, then only whole numbers of 16 digits or more are read otherwise', () => {
    fc.assert(
      fc.property(piece, blanks, ({ text, value }, around) => {
        expect(readJson(Buffer.from(text)), 'the text is JSON').not.to.equal(undefined);
        expect(read(around + text + around)).to.deep.equal(value);
      }),
      { numRuns: 3000 },
    );
  });

  it('When whatever comes, then it is JSON to both readers or to neither', () => {
    const part = fc.oneof(
      characters,
      fc.constantFrom('1234567890123456', '"', '\\"', '{', '}', '[', ']', ':', ',', '0', '1.', 'e'),
      piece.map(({ text }) => text),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const plain = readJson(Buffer.from(text));
        expect(read(text) === undefined).to.equal(plain === undefined);
      }),
      { numRuns: 3000 },
    );
    // Would be one if the number were made a string first.
    expect(read('{12345678901234567:1}')).to.equal(undefined);
  });

  it('When a string is as long as a body, then it is read all the same', () => {
    for (const filling of ['x', '\\"', '1234567890123456,']) {
      const text = `{"a":"${filling.repeat((1024 * 1024) / filling.length)}","b":1234567890123456789}`;
      expect(read(text)).to.deep.include({ b: '1234567890123456789' });
    }
  });

  it('When a byte order mark comes first, then it is no part of it', () => {
    expect(read('\ufeff[1234567890123456789]')).to.deep.equal(['1234567890123456789']);
  });
});
