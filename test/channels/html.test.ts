import { expect } from 'chai';
import fc from 'fast-check';
import { htmlToText } from '../../channels/html.ts';

const LONG = 1024 * 1024;
const long = (piece: string) => piece.repeat(Math.ceil(LONG / piece.length)).slice(0, LONG);

describe('HTML as text', () => {
  it('When a mail program wrote it, then its words are left, line by line', () => {
    const html =
      '<html><head><title>T</title><style>p{color:red}</style></head><body><!-- no -->' +
      '<p>Hello <b>you</b>!</p>\n<p>a &amp; b&nbsp;c<br>\nd</p><script>x()</script>' +
      '<ul><li>one<li>two</ul><h1>Head</h1>' +
      '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>' +
      '<blockquote>quoted</blockquote><pre>  x\n y</pre>done</body></html>';
    expect(htmlToText(html)).to.equal(
      'Hello you!\n\na & b c\nd\n\n- one\n- two\n\nHead\n\na b\nc\nquoted\n  x\n y\ndone',
    );
  });

  it('When a link goes elsewhere than it says, then its address is told', () => {
    expect(htmlToText('See <a href="https://x.example/?a=1&amp;b=2">here</a>.')).to.equal(
      'See here (https://x.example/?a=1&b=2).',
    );
    expect(htmlToText('<a href="https://x.example">https://x.example</a>')).to.equal(
      'https://x.example',
    );
    expect(htmlToText('<a href="javascript:alert(1)">x</a> <a>y</a>')).to.equal('x y');
  });

  it('When there is nothing to read, then it is nothing', () => {
    for (const html of ['', ' ', '<br><br>', '<img src="x">', '<p>&nbsp;</p>', '<title>T'])
      expect(htmlToText(html), html).to.equal('');
  });

  it('When it is not HTML, then it is the same text', () => {
    expect(htmlToText('1 < 2 & 3 > 2')).to.equal('1 < 2 & 3 > 2');
  });

  it('When a million characters open what is never closed, then it ends all the same', () => {
    const pieces = ['<div>', '<b>', '<table><tr><td>', '<ul><li>', '<b></i>', '<svg><title>'];
    const unclosed = ['<', '<!--', '<a href="', "<a href='x", '<a ', '&#x', '<pre>a', '<script'];
    for (const piece of [...pieces, ...unclosed, '<a href="x">y'])
      expect(htmlToText(long(piece)).length, piece).to.be.at.most(LONG);
  });

  it('When it is too long, then its beginning is read', () => {
    expect(htmlToText(`<p>first</p>${long('<i>')}last`))
      .to.match(/^first/)
      .and.not.match(/last/);
  });

  it('When it is whatever, then nothing throws and the words are there', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (html) => void htmlToText(html)));
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const html = words.map((text) => `<p>${text}</p>`).join('');
        expect(htmlToText(html)).to.equal(words.join('\n\n'));
      }),
    );
  });
});
