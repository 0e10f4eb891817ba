import { expect } from 'chai';
import { segmentFilter } from '../../../models/contacts/segment-filter.ts';

const rule = { field: 'firstName', op: 'is', value: 'Ada' };

describe('the filter of a segment', () => {
  const faultsOf = (filter: unknown) => {
    const { error } = segmentFilter.safeParse(filter);
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  };

  it('When it is well made, then it is taken', () => {
    for (const filter of [
      { all: [] },
      { any: [rule, { all: [rule, { any: [rule] }] }] },
      { all: [{ field: 'tags', op: 'in', value: ['a', 'b'] }] },
      { all: [{ field: 'fields.plan level', op: 'gt', value: 3 }] },
      { all: [{ field: 'lastMessageAt', op: 'before', value: '2026-01-01' }] },
      { all: [{ field: 'channel', op: 'is', value: '0123456789abcdef01234567' }] },
    ])
      expect(faultsOf(filter), JSON.stringify(filter)).to.deep.equal([]);
  });

  it('When something in it is wrong, then its path and what it must be is told, never its value', () => {
    const deep = { all: [{ all: [{ all: [{ all: [rule] }] }] }] };
    const many = { any: Array.from({ length: 51 }, () => rule) };
    const values = Array.from({ length: 51 }, () => 'x');
    for (const [filter, fault] of [
      [{}, ': must have either all or any, and nothing else'],
      [{ all: [], any: [rule] }, ': must have either'],
      [{ all: {} }, 'all: must be a list'],
      [{ any: [] }, 'any: must not be empty'],
      [{ all: ['x'] }, 'all.0: must be a condition'],
      [deep, 'all.0.all.0.all.0: must be at most 3 levels deep'],
      [many, ': must have at most 50 conditions'],
      [{ all: [{ ...rule, field: 'blocked' }] }, 'all.0.field: is not a field'],
      [{ all: [{ ...rule, field: 'fields.$where' }] }, 'all.0.field: is not a field'],
      [{ all: [{ ...rule, field: 'constructor' }] }, 'all.0.field: is not a field'],
      [{ all: [{ ...rule, op: 'toString' }] }, 'all.0.op: must be one of is, is_not, in'],
      [{ all: [{ ...rule, value: { $ne: null } }] }, 'all.0.value: Invalid input'],
      [{ all: [{ ...rule, more: 1 }] }, 'all.0: Unrecognized key'],
      [{ all: [{ field: 'tags', op: 'in', value: values }] }, 'all.0.value: Too big'],
      [{ all: [{ field: 'createdAt', op: 'within_days', value: 0 }] }, 'all.0.value: Too small'],
    ] as const)
      expect(faultsOf(filter).join('\n'), JSON.stringify(filter).slice(0, 80)).to.include(fault);
  });
});
