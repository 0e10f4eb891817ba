import type { Contact } from '../../models/contact.ts';
import { isDuplicateKey } from '../../models/duplicate-key.ts';
import type { Echo, InboundMessage, Urn } from '../../models/event.ts';
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
 * The contacts of all senders, made where there is none. A sender with several identities is the
 * contact that has the first of them that is known; identities that nobody has yet join it, so a
 * WhatsApp number and its business-scoped id become one contact.
 */
export async function findOrCreateContacts(models: Models, items: Item[]): Promise<Contacts> {
  const senders = items.filter(
    (item): item is Item<InboundMessage | Echo> =>
      item.event.kind === 'message' || item.event.kind === 'echo',
  );
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const known = await find(models, senders);
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

async function find(models: Models, senders: Item<InboundMessage | Echo>[]): Promise<Known> {
  const wanted = new Map<string, Set<Urn>>();
  for (const { from, event } of senders) {
    const urns = wanted.get(from.workspaceId) ?? new Set();
    wanted.set(from.workspaceId, urns);
    for (const urn of event.identities) urns.add(urn);
  }
  const known = new Known();
  await Promise.all(
    [...wanted].map(async ([workspaceId, urns]) => {
      const found = await models.contacts.collection
        .find(
          { workspaceId: new Types.ObjectId(workspaceId), identities: { $in: [...urns] } },
          { projection: { workspaceId: 1, identities: 1, blocked: 1, pastBlocks: 1 } },
        )
        .toArray();
      for (const contact of found) known.add(contact as unknown as Contact);
    }),
  );
  return known;
}

interface Missing {
  contacts: Contact[];
  joins: { contact: Contact; urns: Urn[] }[];
}

/** Adds to `known` what has to be made, so that two events of one new sender share a contact. */
function plan(senders: Item<InboundMessage | Echo>[], known: Known): Missing {
  const missing: Missing = { contacts: [], joins: [] };
  for (const { from, event } of senders) {
    const contact = known.find(from.workspaceId, event.identities);
    if (!contact) {
      const made = newContact(from.workspaceId, event);
      known.add(made);
      missing.contacts.push(made);
      continue;
    }
    const urns = event.identities.filter((urn) => !known.find(from.workspaceId, [urn]));
    if (urns.length === 0) continue;
    contact.identities.push(...urns);
    known.add(contact);
    if (!missing.contacts.includes(contact)) missing.joins.push({ contact, urns });
  }
  return missing;
}

function newContact(workspaceId: string, event: InboundMessage | Echo): Contact {
  return {
    _id: new Types.ObjectId(),
    workspaceId: new Types.ObjectId(workspaceId),
    identities: [...event.identities],
    ...(event.kind === 'message' ? event.profile : {}),
    tags: [],
    fields: {},
    blocked: null,
    refused: { count: 0, lastAt: null },
    createdAt: new Date(),
  };
}

/** False when somebody else was faster with one of them: then what is there must be read again. */
async function write(models: Models, { contacts, joins }: Missing): Promise<boolean> {
  try {
    if (contacts.length > 0)
      await models.contacts.collection.insertMany(contacts, { ordered: false });
    if (joins.length > 0)
      await models.contacts.collection.bulkWrite(
        joins.map(({ contact, urns }) => ({
          updateOne: {
            filter: { _id: contact._id },
            update: { $addToSet: { identities: { $each: urns } } },
          },
        })),
        { ordered: false },
      );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
