import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { whatsapp, whatsappBody } from './deliveries.ts';
import { until } from './until.ts';
import type { TestChannel, World } from './world.ts';

const CONNECTIONS = 12;
/** Between two messages of one connection: enough of them, and time left for the stores. */
const PACE_MS = 10;
/** What a provider waits before it sends again. */
const RETRY_MS = 200;

type Phase = 'silent' | 'open' | 'blocked' | 'changing';

/**
 * Contacts who write all the time through a provider that sends again until it gets its 200. What a
 * contact sent and had answered after the answer to a block must not be in the inbox; what it sent while
 * nobody called for a block must be. What it sends while a call is under way may end either way. So may
 * what waits to be delivered when a block comes: whoever is to be blocked is silent before.
 */
export class Traffic {
  sent = 0;
  /** Posts that were not answered 200 and made again. */
  repeats = 0;
  readonly mustLand = new Set<string>();
  readonly mustNot = new Set<string>();
  private readonly contacts: { id: string; phase: Phase; epoch: number }[] = [];
  private running = false;
  private connections: Promise<void>[] = [];

  private constructor(
    private readonly world: World,
    private readonly channel: TestChannel,
    private readonly phones: string[],
  ) {}

  /** The contacts have each written once, so that the inbox knows them. */
  static async begin(world: World, channel: TestChannel, phones: string[]): Promise<Traffic> {
    const traffic = new Traffic(world, channel, phones);
    for (const _ of phones) traffic.contacts.push({ id: '', phase: 'open', epoch: 0 });
    await Promise.all(phones.map((_, contact) => traffic.send(contact)));
    await world.settled(phones.length);
    for (const [i, contact] of traffic.contacts.entries())
      contact.id = (await world.contact(`tel:+${phones[i]}`)).id;
    return traffic;
  }

  start(): void {
    this.running = true;
    this.connections = Array.from({ length: CONNECTIONS }, async (_, i) => {
      for (let next = i; this.running; next += CONNECTIONS) {
        const contact = next % this.phones.length;
        if (this.at(contact).phase !== 'silent') await this.send(contact);
        await delay(PACE_MS);
      }
    });
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.connections);
  }

  /** So many messages more have been answered. */
  async goOn(messages: number): Promise<void> {
    const target = this.sent + messages;
    await until(`${messages} more messages to be sent`, () => this.sent >= target);
  }

  /** Sends one message until it is answered 200. Gives its text. */
  async send(contact: number): Promise<string> {
    const state = this.at(contact);
    const { phase, epoch } = state;
    const text = `${contact}-${this.sent++}`;
    const message = whatsapp.text({ from: this.phones[contact] ?? '', id: text, text });
    const body = whatsappBody([whatsapp.change('111', { messages: [message] })]);
    while (!(await this.isTaken(body))) {
      this.repeats += 1;
      await delay(RETRY_MS);
    }
    if (state.epoch === epoch) {
      if (phase === 'open') this.mustLand.add(text);
      if (phase === 'blocked') this.mustNot.add(text);
    }
    return text;
  }

  /** Until it is blocked or unblocked. */
  silence(contact: number): void {
    this.enter(contact, 'silent');
  }

  block(contact: number): Promise<void> {
    return this.change(contact, 'block', 'blocked');
  }

  unblock(contact: number): Promise<void> {
    return this.change(contact, 'unblock', 'open');
  }

  contactId(contact: number): string {
    return this.at(contact).id;
  }

  /** Every message that was answered 200 is in the inbox once, or refused by rights, and all figures agree. */
  async expectDelivered(): Promise<void> {
    const { world } = this;
    const outcomes = await world.settled(this.sent);
    expect(outcomes).to.include({ ignored: 0, invalid: 0, dead_lettered: 0 });
    const events = Object.values(outcomes).reduce((a, b) => a + b, 0);
    expect(events).to.be.within(this.sent, this.sent + this.repeats);

    const messages = await world.models.messages.find({}, { text: 1, contactId: 1 }).lean();
    const texts = messages.map(({ text }) => text ?? '');
    const inbox = new Set(texts);
    expect(texts, 'messages that are there twice').to.have.length(inbox.size);
    expect([...this.mustNot].filter((text) => inbox.has(text))).to.deep.equal([]);
    expect([...this.mustLand].filter((text) => !inbox.has(text))).to.deep.equal([]);
    expect(outcomes.accepted).to.equal(inbox.size);
    const active = new Set(messages.map(({ contactId }) => contactId.toString()));
    expect(await world.mac()).to.equal(active.size);
  }

  private async isTaken(body: string): Promise<boolean> {
    const { channel, world } = this;
    try {
      const { status } = await world.post(channel.path, body, channel.sign(body));
      if (status !== 503) expect(status).to.equal(200);
      return status === 200;
    } catch (error) {
      // A connection that was closed, as a provider would see it.
      if (error instanceof TypeError) return false;
      throw error;
    }
  }

  private async change(contact: number, call: 'block' | 'unblock', next: Phase): Promise<void> {
    const id = this.contactId(contact);
    this.enter(contact, 'changing');
    await until(`the ${call} to be answered`, async () => {
      const { status } = await this.world[call](id);
      if (status !== 503) expect(status).to.equal(200);
      return status === 200;
    });
    this.enter(contact, next);
  }

  private enter(contact: number, phase: Phase): void {
    const state = this.at(contact);
    state.phase = phase;
    state.epoch += 1;
  }

  private at(contact: number) {
    const state = this.contacts[contact];
    if (!state) throw new Error(`there is no contact ${contact}`);
    return state;
  }
}
