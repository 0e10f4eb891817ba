import type { Urn } from '../models/delivery/event.ts';
import { identityOf as customUrn } from './custom.ts';
import { mailUrn } from './mail.ts';
import { idUrn, phoneUrn, shortUrn, whatsappUrn } from './sender.ts';

/**
 * Identities as people and programs write them, brought into the form that the channels give to the
 * same sender: otherwise a contact that was made by hand would not be who writes.
 */

/** Blanks and what people put between the digits of a phone number. */
const BETWEEN_DIGITS = /[\s().-]/g;

const matching = (form: RegExp) => (scheme: string, id: string) =>
  form.test(id) ? `${scheme}:${id}` : undefined;

const phone = (id: string): Urn | undefined =>
  id.trim().startsWith('+') ? phoneUrn(id.replace(BETWEEN_DIGITS, '')) : undefined;

const SCHEMES: Record<string, (scheme: string, id: string) => Urn | undefined> = {
  tel: (_, id) => phone(id),
  mailto: (_, id) => mailUrn(id),
  sms: (_, id) => phone(id) ?? shortUrn(decoded(id)),
  whatsapp: (_, id) => whatsappUrn(id),
  telegram: matching(/^-?[1-9]\d{0,15}$/),
  line: matching(/^[\w-]{1,64}$/),
  slack: matching(/^[A-Z0-9]{1,40}\/[A-Z0-9]{1,40}$/),
  messenger: idUrn,
  instagram: idUrn,
  viber: idUrn,
  wechat: idUrn,
  tiktok: idUrn,
  bird: idUrn,
  custom(_, id) {
    const [, channelId, contactId] = /^([0-9a-f]{24})\/(.+)$/s.exec(id) ?? [];
    if (channelId === undefined || contactId === undefined) return undefined;
    return /^[^\s\p{C}]{1,200}$/u.test(contactId) ? customUrn(contactId, channelId) : undefined;
  },
};

export const IDENTITY_SCHEMES = Object.keys(SCHEMES);

/** The identity, or `undefined` when it cannot be one of a sender. */
export function readIdentity(text: string): Urn | undefined {
  const [, scheme = '', id = ''] = /^([a-z]+):(.+)$/is.exec(text.trim()) ?? [];
  const read = Object.hasOwn(SCHEMES, scheme.toLowerCase())
    ? SCHEMES[scheme.toLowerCase()]
    : undefined;
  return read?.(scheme.toLowerCase(), id);
}

/** A phone number as an identity has it, with its `+`. */
export const readPhone = (text: string): string | undefined => phone(text)?.slice('tel:'.length);

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
