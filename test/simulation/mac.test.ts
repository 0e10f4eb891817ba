import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import sinon from 'sinon';
import { block, unblock } from '../../models/block/block.ts';
import { assertUnblocked } from '../../models/block/unblocked.ts';
import { type ObjectId, Types } from '../../models/ids.ts';
import type { DeliverJob } from '../../models/jobs.ts';
import { type Cycle, changeBilling, cycleAt } from '../../models/mac/cycle.ts';
import { mergeActivity } from '../../models/mac/mac.ts';
import { readMac } from '../../models/mac/mac-count.ts';
import { recount } from '../../models/mac/mac-recount.ts';
import { signOff, sumUp } from '../../models/mac/sign-off.ts';
import type { Workspace } from '../../models/people/workspace.ts';
import { createDeliver } from '../../workers/deliver/deliver.ts';
import { createSend } from '../../workers/send/send.ts';
import { Random } from '../faults/random.ts';
import { openStores, type Stores, silent } from '../support/stores.ts';
import { from, jobOf, message } from '../workers/inbox.ts';
import { accepted, Outbox, refused } from '../workers/outbox.ts';
import { type Entry, naiveCount } from './naive.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2027, 0, 1);
const END = Date.UTC(2028, 2, 1);
const STEP = 3 * DAY;
const WORKSPACES = 3;
const PEOPLE = 5_000;
const ZONES = ['UTC', 'Europe/Paris', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kathmandu'];
const by = { type: 'user', id: 'u1' } as const;

/** The same numbers in every run. */
const chance = new Random(20_270_101);
const random = (below: number) => chance.below(below);
const oneOf = <T>(list: readonly T[]): T => chance.pick(list);

/** One workspace, its people, and the log of what happened in it. */
class Site {
  readonly log: Entry[] = [];
  readonly channelIds = [new Types.ObjectId(), new Types.ObjectId()];
  /** What an outage keeps back. */
  readonly late: { job: DeliverJob; at: number }[] = [];
  private readonly blocked = new Set<string>();
  drift = 0;

  constructor(
    readonly stores: Stores,
    readonly id: ObjectId,
    readonly people: string[],
    readonly outbox: Outbox,
    readonly channelId: ObjectId,
    readonly send: ReturnType<typeof createSend>,
  ) {}

  workspace = async () =>
    (await this.stores.models.workspaces.findById(this.id).lean()) as Workspace;

  contact = async (person: string) =>
    await this.stores.models.contacts.findOne({ workspaceId: this.id, identities: person }).lean();

  /** Messages since the last step. Each is of one batch, which may come late, or again. */
  messages(since: number, now: number): DeliverJob {
    const deliveries = Array.from({ length: 24 }, () => {
      const receivedAt = since + 1 + random(now - since - 1);
      const person = oneOf(this.people);
      return from(this.id, oneOf(this.channelIds), receivedAt, message(randomUUID(), person));
    });
    return jobOf(deliveries.toSorted((a, b) => a.receivedAt - b.receivedAt));
  }

  stored({ deliveries }: DeliverJob, at: number): void {
    for (const { receivedAt, events } of deliveries)
      for (const event of events)
        if (event.kind === 'message')
          this.log.push({ what: 'stored', at, receivedAt, person: event.identities[0] as string });
  }

  async setBlocked(person: string, to: boolean): Promise<void> {
    const contact = await this.contact(person);
    if (!contact) return;
    const request = { workspaceId: this.id, contactId: contact._id, by, source: 'inbox' } as const;
    await (to ? block : unblock)(this.stores, request);
    this.log.push({ what: to ? 'block' : 'unblock', at: Date.now(), person });
    for (const urn of contact.identities)
      if (to) this.blocked.add(urn);
      else this.blocked.delete(urn);
  }

  blockedOnes(): string[] {
    return [...this.blocked];
  }

  /** What a merge does, as far as MAC sees it. */
  async merge(gone: string, left: string): Promise<void> {
    const { models } = this.stores;
    const [a, b] = [await this.contact(gone), await this.contact(left)];
    if (!a || !b || a._id.equals(b._id) || a.blocked || b.blocked) return;
    const at = new Date();
    await models.db.transaction(async (session) => {
      for (const { _id: contactId } of [a, b])
        await assertUnblocked(models, { workspaceId: this.id, contactId }, session);
      await models.contacts.deleteOne({ _id: a._id }, { session });
      await models.contacts.updateOne(
        { _id: b._id },
        {
          $push: { identities: { $each: a.identities }, pastBlocks: { $each: a.pastBlocks ?? [] } },
        },
        { session },
      );
      const merge = { workspaceId: this.id, from: a._id, into: b._id, at };
      await mergeActivity(models, merge, session);
    });
    this.log.push({ what: 'merge', at: at.getTime(), from: gone, into: left });
  }

  async remove(person: string): Promise<void> {
    const contact = await this.contact(person);
    if (!contact || contact.blocked) return;
    await this.stores.models.contacts.deleteOne({ _id: contact._id });
    this.log.push({ what: 'delete', at: Date.now(), person });
  }

  async write(person: string, ends: 'sent' | 'failed'): Promise<void> {
    const contact = await this.contact(person);
    if (!contact) return;
    this.outbox.provider.answer = async () => (ends === 'sent' ? accepted() : refused(400));
    const { job } = await this.outbox.queued({ channelId: this.channelId, contactId: contact._id });
    await this.send(job);
    const { status } = await this.outbox.read(job);
    expect(status).to.equal(contact.blocked ? 'failed' : ends);
    if (status === 'sent') this.log.push({ what: 'sent', at: Date.now(), person });
  }

  async change(): Promise<void> {
    const terms = { anchorDay: oneOf([1, 15, 28, 30, 31]), timeZone: oneOf(ZONES) };
    const { billing } = await this.workspace();
    const changed = changeBilling(billing, terms, Date.now());
    await this.stores.models.workspaces.updateOne({ _id: this.id }, { billing: changed });
    this.log.push({ what: 'terms', at: Date.now(), terms });
  }

  /** What the worker does at night. */
  async night(now: number): Promise<void> {
    const { models } = this.stores;
    await signOff(models, await this.workspace(), now);
    const current = cycleAt(now, (await this.workspace()).billing);
    this.drift += await recount(models, { workspaceId: this.id, cycle: current.name });
  }
}

describe('Fourteen months of three workspaces', () => {
  let stores: Stores;
  let clock: sinon.SinonFakeTimers;
  const sites: Site[] = [];

  before(async function () {
    this.timeout(60_000);
    stores = await openStores();
    clock = sinon.useFakeTimers({ now: START, toFake: ['Date'] });
    for (let n = 0; n < WORKSPACES; n += 1) {
      const id = await stores.workspace();
      await stores.models.workspaces.updateOne({ _id: id }, { createdAt: new Date(START) });
      const outbox = new Outbox(stores, id, () => Date.now());
      const channelId = await outbox.channel();
      const size = Math.ceil((PEOPLE - n) / WORKSPACES);
      const people = Array.from({ length: size }, (_, i) => `custom:${channelId}/${i}`);
      const rows = people.map((urn) => ({ workspaceId: id, identities: [urn], blocked: null }));
      await stores.models.contacts.insertMany(rows);
      sites.push(new Site(stores, id, people, outbox, channelId, createSend(outbox.deps)));
    }
  });
  after(async () => {
    clock.restore();
    await stores.close();
  });

  it('When messages, blocks, merges, deletions, outages, replays and changes of terms are over, then every cycle has what a naive recount says', async function () {
    this.timeout(400_000);
    const deliver = createDeliver(stores.models, silent);
    for (let now = START + STEP; now < END; now += STEP) {
      clock.setSystemTime(now);
      const jobs: DeliverJob[] = [];
      for (const site of sites) {
        const job = site.messages(now - STEP, now);
        const outage = random(8);
        if (outage === 0) site.late.push({ job, at: now + (1 + random(5)) * STEP });
        else if (outage === 1) site.late.push({ job, at: now }, { job, at: now + 3 * STEP });
        else site.late.push({ job, at: now });
        for (const due of site.late.filter(({ at }) => at <= now)) {
          // Again in another batch: its messages are known.
          jobs.push(random(6) === 0 ? { ...due.job, batchId: randomUUID() } : due.job);
          site.stored(due.job, now);
          site.late.splice(site.late.indexOf(due), 1);
        }
      }
      await deliver(jobs);
      for (const site of sites) {
        clock.setSystemTime(now + 1 + random(HOUR));
        if (random(2) === 0) await site.setBlocked(oneOf(site.people), true);
        const blocked = site.blockedOnes();
        if (random(4) === 0 && blocked.length > 0) await site.setBlocked(oneOf(blocked), false);
        if (random(3) === 0) await site.merge(oneOf(site.people), oneOf(site.people));
        if (random(15) === 0) await site.remove(oneOf(site.people));
        if (random(3) === 0)
          await site.write(oneOf(site.people), random(4) === 0 ? 'failed' : 'sent');
        if (random(20) === 0) await site.change();
        if (random(4) === 0) await site.night(Date.now());
      }
    }
    for (const site of sites) {
      const { billing } = await site.workspace();
      const counted: [number, number][] = [];
      let cycle: Cycle = cycleAt(START, billing);
      for (; cycle.start.getTime() < END; cycle = cycleAt(cycle.end.getTime(), billing)) {
        const of = { workspaceId: site.id, cycle: cycle.name };
        const { count, byChannel, byDay, late } = await readMac(stores.models, of);
        counted.push([cycle.start.getTime(), count]);
        for (const parts of [byChannel, byDay])
          expect([...parts.values()].reduce((a, b) => a + b, 0)).to.equal(count);
        expect(await recount(stores.models, of)).to.equal(0);
        const kept = await stores.models.macCycles
          .findOne({ workspaceId: site.id, name: cycle.name })
          .lean();
        if (kept?.signedOff) {
          expect(kept.signedOff.count + late, 'signed off and late').to.equal(count);
          const { at: _, ...sum } = kept.signedOff;
          expect(await sumUp(stores.models, site.id, cycle.name)).to.deep.equal(sum);
        }
      }
      expect(counted).to.deep.equal(naiveCount(site.log, START, END));
      expect(counted.length).to.be.within(13, 30);
      expect(site.drift).to.equal(0);
    }
    const what = (word: Entry['what']) =>
      sites.flatMap(({ log }) => log).filter((entry) => entry.what === word).length;
    for (const word of ['block', 'unblock', 'merge', 'delete', 'sent', 'terms'] as const)
      expect(what(word), word).to.be.above(5);
    expect(
      await stores.models.macCycles.countDocuments({ signedOff: { $exists: true } }),
    ).to.be.above(30);
  });
});
