import { expect } from 'chai';
import fc from 'fast-check';
import { boundaryOf, readForm } from '../../channels/form.ts';
import { delivery } from '../support/deliveries.ts';
import { BOUNDARY, formPart, isLinear, MULTIPART, multipart, URLENCODED } from '../support/mail.ts';

const read = (type: string, body: string | Buffer) =>
  readForm(delivery(body, { 'content-type': type }));

describe('forms', () => {
  it('When a form is urlencoded, then its fields are read as the standard says', async () => {
    const form = await read(URLENCODED, 'a=1&b=caf%C3%A9+%26+x&c&=d&&a=2&%61b=%zz%');
    expect(form?.text('a')).to.equal('2');
    expect(form?.text('b')).to.equal('café & x');
    expect(form?.text('c')).to.equal('');
    expect(form?.text('')).to.equal('d');
    expect(form?.text('ab')).to.equal('%zz%');
    expect(form?.text('nothing')).to.equal(undefined);
    const text = fc.string({ unit: fc.constantFrom(...'ab=&+% 2eF\n', '%2b', '%C3%A9') });
    await fc.assert(
      fc.asyncProperty(text, async (body) => {
        const judge = new URLSearchParams(body);
        const form = await read(URLENCODED, body);
        for (const name of judge.keys())
          expect(form?.text(name)).to.equal(judge.getAll(name).at(-1));
      }),
      { numRuns: 1000 },
    );
  });

  it('When a form comes in parts, then fields keep their bytes and files are measured', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x2d, 0x2d, 0x80]);
    const body = multipart({
      text: 'café',
      binary: bytes,
      'attachment-1': {
        name: 'caf\u00e9 "1".pdf'.replaceAll('"', '\\"'),
        type: 'application/pdf',
        bytes,
      },
      empty: '',
      unnamed: { name: '', type: 'image/png', bytes: 'x' },
    });
    const form = await read(MULTIPART, body);
    expect(form?.text('text')).to.equal('café');
    expect(form?.bytes('binary')).to.deep.equal(bytes);
    expect(form?.text('empty')).to.equal('');
    expect(form?.bytes('attachment-1')).to.equal(undefined);
    expect(form?.files).to.deep.equal([
      { name: 'café "1".pdf', mimeType: 'application/pdf', size: 8 },
      { mimeType: 'image/png', size: 1 },
    ]);
  });

  it('When a field is whatever, then it is read as it was written', async () => {
    const name = fc.stringMatching(/^[a-z]{1,4}$/);
    const piece = fc.constantFrom('\r\n', '\n', '-', '--', BOUNDARY.slice(0, -1), 'a', 'é');
    const bytes = fc.array(piece).map((pieces) => pieces.join(''));
    const file = fc.record({ name, type: fc.constant('text/plain'), bytes });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.oneof(bytes, file)), async (fields) => {
        const form = await read(MULTIPART, multipart(fields));
        const files = Object.values(fields).filter((field) => typeof field !== 'string');
        for (const [name, field] of Object.entries(fields))
          expect(form?.text(name)).to.equal(typeof field === 'string' ? field : undefined);
        expect(form?.files).to.deep.equal(
          files.map(({ name, type, bytes }) => ({
            name,
            mimeType: type,
            size: Buffer.byteLength(bytes),
          })),
        );
      }),
    );
  });

  it('When the parts are broken in any way, then reading ends', async () => {
    const piece = fc.constantFrom(
      ...['\r\n', '\n', '-', '--', ': ', 'x', '\r\n\r\n', `--${BOUNDARY}`, `\r\n--${BOUNDARY}\r\n`],
      `\r\n--${BOUNDARY}--`,
      'Content-Disposition: form-data',
      'Content-Disposition: form-data; name="a"',
      'Content-Disposition: form-data; name="a"; filename="b"\r\n\r\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), async (pieces) => {
        expect(await read(MULTIPART, pieces.join(''))).not.to.equal(undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('When the same delivery is asked for again, then it is not read again', () => {
    const given = delivery(multipart({ a: '1' }), { 'content-type': MULTIPART });
    expect(readForm(given)).to.equal(readForm(given));
  });

  it('When the type is written in another way, then its boundary is found', () => {
    const of = (type: string) => boundaryOf(delivery('', { 'content-type': type }));
    expect(of('Multipart/Form-Data; charset=utf-8; Boundary="x:y"; a=b')).to.equal('x:y');
    expect(of("multipart/form-data;boundary=--'x")).to.equal("--'x");
    for (const boundary of ['', '"', '"x', '"x\r\ny"', 'x y', 'x&a=b', '"&a=b"', 'x'.repeat(71)])
      expect(of(`multipart/form-data; boundary=${boundary}`), boundary).to.equal(undefined);
    expect(of('application/x-www-form-urlencoded; boundary=x')).to.equal(undefined);
    expect(of('x'.repeat(16_000))).to.equal(undefined);
  });

  it('When a part is cut off or has no name, then the others are read', async () => {
    const body = Buffer.concat([
      Buffer.from(`preamble\r\n--${BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nlost\r\n`),
      formPart('a', '1'),
      formPart('b', 'cut off').subarray(0, -5),
    ]);
    const form = await read(MULTIPART, body);
    expect(form?.text('a')).to.equal('1');
    expect(form?.text('b')).to.equal('cut ');
  });

  it('When it is no form, or one of a thousand fields, then it is none', async () => {
    expect(await read('application/json', '{}')).to.equal(undefined);
    expect(await read('multipart/form-data', multipart({ a: '1' }))).to.equal(undefined);
    expect(await read('multipart/mixed; boundary=x', multipart({ a: '1' }))).to.equal(undefined);
    expect(await read(URLENCODED, 'a&'.repeat(1000))).not.to.equal(undefined);
    expect(await read(URLENCODED, 'a&'.repeat(1001))).to.equal(undefined);
    const many = Buffer.concat(Array.from({ length: 1001 }, () => formPart('a', '1')));
    expect(await read(MULTIPART, many)).to.equal(undefined);
  });

  for (const piece of ['+', '%41', '%', 'é', '=', '\r\n--', `--${BOUNDARY}`, '\r\n--xYzZ']) {
    it(`When a form is ${JSON.stringify(piece)} over and over, then twice as much takes about twice as long`, async () => {
      await isLinear(Buffer.from('a='), piece, 2_000_000, (body) => read(URLENCODED, body));
      const part = formPart('a', '').subarray(0, -2);
      await isLinear(part, piece, 2_000_000, (body) => read(MULTIPART, body));
    });
  }
});
