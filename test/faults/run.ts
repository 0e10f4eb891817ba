import { setTimeout as delay } from 'node:timers/promises';
import { whatsapp, whatsappBody } from '../support/deliveries.ts';
import { Blocker } from './blocker.ts';
import { type Check, check, drained } from './check.ts';
import { History } from './history.ts';
import { Killer } from './killer.ts';
import { Random } from './random.ts';
import { SENDERS, Sender, urnOf } from './sender.ts';
import { openSite, type Site } from './site.ts';

export interface FaultRun {
  checks: Check[];
  faults: Record<string, number>;
}

export interface FaultOptions {
  seconds: number;
  /** The same seed draws the same senders, faults and pauses; what meets what is up to the machine. */
  seed: number;
  log?: (line: string) => void;
  /** A compiled program in place of this one. */
  dist?: string | undefined;
}

/**
 * A provider that sends without end, an agent who blocks and unblocks, and somebody who pulls plugs. At
 * the end everything is put in again, and what the system has is held against what was seen outside.
 */
export async function runFaults({
  seconds,
  seed,
  log = () => {},
  dist,
}: FaultOptions): Promise<FaultRun> {
  const random = new Random(seed);
  const site = await openSite(dist);
  const { world, gateways, channel } = site;
  try {
    const contactIds = await introduce(site);
    await refusePoison(site);
    const history = new History();
    history.attempts.acknowledged += SENDERS;
    const ports = () => gateways.map(({ port }) => port);
    const sender = new Sender(channel, ports, history, random.fork());
    const blocker = new Blocker(world, ports, history, contactIds, random.fork());
    const killer = new Killer(site, history, random.fork(), log);
    await delay(seconds * 1_000);
    await killer.stop();
    await Promise.all([sender.stop(), blocker.stop()]);
    log('everything is there again; waiting for what is under way');
    await drained(world);
    return { checks: await check(world, history), faults: killer.done };
  } finally {
    await world.stop();
  }
}

/** Everybody writes once, so that there is somebody to block. */
async function introduce({ world, channel }: Site): Promise<string[]> {
  const messages = Array.from({ length: SENDERS }, (_, sender) =>
    whatsapp.text({
      from: urnOf(sender).slice('tel:+'.length),
      id: `hello ${sender}`,
      text: `hello ${sender}`,
    }),
  );
  const body = whatsappBody([whatsapp.change('111', { messages })]);
  const { status } = await world.post(channel.path, body, channel.sign(body));
  if (status !== 200) throw new Error(`the first delivery was answered ${status}`);
  await world.settled(SENDERS);
  const contacts = await world.list(`${world.workspace}/contacts`);
  return Array.from(
    { length: SENDERS },
    (_, sender) => contacts.find(({ identities }) => identities.includes(urnOf(sender))).id,
  );
}

/** From now on MongoDB refuses some messages: they cannot be stored, whatever is tried. */
async function refusePoison({ world }: Site): Promise<void> {
  await world.db.db?.command({
    collMod: 'messages',
    validator: { text: { $not: /^poison/ } },
  });
}

export function table({ checks, faults }: FaultRun): string {
  const rows = [
    ...Object.entries(faults)
      .toSorted()
      .map(([name, count]) => [name, String(count), '', '']),
    ['', '', '', ''],
    ...checks.map(({ name, value, ok, note = '' }) => [
      name,
      String(value),
      ok ? 'ok' : 'WRONG',
      note,
    ]),
  ];
  const width = (at: number) => Math.max(...rows.map((row) => (row[at] ?? '').length));
  const [names, values, verdicts] = [0, 1, 2].map(width) as [number, number, number];
  return rows
    .map(([name = '', value = '', verdict = '', note = '']) =>
      [name.padEnd(names), value.padStart(values), verdict.padEnd(verdicts), note]
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
