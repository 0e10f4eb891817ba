import { z } from 'zod';
import { Types } from '../ids.ts';

/** What a condition of a segment may ask of each kind of field, and what that is in MongoDB. */

export interface Op {
  value: z.ZodType;
  query(path: string, value: unknown, now: number): object;
}

function op<Value>(
  value: z.ZodType<Value>,
  query: (path: string, value: Value, now: number) => object,
): Op {
  return { value, query: query as Op['query'] };
}

const MOST_VALUES = 50;
const DAY_MS = 24 * 3_600_000;

const text = z.string().min(1).max(200);
const scalar = z.union([text, z.number(), z.boolean()]);
const listOf = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(MOST_VALUES);
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
const days = z.int().min(1).max(3_650);
const channelId = z.string().regex(/^[0-9a-f]{24}$/, 'must be the id of a channel');

const pattern = (value: string) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
/** Texts are compared without case. */
const exactly = (value: z.output<typeof scalar>) =>
  typeof value === 'string' ? new RegExp(`^${pattern(value)}$`, 'i') : value;
const differsFrom = (value: z.output<typeof scalar>) =>
  typeof value === 'string' ? { $not: exactly(value) } : { $ne: value };

const exists = op(z.boolean(), (path, value) => ({ [path]: { $exists: value } }));
const startsWith = op(text, (path, value) => ({ [path]: new RegExp(`^${pattern(value)}`, 'i') }));
const contains = op(text, (path, value) => ({ [path]: new RegExp(pattern(value), 'i') }));
const gt = op(z.number(), (path, value) => ({ [path]: { $gt: value } }));
const lt = op(z.number(), (path, value) => ({ [path]: { $lt: value } }));

/** What is not there is not the value: `is_not` holds for it. */
const comparisons = (value: z.ZodType<z.output<typeof scalar>>) => ({
  is: op(value, (path, is) => ({ [path]: exactly(is) })),
  is_not: op(value, (path, is) => ({ [path]: differsFrom(is) })),
  in: op(listOf(value), (path, list) => ({ [path]: { $in: list.map(exactly) } })),
});

const TEXT = { ...comparisons(text), starts_with: startsWith, contains, exists };

/** Moments in custom fields are ISO 8601 text in UTC, which sorts as they do. */
const ISO = /^\d{4}-\d\d-\d\d/;
const asText = (value: string) => (value.includes('T') ? new Date(value).toISOString() : value);
const CUSTOM = {
  ...comparisons(scalar),
  ...{ starts_with: startsWith, contains, exists, gt, lt },
  before: op(moment, (path, value) => ({ [path]: { $regex: ISO, $lt: asText(value) } })),
  after: op(moment, (path, value) => ({ [path]: { $regex: ISO, $gte: asText(value) } })),
};

const TAGS = {
  is: op(text, (path, value) => ({ [path]: value })),
  is_not: op(text, (path, value) => ({ [path]: { $ne: value } })),
  in: op(listOf(text), (path, list) => ({ [path]: { $in: list } })),
  exists: op(z.boolean(), (path, value) => ({ [`${path}.0`]: { $exists: value } })),
};

const id = (hex: string) => new Types.ObjectId(hex);
const CHANNEL = {
  is: op(channelId, (path, value) => ({ [path]: id(value) })),
  is_not: op(channelId, (path, value) => ({ [path]: { $ne: id(value) } })),
  in: op(listOf(channelId), (path, list) => ({ [path]: { $in: list.map(id) } })),
};

/** Of several moments (one a conversation) the last one counts: it is before a time if none is after. */
const since = (path: string, time: number) => ({ [path]: { $gte: new Date(time) } });
const until = (path: string, time: number) => ({
  [path]: { $exists: true, $not: { $gte: new Date(time) } },
});
const TIME = {
  before: op(moment, (path, value) => until(path, Date.parse(value))),
  after: op(moment, (path, value) => since(path, Date.parse(value))),
  within_days: op(days, (path, value, now) => since(path, now - value * DAY_MS)),
  older_than_days: op(days, (path, value, now) => until(path, now - value * DAY_MS)),
  exists,
};

const NUMBER = { is: op(z.number(), (path, value) => ({ [path]: value })), gt, lt };

/** A contact's conversations, where a filter asks for them. */
export const TALKS = 'talks';

interface Field {
  path: string;
  ops: Record<string, Op>;
}

const FIELDS: Record<string, Field> = {
  firstName: { path: 'firstName', ops: TEXT },
  lastName: { path: 'lastName', ops: TEXT },
  phone: { path: 'phone', ops: TEXT },
  email: { path: 'email', ops: TEXT },
  tags: { path: 'tags', ops: TAGS },
  channel: { path: `${TALKS}.channelId`, ops: CHANNEL },
  lastMessageAt: { path: `${TALKS}.lastMessageAt`, ops: TIME },
  createdAt: { path: 'createdAt', ops: TIME },
  refused: { path: 'refused.count', ops: NUMBER },
};

export const FIELD_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_ -]{0,49}$/u;

/** The field of that name: one of ours, or `fields.NAME`. */
export function fieldOf(name: string): Field | undefined {
  const own = name.startsWith('fields.') && name.slice('fields.'.length);
  if (own) return FIELD_NAME.test(own) ? { path: name, ops: CUSTOM } : undefined;
  return Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
}

export function opOf({ ops }: Field, name: string): Op | undefined {
  return Object.hasOwn(ops, name) ? ops[name] : undefined;
}
