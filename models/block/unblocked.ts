import type { ClientSession } from 'mongoose';
import type { Block, Contact } from '../contacts/contact.ts';
import type { ObjectId } from '../ids.ts';
import type { Models } from '../index.ts';

/** What was to be done is not done with a blocked contact. */
export class ContactBlocked extends Error {
  constructor(
    readonly block: Block,
    readonly contactId: ObjectId,
  ) {
    super('the contact is blocked');
    this.name = 'ContactBlocked';
  }
}

/** There is no such contact in the workspace. */
export class NoContact extends Error {
  constructor() {
    super('there is no such contact');
    this.name = 'NoContact';
  }
}

/**
 * Decides in a transaction that the contact is not blocked, and holds it to that: the contact's row is
 * written, so that this transaction and one that blocks the contact exclude each other. Whichever comes
 * first, the other sees what it did. Throws {@link ContactBlocked} or {@link NoContact}.
 */
export async function assertUnblocked(
  models: Models,
  { workspaceId, contactId }: { workspaceId: ObjectId; contactId: ObjectId },
  session: ClientSession,
): Promise<Contact> {
  const contact = await holdContact(models, { workspaceId, contactId }, session);
  if (!contact) throw new NoContact();
  if (contact.blocked) throw new ContactBlocked(contact.blocked, contact._id);
  return contact;
}

/** The contact, blocked or not, as it stays until this transaction ends; `null` when there is none. */
export async function holdContact(
  models: Models,
  { workspaceId, contactId }: { workspaceId: ObjectId; contactId: ObjectId },
  session: ClientSession,
): Promise<Contact | null> {
  return await models.contacts
    .findOneAndUpdate(
      { _id: contactId, workspaceId },
      { $currentDate: { guardedAt: true } },
      { session, returnDocument: 'after', timestamps: false },
    )
    .lean<Contact>();
}
