import { z } from 'zod';
import type { ActiveContact } from '../../../models/mac/active-contact.ts';
import type { ApiDeps } from '../deps.ts';
import { idOut, timeOut } from '../shell/answer.ts';
import type { Rows } from '../shell/csv.ts';
import { objectId, pageOf, pageQuery } from '../shell/page.ts';
import type { ApiRequest, Result } from '../shell/route.ts';
import { cycleOf, cycleQuery, readWorkspace } from './mac.ts';

/** In the order of the contacts' ids, which is the one that the checksum is made in. */
export const macContactsQuery = z.object({ ...cycleQuery, ...pageQuery(objectId) });

export const macContactOut = z
  .strictObject({
    contactId: idOut,
    channelId: idOut,
    at: timeOut,
    day: z.iso.date(),
    late: z.boolean(),
  })
  .meta({ id: 'MacContact' });

/**
 * Who was counted in a cycle; ids only, as a key that may read MAC may read nothing else. As JSON by
 * pages; as CSV the whole list, in one moment's state.
 */
export async function getMacContacts(
  { workspaceId, query, media }: ApiRequest<unknown, z.output<typeof macContactsQuery>>,
  { models }: ApiDeps,
): Promise<Result> {
  const cycle = cycleOf(query.cycle, await readWorkspace(models, workspaceId)).name;
  const { limit, cursor } = query;
  const rows = models.activeContacts
    .find({ workspaceId, cycle, ...(cursor && { contactId: { $gt: cursor } }) })
    .sort({ contactId: 1 })
    .lean<ActiveContact[]>();
  if (media === 'text/csv') return { status: 200, csv: rowsOf(rows.cursor()) };
  const page = await rows.limit(limit + 1);
  return { status: 200, body: pageOf(page, limit, macContactJson, ({ contactId }) => contactId) };
}

function macContactJson({ contactId, channelId, at, day, late }: ActiveContact) {
  return { contactId, channelId, at, day, late: late === true };
}

async function* rowsOf(contacts: AsyncIterable<ActiveContact>): Rows & AsyncGenerator<string[]> {
  yield ['contact_id', 'channel_id', 'at', 'day', 'late'];
  for await (const { contactId, channelId, at, day, late } of contacts)
    yield [`${contactId}`, `${channelId}`, at.toISOString(), day, `${late === true}`];
}
