import { blockBody, blockInInbox, unblockBody, unblockInInbox } from '../contacts/blocks.ts';
import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { aStableId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import {
  assignBody,
  assignConversation,
  closeConversation,
  markConversationRead,
  openConversation,
  snoozeBody,
  snoozeConversation,
} from './changes.ts';
import { conversationOut } from './conversation.ts';
import {
  conversationQuery,
  getConversation,
  inboxesOut,
  listConversations,
  listInboxes,
} from './conversations.ts';
import { listMessages, messageOut, messageQuery } from './messages.ts';
import { aNote, createNote, deleteNote, editNote, listNotes, noteBody, noteOut } from './notes.ts';
import { aMessage, cancelScheduled, listScheduled, scheduledQuery } from './scheduled.ts';
import { outgoingBody, sendMessage } from './send-message.ts';

/** What agents work with. */
export const inboxRoutes: readonly Route[] = [
  route('get', `${W}/inboxes`, ACCESS.readInbox, {
    summary: 'How many conversations wait in each inbox',
    answers: { 200: inboxesOut },
    handle: listInboxes,
  }),
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
  route('post', `${W}/conversations/:id/messages`, ACCESS.writeInbox, {
    summary: 'Send a message now or at a time; with the same Idempotency-Key once',
    params: aStableId,
    idempotencyKey: true,
    body: outgoingBody,
    answers: { 200: messageOut, 201: messageOut },
    errors: ['contact_blocked', 'contact_unreachable', 'channel_deleted'],
    handle: sendMessage,
  }),
  route('delete', `${W}/conversations/:id/messages/:messageId`, ACCESS.writeInbox, {
    summary: 'Cancel a scheduled message',
    params: aMessage,
    answers: { 204: null },
    errors: ['not_scheduled'],
    handle: cancelScheduled,
  }),
  route('get', `${W}/conversations/:id/scheduled-messages`, ACCESS.readInbox, {
    summary: 'Scheduled messages, the next one first',
    params: aStableId,
    query: scheduledQuery,
    answers: { 200: pageOut(messageOut) },
    handle: listScheduled,
  }),
  route('get', `${W}/conversations/:id/notes`, ACCESS.readInbox, {
    summary: 'Internal notes, newest first',
    params: aStableId,
    query: byIdQuery,
    answers: { 200: pageOut(noteOut) },
    handle: listNotes,
  }),
  route('post', `${W}/conversations/:id/notes`, ACCESS.writeInbox, {
    summary: 'Add an internal note: it is never sent',
    params: aStableId,
    body: noteBody,
    answers: { 201: noteOut },
    handle: createNote,
  }),
  route('patch', `${W}/conversations/:id/notes/:noteId`, ACCESS.writeInbox, {
    summary: "Change one's own note",
    params: aNote,
    body: noteBody,
    answers: { 200: noteOut },
    handle: editNote,
  }),
  route('delete', `${W}/conversations/:id/notes/:noteId`, ACCESS.writeInbox, {
    summary: "Delete one's own note",
    params: aNote,
    answers: { 204: null },
    handle: deleteNote,
  }),
  route('post', `${W}/conversations/:id/open`, ACCESS.writeInbox, {
    summary: 'Open a conversation',
    params: aStableId,
    answers: { 200: conversationOut },
    errors: ['contact_blocked'],
    handle: openConversation,
  }),
  route('post', `${W}/conversations/:id/close`, ACCESS.writeInbox, {
    summary: 'Close a conversation; an inbound message opens it again',
    params: aStableId,
    answers: { 200: conversationOut },
    errors: ['contact_blocked'],
    handle: closeConversation,
  }),
  route('post', `${W}/conversations/:id/snooze`, ACCESS.writeInbox, {
    summary: 'Put a conversation aside until a time, or until the contact writes',
    params: aStableId,
    body: snoozeBody,
    answers: { 200: conversationOut },
    errors: ['contact_blocked'],
    handle: snoozeConversation,
  }),
  route('post', `${W}/conversations/:id/assign`, ACCESS.writeInbox, {
    summary: 'Assign a conversation to a user, or to nobody',
    params: aStableId,
    body: assignBody,
    answers: { 200: conversationOut },
    handle: assignConversation,
  }),
  route('post', `${W}/conversations/:id/read`, ACCESS.writeInbox, {
    summary: 'Mark a conversation read',
    params: aStableId,
    answers: { 200: conversationOut },
    handle: markConversationRead,
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
