import { z } from 'zod';
import { ACCESS } from './access.ts';
import { createApiKey, deleteApiKey, listApiKeys, newApiKey } from './api-keys.ts';
import {
  blockBody,
  blockContact,
  blockHistory,
  blockInInbox,
  unblockBody,
  unblockContact,
  unblockInInbox,
} from './blocks.ts';
import {
  changeChannel,
  channelChange,
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  newChannel,
} from './channels.ts';
import { contactQuery, getContact, listContacts } from './contacts.ts';
import { conversationQuery, getConversation, listConversations } from './conversations.ts';
import { discardDeadLetter, listDeadLetters, retryDeadLetter } from './dead-letters.ts';
import { openLive } from './live.ts';
import { login, loginBody, logout, me } from './login.ts';
import { getMac, macQuery } from './mac.ts';
import { listMessages, messageQuery } from './messages.ts';
import { getOutcomes, outcomeQuery } from './outcomes.ts';
import { byIdQuery, objectId } from './page.ts';
import { type Route, route } from './route.ts';
import { outgoingBody, sendMessage } from './send-message.ts';
import { changeWorkspace, listWorkspaces, workspaceChange } from './workspaces.ts';

const W = '/workspaces/:workspaceId';

const anId = z.object({ id: objectId });
/** Conversations have ids of another kind (`models/ids.ts`, `stableId`). */
const aStableId = z.object({ id: z.string().max(64) });
const noId = z.object({});

/** Every call of the API: method, path under /api/v1, who may, what it takes, who answers. */
export const ROUTES: readonly Route[] = [
  route('post', '/auth/login', ACCESS.public, { body: loginBody, handle: login }),
  route('post', '/auth/logout', ACCESS.session, { handle: logout }),
  route('get', '/auth/me', ACCESS.session, { handle: me }),

  route('get', '/workspaces', ACCESS.signedIn, { query: byIdQuery, handle: listWorkspaces }),
  route('patch', W, ACCESS.administer, { body: workspaceChange, handle: changeWorkspace }),
  route('get', `${W}/api-keys`, ACCESS.administer, { query: byIdQuery, handle: listApiKeys }),
  route('post', `${W}/api-keys`, ACCESS.administer, { body: newApiKey, handle: createApiKey }),
  route('delete', `${W}/api-keys/:id`, ACCESS.administer, { params: anId, handle: deleteApiKey }),

  route('get', `${W}/channels`, ACCESS.readChannels, { query: byIdQuery, handle: listChannels }),
  route('post', `${W}/channels`, ACCESS.writeChannels, { body: newChannel, handle: createChannel }),
  route('get', `${W}/channels/:id`, ACCESS.readChannels, { params: anId, handle: getChannel }),
  route('patch', `${W}/channels/:id`, ACCESS.writeChannels, {
    params: anId,
    body: channelChange,
    handle: changeChannel,
  }),
  route('delete', `${W}/channels/:id`, ACCESS.writeChannels, {
    params: anId,
    handle: deleteChannel,
  }),

  route('get', `${W}/contacts`, ACCESS.readContacts, { query: contactQuery, handle: listContacts }),
  route('get', `${W}/contacts/:id`, ACCESS.readContacts, { params: anId, handle: getContact }),
  route('post', `${W}/contacts/:id/block`, ACCESS.blockContacts, {
    params: anId,
    body: blockBody,
    handle: blockContact,
  }),
  route('post', `${W}/contacts/:id/unblock`, ACCESS.blockContacts, {
    params: anId,
    body: unblockBody,
    handle: unblockContact,
  }),
  route('get', `${W}/contacts/:id/block-history`, ACCESS.readContacts, {
    params: anId,
    query: byIdQuery,
    handle: blockHistory,
  }),
  route('get', `${W}/block-history`, ACCESS.readContacts, {
    params: noId,
    query: byIdQuery,
    handle: blockHistory,
  }),

  route('get', `${W}/conversations`, ACCESS.readInbox, {
    query: conversationQuery,
    handle: listConversations,
  }),
  route('get', `${W}/conversations/:id`, ACCESS.readInbox, {
    params: aStableId,
    handle: getConversation,
  }),
  route('get', `${W}/conversations/:id/messages`, ACCESS.readInbox, {
    params: aStableId,
    query: messageQuery,
    handle: listMessages,
  }),
  route('post', `${W}/conversations/:id/messages`, ACCESS.sendMessages, {
    params: aStableId,
    body: outgoingBody,
    handle: sendMessage,
  }),
  route('post', `${W}/conversations/:id/block`, ACCESS.blockInInbox, {
    params: aStableId,
    body: blockBody,
    handle: blockInInbox,
  }),
  route('post', `${W}/conversations/:id/unblock`, ACCESS.blockInInbox, {
    params: aStableId,
    body: unblockBody,
    handle: unblockInInbox,
  }),

  route('get', `${W}/dead-letters`, ACCESS.readDeadLetters, {
    query: byIdQuery,
    handle: listDeadLetters,
  }),
  route('post', `${W}/dead-letters/:id/retry`, ACCESS.settleDeadLetters, {
    params: anId,
    handle: retryDeadLetter,
  }),
  route('delete', `${W}/dead-letters/:id`, ACCESS.settleDeadLetters, {
    params: anId,
    handle: discardDeadLetter,
  }),
  route('get', `${W}/mac`, ACCESS.readMac, { query: macQuery, handle: getMac }),
  route('get', `${W}/outcomes`, ACCESS.readOutcomes, { query: outcomeQuery, handle: getOutcomes }),
  route('get', `${W}/live`, ACCESS.readInbox, { handle: openLive }),
];
