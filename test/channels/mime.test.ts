import { expect } from 'chai';
import fc from 'fast-check';
import { headerIn, headFrom, readMime } from '../../channels/mime.ts';
import { isLinear, lines } from '../support/mail.ts';

const HEAD = 'Content-Type: multipart/mixed; boundary="b 1"';
const mixed = (...parts: string[][]): Buffer =>
  lines(
    HEAD,
    '',
    'preamble',
    ...parts.flatMap((part) => ['--b 1', ...part]),
    '--b 1--',
    'epilogue',
  );
const alternative = (...parts: string[][]): Buffer =>
  Buffer.from(
    mixed(...parts)
      .toString()
      .replace('mixed', 'alternative'),
  );
const leaf = (type: string, body: string, ...headers: string[]): string[] => [
  `Content-Type: ${type}`,
  ...headers,
  '',
  body,
];
async function read(raw: Buffer) {
  const mime = await readMime(raw);
  if (!mime) throw new Error('refused');
  return mime;
}
const textOf = async (raw: Buffer) => (await read(raw)).text;
const filesOf = async (raw: Buffer) => (await read(raw)).files;

const QP = 'Content-Transfer-Encoding: quoted-printable';
const BASE64 = 'Content-Transfer-Encoding: base64';

describe('MIME: headers', () => {
  it('When a header is folded or doubled, then it is one line, and the first one', async () => {
    const { head } = await read(lines('From: a@b.example', 'X-One: 1', 'x-one: 2', '', ''));
    expect(headerIn(head, 'x-one')).to.equal('1');
    expect(headerIn(head, 'x-two')).to.equal(undefined);
    const folded = await read(lines('Subject: =?utf-8?q?caf=C3=A9?=', ' noir', '', ''));
    expect(folded.head.subject).to.equal('café noir');
  });

  it('When a provider lists headers, then they are those of a mail again', async () => {
    const { head } = await read(
      headFrom([
        ['From', 'Ana Opérateur <ana@example.org>'],
        ['Subject', 'one\r\n\r\nBcc: x@y.example'],
        ['X: y\r\nBcc', 'z@y.example'],
        ['', 'x'],
        ['Date', 5],
        ['Date'],
        null,
        'Date: x',
      ]),
    );
    expect([...head.headers.keys()]).to.deep.equal(['from', 'subject']);
    expect(head.from?.value).to.deep.equal([{ name: 'Ana Opérateur', address: 'ana@example.org' }]);
    expect(head.subject).to.equal('one Bcc: x@y.example');
  });
});

describe('MIME: what people read', () => {
  it('When there is plain text, then it is read in its charset', async () => {
    expect(await textOf(lines('Subject: x', '', 'Hello'))).to.equal('Hello');
    expect(await textOf(lines('', 'no headers'))).to.equal('no headers');
    expect(await textOf(lines('Subject: x'))).to.equal('');
    expect(await textOf(Buffer.alloc(0))).to.equal('');
    const utf8 = leaf('text/plain; charset=utf-8', 'caf=C3=A9=\r\n!', QP);
    expect(await textOf(lines(...utf8))).to.equal('café!');
    const latin = leaf('text/plain; charset=iso-8859-1', 'Y2Fm6Q==', BASE64);
    expect(await textOf(lines(...latin))).to.equal('café');
    const quotes = leaf('text/plain; charset=Windows-1252', '=93=94', QP);
    expect(await textOf(lines(...quotes))).to.equal('“”');
    expect(await textOf(lines(...leaf('text/plain; charset=nonsense', 'café')))).to.equal('café');
    const flowed = leaf('text/plain; format=flowed', 'one \r\nline');
    expect(await textOf(lines(...flowed))).to.equal('one line');
  });

  it('When there are alternatives, then the plain one is read, or what the HTML says', async () => {
    const html = leaf('text/html', '<p>Hello</p>');
    expect(await textOf(alternative(html, leaf('text/plain', 'Hi')))).to.equal('Hi');
    expect(await textOf(alternative(leaf('text/plain', ' '), html))).to.equal('Hello');
    expect(await textOf(lines(...html))).to.equal('Hello');
    expect(await textOf(alternative())).to.equal('');
    const nested = alternative(leaf('text/plain', 'Hi'), [
      'Content-Type: multipart/related; boundary=r',
      '',
      '--r',
      ...html,
      '--r',
      ...leaf('image/png', 'AAAA', 'Content-ID: <i>', BASE64),
      '--r--',
    ]);
    expect(await textOf(nested)).to.equal('Hi');
    expect(await filesOf(nested)).to.deep.equal([{ mimeType: 'image/png', size: 3 }]);
  });

  it('When text and HTML follow each other, then neither is lost', async () => {
    const raw = mixed(
      leaf('text/html', '<p>Body</p>'),
      leaf('image/png', 'AAAA', BASE64),
      leaf('text/plain', '-- \r\nThe list'),
    );
    expect(await textOf(raw)).to.equal('Body\n\n-- \nThe list');
  });

  it('When lines end without a carriage return, then it is the same mail', async () => {
    const raw = mixed(leaf('text/plain', 'Hi'), leaf('text/csv', 'a,b'));
    const unix = Buffer.from(raw.toString().replaceAll('\r\n', '\n'));
    const { text, files } = await read(raw);
    expect(text).to.equal('Hi');
    expect(files).to.have.length(1);
    expect(await read(unix)).to.deep.include({ text, files });
  });

  it('When the end is missing, then what is there is read', async () => {
    const raw = mixed(leaf('text/plain', 'Hi'), leaf('text/plain', 'there'));
    expect(await textOf(raw.subarray(0, raw.indexOf('re\r\n')))).to.equal('Hi\nthe');
  });
});

describe('MIME: files', () => {
  it('When files come, then their names, types and sizes are known', async () => {
    const raw = mixed(
      leaf('text/plain', 'see'),
      leaf('application/pdf; name="=?utf-8?Q?caf=C3=A9=2Epdf?="', 'JVBE\r\nRi0=', BASE64),
      leaf('text/plain', 'not read', 'Content-Disposition: attachment; filename=notes.txt'),
      leaf('message/rfc822', 'Subject: inner\r\n\r\nnot read', 'Content-Disposition: inline'),
      leaf('image/gif', '=00=01', QP, "Content-Disposition: inline; filename*=utf-8''%C3%A9.gif"),
    );
    const { text, files } = await read(raw);
    expect(text).to.equal('see');
    expect(files).to.deep.equal([
      { name: 'café.pdf', mimeType: 'application/pdf', size: 5 },
      { name: 'notes.txt', mimeType: 'text/plain', size: 8 },
      { mimeType: 'message/rfc822', size: 26 },
      { name: 'é.gif', mimeType: 'image/gif', size: 2 },
    ]);
  });
});

describe('MIME: whoever wrote it', () => {
  const html = (piece: string) => ['Content-Type: text/html\r\n\r\n', piece] as const;
  const text = (encoding: string, piece: string) =>
    [`Content-Transfer-Encoding: ${encoding}\r\n\r\n`, piece] as const;
  const header = (name: string, piece: string) => [`${name}: `, piece] as const;

  for (const [start, piece] of [
    html('<a href="'),
    html('<div>'),
    html('<ul><li>'),
    text('quoted-printable', '=\r\n'),
    text('quoted-printable', '= '),
    text('base64', '=\r\n'),
    ['\r\n', '\r\n'],
    ['Content-Type: text/plain; format=flowed\r\n\r\n', '> \r\n'],
    [`${HEAD}\r\n\r\n`, '--b 1'],
    [`${HEAD}\r\n\r\n--b 1\r\n\r\n`, '\r\n--b 1x'],
  ] as const)
    it(`When a mail is ${JSON.stringify(piece)} over and over, then twice as much takes about twice as long`, async () => {
      await isLinear(Buffer.from(start), piece, 1_000_000, readMime);
    });

  for (const [start, piece] of [
    header('From', 'a@b,'),
    header('From', '"'),
    header('From', '(<'),
    header('Return-Path', 'a:'),
    header('Subject', '=?utf-8?q?a?= '),
    header('References', '<a@b> '),
    header('Content-Type', ";b*0*=utf-8''%"),
    header('Content-Disposition', '=?utf-8?q?=E2?='),
  ])
    it(`When a header is ${JSON.stringify(start + piece)} over and over, then twice as much takes about twice as long`, async () => {
      await isLinear(Buffer.from(start), piece, 250_000, readMime);
    });

  it('When there are too many headers or parts, then it is refused', async () => {
    const MANY = 2_000_000;
    for (const [start, piece] of [
      ['', 'a: b\r\n'],
      ['a: b', '\r\n '],
      ['a: ', 'b'],
      [`${HEAD}\r\n\r\n`, '--b 1\r\n\r\n'],
      [`${HEAD}\r\n\r\n`, '--b 1\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\n'],
    ] as const) {
      const raw = Buffer.concat([Buffer.from(start), Buffer.alloc(MANY, piece)]);
      expect(await readMime(raw), piece).to.equal(undefined);
    }
    const nested = Array.from({ length: 2000 }, (_, i) => [
      `Content-Type: multipart/mixed; boundary=b${i}`,
      '',
      `--b${i}`,
    ]);
    expect(await readMime(lines(...nested.flat()))).to.equal(undefined);
  });

  it('When any piece of a mail is another, then nothing throws', async () => {
    const whole = mixed(
      leaf('text/plain; charset=utf-8; format=flowed', 'café'),
      leaf('text/plain; charset=iso-2022-jp', '=1B$B', QP),
      leaf('application/pdf; name*0*=utf-8\'\'a; name*1="b"', 'AA', BASE64),
    );
    const other = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.nat(40), other, async (at, length, by) => {
        const pieces = [whole.subarray(0, at), Buffer.from(by), whole.subarray(at + length)];
        expect(await readMime(Buffer.concat(pieces))).not.to.equal(undefined);
      }),
      { numRuns: 500 },
    );
  });
});
