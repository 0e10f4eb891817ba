import { type Contact, isRefused } from '../../models/contacts/contact.ts';
import { searchWords } from '../../models/contacts/contact-search.ts';
import type {
  Echo,
  InboundMessage,
  Profile,
  StoredEvent,
  Urn,
} from '../../models/delivery/event.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import { Types } from '../../models/ids.ts';
import type { Models } from '../../models/index.ts';
import type { Item } from './item.ts';
import { Outdated } from './outdated.ts';

/** Another worker may make the same contacts at the same moment; each round finds what it made. */
const MOST_ROUNDS = 10;

export interface Contacts {
  /** The contact of a sender; throws for one that was not among the items. */
  of(workspaceId: string, identities: Urn[]): Contact;
  /** All whom one of the identities belongs to: a sender may be known as several contacts. */
  all(workspaceId: string, identities: Urn[]): Contact[];
}

/**
 * The contacts of all whom events are of. Who writes, whom we wrote to and the group where it was said
 * are made where there is none; nobody is made for an edit or a watermark. A sender with several
 * identities is the contact that has the first of them that is known; identities that nobody has yet
 * join it, so a WhatsApp number and its business-scoped id become one contact.
 */
export async function findOrCreateContacts(models: Models, items: Item[]): Promise<Contacts> {
  const senders = items.filter(
    (item): item is Item<InboundMessage | Echo> =>
      item.event.kind === 'message' || item.event.kind === 'echo',
  );
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const known = await find(models, items);
    const missing = plan(senders, known);
    if (missing.contacts.length === 0 && missing.joins.length === 0) return known;
    const complete = await write(models, missing);
    // What was just made is what was planned: no need to read it back.
    if (complete) return known;
  }
  throw new Outdated();
}

class Known implements Contacts {
  private readonly byUrn = new Map<string, Contact>();

  find(workspaceId: string, identities: Urn[]): Contact | undefined {
    for (const urn of identities) {
      const contact = this.byUrn.get(`${workspaceId} ${urn}`);
      if (contact) return contact;
    }
    return undefined;
  }

  add(contact: Contact): void {
    for (const urn of contact.identities) this.byUrn.set(`${contact.workspaceId} ${urn}`, contact);
  }

  of = (workspaceId: string, identities: Urn[]): Contact => {
    const contact = this.find(workspaceId, identities);
    if (!contact) throw new Error('sender without a contact');
    return contact;
  };

  all = (workspaceId: string, identities: Urn[]): Contact[] =>
    identities.flatMap((urn) => this.byUrn.get(`${workspaceId} ${urn}`) ?? []);
}

async function find(models: Models, items: Item[]): Promise<Known> {
  const wanted = new Map<string, Set<Urn>>();
  for (const { from, event } of items) {
    const identities = identitiesOf(event);
    if (identities.length === 0) continue;
    const urns = wanted.get(from.workspaceId) ?? new Set();
    wanted.set(from.workspaceId, urns);
    for (const urn of identities) urns.add(urn);
  }
  const known = new Known();
  await Promise.all(
    [...wanted].map(async ([workspaceId, urns]) => {
      const found = await models.contacts.collection
        .find(
          { workspaceId: new Types.ObjectId(workspaceId), identities: { $in: [...urns] } },
          {
            projection: { workspaceId: 1, identities: 1, blocked: 1, pastBlocks: 1, mergedFrom: 1 },
          },
        )
        .toArray();
      for (const contact of found) known.add(contact as unknown as Contact);
    }),
  );
  return known;
}

const NOBODY: Urn[] = [];

/** All whom an event names. */
function identitiesOf(event: StoredEvent): Urn[] {
  if (event.kind === 'status' || event.kind === 'deletion') return NOBODY;
  const group = 'group' in event ? event.group : undefined;
  return group ? [...event.identities, group.identity] : event.identities;
}

interface Missing {
  contacts: Contact[];
  joins: { contact: Contact; urns: Urn[] }[];
}

/** Adds to `known` what has to be made, so that two events of one new sender share a contact. */
function plan(senders: Item<InboundMessage | Echo>[], known: Known): Missing {
  const missing: Missing = { contacts: [], joins: [] };
  const meet = (workspaceId: string, identities: Urn[], profile?: Profile): void => {
    const contact = known.find(workspaceId, identities);
    if (!contact) {
      const made = newContact(workspaceId, identities, profile);
      known.add(made);
      missing.contacts.push(made);
      return;
    }
    const urns = identities.filter((urn) => !known.find(workspaceId, [urn]));
    if (urns.length === 0) return;
    contact.identities.push(...urns);
    known.add(contact);
    if (!missing.contacts.includes(contact)) missing.joins.push({ contact, urns });
  };
  for (const { from, event } of senders) {
    const { workspaceId, receivedAt } = from;
    const group = event.kind === 'message' ? event.group : undefined;
    // A message that will be refused leaves nothing, also not the group that it was said in.
    const writers = group ? known.all(workspaceId, event.identities) : [];
    if (group && !writers.some((contact) => isRefused(contact, receivedAt, event.identities)))
      meet(workspaceId, [group.identity], group.name ? { firstName: group.name } : {});
    meet(workspaceId, event.identities, event.kind === 'message' ? event.profile : undefined);
  }
  return missing;
}

function newContact(workspaceId: string, identities: Urn[], profile: Profile = {}): Contact {
  return {
    _id: new Types.ObjectId(),
    workspaceId: new Types.ObjectId(workspaceId),
    identities: [...identities],
    ...profile,
    words: searchWords({ identities, ...profile }),
    tags: [],
    fields: {},
    blocked: null,
    refused: { count: 0, lastAt: null },
    createdAt: new Date(),
  };
}

/**
 * False when somebody else was faster with one of them, or has merged or deleted a contact: then what is
 * there must be read again.
 */
async function write(models: Models, { contacts, joins }: Missing): Promise<boolean> {
  try {
    if (contacts.length > 0)
      await models.contacts.collection.insertMany(contacts, { ordered: false });
    if (joins.length === 0) return true;
    const rows = models.contacts.collection;
    const { matchedCount } = await rows.bulkWrite(
      joins.map(({ contact: { _id }, urns }) => ({
        updateOne: { filter: { _id }, update: add('identities', urns) },
      })),
      { ordered: false },
    );
    // Who has no words yet is given all of them by `find-words.ts`.
    await rows.bulkWrite(
      joins.map(({ contact: { _id }, urns }) => ({
        updateOne: { filter: { _id, words: { $ne: null } }, update: add('words', wordsOf(urns)) },
      })),
      { ordered: false },
    );
    return matchedCount === joins.length;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

const add = (field: string, values: string[]) => ({ $addToSet: { [field]: { $each: values } } });
const wordsOf = (identities: Urn[]) => searchWords({ identities });
