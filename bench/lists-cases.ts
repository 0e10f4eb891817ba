import type { Seeded } from './lists-seed.ts';

export interface List {
  name: string;
  /** Under `/workspaces/ID`. */
  path: string;
}

/** Every list of contacts, conversations and messages: its first page, one far behind, and narrowed. */
export function listsOf(
  { conversationId, middle, channels }: Seeded,
  segments: Record<string, string>,
): List[] {
  const deep = `cursor=${cursorAt(middle)}`;
  const halfAYearAgo = `cursor=${cursorAt([Date.now() - 182 * 24 * 3_600_000, 'A'])}`;
  const segment = (name: string, query = '') => ({
    name: `segment: ${name}${query && ', deep'}`,
    path: `/segments/${segments[name] ?? name}/contacts?limit=50${query}`,
  });
  const search = (what: string, q: string) => ({
    name: `contacts: search, ${what}`,
    path: `/contacts?limit=50&q=${encodeURIComponent(q)}`,
  });
  const inbox = (inbox: string, status?: string, cursor?: string) => ({
    name: `conversations: ${[inbox, status, cursor && 'deep'].filter(Boolean).join(', ')}`,
    path: `/conversations?limit=50&inbox=${inbox}${status ? `&status=${status}` : ''}${cursor ? `&${cursor}` : ''}`,
  });
  return [
    { name: 'contacts', path: '/contacts?limit=50' },
    { name: 'contacts: deep', path: `/contacts?limit=50&${deep}` },
    search('a common beginning', 'ma'),
    search('a common name', 'rimama'),
    search('a rare name', 'klapivoma'),
    search('two common words', 'rimama ma'),
    search('a phone number', '06 12 34'),
    search('the last four digits', '5678'),
    search('nobody', 'xyz'),
    segment('blocked'),
    { name: 'segment: blocked, search', path: '/contacts?segment=blocked&limit=50&q=ma' },
    ...Object.keys(segments).flatMap((name) => [segment(name), segment(name, `&${deep}`)]),
    { name: 'segments with counts', path: '/segments' },
    ...['all', 'mine', 'unassigned', 'blocked'].flatMap((name) => [
      inbox(name),
      inbox(name, undefined, halfAYearAgo),
      ...['open', 'closed', 'snoozed'].map((status) => inbox(name, status)),
      inbox(name, 'open', halfAYearAgo),
    ]),
    ...Object.entries(channels).map(([name, id]) => ({
      name: `conversations: of a ${name} channel`,
      path: `/conversations?limit=50&channelId=${id}`,
    })),
    { name: 'inboxes with counts', path: '/inboxes' },
    { name: 'messages', path: `/conversations/${conversationId}/messages?limit=50` },
    {
      name: 'messages: deep',
      path: `/conversations/${conversationId}/messages?limit=50&${halfAYearAgo}`,
    },
    { name: 'block history', path: '/block-history?limit=50' },
  ];
}

const rule = (field: string, op: string, value: unknown) => ({ field, op, value });

/** A segment of each kind. */
export const filtersOf = ({ channels }: Seeded): Record<string, object> => ({
  'a common tag': { all: [rule('tags', 'is', 'newsletter')] },
  'a rare tag': { all: [rule('tags', 'is', 'rare')] },
  'a tag and a field': {
    all: [rule('tags', 'is', 'newsletter'), rule('fields.plan', 'is', 'gold')],
  },
  'a name': { all: [rule('firstName', 'starts_with', 'kapi')] },
  'a channel': { all: [rule('channel', 'is', channels.common.toString())] },
  'a rare channel': { all: [rule('channel', 'is', channels.rare.toString())] },
  'a field': { all: [rule('fields.plan', 'is', 'gold')] },
  'a field of one contact': { all: [rule('fields.code', 'is', 7)] },
  'active lately': { all: [rule('lastMessageAt', 'within_days', 180)] },
  'not active lately': { all: [rule('lastMessageAt', 'older_than_days', 180)] },
  'without a tag': { all: [rule('tags', 'is_not', 'newsletter')] },
  everybody: { all: [] },
});

const cursorAt = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
