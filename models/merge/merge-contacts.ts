import { type Contact, PERIODS_KEPT } from '../contacts/contact.ts';
import { idsOf } from './merged.ts';

const FILLED = ['firstName', 'lastName', 'phone', 'email'] as const;

/** The primary as it will be: with the secondary's identities, and with what it lacks. */
export function joinContacts(primary: Contact, secondary: Contact): Contact {
  const lastAt = Math.max(...[primary, secondary].map((one) => one.refused.lastAt?.getTime() ?? 0));
  const pastBlocks = [...periodsOf(primary), ...periodsOf(secondary)]
    .toSorted((a, b) => a.until.getTime() - b.until.getTime())
    .slice(-PERIODS_KEPT);
  return {
    ...primary,
    identities: [...primary.identities, ...secondary.identities],
    ...filled(primary, secondary),
    tags: [...new Set([...primary.tags, ...secondary.tags])],
    fields: { ...secondary.fields, ...primary.fields },
    refused: {
      count: primary.refused.count + secondary.refused.count,
      lastAt: lastAt > 0 ? new Date(lastAt) : null,
    },
    ...(pastBlocks.length > 0 && { pastBlocks }),
    mergedFrom: [...(primary.mergedFrom ?? []), ...idsOf(secondary)],
  };
}

function filled(primary: Contact, secondary: Contact): Partial<Contact> {
  const given = FILLED.map((field) => [field, primary[field] || secondary[field]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/**
 * A block that has ended goes on to refuse what came from the identities that it was of, and nobody
 * else's: who was not blocked when they wrote is not refused for it later.
 */
function periodsOf({ pastBlocks = [], identities }: Contact) {
  return pastBlocks.map((period) => ({ ...period, identities: period.identities ?? identities }));
}
