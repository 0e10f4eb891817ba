import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { anId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import { aDelivery, deliveryOut, listDeliveries, retryDelivery } from './deliveries.ts';
import {
  addWebhook,
  listWebhooks,
  newWebhook,
  newWebhookOut,
  patchWebhook,
  removeWebhook,
  rotateSecret,
  webhookChange,
  webhookOut,
} from './webhooks.ts';

/** Where a workspace's own programs are told of events. */
export const webhookRoutes: readonly Route[] = [
  route('get', `${W}/webhooks`, ACCESS.administer, {
    summary: 'Outgoing webhooks, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(webhookOut) },
    handle: listWebhooks,
  }),
  route('post', `${W}/webhooks`, ACCESS.administer, {
    summary: 'Add an outgoing webhook; its secret is shown here once',
    body: newWebhook,
    answers: { 201: newWebhookOut },
    errors: ['too_many_webhooks'],
    handle: addWebhook,
  }),
  route('patch', `${W}/webhooks/:id`, ACCESS.administer, {
    summary: 'Change where and of what it tells; enabled again, it goes on with what waits',
    params: anId,
    body: webhookChange,
    answers: { 200: webhookOut },
    handle: patchWebhook,
  }),
  route('delete', `${W}/webhooks/:id`, ACCESS.administer, {
    summary: 'Remove an outgoing webhook with its log',
    params: anId,
    answers: { 204: null },
    handle: removeWebhook,
  }),
  route('post', `${W}/webhooks/:id/secret`, ACCESS.administer, {
    summary: 'Give it a new secret, shown here once; the old one signs as well for a day',
    params: anId,
    answers: { 200: newWebhookOut },
    handle: rotateSecret,
  }),
  route('get', `${W}/webhooks/:id/deliveries`, ACCESS.administer, {
    summary: 'What became of each event, newest first',
    params: anId,
    query: byIdQuery,
    answers: { 200: pageOut(deliveryOut) },
    handle: listDeliveries,
  }),
  route('post', `${W}/webhooks/:id/deliveries/:deliveryId/retry`, ACCESS.administer, {
    summary: 'Send an event again, under the same id',
    params: aDelivery,
    answers: { 202: deliveryOut },
    handle: retryDelivery,
  }),
];
