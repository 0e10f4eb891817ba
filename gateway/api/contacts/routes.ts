import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { anId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import {
  blockBody,
  blockContact,
  blockHistoryEntryOut,
  listBlockHistory,
  listContactBlockHistory,
  unblockBody,
  unblockContact,
} from './blocks.ts';
import {
  contactOut,
  contactQuery,
  getContact,
  listContacts,
  listSegmentContacts,
  segmentContactsQuery,
} from './contacts.ts';
import {
  listMerges,
  mergeBody,
  mergeContacts,
  mergeOut,
  mergePreviewOut,
  previewContactMerge,
} from './merge.ts';
import {
  aSegment,
  changeSegment,
  createSegment,
  deleteSegment,
  getSegment,
  listSegments,
  newSegment,
  segmentChange,
  segmentOut,
} from './segments.ts';
import {
  contactChange,
  createContact,
  newContact,
  removeContact,
  updateContact,
} from './write-contact.ts';

/** The Contacts module. */
export const contactRoutes: readonly Route[] = [
  route('get', `${W}/contacts`, ACCESS.readContacts, {
    summary: 'Contacts, newest first; blocked ones by when they were blocked',
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
  route('post', `${W}/contacts`, ACCESS.writeContacts, {
    summary: 'Make a contact',
    body: newContact,
    answers: { 201: contactOut },
    errors: ['identity_taken'],
    handle: createContact,
  }),
  route('patch', `${W}/contacts/:id`, ACCESS.writeContacts, {
    summary: 'Change what is named, and nothing else',
    params: anId,
    body: contactChange,
    answers: { 200: contactOut },
    errors: ['contact_blocked', 'identity_taken'],
    handle: updateContact,
  }),
  route('delete', `${W}/contacts/:id`, ACCESS.writeContacts, {
    summary: 'Delete a contact that is not blocked, with its conversations and messages',
    params: anId,
    answers: { 204: null },
    errors: ['contact_blocked'],
    handle: removeContact,
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
    handle: listContactBlockHistory,
  }),
  route('post', `${W}/contacts/merge`, ACCESS.writeContacts, {
    summary: 'Merge the secondary contact into the primary; asked again, it is done once',
    body: mergeBody,
    answers: { 200: contactOut },
    errors: ['contact_blocked', 'merged'],
    handle: mergeContacts,
  }),
  route('post', `${W}/contacts/merge/preview`, ACCESS.writeContacts, {
    summary: 'What a merge would make of two contacts',
    body: mergeBody,
    answers: { 200: mergePreviewOut },
    errors: ['contact_blocked', 'merged'],
    handle: previewContactMerge,
  }),
  route('get', `${W}/contacts/:id/merges`, ACCESS.readContacts, {
    summary: 'The merges that made a contact, with what each side was before, newest first',
    params: anId,
    query: byIdQuery,
    answers: { 200: pageOut(mergeOut) },
    handle: listMerges,
  }),
  route('get', `${W}/block-history`, ACCESS.readContacts, {
    summary: 'Blocks and unblocks of the workspace, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(blockHistoryEntryOut) },
    handle: listBlockHistory,
  }),
  route('get', `${W}/segments`, ACCESS.readContacts, {
    summary: 'Segments, newest first, after the built-in one',
    query: byIdQuery,
    answers: { 200: pageOut(segmentOut) },
    handle: listSegments,
  }),
  route('post', `${W}/segments`, ACCESS.writeContacts, {
    summary: 'Save a filter as a segment',
    body: newSegment,
    answers: { 201: segmentOut },
    handle: createSegment,
  }),
  route('get', `${W}/segments/:id`, ACCESS.readContacts, {
    summary: 'One segment',
    params: aSegment,
    answers: { 200: segmentOut },
    handle: getSegment,
  }),
  route('patch', `${W}/segments/:id`, ACCESS.writeContacts, {
    summary: 'Rename a segment or give it another filter',
    params: aSegment,
    body: segmentChange,
    answers: { 200: segmentOut },
    handle: changeSegment,
  }),
  route('delete', `${W}/segments/:id`, ACCESS.writeContacts, {
    summary: 'Delete a segment; its contacts stay',
    params: aSegment,
    answers: { 204: null },
    handle: deleteSegment,
  }),
  route('get', `${W}/segments/:id/contacts`, ACCESS.readContacts, {
    summary: 'Contacts of a segment, newest first; blocked ones by when they were blocked',
    params: aSegment,
    query: segmentContactsQuery,
    answers: { 200: pageOut(contactOut) },
    handle: listSegmentContacts,
  }),
];
