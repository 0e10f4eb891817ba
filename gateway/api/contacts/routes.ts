import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { anId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import {
  blockBody,
  blockContact,
  blockHistory,
  blockHistoryEntryOut,
  contactBlockHistory,
  unblockBody,
  unblockContact,
} from './blocks.ts';
import { contactOut, contactQuery, getContact, listContacts } from './contacts.ts';

/** The Contacts module. */
export const contactRoutes: readonly Route[] = [
  route('get', `${W}/contacts`, ACCESS.readContacts, {
    summary: 'Contacts, newest first',
    query: contactQuery,
    answers: { 200: pageOut(contactOut) },
    handle: listContacts,
  }),
  route('get', `${W}/contacts/:id`, ACCESS.readContacts, {
    summary: 'One contact',
    params: anId,
    answers: { 200: contactOut },
    handle: getContact,
  }),
  route('post', `${W}/contacts/:id/block`, ACCESS.blockContacts, {
    summary: 'Block a contact; a blocked one stays as it is',
    params: anId,
    body: blockBody,
    answers: { 200: contactOut },
    handle: blockContact,
  }),
  route('post', `${W}/contacts/:id/unblock`, ACCESS.blockContacts, {
    summary: 'Unblock a contact',
    params: anId,
    body: unblockBody,
    answers: { 200: contactOut },
    handle: unblockContact,
  }),
  route('get', `${W}/contacts/:id/block-history`, ACCESS.readContacts, {
    summary: 'Blocks and unblocks of one contact, newest first',
    params: anId,
    query: byIdQuery,
    answers: { 200: pageOut(blockHistoryEntryOut) },
    handle: contactBlockHistory,
  }),
  route('get', `${W}/block-history`, ACCESS.readContacts, {
    summary: 'Blocks and unblocks of the workspace, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(blockHistoryEntryOut) },
    handle: blockHistory,
  }),
];
