import { z } from 'zod';
import { CONTACT_TEXTS } from '../contacts/contact-change.ts';
import { FIELD_NAME, fieldOf, type Op, opOf, TALKS } from '../contacts/segment-ops.ts';

/** A field as people name it in a workflow: one of ours, or one of the contact's own, as it is stored. */
export function fieldNamed(name: string): string {
  const isOurs = name.startsWith('fields.') || fieldOf(name) !== undefined;
  return isOurs ? name : `fields.${name}`;
}

/** One that a workflow may write: a text of the contact, or a field of its own. */
export const writableField = z.string().refine((name) => {
  const field = fieldNamed(name);
  const own = field.startsWith('fields.') && FIELD_NAME.test(field.slice('fields.'.length));
  return own || (CONTACT_TEXTS as readonly string[]).includes(field);
}, 'must be the name of a field');

/** What is asked of the contact itself, as in the filter of a segment. */
export const conditionShape = {
  field: z.string(),
  op: z.string(),
  value: z.unknown().optional(),
};
type Condition = z.output<z.ZodObject<typeof conditionShape>>;

/** Faults by the name of the part that has them. */
export function faultsOf({ field: name, op: opName, value }: Condition): [string, string][] {
  const field = fieldOf(fieldNamed(name));
  if (!field || field.path.startsWith(TALKS)) return [['field', 'is not a field of the contact']];
  const op = opOf(field, opName);
  if (!op) return [['op', `must be one of ${Object.keys(field.ops).join(', ')}`]];
  const issues = op.value.safeParse(value).error?.issues ?? [];
  return issues.map(({ message }) => ['value', message]);
}

/** The condition in MongoDB's terms. */
export function queryOf({ field: name, op: opName, value }: Condition, now: number): object {
  const field = fieldOf(fieldNamed(name));
  const op: Op | undefined = field && opOf(field, opName);
  // Stored by another version, perhaps: it does not hold.
  return field && op ? op.query(field.path, value, now) : { _id: null };
}
