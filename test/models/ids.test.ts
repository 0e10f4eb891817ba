import { expect } from 'chai';
import { stableId, toObjectId } from '../../models/ids.ts';
import { conversationId } from '../../models/inbox/conversation.ts';
import { messageId } from '../../models/inbox/message.ts';
import { cappedBackoff, EFFECTS, type EffectJob, effectJobOptions } from '../../models/jobs.ts';

describe('Ids', () => {
  it('When the parts are the same, then the id is, in every process and for ever', () => {
    // What is stored was made with it: a change of this value is a migration.
    expect(stableId('channel', 'event')).to.equal('LQVlOZsFPvdOLozDnQPb3j');
    expect(messageId('channel', 'event')).to.equal(stableId('channel', 'event'));
  });

  it('When one part is another, or the parts are split elsewhere, then the id is another', () => {
    const ids = [
      messageId('a', 'bc'),
      messageId('ab', 'c'),
      messageId('abc', ''),
      messageId('', 'abc'),
      messageId('a', 'bd'),
      conversationId('bc', 'a'),
    ];
    expect(new Set(ids).size).to.equal(ids.length);
    for (const id of ids) expect(id).to.match(/^[\w-]{22}$/);
  });

  it('When a text can be an id, then it is read, and else it names nothing', () => {
    const id = '507f1f77bcf86cd799439011';
    expect(toObjectId(id)?.toString()).to.equal(id);
    for (const text of [
      '',
      '12 characters',
      'twelve chars',
      `${id}0`,
      'z'.repeat(24),
      '5'.repeat(12),
    ])
      expect(toObjectId(text), text).to.equal(undefined);
  });
});

describe('Jobs', () => {
  it('When the same effect of the same change is added again, then it is the same job, which BullMQ takes', () => {
    const job: EffectJob = { workspaceId: 'w', contactId: 'c', blockId: 'b', action: 'blocked' };
    const of = (change: EffectJob) =>
      EFFECTS.map((effect) => effectJobOptions(effect, change).jobId);
    const ids = [
      ...of(job),
      ...of({ ...job, action: 'unblocked' }),
      ...of({ ...job, blockId: 'other' }),
    ];
    expect(new Set(ids).size).to.equal(ids.length);
    expect(of(job)).to.deep.equal(of({ ...job }));
    for (const id of ids) expect(id).not.to.contain(':');
  });

  it('When a job fails again and again, then it waits longer, and never more than a minute', () => {
    const waits = [1, 2, 3, 4, 9, 1_000_000].map(cappedBackoff);
    expect(waits).to.deep.equal([250, 500, 1_000, 2_000, 60_000, 60_000]);
  });
});
