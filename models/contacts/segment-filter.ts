import { z } from 'zod';
import { Types } from '../ids.ts';
import { searchFor, type Term } from './contact-search.ts';
import { fieldOf, opOf, TALKS } from './segment-ops.ts';

/** A contact is in a segment when all, or any, of these are true of it, and it is not blocked. */
export type SegmentFilter = { all: Rule[] } | { any: Rule[] };
type Rule = Condition | SegmentFilter;

interface Condition {
  field: string;
  op: string;
  value: unknown;
}

const MOST_DEPTH = 3;
const MOST_RULES = 50;

/** A filter as it is sent: every fault is told by its path. */
export const segmentFilter = z.record(z.string(), z.unknown()).superRefine((filter, context) => {
  let rules = 0;
  const fault = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: 'custom', path, message });

  const checkGroup = (group: object, path: PropertyKey[], depth: number): void => {
    const [[name, list] = [], ...others] = Object.entries(group);
    if ((name !== 'all' && name !== 'any') || others.length > 0)
      fault(path, 'must have either all or any, and nothing else');
    else if (!Array.isArray(list)) fault([...path, name], 'must be a list');
    else if (name === 'any' && list.length === 0) fault([...path, name], 'must not be empty');
    else {
      rules += list.length;
      if (rules > MOST_RULES) fault(path, `must have at most ${MOST_RULES} conditions`);
      else
        for (const [index, rule] of list.entries()) checkRule(rule, [...path, name, index], depth);
    }
  };

  const checkRule = (rule: unknown, path: PropertyKey[], depth: number): void => {
    if (typeof rule !== 'object' || rule === null) fault(path, 'must be a condition');
    else if (!('all' in rule || 'any' in rule))
      for (const { under, message } of faultsOf(rule)) fault([...path, ...under], message);
    else if (depth === MOST_DEPTH) fault(path, `must be at most ${MOST_DEPTH} levels deep`);
    else checkGroup(rule, path, depth + 1);
  };

  checkGroup(filter, [], 1);
});

const condition = z.strictObject({ field: z.string(), op: z.string(), value: z.unknown() });

interface ConditionFault {
  under: PropertyKey[];
  message: string;
}

function faultsOf(rule: object): ConditionFault[] {
  const faults = (error?: z.ZodError, ...under: PropertyKey[]): ConditionFault[] =>
    (error?.issues ?? []).map(({ path, message }) => ({ under: [...under, ...path], message }));
  const { success, data, error } = condition.safeParse(rule);
  if (!success) return faults(error);
  const field = fieldOf(data.field);
  if (!field) return [{ under: ['field'], message: 'is not a field of contacts' }];
  const op = opOf(field, data.op);
  if (!op)
    return [{ under: ['op'], message: `must be one of ${Object.keys(field.ops).join(', ')}` }];
  return faults(op.value.safeParse(data.value).error, 'value');
}

/** Whom to look at, by one index: contacts by a tag, or whoever has a conversation on a channel. */
export type Among = Record<string, unknown> | { channelId: Types.ObjectId };

/** Contacts, and how to find them. */
export interface Selection {
  /** Everybody who is meant is among them; empty: all contacts. */
  among: Among;
  /** Everybody who is meant fulfils these, too. */
  search: Term[];
  /** To look up when each of these is too common: all of them in their order. */
  phrase?: Term | undefined;
  /** What has to be true of those. */
  where: object[];
  /** Whether `where` asks for the contact's conversations. */
  needsTalks?: boolean;
}

/** The filter in MongoDB's terms. A blocked contact is in no segment, whatever the filter says. */
export function compileSegment(filter: SegmentFilter, now: number): Selection {
  const all = 'all' in filter ? filter.all.filter(isCondition) : [];
  const where = compile(filter, now);
  return {
    among: all.map(amongOf).find((among) => among !== undefined) ?? {},
    search: all.flatMap(searchOf),
    where: [{ blocked: null }, where],
    needsTalks: asksFor(TALKS, where),
  };
}

function compile(filter: SegmentFilter, now: number): object {
  const [list, combined] = 'all' in filter ? [filter.all, '$and'] : [filter.any, '$or'];
  if (list.length === 0) return {};
  return {
    [combined]: list.map((rule) =>
      isCondition(rule) ? compileCondition(rule, now) : compile(rule, now),
    ),
  };
}

function compileCondition({ field: name, op: opName, value }: Condition, now: number): object {
  const field = fieldOf(name);
  const op = field && opOf(field, opName);
  // Stored by another version, perhaps: nobody rather than everybody.
  return field && op ? op.query(field.path, value, now) : { _id: null };
}

/** What an index answers of a condition that everybody in the segment must meet. */
function amongOf({ field, op, value }: Condition): Among | undefined {
  if (field === 'tags' && op === 'is') return { tags: value };
  if (field === 'tags' && op === 'in') return { tags: { $in: value } };
  if (field === 'channel' && op === 'is') return { channelId: new Types.ObjectId(String(value)) };
  return undefined;
}

const SEARCHED = ['firstName', 'lastName', 'phone', 'email'];

function searchOf({ field, op, value }: Condition): Term[] {
  const isSearch = SEARCHED.includes(field) && (op === 'is' || op === 'starts_with');
  return isSearch ? searchFor(String(value)) : [];
}

const isCondition = (rule: Rule): rule is Condition => !('all' in rule || 'any' in rule);

function asksFor(name: string, query: unknown): boolean {
  if (Array.isArray(query)) return query.some((one) => asksFor(name, one));
  if (typeof query !== 'object' || query === null || query instanceof RegExp) return false;
  return Object.entries(query).some(
    ([key, value]) => key.startsWith(`${name}.`) || asksFor(name, value),
  );
}
