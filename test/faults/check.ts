import type { Contact } from '../../models/contacts/contact.ts';
import { Types } from '../../models/ids.ts';
import { EFFECTS } from '../../models/jobs.ts';
import { recount as recountMac } from '../../models/mac/mac-recount.ts';
import { until } from '../support/until.ts';
import type { World } from '../support/world.ts';
import type { History } from './history.ts';

export interface Check {
  name: string;
  value: string | number;
  ok: boolean;
  /** For people: what it was held against, or examples of what is wrong. */
  note?: string;
}

/** Jobs of a worker that was killed wait until they count as stalled, on a slow machine too. */
const LONG_ENOUGH_MS = 150_000;
const LOOK_EVERY_MS = 100;

/** Waits until everything that is under way has come to its end. */
export async function drained(world: World): Promise<void> {
  const { models, redis } = world;
  await until(
    'all that is under way to end',
    async () => {
      const left = [
        await models.spool.countDocuments(),
        await models.blockChanges.countDocuments(),
      ];
      for (const queue of ['deliver', 'block-effects'])
        for (const state of ['wait', 'active'] as const)
          left.push(await redis.llen(`{videur}:${queue}:${state}`));
      for (const queue of ['deliver', 'block-effects'])
        left.push(await redis.zcard(`{videur}:${queue}:delayed`));
      return left.every((count) => count === 0);
    },
    LOOK_EVERY_MS,
    LONG_ENOUGH_MS,
  );
  // Refused messages are tallied every second.
  let last = -1;
  await until(
    'the outcomes to stay as they are',
    async () => {
      const now = Object.values(await world.outcomes()).reduce((a, b) => a + b, 0);
      const same = now === last;
      last = now;
      return same;
    },
    2_500,
  );
}

/** Holds what the system has now against what was seen from outside. */
export async function check(world: World, history: History): Promise<Check[]> {
  const { models } = world;
  const [messages, contacts, letters, outcomes] = await Promise.all([
    models.messages.find({}, { text: 1, contactId: 1 }).lean(),
    models.contacts.find().lean<Contact[]>(),
    models.deadLetters.find({}, { eventId: 1 }).lean(),
    world.outcomes(),
  ]);
  const inbox = new Map<string, number>();
  for (const { text = '' } of messages) inbox.set(text, (inbox.get(text) ?? 0) + 1);
  const dead = new Set(letters.map(({ eventId }) => eventId));

  const lost: string[] = [];
  const leaked: string[] = [];
  let wrongly = 0;
  const fates = { 'must-land': 0, 'must-not': 0, either: 0 };
  for (const message of history.messages) {
    const fate = history.fateOf(message);
    fates[fate] += 1;
    const there = inbox.has(message.text);
    if (fate === 'must-not' && (there || dead.has(message.text))) leaked.push(message.text);
    if (fate === 'must-land' && !there && !(message.poison && dead.has(message.text)))
      lost.push(message.text);
    if (message.poison && there) wrongly += 1;
  }
  const doubled = [...inbox].filter(([, count]) => count > 1).map(([text]) => text);

  const { acknowledged, unanswered } = history.attempts;
  const counted = Object.values(outcomes).reduce((a, b) => a + b, 0);
  const atRisk = refusedAtRisk(history);
  const recount = new Set(messages.map(({ contactId }) => contactId.toString())).size;
  const mac = await world.mac();
  let drift = 0;
  const workspaceId = new Types.ObjectId(world.workspaceId);
  for (const cycle of await models.macCounts.distinct('cycle'))
    drift += await recountMac(models, { workspaceId, cycle });
  return [
    { name: 'events acknowledged', value: acknowledged, ok: acknowledged > 0 },
    {
      name: '… accepted',
      value: outcomes.accepted,
      ok: outcomes.accepted === messages.length,
      note: `messages in the inbox: ${messages.length}`,
    },
    { name: '… refused', value: outcomes.refused, ok: true },
    { name: '… duplicate', value: outcomes.duplicate, ok: true },
    {
      name: '… ignored',
      value: outcomes.ignored,
      ok: outcomes.ignored >= history.ignored,
      note: `statuses of nobody’s messages: ${history.ignored}`,
    },
    {
      name: '… dead-lettered',
      value: outcomes.dead_lettered,
      ok: outcomes.dead_lettered === letters.length,
      note: `dead letters: ${letters.length}`,
    },
    await checkTotals(world, outcomes),
    {
      name: 'sum of the outcomes',
      value: counted,
      ok: counted >= acknowledged - atRisk && counted <= acknowledged + unanswered,
      note: `acknowledged ${acknowledged}, and up to ${unanswered} that were sent without an answer; at most ${atRisk} tallies lost with killed gateways`,
    },
    {
      name: 'lost',
      value: lost.length,
      ok: lost.length === 0,
      note: `of ${fates['must-land']} that must be there ${lost.slice(0, 5).join(', ')}`,
    },
    {
      name: 'doubled',
      value: doubled.length,
      ok: doubled.length === 0,
      note: doubled.slice(0, 5).join(', '),
    },
    {
      name: 'leaked',
      value: leaked.length,
      ok: leaked.length === 0,
      note: `of ${fates['must-not']} sent while blocked ${leaked.slice(0, 5).join(', ')}`,
    },
    { name: 'stored though MongoDB refuses it', value: wrongly, ok: wrongly === 0 },
    {
      name: 'MAC',
      value: mac,
      ok: mac === recount,
      note: `recounted from the messages: ${recount}`,
    },
    { name: 'drift of MAC', value: drift, ok: drift === 0 },
    ...(await checkBlocks(world, history, contacts)),
  ];
}

/** The counters that the metrics tell are written apart from the API's, and must say the same. */
async function checkTotals(world: World, outcomes: Record<string, number>): Promise<Check> {
  const totals: Record<string, number> = {};
  for (const { outcome, count } of await world.models.outcomeTotals.find().lean())
    totals[outcome] = (totals[outcome] ?? 0) + count;
  const { revived = 0, dead_lettered = 0, ...rest } = totals;
  const told: Record<string, number> = { ...rest, dead_lettered: dead_lettered - revived };
  const apart = Object.keys(outcomes).filter((of) => (told[of] ?? 0) !== outcomes[of]);
  return {
    name: 'counters of the metrics apart from the outcomes',
    value: apart.length,
    ok: apart.length === 0,
    note: apart.join(', '),
  };
}

/** Refused messages that were acknowledged in the last moments of a gateway that was killed. */
function refusedAtRisk(history: History): number {
  const near = (time: number) =>
    history.gatewayKills.some((kill) => time > kill - 3_000 && time < kill + 500);
  return history.messages.filter(
    (message) => near(message.acknowledgedAt) && history.fateOf(message) !== 'must-land',
  ).length;
}

async function checkBlocks(world: World, history: History, contacts: Contact[]): Promise<Check[]> {
  const { models, redis } = world;
  const entries = await models.blockHistory.find().lean();
  const blocked = contacts.filter((contact) => contact.blocked);

  // Each change has its side effects, each of them once: one finished job by that name.
  const wanted = entries.flatMap(({ blockId, action }) =>
    EFFECTS.filter((effect) => effect !== 'expire').map(
      (effect) => `${blockId}-${action}-${effect}`,
    ),
  );
  const finished = new Set(await redis.zrange('{videur}:block-effects:completed', '0', '-1'));
  const missing = wanted.filter((id) => !finished.has(id));
  const failed = await redis.zcard('{videur}:block-effects:failed');

  const conversations = await models.conversations.find().lean();
  const blockedIds = new Set(blocked.map(({ _id }) => _id.toString()));
  const astray = conversations.filter(({ contactId, blocked, status }) => {
    const should = blockedIds.has(contactId.toString());
    return blocked !== should || (should && status !== 'closed');
  });
  const set = await redis.smembers(`videur:{${world.workspaceId}}:blocked`);
  const cached = set.filter((member) => !member.startsWith('*')).toSorted();
  const truth = blocked.flatMap(({ identities }) => identities).toSorted();
  const complete = set.some((member) => member.startsWith('*'));
  return [
    {
      name: 'blocks and unblocks',
      value: entries.length,
      ok: entries.length === history.changeCount,
      note: `answered: ${history.changeCount}`,
    },
    {
      name: 'side effects done once',
      value: wanted.length - missing.length,
      ok: missing.length === 0 && failed === 0 && finished.size === wanted.length,
      note: `of ${wanted.length}; failed ${failed}, finished ${finished.size}`,
    },
    {
      name: 'conversations astray',
      value: astray.length,
      ok: astray.length === 0,
      note: `of ${conversations.length}`,
    },
    {
      name: 'cached blocklist',
      value: cached.length,
      ok: !complete || JSON.stringify(cached) === JSON.stringify(truth),
      note: `in MongoDB: ${truth.length}${complete ? '' : '; not complete, so not used'}`,
    },
  ];
}
