import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { type Route, route, W } from '../shell/route.ts';
import { getMac, macOut, macQuery } from './mac.ts';
import { getMacContacts, macContactOut, macContactsQuery } from './mac-contacts.ts';
import { getMacHistory, macHistoryOut, macHistoryQuery } from './mac-history.ts';
import { getOutcomes, outcomeQuery, outcomesOut } from './outcomes.ts';

/** What billing and operators read. */
export const usageRoutes: readonly Route[] = [
  route('get', `${W}/mac`, ACCESS.readMac, {
    summary: 'Monthly active contacts of a billing cycle',
    query: macQuery,
    answers: { 200: macOut },
    handle: getMac,
  }),
  route('get', `${W}/mac/history`, ACCESS.readMac, {
    summary: 'Monthly active contacts of every billing cycle, the current one first',
    query: macHistoryQuery,
    answers: { 200: pageOut(macHistoryOut) },
    handle: getMacHistory,
  }),
  route('get', `${W}/mac/contacts`, ACCESS.readMac, {
    summary: 'Who was counted in a billing cycle, by pages or as CSV',
    query: macContactsQuery,
    answers: { 200: pageOut(macContactOut) },
    media: ['text/csv'],
    handle: getMacContacts,
  }),
  route('get', `${W}/outcomes`, ACCESS.readOutcomes, {
    summary: 'What became of the events, by hour',
    query: outcomeQuery,
    answers: { 200: outcomesOut },
    handle: getOutcomes,
  }),
];
