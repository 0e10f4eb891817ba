import type { ClientSession } from 'mongoose';
import { type BlockDeps, complete, completeAll } from '../block/block.ts';
import type { BlockChange } from '../block/block-change.ts';
import { ContactBlocked } from '../block/unblocked.ts';
import type { Urn } from '../delivery/event.ts';
import { isDuplicateKey } from '../duplicate-key.ts';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';
import type { Contact, FieldValue } from './contact.ts';
import { searchWords } from './contact-search.ts';

export const MOST_TAGS = 50;
export const MOST_FIELDS = 100;
export const MOST_IDENTITIES = 50;

export const CONTACT_TEXTS = ['firstName', 'lastName', 'phone', 'email'] as const;
export type ContactText = (typeof CONTACT_TEXTS)[number];

/** What becomes of a list: another one in its place, or some more and some less. */
export interface ListChange {
  set?: string[] | undefined;
  add?: string[] | undefined;
  remove?: string[] | undefined;
}

/** What is named changes, nothing else. `null` takes away. */
export interface ContactChange {
  texts?: Partial<Record<ContactText, string | null>>;
  fields?: Record<string, FieldValue | null>;
  tags?: ListChange;
  identities?: ListChange;
}

/** An identity belongs to another contact. */
export class IdentityTaken extends Error {
  constructor(readonly contactId: ObjectId) {
    super('another contact has this identity');
    this.name = 'IdentityTaken';
  }
}

/** There would be more of something than a contact may have, or no identity. */
export class OutOfBounds extends Error {
  constructor(
    readonly what: 'tags' | 'fields' | 'identities',
    readonly rule: string,
  ) {
    super(`${what} ${rule}`);
    this.name = 'OutOfBounds';
  }
}

/** An unblock of the contact has not reached Redis, and cannot now. */
export class UnblockPending extends Error {
  constructor() {
    super('an unblock of this contact is still under way');
    this.name = 'UnblockPending';
  }
}

/**
 * Changes a contact; `null` when there is none. Of two changes at once neither is lost: each is made in
 * a transaction that reads the contact, and is repeated when another one came in between.
 *
 * An identity that joins a blocked contact is blocked with it before this answers. None leaves a
 * blocked contact: that would be an unblock that nobody sees. Throws {@link IdentityTaken},
 * {@link ContactBlocked}, {@link OutOfBounds}, {@link UnblockPending}.
 */
export async function changeContact(
  deps: BlockDeps,
  who: { workspaceId: ObjectId; contactId: ObjectId },
  change: ContactChange,
): Promise<Contact | null> {
  const { models } = deps;
  const written = await withoutPendingUnblock(deps, who.contactId, () =>
    unlessTaken(models, who.workspaceId, change.identities, () =>
      models.db.transaction((session) => write(models, who, change, session)),
    ),
  );
  if (written?.joined) await complete(deps, written.joined);
  return written?.contact ?? null;
}

/** The same in a transaction of the caller's, for a change without identities. Throws {@link OutOfBounds}. */
export async function changeContactIn(
  models: Models,
  who: { workspaceId: ObjectId; contactId: ObjectId },
  change: Omit<ContactChange, 'identities'>,
  session: ClientSession,
): Promise<Contact | null> {
  return (await write(models, who, change, session))?.contact ?? null;
}

/**
 * Runs what takes identities away from a contact. It throws {@link UnblockPending} when Redis may still
 * block them; then what is left is completed first.
 */
export async function withoutPendingUnblock<T>(
  deps: BlockDeps,
  contactId: ObjectId,
  run: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof UnblockPending) || !(await completeAll(deps, contactId))) throw error;
    }
  }
}

/** Says whose the identity is that another contact has. */
export async function unlessTaken<T>(
  models: Models,
  workspaceId: ObjectId,
  { set = [], add = [] }: ListChange = {},
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const taken = { workspaceId, identities: { $in: [...set, ...add] } };
    const owner = await models.contacts.findOne(taken, { _id: 1 }).lean();
    // Gone again meanwhile.
    if (!owner) return await run();
    throw new IdentityTaken(owner._id);
  }
}

async function write(
  models: Models,
  { workspaceId, contactId }: { workspaceId: ObjectId; contactId: ObjectId },
  change: ContactChange,
  session: ClientSession,
): Promise<{ contact: Contact; joined: BlockChange | undefined } | null> {
  const before = await models.contacts
    .findOne({ _id: contactId, workspaceId }, null, { session })
    .lean<Contact>();
  if (!before) return null;
  const contact = changed(before, change);
  const left = before.identities.some((urn) => !contact.identities.includes(urn));
  if (left) await assertMayLeave(models, before, session);
  await models.contacts.updateOne({ _id: contactId }, updateOf(contact, change), { session });
  const joining = contact.identities.filter((urn) => !before.identities.includes(urn));
  const joined =
    before.blocked && joining.length > 0 ? await blockMore(models, before, session) : undefined;
  return { contact, joined };
}

/** Identities leave a contact only when nobody blocks them, in MongoDB or still in Redis. */
export async function assertMayLeave(
  models: Models,
  { _id: contactId, blocked }: Contact,
  session: ClientSession,
): Promise<void> {
  if (blocked) throw new ContactBlocked(blocked, contactId);
  if (await models.blockChanges.exists({ contactId }).session(session)) throw new UnblockPending();
}

/** The block goes the same way once more: fences, then Redis, which then has the new identities too. */
async function blockMore(
  models: Models,
  { _id: contactId, workspaceId, blocked }: Contact,
  session: ClientSession,
): Promise<BlockChange | undefined> {
  if (!blocked) return undefined;
  const { id: blockId, expiresAt } = blocked;
  const action = 'blocked' as const;
  const row = { workspaceId, contactId, blockId, action, at: new Date(), expiresAt };
  const [written] = await models.blockChanges.create([row], { session });
  return written?.toObject();
}

function changed(before: Contact, { texts, fields, tags, identities }: ContactChange): Contact {
  const contact = {
    ...before,
    ...texts,
    fields: { ...before.fields, ...fields },
    tags: changedList(before.tags, tags),
    identities: changedList(before.identities, identities),
  };
  // A `null` is not there; what is not there is not stored.
  const there = withoutNulls(contact, CONTACT_TEXTS) as unknown as Contact;
  there.fields = withoutNulls(contact.fields, Object.keys(fields ?? {}));
  assertBounds(there, before);
  return there;
}

function changedList(list: Urn[], { set, add = [], remove = [] }: ListChange = {}): string[] {
  const kept = (set ?? list).filter((item) => !remove.includes(item));
  return [...new Set([...kept, ...add])];
}

function withoutNulls(values: object, names: readonly string[]): Record<string, unknown> {
  const there = Object.entries(values).filter(
    ([name, value]) => value !== null || !names.includes(name),
  );
  return Object.fromEntries(there);
}

/** What was too much before may stay, but not grow. */
function assertBounds(contact: Contact, before: Contact): void {
  const sizes = ({ tags, fields, identities }: Contact) => ({
    tags: [tags.length, MOST_TAGS] as const,
    fields: [Object.keys(fields).length, MOST_FIELDS] as const,
    identities: [identities.length, MOST_IDENTITIES] as const,
  });
  const was = sizes(before);
  for (const [what, [size, most]] of Object.entries(sizes(contact)) as [
    keyof typeof was,
    readonly [number, number],
  ][])
    if (size > Math.max(most, was[what][0])) throw new OutOfBounds(what, `must be at most ${most}`);
  if (contact.identities.length === 0) throw new OutOfBounds('identities', 'must not be empty');
}

function updateOf(contact: Contact, { texts, fields, tags, identities }: ContactChange) {
  const $set: Record<string, unknown> = {};
  const $unset: Record<string, ''> = {};
  const put = (path: string, value: unknown) => {
    if (value === null) $unset[path] = '';
    else $set[path] = value;
  };
  for (const [name, value] of Object.entries(texts ?? {})) put(name, value);
  for (const [name, value] of Object.entries(fields ?? {})) put(`fields.${name}`, value);
  if (tags) $set.tags = contact.tags;
  if (identities) $set.identities = contact.identities;
  if (texts || identities) $set.words = searchWords(contact);
  return { $set, $unset };
}
