import { Busboy } from '@fastify/busboy';
import { expect } from 'chai';
import fc from 'fast-check';
import { readForm } from '../../channels/form.ts';
import { delivery } from '../support/deliveries.ts';
import { BOUNDARY, formPart, MULTIPART, multipart, URLENCODED } from '../support/mail.ts';

const read = (type: string, body: string | Buffer) =>
  readForm(delivery(body, { 'content-type': type }));

describe('forms', () => {
  it('When a form is urlencoded, then its fields are read as the standard says', () => {
    const form = read(URLENCODED, 'a=1&b=caf%C3%A9+%26+x&c&=d&&a=2&%61b=%zz%');
    expect(form?.text('a')).to.equal('2');
    expect(form?.text('b')).to.equal('café & x');
    expect(form?.text('c')).to.equal('');
    expect(form?.text('')).to.equal('d');
    expect(form?.text('ab')).to.equal('%zz%');
    expect(form?.text('nothing')).to.equal(undefined);
    const text = fc.string({ unit: fc.constantFrom(...'ab=&+% 2eF\n', '%2b', '%C3%A9') });
    fc.assert(
      fc.property(text, (body) => {
        const judge = new URLSearchParams(body);
        const form = read(URLENCODED, body);
        for (const name of judge.keys())
          expect(form?.text(name)).to.equal(judge.getAll(name).at(-1));
      }),
      { numRuns: 1000 },
    );
  });

  it('When a form comes in parts, then fields keep their bytes and files are measured', () => {
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
    const form = read(MULTIPART, body);
    expect(form?.text('text')).to.equal('café');
    expect(form?.bytes('binary')).to.deep.equal(bytes);
    expect(form?.text('empty')).to.equal('');
    expect(form?.bytes('attachment-1')).to.equal(undefined);
    expect(form?.files).to.deep.equal([
      { name: 'café "1".pdf', mimeType: 'application/pdf', size: 8 },
      { mimeType: 'image/png', size: 1 },
    ]);
  });

  it('When busboy reads the same form, then it finds the same', async () => {
    const name = fc.stringMatching(/^[a-z]{1,4}$/);
    const bytes = fc
      .array(fc.constantFrom('\r\n', '\n', '-', '--', BOUNDARY.slice(0, -1), 'a', 'é'))
      .map((pieces) => pieces.join(''));
    const file = fc.record({ name, type: fc.constant('text/plain'), bytes });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.oneof(bytes, file)), async (fields) => {
        const body = multipart(fields);
        const form = read(MULTIPART, body);
        const judge = await byBusboy(body);
        for (const [field, text] of judge.fields) expect(form?.text(field)).to.equal(text);
        expect(form?.files).to.deep.equal(judge.files);
      }),
    );
  });

  it('When a part is cut off or has no name, then the others are read', () => {
    const body = Buffer.concat([
      Buffer.from(`preamble\r\n--${BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nlost\r\n`),
      formPart('a', '1'),
      formPart('b', 'cut off').subarray(0, -5),
    ]);
    const form = read(MULTIPART, body);
    expect(form?.text('a')).to.equal('1');
    expect(form?.text('b')).to.equal('cut ');
  });

  it('When it is no form, or one of a thousand fields, then it is none', () => {
    expect(read('application/json', '{}')).to.equal(undefined);
    expect(read('multipart/form-data', multipart({ a: '1' }))).to.equal(undefined);
    expect(read('multipart/mixed; boundary=x', multipart({ a: '1' }))).to.equal(undefined);
    expect(read(URLENCODED, 'a&'.repeat(1000))).not.to.equal(undefined);
    expect(read(URLENCODED, 'a&'.repeat(1001))).to.equal(undefined);
    const many = Buffer.concat(Array.from({ length: 1001 }, () => formPart('a', '1')));
    expect(read(MULTIPART, many)).to.equal(undefined);
  });

  it('When ten million bytes are all the same, then it ends all the same', () => {
    for (const piece of [
      '+',
      '%41',
      '%',
      'é',
      '=',
      `\n--${BOUNDARY}`,
      `--${BOUNDARY}\r\n`,
      '\n--',
    ]) {
      const body = Buffer.alloc(10_000_000, piece);
      expect(read(URLENCODED, body)?.text('nothing')).to.equal(undefined);
      expect(read(MULTIPART, body)?.text('nothing')).to.equal(undefined);
    }
  });
});

interface Found {
  fields: Map<string, string>;
  files: { name?: string; mimeType: string; size: number }[];
}

function byBusboy(body: Buffer): Promise<Found> {
  return new Promise((resolve, reject) => {
    const found: Found = { fields: new Map(), files: [] };
    const busboy = new Busboy({ headers: { 'content-type': MULTIPART } });
    busboy.on('field', (name, value) => found.fields.set(name, value));
    busboy.on('file', (_field, stream, name, _encoding, mimeType) => {
      const file = { ...(name && { name }), mimeType, size: 0 };
      found.files.push(file);
      stream.on('data', (chunk: Buffer) => {
        file.size += chunk.length;
      });
    });
    busboy.on('finish', () => resolve(found)).on('error', reject);
    busboy.end(body);
  });
}
