import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { anId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import {
  apiKeyOut,
  createApiKey,
  deleteApiKey,
  listApiKeys,
  newApiKey,
  newApiKeyOut,
} from './api-keys.ts';
import { login, loginBody, logout, me, meOut, sessionOut } from './login.ts';
import { changeWorkspace, listWorkspaces, workspaceChange, workspaceOut } from './workspaces.ts';

/** Who may come in, and to what. */
export const peopleRoutes: readonly Route[] = [
  route('post', '/auth/login', ACCESS.public, {
    summary: 'Sign in: sets the session cookie',
    body: loginBody,
    answers: { 200: sessionOut },
    errors: ['invalid_credentials', 'too_many_attempts'],
    handle: login,
  }),
  route('post', '/auth/logout', ACCESS.session, {
    summary: 'Sign out: the session ends',
    answers: { 204: null },
    handle: logout,
  }),
  route('get', '/auth/me', ACCESS.session, {
    summary: 'The user who is signed in, with workspaces and roles',
    answers: { 200: meOut },
    handle: me,
  }),
  route('get', '/workspaces', ACCESS.signedIn, {
    summary: 'The workspaces of whoever asks',
    query: byIdQuery,
    answers: { 200: pageOut(workspaceOut) },
    handle: listWorkspaces,
  }),
  route('patch', W, ACCESS.administer, {
    summary: 'Change the workspace',
    body: workspaceChange,
    answers: { 200: workspaceOut },
    handle: changeWorkspace,
  }),
  route('get', `${W}/api-keys`, ACCESS.administer, {
    summary: 'API keys, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(apiKeyOut) },
    handle: listApiKeys,
  }),
  route('post', `${W}/api-keys`, ACCESS.administer, {
    summary: 'Make an API key; only this answer has it',
    body: newApiKey,
    answers: { 201: newApiKeyOut },
    handle: createApiKey,
  }),
  route('delete', `${W}/api-keys/:id`, ACCESS.administer, {
    summary: 'Revoke an API key',
    params: anId,
    answers: { 204: null },
    handle: deleteApiKey,
  }),
];
