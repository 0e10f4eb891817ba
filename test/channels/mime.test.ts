import { expect } from 'chai';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { readMime } from '../../channels/mime.ts';
import { readHeaders, readStructured } from '../../channels/mime-headers.ts';
import { lines } from '../support/mail.ts';

const mixed = (...parts: string[][]): Buffer =>
  lines(
    'Content-Type: multipart/mixed; boundary="b 1"',
    '',
    'preamble',
    ...parts.flatMap((part) => ['--b 1', ...part]),
    '--b 1--',
    'epilogue',
  );
const leaf = (type: string, body: string, ...headers: string[]): string[] => [
  `Content-Type: ${type}`,
  ...headers,
  '',
  body,
];
const textOf = (raw: Buffer) => readMime(raw).text;
const filesOf = (raw: Buffer) => readMime(raw).files;

describe('MIME: headers', () => {
  it('When lines are folded, doubled or broken, then every header has its values', () => {
    const headers = readHeaders(
      'From: a\r\n b\r\nReceived: 1\nreceived: 2\r\nno colon\r\n: nameless\r\nX-Empty:\r\n\tc: d',
    );
    expect([...headers]).to.deep.equal([
      ['from', ['a b']],
      ['received', ['1', '2']],
      ['x-empty', ['c: d']],
    ]);
  });

  it('When a value has parameters, then they are read in every way to write them', () => {
    const read = (header: string) => Object.fromEntries(readStructured(header).parameters);
    expect(readStructured('Text/Plain; charset=UTF-8').value).to.equal('text/plain');
    expect(read('a; charset=UTF-8; Format = flowed')).to.deep.equal({
      charset: 'UTF-8',
      format: 'flowed',
    });
    expect(read('a; name="x; \\"y\\" \\\\z"')).to.deep.equal({ name: 'x; "y" \\z' });
    expect(read("a; name*=utf-8'fr'caf%C3%A9.pdf")).to.deep.equal({ name: 'café.pdf' });
    expect(read("a; name*=iso-8859-1''caf%E9")).to.deep.equal({ name: 'café' });
    expect(read('a; name*1="b"; name*0="a"')).to.deep.equal({ name: 'ab' });
    expect(read("a; name*0*=utf-8''%C3; name*1*=%A9; name*2=%20")).to.deep.equal({ name: 'é%20' });
    expect(read('a; name="never closed')).to.deep.equal({ name: 'never closed' });
    expect(read('a; ; =; x; __proto__=y')).to.have.property('__proto__', 'y');
  });
});

describe('MIME: what people read', () => {
  it('When there is plain text, then it is read in its charset', () => {
    expect(textOf(lines('Subject: x', '', 'Hello'))).to.equal('Hello');
    expect(textOf(lines('', 'no headers'))).to.equal('no headers');
    expect(textOf(lines('Subject: x'))).to.equal('');
    const qp = 'Content-Transfer-Encoding: Quoted-Printable';
    expect(textOf(lines(...leaf('text/plain; charset=utf-8', 'caf=C3=A9=\r\n=zz=', qp)))).to.equal(
      'café=zz=',
    );
    const latin = leaf(
      'text/plain; charset=iso-8859-1',
      'Y2Fm6Q==',
      'Content-Transfer-Encoding: base64',
    );
    expect(textOf(lines(...latin))).to.equal('café');
    const raw = Buffer.concat([
      lines('Subject: x', '', 'caf'),
      Buffer.from([0xe9, 0x80, 0x92, 0x9f]),
    ]);
    expect(textOf(raw), 'no charset, not UTF-8').to.equal('café€’Ÿ');
    const quotes = leaf('text/plain; charset=Windows-1252', '=93=94=81', qp);
    expect(textOf(lines(...quotes))).to.equal('“”\x81');
    expect(textOf(lines(...leaf('text/plain; charset=nonsense', 'café')))).to.equal('café');
  });

  it('When there are alternatives, then the plain one is read, or what the HTML says', () => {
    const alternative = (...parts: string[][]) =>
      Buffer.from(
        mixed(...parts)
          .toString()
          .replace('mixed', 'alternative'),
      );
    const html = leaf('text/html', '<p>Hello</p>');
    expect(textOf(alternative(html, leaf('text/plain', 'Hi')))).to.equal('Hi');
    expect(textOf(alternative(leaf('text/plain', ' '), html))).to.equal('Hello');
    expect(textOf(alternative())).to.equal('');
    const nested = alternative(leaf('text/plain', 'Hi'), [
      'Content-Type: multipart/related; boundary=r',
      '',
      '--r',
      ...html,
      '--r',
      ...leaf('image/png', 'AAAA', 'Content-ID: <i>', 'Content-Transfer-Encoding: base64'),
      '--r--',
    ]);
    expect(textOf(nested)).to.equal('Hi');
    expect(filesOf(nested)).to.deep.equal([{ mimeType: 'image/png', size: 3 }]);
  });

  it('When several parts are read one after the other, then all of them are', () => {
    const raw = mixed(
      leaf('text/html', '<p>Body</p>'),
      leaf('image/png', 'AAAA', 'Content-Transfer-Encoding: base64'),
      leaf('text/plain', '-- \r\nThe list'),
    );
    expect(textOf(raw)).to.equal('Body\n\n-- \r\nThe list');
  });

  it('When lines end without a carriage return, then it is the same mail', () => {
    const raw = mixed(leaf('text/plain', 'Hi'), leaf('text/csv', 'a,b'));
    const unix = Buffer.from(raw.toString().replaceAll('\r\n', '\n'));
    expect(readMime(unix)).to.deep.equal(readMime(raw));
  });

  it('When the end is missing, then what is there is read', () => {
    const raw = mixed(leaf('text/plain', 'Hi'), leaf('text/plain', 'there'));
    expect(textOf(raw.subarray(0, raw.indexOf('re\r\n')))).to.equal('Hi\n\nthe');
    expect(textOf(mixed([]))).to.equal('');
    expect(textOf(mixed([''], ['', 'x']))).to.equal('x');
  });
});

describe('MIME: files', () => {
  it('When files come, then their names, types and sizes are known and their bytes are not kept', () => {
    const base64 = 'Content-Transfer-Encoding: base64';
    const raw = mixed(
      leaf('text/plain', 'see'),
      leaf('application/pdf; name="=?utf-8?Q?caf=C3=A9=2Epdf?="', 'JVBE\r\nRi0=', base64),
      leaf('text/plain', 'not read', 'Content-Disposition: attachment; filename=notes.txt'),
      leaf('message/rfc822', 'Subject: inner\r\n\r\nnot read either'),
      leaf('image/gif', '=00=01', 'Content-Transfer-Encoding: quoted-printable'),
    );
    expect(readMime(raw)).to.deep.include({
      text: 'see',
      files: [
        { name: 'café.pdf', mimeType: 'application/pdf', size: 5 },
        { name: 'notes.txt', mimeType: 'text/plain', size: 8 },
        { mimeType: 'message/rfc822', size: 33 },
        { mimeType: 'image/gif' },
      ],
    });
  });

  it('When postal-mime reads the same mail, then it finds the same', async () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab é–=_.-\n'), minLength: 1 });
    const name = fc.stringMatching(/^[a-zé]{1,9}\.[a-z]{3}$/);
    const part = fc.record({ text, name, extended: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(text, fc.array(part, { maxLength: 4 }), async (body, parts) => {
        const words = `${body.replaceAll('\n', '\r\n')}.`;
        const raw = mixed(
          leaf('text/plain; charset=utf-8', words),
          ...parts.map(({ text, name, extended }) =>
            leaf(
              'application/x-any',
              Buffer.from(text).toString('base64'),
              'Content-Transfer-Encoding: base64',
              extended
                ? `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`
                : `Content-Disposition: attachment; filename="${name}"`,
            ),
          ),
        );
        const judge = await PostalMime.parse(raw);
        const found = readMime(raw);
        expect(found.text).to.equal(words);
        expect(found.text.replaceAll('\r\n', '\n').trimEnd()).to.equal(judge.text?.trimEnd());
        expect(found.files).to.deep.equal(
          judge.attachments.map(({ filename, mimeType, content }) => ({
            name: filename,
            mimeType,
            size: (content as ArrayBuffer).byteLength,
          })),
        );
      }),
    );
  });
});

describe('MIME: whoever wrote it', () => {
  const MANY = 10_000_000;

  it('When ten million bytes are of the wrong kind, then it ends all the same', () => {
    const head = 'Content-Type: multipart/mixed; boundary=x\r\n\r\n';
    const repeated = [
      [head, '--x\r\n\r\n'],
      [head, '--xy\r\n'],
      [head, '\n--x '],
      [head, '--x\r\nContent-Type: text/html\r\n\r\n<a href="'],
      [head, '--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\n'],
      [head, '--x\r\nContent-Disposition: attachment; filename="=?utf-8?q?=E2?= "\r\n\r\n'],
      [head, '--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n'],
      ['Content-Type: text/html\r\n\r\n', '<a href="'],
      ['Content-Transfer-Encoding: quoted-printable\r\n\r\n', '=\r\n'],
      ['Content-Transfer-Encoding: base64\r\n\r\n', '=\r\n'],
      ['', 'a:\r\n'],
      ['a: b', '\r\n '],
      ['', '\r\n'],
      ['Content-Type: a', ';b="'],
      ['Content-Type: a', ";b*0*='"],
    ];
    for (const [start = '', piece = ''] of repeated) {
      const raw = Buffer.concat([Buffer.from(start), Buffer.alloc(MANY, piece)]);
      const { text, files } = readMime(raw);
      expect(text.length, piece).to.be.at.most(2 * 1024 * 1024);
      expect(files.length, piece).to.be.at.most(200);
    }
  });

  it('When its parts are too much to read together, then the first million bytes are read', () => {
    const part = leaf('text/plain', 'x'.repeat(400_000));
    expect(textOf(mixed(part, part, part, part)).replaceAll('\n', '')).to.have.length(1_048_576);
    const html = leaf('text/html', `<p>${'x'.repeat(400_000)}</p>`);
    expect(textOf(mixed(html, html, html)).length).to.be.within(1_000_000, 1_048_576);
  });

  it('When multiparts are in each other without end, then the inner ones are a file', () => {
    const raw = Buffer.from(
      Array.from(
        { length: 1000 },
        (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`,
      ).join(''),
    );
    expect(readMime(raw).files).to.have.length(1);
  });

  it('When any piece of a mail is another, then nothing throws', () => {
    const whole = mixed(
      leaf('text/plain; charset=utf-8', 'café'),
      leaf(
        'application/pdf; name*0*=utf-8\'\'a; name*1="b"',
        'AA',
        'Content-Transfer-Encoding: base64',
      ),
    );
    const other = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(40), other, (at, length, by) => {
        readMime(
          Buffer.concat([whole.subarray(0, at), Buffer.from(by), whole.subarray(at + length)]),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
