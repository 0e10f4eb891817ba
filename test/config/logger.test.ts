import { expect } from 'chai';
import fc from 'fast-check';
import { describeError } from '../../config/logger.ts';

describe('What is logged of an error', () => {
  it('When it has a code, then its kind, code and place are told', () => {
    const told = describeError(Object.assign(new RangeError('tel:+16505551234'), { code: 11000 }));
    expect(told).to.include({ error: 'RangeError', code: 11000 });
    expect(told.at).to.match(/^at .*logger\.test/);
  });

  it('When its code is an object, then that is left out', () => {
    const error = Object.assign(new Error('x'), { code: { keyValue: 'tel:+16505551234' } });
    expect(describeError(error)).not.to.have.property('code');
  });

  it('When something else was thrown, then only its type is told', () => {
    expect(describeError('tel:+16505551234')).to.deep.equal({ error: 'string' });
    expect(describeError({ message: 'tel:+16505551234' })).to.deep.equal({ error: 'object' });
    expect(describeError(undefined)).to.deep.equal({ error: 'undefined' });
  });

  it('When a line of its message looks like a frame, then it is not told', () => {
    const lines = ['at tel:+16505551234', '    at tel:+16505551234 (file.ts:1:1)', '\tat +1650'];
    for (const line of lines)
      for (const message of [line, `E11000\n${line}`, `${line}\n${line}`])
        expect(JSON.stringify(describeError(new Error(message))), message).not.to.contain('1650');
  });

  it('When its message was changed afterwards, then neither the old nor the new one is told', () => {
    const error = new Error('x\n    at tel:+16505551234');
    error.message = 'y\n    at mailto:a@b.c';
    expect(JSON.stringify(describeError(error))).not.to.match(/1650|mailto/);
  });

  it('When it has no stack, then its kind is still told', () => {
    const error = new TypeError('tel:+16505551234');
    delete error.stack;
    expect(describeError(error)).to.deep.equal({ error: 'TypeError', at: undefined });
  });

  it('When the message is whatever, then it is never told', () => {
    const mark = 'MARK';
    const part = fc.constantFrom('\n', '    at ', 'at ', ' (x.ts:1:1)', mark, ' ', ':', 'Error');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const error = new Error(`${parts.join('')}${mark}`);
        expect(JSON.stringify(describeError(error))).not.to.contain(mark);
      }),
      { numRuns: 300 },
    );
  });
});
