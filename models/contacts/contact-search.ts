import type { Contact } from './contact.ts';

/**
 * Contacts are found by the beginnings of their words: each contact is stored with its words, and a
 * question becomes ranges of the index of words. Why so: docs/decisions/0026.
 */

/** Of one contact. Names come first, so that what is left out are identities beyond some dozens. */
const MOST_WORDS = 100;
/** Of a question. */
const MOST_TERMS = 8;

/** What normalisation leaves as a letter of its own. */
const LETTERS: Record<string, string> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' },
};

/** Words as they are compared: without case, accents and punctuation. */
function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter);
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** What is stored to find a contact by. */
export function searchWords(
  contact: Pick<Contact, 'firstName' | 'lastName' | 'phone' | 'email' | 'identities'>,
): string[] {
  const { firstName = '', lastName = '', phone = '', email = '', identities } = contact;
  const [first, last] = [wordsOf(firstName), wordsOf(lastName)];
  const words = [...first, ...last];
  // Of two words that very many have, few have both: together, in either order, they are a word too.
  if (words.length > 1) words.push([...first, ...last].join(' '), [...last, ...first].join(' '));
  for (const text of [phone, email, ...identities])
    words.push(...(phoneWords(text) ?? wordsOf(text.replace(BEFORE_ID, ''))));
  return [...new Set(words)].slice(0, MOST_WORDS);
}

/** Of an identity: its scheme, and the channel of ours that it is of. */
const BEFORE_ID = /^[a-z]+:(?:[0-9a-f]{24}\/)?/;
const PHONE = /^(?:tel:)?\+(\d{7,15})$/;
/** Country codes of one and two digits; the others have three. https://www.itu.int/pub/T-SP-E.164D */
const COUNTRY = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** A number as it is dialled from abroad and at home, and from its end. */
function phoneWords(text: string): string[] | undefined {
  const [, digits] = PHONE.exec(text) ?? [];
  return digits ? [digits, digits.replace(COUNTRY, ''), fromEnd(digits)] : undefined;
}

/** Digits backwards: what ends with them begins with this. No word of a text has such a mark. */
const fromEnd = (digits: string): string => `~${[...digits].reverse().join('')}`;
const LAST_DIGITS = 4;

/** Something that was typed, as a condition: one of the contact's words begins so. */
export interface Term {
  words: { $in: RegExp[] };
}

/**
 * A contact that is meant fulfils each of these, the rarest one first, most likely; without any nobody
 * is meant.
 */
export function searchFor(typed: string): Term[] {
  const text = typed.trim().replace(/^[a-z]+:(?=\S)/i, '');
  if (/^[+\d\s()./-]*\d[\d\s()./-]*$/.test(text)) return [beginsWith(...numbersOf(text))];
  const words = wordsOf(text).slice(0, MOST_TERMS);
  return words.toSorted((a, b) => b.length - a.length).map((word) => beginsWith(word));
}

/** All words of a name in their order, for when each of them is too common to look up. */
export function phraseOf(typed: string): Term | undefined {
  const words = wordsOf(typed);
  return words.length > 1 ? beginsWith(words.join(' ')) : undefined;
}

/** A number in the ways that people write it: from its beginning, or by its last digits. */
function numbersOf(text: string): string[] {
  const typed = text.replace(/\(0\)|[^\d+]/g, '');
  const digits = typed.replace(/\D/g, '');
  if (typed.startsWith('+')) return [digits];
  // `00` is what is dialled for `+`, `0` what many countries put before a number at home.
  const dialled = digits.replace(/^00?/, '') || digits;
  return [
    ...new Set([digits, dialled, ...(dialled.length < LAST_DIGITS ? [] : [fromEnd(dialled)])]),
  ];
}

/** Letters, digits, blanks and the mark: nothing to escape. */
const beginsWith = (...words: string[]): Term => ({
  words: { $in: words.map((word) => new RegExp(`^${word}`)) },
});
