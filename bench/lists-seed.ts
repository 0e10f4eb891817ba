import { searchWords } from '../models/contacts/contact-search.ts';
import { Types } from '../models/ids.ts';
import { conversationId } from '../models/inbox/conversation.ts';
import type { Models } from '../models/index.ts';

const CHUNK = 2_000;
const DAY = 24 * 3_600_000;
/** A tenth of all messages are in the first conversation. */
const IN_ONE = 0.1;

export interface Seeded {
  workspaceId: Types.ObjectId;
  /** Where nearly everybody writes, and where one in a thousand does. */
  channels: { common: Types.ObjectId; rare: Types.ObjectId };
  conversationId: string;
  agentId: Types.ObjectId;
  /** Someone in the middle. */
  middle: Types.ObjectId;
}

/** A workspace with so many contacts, each with a conversation and a message. The same for the same size. */
export async function seed(models: Models, size: number): Promise<Seeded> {
  const random = randomFrom(size);
  const workspaceId = new Types.ObjectId();
  const channels = { common: new Types.ObjectId(), rare: new Types.ObjectId() };
  const agentId = new Types.ObjectId();
  const start = Date.now() - 365 * DAY;
  let first = '';
  let middle = workspaceId;
  await models.workspaces.create({ _id: workspaceId, name: `${size} contacts` });
  for (let done = 0; done < size; done += CHUNK) {
    const indexes = Array.from({ length: Math.min(CHUNK, size - done) }, (_, i) => done + i);
    const contacts = indexes.map((index) => contactOf(workspaceId, index, size, random));
    if (done <= size / 2) middle = contacts.at(-1)?._id ?? middle;
    const conversations = contacts.map(({ _id, blocked }, i) => {
      const index = done + i;
      const channelId = index % 1_000 === 7 ? channels.rare : channels.common;
      const at = new Date(start + random() * 365 * DAY);
      return {
        _id: conversationId(channelId.toString(), _id.toString()),
        ...{ workspaceId, contactId: _id, channelId, blocked: blocked !== null },
        status: index % 20 !== 0 || blocked ? 'closed' : index % 100 === 0 ? 'snoozed' : 'open',
        assigneeId: index % 50 === 1 ? agentId : index % 3 === 0 ? null : workspaceId,
        ...{ snoozedUntil: null, readAt: at, lastMessageAt: at, createdAt: at },
      };
    });
    first ||= conversations[0]?._id ?? '';
    const messages = conversations.map(({ _id, contactId, channelId, lastMessageAt: at }, i) => {
      const index = done + i;
      return {
        _id: `${workspaceId}-${index}`,
        ...{ workspaceId, channelId, contactId, direction: 'in', type: 'text' },
        conversationId: random() < IN_ONE ? first : _id,
        ...{ text: `Message ${index}`, at, receivedAt: at, status: 'received' },
        ...{ eventId: `${index}`, sender: { type: 'contact', id: contactId.toString() } },
      };
    });
    const trail = contacts.flatMap(({ _id: contactId, blocked }) =>
      blocked ? [{ workspaceId, contactId, blockId: blocked.id, ...TRAIL, at: blocked.since }] : [],
    );
    for (const [model, rows] of [
      [models.contacts, contacts],
      [models.conversations, conversations],
      [models.messages, messages],
      [models.blockHistory, trail],
    ] as const)
      if (rows.length > 0) await model.collection.insertMany(rows as never[], { ordered: false });
  }
  return { workspaceId, channels, conversationId: first, agentId, middle };
}

const BY = { type: 'system', id: 'bench' };
const TRAIL = { action: 'blocked', by: BY, source: 'api', reason: 'spam', expiresAt: null };

/** Odd and no multiple of five: numbers of eight digits that do not repeat. */
const SPREAD = 61_803_399;

function contactOf(workspaceId: Types.ObjectId, index: number, size: number, random: () => number) {
  const firstName = nameOf(skewed(4_000, random), 2);
  const lastName = nameOf(skewed(80_000, random), 3);
  const phone = `+336${String((index * SPREAD) % 1e8).padStart(8, '0')}`;
  const identities = [`tel:${phone}`, `telegram:${index + 1}`];
  const since = new Date(Date.now() - (size - index) * 1_000);
  return {
    _id: new Types.ObjectId(),
    ...{ workspaceId, identities, firstName, lastName, phone },
    words: searchWords({ firstName, lastName, phone, identities }),
    tags: [
      ...(index % 3 === 0 ? ['newsletter'] : []),
      ...(index % Math.floor(size / 20) === 5 ? ['rare'] : []),
    ],
    fields: { plan: index % 10 === 0 ? 'gold' : 'free', code: index },
    blocked:
      index % 50 === 3
        ? {
            id: new Types.ObjectId(),
            since,
            by: BY,
            source: 'api',
            reason: 'spam',
            expiresAt: null,
          }
        : null,
    refused: { count: index % 50 === 3 ? index % 9 : 0, lastAt: null },
    createdAt: since,
  };
}

const SYLLABLES = 'ma ri jo le an to be sa lu ka ro di ne pi vo ste gra fe cla hu'.split(' ');

function nameOf(number: number, syllables: number): string {
  let rest = number;
  let name = '';
  for (let i = 0; i <= syllables; i += 1) {
    name += SYLLABLES[rest % SYLLABLES.length];
    rest = Math.floor(rest / SYLLABLES.length);
  }
  return name;
}

/** Names are not evenly spread: a few are very common, most are rare. */
const skewed = (most: number, random: () => number) => Math.floor(most ** random());

/** Lehmer's generator: the same numbers each time. */
function randomFrom(start: number): () => number {
  let state = (start % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
