import { ACCESS } from '../shell/access.ts';
import { pageOut } from '../shell/answer.ts';
import { anId, byIdQuery } from '../shell/page.ts';
import { type Route, route, W } from '../shell/route.ts';
import { acceptBody, acceptInvitation } from './accept.ts';
import {
  apiKeyOut,
  createApiKey,
  deleteApiKey,
  listApiKeys,
  newApiKey,
  newApiKeyOut,
} from './api-keys.ts';
import { deleteInvitation, invitationOut, listInvitations } from './invitations.ts';
import { login, loginBody, logout, me, meOut, sessionOut } from './login.ts';
import { deleteSession, listSessions, ownSessionOut } from './own-sessions.ts';
import { changePassword, passwordChange } from './password.ts';
import {
  changeUser,
  createUser,
  deleteUser,
  listUsers,
  newUser,
  newUserOut,
  userChange,
  userOut,
} from './users.ts';
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
  route('get', '/auth/sessions', ACCESS.session, {
    summary: 'Where the user is signed in, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(ownSessionOut) },
    handle: listSessions,
  }),
  route('delete', '/auth/sessions/:id', ACCESS.session, {
    summary: "End one of the user's sessions",
    params: anId,
    answers: { 204: null },
    handle: deleteSession,
  }),
  route('post', '/auth/password', ACCESS.session, {
    summary: 'Change the password; all other sessions end',
    body: passwordChange,
    answers: { 200: sessionOut },
    errors: ['invalid_credentials', 'too_many_attempts'],
    handle: changePassword,
  }),
  route('post', '/auth/invitations/accept', ACCESS.public, {
    summary: 'Accept an invitation: choose a password, or show that of the account; signs in',
    body: acceptBody,
    answers: { 200: sessionOut },
    errors: ['invitation_invalid', 'invalid_credentials', 'too_many_attempts'],
    handle: acceptInvitation,
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
  route('get', `${W}/users`, ACCESS.readUsers, {
    summary: 'Users, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(userOut) },
    handle: listUsers,
  }),
  route('post', `${W}/users`, ACCESS.administer, {
    summary: 'Invite a user; only this answer has the token. With a password, make one',
    body: newUser,
    answers: { 201: newUserOut },
    errors: ['user_exists'],
    handle: createUser,
  }),
  route('patch', `${W}/users/:id`, ACCESS.administer, {
    summary: 'Change the role or the name of a user',
    params: anId,
    body: userChange,
    answers: { 200: userOut },
    errors: ['last_owner'],
    handle: changeUser,
  }),
  route('delete', `${W}/users/:id`, ACCESS.administer, {
    summary: 'Remove a user from the workspace',
    params: anId,
    answers: { 204: null },
    errors: ['last_owner'],
    handle: deleteUser,
  }),
  route('get', `${W}/invitations`, ACCESS.administer, {
    summary: 'Invitations that are open, newest first',
    query: byIdQuery,
    answers: { 200: pageOut(invitationOut) },
    handle: listInvitations,
  }),
  route('delete', `${W}/invitations/:id`, ACCESS.administer, {
    summary: 'Withdraw an invitation',
    params: anId,
    answers: { 204: null },
    handle: deleteInvitation,
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
