/**
 * Every error that the API answers. The code is stable: programs branch on it, titles are for
 * people. `docs/errors.md` says the same, and a test checks the two against each other.
 */
export const ERRORS = {
  invalid_json: { status: 400, title: 'The body is not JSON', when: 'the body cannot be parsed' },
  invalid_request: {
    status: 422,
    title: 'The request is not valid',
    when: 'a parameter or a field has a wrong shape; `errors` lists them by path, without values',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in or send an API key',
    when: 'there is no session or key, or it is unknown, expired or revoked',
  },
  invalid_credentials: {
    status: 401,
    title: 'The e-mail address or the password is wrong',
    when: 'a login fails, whichever of the two is wrong',
  },
  forbidden: {
    status: 403,
    title: 'Your role or scope does not allow this',
    when: 'the role of the user or the scopes of the key are not enough',
  },
  cross_site: {
    status: 403,
    title: 'The request comes from another site',
    when: 'a change is asked for with a cookie and neither Origin nor Sec-Fetch-Site says that it comes from this site',
  },
  not_found: {
    status: 404,
    title: 'There is no such thing here',
    when: 'the path or the id names nothing, or something in another workspace',
  },
  channel_exists: {
    status: 409,
    title: 'The workspace has a channel for this account',
    when: 'a channel is made or changed to an app and account that another channel of the workspace has',
  },
  user_exists: {
    status: 409,
    title: 'There is a user with this e-mail address',
    when: 'somebody is invited who belongs to the workspace, or a user is made for an e-mail address that has one',
  },
  last_owner: {
    status: 409,
    title: 'The workspace needs an owner',
    when: 'the only owner of a workspace is to be removed or given another role',
  },
  contact_blocked: {
    status: 409,
    title: 'The contact is blocked',
    when: 'what was asked for is not done with a blocked contact: sending to it, opening, closing or snoozing its conversation, merging it; deleting it or taking an identity from it: unblock it first. `block` has the details, and for a merge `contactId` says whose it is',
  },
  identity_taken: {
    status: 409,
    title: 'Another contact has this identity',
    when: 'a contact is made with, or given, an identity of another contact of the workspace; `contactId` says whose',
  },
  contact_unreachable: {
    status: 409,
    title: 'The channel does not reach this contact',
    when: 'a message is to be sent to a contact that has no identity of the channel’s kind',
  },
  channel_deleted: {
    status: 409,
    title: 'The channel was deleted',
    when: 'a message is to be sent in a conversation whose channel was deleted',
  },
  merged: {
    status: 410,
    title: 'It is part of another one now',
    when: 'the id is of a contact that was merged into another, or of a conversation that became part of another; `mergedInto` is the id of that one',
  },
  workflow_not_launchable: {
    status: 409,
    title: 'The workflow cannot be launched',
    when: 'a workflow is launched that is not a shortcut, or is not enabled',
  },
  too_many_webhooks: {
    status: 409,
    title: 'The workspace has too many webhooks',
    when: 'a webhook is added to a workspace that has 20',
  },
  invitation_invalid: {
    status: 410,
    title: 'The invitation is no longer good',
    when: 'an invitation is accepted that was accepted, replaced or withdrawn, has expired or never was',
  },
  not_scheduled: {
    status: 409,
    title: 'The message is not scheduled any more',
    when: 'a scheduled message is to be cancelled that has left, is about to, or was ended by a block',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    when: 'the body is longer than 1 MB',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body must be JSON in UTF-8',
    when: 'there is a body and its Content-Type is not application/json, or its encoding is unknown',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts to sign in',
    when: 'too many passwords were wrong: for one e-mail address, from one network address, or both; see Retry-After',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many calls',
    when: 'the key or the user has made more calls in a minute than `API_CALLS_PER_MINUTE`; see RateLimit and Retry-After',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong',
    when: 'a fault of ours; the log has its kind and place',
  },
  unavailable: {
    status: 503,
    title: 'Try again in a moment',
    when: 'MongoDB or Redis is away, too many sign in at once, or the process is stopping; see Retry-After',
  },
} as const satisfies Record<string, { status: number; title: string; when: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** What is wrong with one field. Never its value, which may be a secret. */
export interface Fault {
  path: string;
  message: string;
}

/** What is told beside the code. All but `retryAfter`, which is a header, are members of the answer. */
interface Details {
  /** Seconds. */
  retryAfter?: number;
  errors?: Fault[];
  /** The block that stands in the way. */
  block?: object;
  /** Whose block it is, or who has the identity. */
  contactId?: string;
  /** What it is part of now. */
  mergedInto?: string;
}

/** A refusal that a handler answers with. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly details: Details = {},
  ) {
    super(ERRORS[code].title);
    this.name = 'ApiError';
  }
}
