import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { anId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import {
  deadLetterOut,
  discardDeadLetter,
  listDeadLetters,
  retryDeadLetter,
} from './dead-letters.ts';

/** What went wrong and waits for a person. */
export const operationRoutes: readonly Route[] = [
  route('get', `${W}/dead-letters`, ACCESS.readDeadLetters, {
    summary: 'Events that could not be stored, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(deadLetterOut) },
    handle: listDeadLetters,
  }),
  route('post', `${W}/dead-letters/:id/retry`, ACCESS.settleDeadLetters, {
    summary: 'Try to store the event once more',
    params: anId,
    answers: { 202: deadLetterOut },
    handle: retryDeadLetter,
  }),
  route('delete', `${W}/dead-letters/:id`, ACCESS.settleDeadLetters, {
    summary: 'Discard the event for good',
    params: anId,
    answers: { 204: null },
    handle: discardDeadLetter,
  }),
];
