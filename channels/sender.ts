import type { Profile, Urn } from '../models/delivery/event.ts';

/**
 * The senders of phone channels. A phone number is `tel:+…` whatever it was sent with (SMS, MMS,
 * RCS, WhatsApp, Viber), so that a block holds across them.
 */

/** E.164, with its `+` or, as many write it, without. The shortest that are in use have seven digits. */
const PHONE = /^\+?([1-9]\d{6,14})$/;

export function phoneUrn(address: string): Urn | undefined {
  const phone = PHONE.exec(address);
  return phone ? `tel:+${phone[1]}` : undefined;
}

/** Nothing that is not to be seen, and no half of a character. */
const NAME = /^[^\p{C}]{1,50}$/u;

/**
 * Who an SMS comes from: besides phones, short codes and names of letters and digits
 * (`sms:12345`, `sms:acme`). They are not E.164, mean someone in one country only, and cannot be
 * answered. Networks write names in any case.
 */
export function smsUrn(address: string): Urn | undefined {
  return phoneUrn(address) ?? shortUrn(address);
}

/** The same for providers that write `+` before every phone number. */
export const shortUrn = (address: string): Urn | undefined =>
  NAME.test(address) ? `sms:${encodeURIComponent(address.toLowerCase())}` : undefined;

/** Anything that can be part of a URN: nothing that is blank or not to be seen. */
const SEEN = /^[^\s\p{C}]{1,512}$/u;

/** Someone by a provider's own id. */
export const idUrn = (scheme: string, id: string): Urn | undefined =>
  SEEN.test(id) ? `${scheme}:${id}` : undefined;

/** A phone number or, for who shows none, WhatsApp's own id of the person (`US.1349…`). */
export const whatsappUrn = (address: string): Urn | undefined =>
  phoneUrn(address) ?? idUrn('whatsapp', address);

/**
 * What a channel sends from: `whatsapp:+14155238886`, where the word before the colon says with what
 * it is sent; SMS without one.
 */
export function senderOf(from: string): { kind: string; address: string } {
  const [, kind = 'sms', address = from] = /^(?:([a-z_]+):)?(.+)$/s.exec(from) ?? [];
  return { kind, address };
}

/** What is known of someone by name and identities. */
export function profileOf(identities: Urn[], name: string | undefined): Profile {
  const profile: Profile = {};
  if (name) profile.firstName = name;
  for (const urn of identities) {
    if (urn.startsWith('tel:')) profile.phone = urn.slice('tel:'.length);
    if (urn.startsWith('mailto:')) profile.email = urn.slice('mailto:'.length);
  }
  return profile;
}

/** A number as those write it who leave the `+` out. */
export const digitsOf = (address: string): string => address.replace(/^\+(?=\d+$)/, '');
