import { blockBody, blockInInbox, unblockBody, unblockInInbox } from '../contacts/blocks.ts';
import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { aStableId } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import {
  conversationOut,
  conversationQuery,
  getConversation,
  listConversations,
} from './conversations.ts';
import { listMessages, messageOut, messageQuery } from './messages.ts';
import { outgoingBody, sendMessage } from './send-message.ts';

/** What agents work with. */
export const inboxRoutes: readonly Route[] = [
  route('get', `${W}/conversations`, ACCESS.readInbox, {
    summary: 'Conversations of an inbox, the latest activity first',
    query: conversationQuery,
    answers: { 200: pageOut(conversationOut) },
    handle: listConversations,
  }),
  route('get', `${W}/conversations/:id`, ACCESS.readInbox, {
    summary: 'One conversation',
    params: aStableId,
    answers: { 200: conversationOut },
    handle: getConversation,
  }),
  route('get', `${W}/conversations/:id/messages`, ACCESS.readInbox, {
    summary: 'Messages, newest first',
    params: aStableId,
    query: messageQuery,
    answers: { 200: pageOut(messageOut) },
    handle: listMessages,
  }),
  route('post', `${W}/conversations/:id/messages`, ACCESS.sendMessages, {
    summary: 'Send a message; with the same Idempotency-Key once',
    params: aStableId,
    idempotencyKey: true,
    body: outgoingBody,
    answers: { 200: messageOut, 201: messageOut },
    errors: ['contact_blocked', 'contact_unreachable', 'channel_deleted'],
    handle: sendMessage,
  }),
  route('post', `${W}/conversations/:id/block`, ACCESS.blockInInbox, {
    summary: "Block the conversation's contact",
    params: aStableId,
    body: blockBody,
    answers: { 200: conversationOut },
    handle: blockInInbox,
  }),
  route('post', `${W}/conversations/:id/unblock`, ACCESS.blockInInbox, {
    summary: "Unblock the conversation's contact",
    params: aStableId,
    body: unblockBody,
    answers: { 200: conversationOut },
    handle: unblockInInbox,
  }),
];
