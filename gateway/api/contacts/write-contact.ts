import { z } from 'zod';
import { IDENTITY_SCHEMES, readIdentity, readPhone } from '../../../channels/identity.ts';
import { ContactBlocked, NoContact } from '../../../models/block/unblocked.ts';
import {
  CONTACT_TEXTS,
  type ContactChange,
  changeContact,
  IdentityTaken,
  MOST_FIELDS,
  MOST_IDENTITIES,
  MOST_TAGS,
  OutOfBounds,
  UnblockPending,
  unlessTaken,
} from '../../../models/contacts/contact-change.ts';
import { deleteContact } from '../../../models/contacts/contact-deletion.ts';
import { FIELD_NAME } from '../../../models/contacts/segment-ops.ts';
import type { ObjectId } from '../../../models/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../shell/auth.ts';
import { ApiError } from '../shell/errors.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { blockJson, contactJson } from './contacts.ts';

const SEEN = /^[^\p{C}]*$/u;
const label = (most: number) =>
  z.string().trim().min(1).max(most).regex(SEEN, 'must have no invisible characters');

const given = <Value>(read: (text: string) => Value | undefined, fault: string) =>
  z
    .string()
    .max(600)
    .transform((text, context) => {
      const value = read(text);
      if (value === undefined) context.addIssue(fault);
      return value as Value;
    });

const name = label(200).nullable().optional();
const phone = given(readPhone, 'must be a phone number with + and country code');
const email = z.email().max(254);
const identity = given(
  readIdentity,
  `must be scheme:id, with one of the schemes ${IDENTITY_SCHEMES.join(', ')}`,
);
const identities = z.array(identity).max(MOST_IDENTITIES);
const tags = z.array(label(50)).max(MOST_TAGS);

/** A moment with any offset is kept in UTC, so that it can be compared as text. */
const fieldText = z
  .string()
  .max(1_000)
  .transform((text) =>
    z.iso.datetime({ offset: true }).safeParse(text).success ? new Date(text).toISOString() : text,
  );
const fieldValue = z.union([fieldText, z.number(), z.boolean()]);
const fieldName = z
  .string()
  .regex(
    FIELD_NAME,
    'must be 1 to 50 letters, digits, blanks, _ or -, the first a letter or digit',
  );
const fields = z
  .record(fieldName, fieldValue.nullable())
  .refine((record) => Object.keys(record).length <= MOST_FIELDS, `must be at most ${MOST_FIELDS}`);

const texts = {
  firstName: name,
  lastName: name,
  phone: phone.nullable().optional(),
  email: email.nullable().optional(),
};

export const newContact = z.strictObject({
  ...texts,
  /** Without any: those that the phone number and the e-mail address are. */
  identities: identities.optional(),
  tags: tags.default([]),
  fields: fields.default({}),
});

/** What is named changes, `null` takes away; the rest stays as it is. */
export const contactChange = z.strictObject({
  ...texts,
  fields: fields.optional(),
  tags: tags.optional(),
  addTags: tags.optional(),
  removeTags: tags.optional(),
  identities: identities.optional(),
  addIdentities: identities.optional(),
  removeIdentities: identities.optional(),
});

export async function createContact(
  { workspaceId, body }: ApiRequest<unknown, unknown, z.output<typeof newContact>>,
  { models }: ApiDeps,
): Promise<Result> {
  const { fields, tags } = body;
  const own = [
    body.phone && `tel:${body.phone}`,
    body.email && readIdentity(`mailto:${body.email}`),
  ];
  const urns = [...new Set(body.identities ?? own.filter((urn) => urn))] as string[];
  if (urns.length === 0) throw fault('identities', 'must not be empty, without a phone or e-mail');
  const row = {
    workspaceId,
    ...Object.fromEntries(
      CONTACT_TEXTS.flatMap((text) => (body[text] ? [[text, body[text]]] : [])),
    ),
    identities: urns,
    tags: [...new Set(tags)],
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)),
  };
  const contact = await explained(() =>
    unlessTaken(models, workspaceId, { add: urns }, () => models.contacts.create(row)),
  );
  return { status: 201, body: contactJson(contact.toObject()) };
}

export async function updateContact(
  {
    workspaceId,
    params,
    body,
  }: ApiRequest<{ id: ObjectId }, unknown, z.output<typeof contactChange>>,
  deps: ApiDeps,
): Promise<Result> {
  const who = { workspaceId, contactId: params.id };
  const contact = await explained(() => changeContact(deps, who, changeOf(body)));
  if (!contact) throw new ApiError('not_found');
  return { status: 200, body: contactJson(contact) };
}

/** With its conversations and messages. A blocked contact stays, so that its block does. */
export async function removeContact(
  { auth, workspaceId, params }: ApiRequest<{ id: ObjectId }>,
  deps: ApiDeps,
): Promise<Result> {
  const by = actorOf(auth);
  await explained(() => deleteContact(deps, { workspaceId, contactId: params.id, by }));
  return { status: 204 };
}

function changeOf(body: z.output<typeof contactChange>): ContactChange {
  const named = CONTACT_TEXTS.filter((text) => body[text] !== undefined);
  const list = (set?: string[], add?: string[], remove?: string[]) =>
    (set ?? add ?? remove) && { set, add, remove };
  const tags = list(body.tags, body.addTags, body.removeTags);
  const urns = list(body.identities, body.addIdentities, body.removeIdentities);
  return {
    ...(named.length > 0 && {
      texts: Object.fromEntries(named.map((text) => [text, body[text] ?? null])),
    }),
    ...(body.fields && { fields: body.fields }),
    ...(tags && { tags }),
    ...(urns && { identities: urns }),
  };
}

/** What stands in the way of a change, as the API answers it. */
async function explained<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof ContactBlocked)
      throw new ApiError('contact_blocked', { block: blockJson(error.block) });
    if (error instanceof IdentityTaken)
      throw new ApiError('identity_taken', { contactId: error.contactId.toString() });
    if (error instanceof OutOfBounds) throw fault(error.what, error.rule);
    if (error instanceof NoContact) throw new ApiError('not_found');
    if (error instanceof UnblockPending) throw new ApiError('unavailable', { retryAfter: 5 });
    throw error;
  }
}

const fault = (path: string, message: string) =>
  new ApiError('invalid_request', { errors: [{ path, message }] });
