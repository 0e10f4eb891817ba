import { expect } from 'chai';
import type { Outgoing } from '../../channels/adapter.ts';
import { SendError } from '../../channels/http.ts';
import { isWithin, letterOf, type Mail, reachesByMail, readMail } from '../../channels/mail.ts';
import { headFrom, readMime } from '../../channels/mime.ts';
import type { InboundMessage } from '../../models/delivery/event.ts';
import { NOW } from '../support/channel-contract.ts';
import { HEADERS, READ, THREAD } from '../support/mail.ts';

const own = 'inbox@in.example.com';

const mail = async (
  headers: Record<string, string | undefined> = {},
  more: Partial<Mail> = {},
): Promise<Mail> => {
  const mime = await readMime(headFrom(Object.entries({ ...HEADERS, ...headers })));
  if (!mime) throw new Error('refused');
  return { ...mime, text: 'Hello\r\nthere\r\n', files: [], ...more };
};
const read = async (...given: Parameters<typeof mail>) =>
  readMail(await mail(...given), { receivedAt: NOW, own });
const message = async (...given: Parameters<typeof mail>): Promise<InboundMessage> => {
  const event = await read(...given);
  if (event.kind !== 'message') throw new Error(`${event.kind}: ${event.reason}`);
  return event;
};

describe('mail: who wrote it', () => {
  it('When a person writes, then the address is the identity and the name the profile', async () => {
    expect(await read()).to.deep.equal({
      ...READ,
      content: {
        type: 'text',
        text: 'Hello\nthere',
        thread: THREAD,
        replyTo: '<m1@in.example.com>',
      },
    });
  });

  it('When the same address is written in another way, then it is the same identity', async () => {
    for (const From of [
      'ana@example.org',
      '<ANA@EXAMPLE.ORG>',
      'Ana <ana@example.org.>',
      '"ana@other.example" <ana@example.org>',
      '=?utf-8?q?boss=40other.example=2C?= <ana@example.org>',
      'ana@example.org (Ana)',
      'ana@example.org, second@example.org',
      'Team: ana@example.org;',
    ])
      expect((await message({ From })).identities, From).to.deep.equal(['mailto:ana@example.org']);
    expect((await message({ From: 'a@bücher.example' })).identities).to.deep.equal(
      (await message({ From: 'a@xn--bcher-kva.example' })).identities,
    );
  });

  it('When addresses differ in more than case, then they are other people', async () => {
    const identity = async (From: string) => (await message({ From })).identities[0];
    expect(await identity('a.na@example.org')).to.equal('mailto:a.na@example.org');
    expect(await identity('ana+x@example.org')).to.equal('mailto:ana+x@example.org');
    expect(await identity('é@example.org')).to.equal('mailto:é@example.org');
  });

  it('When nobody can be told, then the mail is invalid', async () => {
    for (const From of [
      undefined,
      '',
      'Ana',
      '<>',
      'a@',
      '@b',
      'a@b@c',
      '"a b"@c.example',
      'a@[1]',
    ])
      expect(await read({ From }), String(From)).to.deep.equal({
        kind: 'invalid',
        reason: 'no_sender',
      });
  });

  it('When a name is encoded, then it is read; when there is none, then there is none', async () => {
    const profile = async (From: string) => (await message({ From })).profile;
    expect(await profile('=?utf-8?q?Op=C3=A9rateur?= <a@b.example>')).to.deep.equal({
      firstName: 'Opérateur',
      email: 'a@b.example',
    });
    expect(await profile('a@b.example')).to.deep.equal({ email: 'a@b.example' });
  });
});

describe('mail: what no person wrote', () => {
  const ignored = (reason: string) => ({ kind: 'ignored', reason });

  it('When a mail could not be delivered, then its return is ignored', async () => {
    const bounce = ignored('bounce');
    expect(await read({}, { envelopeFrom: '' })).to.deep.equal(bounce);
    expect(await read({}, { envelopeFrom: '<>' })).to.deep.equal(bounce);
    expect(await read({ 'Return-Path': '<>' })).to.deep.equal(bounce);
    expect(await read({ From: 'MAILER-DAEMON@mx.example' })).to.deep.equal(bounce);
    const report = 'multipart/report; report-type=delivery-status; boundary=x';
    expect(await read({ 'Content-Type': report })).to.deep.equal(bounce);
  });

  it('When a machine answers, then it is ignored', async () => {
    const automatic = ignored('automatic');
    expect(await read({ 'Auto-Submitted': 'auto-replied' })).to.deep.equal(automatic);
    expect(await read({ 'Auto-Submitted': 'Auto-Generated; x=y' })).to.deep.equal(automatic);
    expect(await read({ Precedence: 'auto_reply' })).to.deep.equal(automatic);
    expect(await read({ 'X-Autoreply': 'yes' })).to.deep.equal(automatic);
    expect(await read({ 'X-Autorespond': 'x' })).to.deep.equal(automatic);
  });

  it('When it is from our own address, then it is ignored', async () => {
    expect(await read({ From: 'Us <Inbox@IN.example.com>' })).to.deep.equal(ignored('own_address'));
  });

  it('When it only looks a little like it, then it is a message', async () => {
    for (const headers of [
      { 'Auto-Submitted': 'no' },
      { 'Auto-Submitted': 'No (really)' },
      { Precedence: 'list' },
      { 'Return-Path': '<ana@example.org>' },
      { From: 'mailer@daemon.example' },
      { 'X-Auto-Response-Suppress': 'All' },
    ])
      expect(await message(headers)).to.have.property('eventId');
    expect(await message({}, { envelopeFrom: 'bounces@example.org' })).to.have.property('eventId');
  });
});

describe('mail: which one it is', () => {
  it('When the Message-ID has lost its brackets or has company, then it is the same id', async () => {
    for (const id of [
      'm2@mail.example.org',
      ' <m2@mail.example.org> x',
      '<m2@mail.example.org><b>',
    ])
      expect((await message({ 'Message-ID': id })).eventId, id).to.equal('<m2@mail.example.org>');
  });

  it('When there is none, then the provider’s id or the mail itself is its id', async () => {
    const without = { 'Message-ID': undefined };
    expect((await message(without, { id: 'p1' })).eventId).to.equal('p1');
    expect((await message({}, { id: 'p1' })).eventId).to.equal('<m2@mail.example.org>');
    const { eventId } = await message(without);
    expect(eventId).to.match(/^[\w-]{43}$/);
    expect((await message(without)).eventId).to.equal(eventId);
    expect((await message({ 'Message-ID': `<${'x'.repeat(600)}>` })).eventId).to.equal(eventId);
    for (const other of [{ From: 'b@example.org' }, { Date: 'x' }, { Subject: 'y' }])
      expect((await message({ ...without, ...other })).eventId).not.to.equal(eventId);
    expect((await message(without, { text: 'other' })).eventId).not.to.equal(eventId);
    const files = [{ name: 'a', mimeType: 'a/b', size: 1 }];
    expect((await message(without, { files })).eventId).not.to.equal(eventId);
  });

  it('When the thread is long, then its last mails are kept, each once', async () => {
    const ids = Array.from({ length: 80 }, (_, i) => `<${i}@x>`);
    const References = `${ids.join('\r\n ')} <0@x>`;
    const { thread } = (await message({ References, 'In-Reply-To': '<79@x>' })).content;
    expect(thread?.references).to.deep.equal([...ids.slice(-49), '<m2@mail.example.org>']);
  });

  it('When the subject is encoded, folded or long, then it is one line of text', async () => {
    const subject = async (Subject: string) => (await message({ Subject })).content.thread?.subject;
    expect(await subject('=?utf-8?q?caf=C3=A9?= =?utf-8?q?_noir?=')).to.equal('café noir');
    expect(await subject('=?utf-8?q?a=0D=0ABcc:_x=40y?=')).to.equal('a Bcc: x@y');
    expect(await subject('x'.repeat(999))).to.have.length(500);
    expect(await subject('')).to.equal(undefined);
    expect((await message({}, { subject: 'given' })).content.thread?.subject).to.equal('given');
  });

  it('When the mail answers one of ours, then it is named as its statuses name it', async () => {
    const event = readMail(await mail(), { receivedAt: NOW, own }, (id) => `ours:${id}`);
    expect(event).to.have.nested.property('content.replyTo', 'ours:<m1@in.example.com>');
    expect((await message({ 'In-Reply-To': undefined })).content).not.to.have.property('replyTo');
  });

  it('When the sender’s clock is off, then the time is that of its arrival', async () => {
    const at = async (date?: string) => (await message({ Date: date })).at;
    expect(await at('Sun, 8 Jun 2025 22:58:00 +0200 (CEST)')).to.equal(READ.at);
    for (const date of [undefined, '', 'yesterday', 'Thu, 1 Jan 1970 00:00:00 +0000'])
      expect(await at(date), date).to.equal(NOW);
    expect(await at(new Date(NOW + 1000).toUTCString())).to.equal(NOW);
    expect(await at(new Date(NOW - 11 * 86_400_000).toUTCString())).to.equal(NOW);
  });
});

describe('mail: content', () => {
  it('When files come with it, then they are told apart by their place', async () => {
    const { content } = await message(
      {},
      {
        files: [
          { name: 'a.PNG', mimeType: 'image/png', size: 3 },
          { mimeType: 'text/calendar' },
          { name: 'invoice\u202Efdp.exe', mimeType: '', url: 'https://x.example/1' },
        ],
      },
    );
    expect(content).to.deep.include({
      type: 'attachment',
      text: 'Hello\nthere',
      attachments: [
        {
          type: 'image',
          id: '<m2@mail.example.org>#1',
          mimeType: 'image/png',
          name: 'a.PNG',
          size: 3,
        },
        { type: 'file', id: '<m2@mail.example.org>#2', mimeType: 'text/calendar' },
        {
          type: 'file',
          id: '<m2@mail.example.org>#3',
          url: 'https://x.example/1',
          name: 'invoicefdp.exe',
        },
      ],
    });
  });

  it('When there is no text, then there is none; when there is too much, then it is cut', async () => {
    expect((await message({}, { text: ' \r\n' })).content).to.deep.include({ type: 'text' });
    expect((await message({}, { text: ' \r\n' })).content).not.to.have.property('text');
    expect((await message({}, { text: 'x'.repeat(2_000_000) })).content.text).to.have.length(
      1_048_576,
    );
  });
});

describe('mail: an answer', () => {
  const outgoing = (more: Partial<Outgoing> = {}): Outgoing => ({
    to: 'mailto:ana@example.org',
    text: 'Thanks.\nBye',
    key: 'k',
    ...more,
  });
  const answer = (subject: string, references = ['<a@x>', '<b@x>']) =>
    letterOf(outgoing({ inReplyTo: { messageId: 'any', thread: { subject, references } } }));

  it('When it answers a mail, then it stays in the thread', () => {
    expect(answer('Order 5')).to.deep.equal({
      to: 'ana@example.org',
      subject: 'Re: Order 5',
      text: 'Thanks.\nBye',
      headers: { 'In-Reply-To': '<b@x>', References: '<a@x> <b@x>' },
    });
    expect(answer('RE: Order 5').subject).to.equal('RE: Order 5');
    expect(answer('re :x').subject).to.equal('re :x');
  });

  it('When the thread is long, then its last mails fit into a line', () => {
    const ids = Array.from({ length: 50 }, (_, i) => `<${String(i).padStart(40, '0')}@x>`);
    const { References = '' } = answer('x', ids).headers;
    expect(`References: ${References}`.length).to.be.within(940, 998);
    expect(References.split(' ')).to.deep.equal(ids.slice(-References.split(' ').length));
  });

  it('When it answers nothing, then its first line is the subject', () => {
    expect(letterOf(outgoing())).to.deep.include({ subject: 'Thanks.', headers: {} });
    expect(letterOf(outgoing({ text: `\n ${'x'.repeat(99)}` })).subject).to.have.length(78);
    const thread = { references: [] };
    expect(letterOf(outgoing({ inReplyTo: { messageId: 'x', thread } }))).to.deep.include({
      subject: 'Thanks.',
      headers: {},
    });
  });

  it('When it is no text, then it cannot be sent', () => {
    const attachment = { type: 'image' as const, url: 'https://x.example/a.png' };
    const { text: _, ...without } = outgoing();
    for (const message of [outgoing({ attachment }), outgoing({ text: '' }), without])
      expect(() => letterOf(message))
        .to.throw(SendError)
        .that.includes({ failure: 'unsupported', retryable: false });
  });

  it('When an identity is no plain address, then it is not reached', () => {
    expect(reachesByMail('mailto:ana@example.org')).to.equal(true);
    for (const urn of [
      'mailto:a@b.example,c@d.example',
      'mailto:a',
      'tel:+1',
      'mailto:a b@c.example',
    ])
      expect(reachesByMail(urn), urn).to.equal(false);
  });
});

describe('mail: how old a proof may be', () => {
  it('When it is older than the last attempt or from the future, then it is too late or too early', () => {
    const seconds = Math.floor(NOW / 1000);
    const within = (ago: number) => isWithin(seconds - ago, 100, NOW);
    expect([100, 0, -300].map(within)).to.deep.equal([true, true, true]);
    expect([101, -301].map(within)).to.deep.equal([false, false]);
  });
});
