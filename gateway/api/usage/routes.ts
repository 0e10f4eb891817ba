import { ACCESS } from '../shell/access.ts';
import { type Route, route, W } from '../shell/route.ts';
import { getMac, macOut, macQuery } from './mac.ts';
import { getOutcomes, outcomeQuery, outcomesOut } from './outcomes.ts';

/** What billing and operators read. */
export const usageRoutes: readonly Route[] = [
  route('get', `${W}/mac`, ACCESS.readMac, {
    summary: 'Monthly active contacts of a billing cycle',
    query: macQuery,
    answers: { 200: macOut },
    handle: getMac,
  }),
  route('get', `${W}/outcomes`, ACCESS.readOutcomes, {
    summary: 'What became of the events, by hour',
    query: outcomeQuery,
    answers: { 200: outcomesOut },
    handle: getOutcomes,
  }),
];
