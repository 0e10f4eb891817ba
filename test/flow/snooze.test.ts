import { expect } from 'chai';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { until } from '../support/until.ts';
import { end, type Json, type TestChannel, World } from '../support/world.ts';

const later = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('Snoozing a conversation', () => {
  let world: World;
  let channel: TestChannel;
  let events = 0;
  before(async () => {
    world = await World.start();
    channel = await world.whatsapp('111');
  });
  after(() => world.stop());

  const receive = async (number: string, text: string) => {
    const body = whatsappBody([
      whatsapp.change('111', { messages: [whatsapp.text({ from: number, id: text, text })] }),
    ]);
    expect((await world.post(channel.path, body, channel.sign(body))).status).to.equal(200);
    events += 1;
    await world.settled(events);
  };
  let people = 0;
  const somebody = async () => {
    people += 1;
    const number = `1650555${1_000 + people}`;
    await receive(number, `hello ${people}`);
    const contact = await world.contact(`tel:+${number}`);
    const [conversation] = await world.conversations(contact.id);
    return { number, contactId: contact.id as string, id: conversation.id as string };
  };
  const ask = (id: string, action: string, body: object = {}) =>
    world.api('POST', `${world.workspace}/conversations/${id}/${action}`, body);
  const read = async (id: string): Promise<Json> =>
    (await world.api('GET', `${world.workspace}/conversations/${id}`)).body;
  const becomes = (id: string, status: string): Promise<Json> =>
    until(`the conversation to be ${status}`, async () => {
      const conversation = await read(id);
      return conversation.status === status && conversation;
    });

  it('When its time comes, then it is open again, not before', async () => {
    const { id } = await somebody();
    const time = later(1_500);
    expect((await ask(id, 'snooze', { until: time })).body).to.include({
      status: 'snoozed',
      snoozedUntil: time,
    });
    const snoozed = `${world.workspace}/conversations?status=snoozed`;
    expect((await world.list(snoozed)).map((one) => one.id)).to.deep.equal([id]);
    const woken = await becomes(id, 'open');
    expect(Date.now()).to.be.at.least(Date.parse(time));
    expect(woken.snoozedUntil).to.equal(null);
  });

  it('When the contact writes, then it wakes, and its old time does nothing to a later snooze', async () => {
    const { id, number } = await somebody();
    await ask(id, 'snooze', { until: later(2_000) });
    await receive(number, 'are you there?');
    expect(await becomes(id, 'open')).to.include({ snoozedUntil: null, unread: 2 });
    const time = later(3_600_000);
    await ask(id, 'snooze', { until: time });
    await until('the first time to be over', async () => {
      const jobs = await world.redis.zcard('{videur}:snooze:delayed');
      return jobs === 1;
    });
    expect(await read(id)).to.include({ status: 'snoozed', snoozedUntil: time });
  });

  it('When the contact is blocked, then its snooze ends, another one is refused with the block, and the unblock leaves it closed', async () => {
    const { id, contactId } = await somebody();
    await ask(id, 'snooze', { until: later(2_000) });
    await world.block(contactId, { reason: 'spam' });
    expect(await read(id)).to.include({ status: 'closed', blocked: true, snoozedUntil: null });
    const refused = await ask(id, 'snooze', { until: later(3_600_000) });
    expect([refused.status, refused.body.code, refused.body.block.reason]).to.deep.equal([
      409,
      'contact_blocked',
      'spam',
    ]);
    await world.unblock(contactId);
    await until('its time to be over', async () => {
      const jobs = await world.redis.zcard('{videur}:snooze:delayed');
      return jobs === 1;
    });
    expect(await read(id)).to.include({ status: 'closed', blocked: false });
    expect((await ask(id, 'snooze', { until: later(3_600_000) })).body.status).to.equal('snoozed');
    await ask(id, 'open');
  });

  it('When a block comes as snoozes end, then each conversation is closed and in the blocked inbox only', async () => {
    const ROUNDS = 20;
    const theirs = [];
    for (let round = 0; round < ROUNDS; round += 1) theirs.push(await somebody());
    const time = later(1_500);
    await Promise.all(theirs.map(({ id }) => ask(id, 'snooze', { until: time })));
    await Promise.all(
      theirs.map(async ({ contactId }) => {
        const wait = Date.parse(time) - Date.now() + (Math.random() - 0.5) * 200;
        await new Promise((resolve) => setTimeout(resolve, wait));
        expect((await world.block(contactId)).status).to.equal(200);
      }),
    );
    for (const { id } of theirs)
      expect(await read(id)).to.include({ status: 'closed', blocked: true, snoozedUntil: null });
    await Promise.all(theirs.map(({ contactId }) => world.unblock(contactId)));
    for (const { id } of theirs)
      expect(await read(id)).to.include({ status: 'closed', blocked: false });
  });

  it('When Redis has lost the alarm, or the worker is dead at that time, then it wakes all the same', async () => {
    const { id } = await somebody();
    await ask(id, 'snooze', { until: later(1_000) });
    await world.redis.flushall();
    await Promise.all(
      world.processes
        .filter(({ spawnargs }) => spawnargs.some((arg) => /workers/.test(arg)))
        .map((worker) => end(worker, 'SIGKILL')),
    );
    world.startWorker();
    await becomes(id, 'open');
  });
});
