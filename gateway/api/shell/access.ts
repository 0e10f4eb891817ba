import { ROLES, type Role, SCOPES, type Scope } from '../../../models/people/user.ts';

/** Who may call: users with one of the roles, keys with one of the scopes. */
export interface Access {
  roles: readonly Role[];
  scopes: readonly Scope[];
  /** Anyone, signed in or not. */
  public?: true;
}

const MANAGERS = ['owner', 'manager'] as const satisfies Role[];

/**
 * The one table of who may do what. The Contacts module is closed to agents, who block from the
 * inbox instead. There is no scope for reading channels, so the one for writing them, or `admin`.
 */
export const ACCESS = {
  public: { roles: ROLES, scopes: [], public: true },
  session: { roles: ROLES, scopes: [] },
  /** Any key: it learns which workspace it belongs to. */
  signedIn: { roles: ROLES, scopes: SCOPES },
  /** Whom a conversation can be assigned to: agents see their colleagues. */
  readUsers: { roles: ROLES, scopes: ['conversations:read', 'admin'] },
  administer: { roles: ['owner'], scopes: ['admin'] },
  readChannels: { roles: ROLES, scopes: ['channels:write', 'admin'] },
  writeChannels: { roles: MANAGERS, scopes: ['channels:write'] },
  readContacts: { roles: MANAGERS, scopes: ['contacts:read'] },
  writeContacts: { roles: MANAGERS, scopes: ['contacts:write'] },
  blockContacts: { roles: MANAGERS, scopes: ['blocks:write'] },
  readInbox: { roles: ROLES, scopes: ['conversations:read'] },
  writeInbox: { roles: ROLES, scopes: ['conversations:write'] },
  /** The same scope as for contacts: a key that has it can block anyone anyway. */
  blockInInbox: { roles: ROLES, scopes: ['blocks:write'] },
  readMac: { roles: MANAGERS, scopes: ['mac:read'] },
  /** Queues are shared by all workspaces: for whoever owns one of them. */
  readQueues: { roles: ['owner'], scopes: ['ops:read'] },
  readDeadLetters: { roles: MANAGERS, scopes: ['ops:read', 'admin'] },
  /** Discarding one loses a message for good. */
  settleDeadLetters: { roles: MANAGERS, scopes: ['admin'] },
  readOutcomes: { roles: MANAGERS, scopes: ['ops:read', 'admin'] },
  /** Agents see the shortcuts. */
  listWorkflows: { roles: ROLES, scopes: ['conversations:read', 'admin'] },
  /** They message, block and call other servers: there is no lesser scope that has all of that. */
  writeWorkflows: { roles: MANAGERS, scopes: ['admin'] },
  launchWorkflows: { roles: ROLES, scopes: ['conversations:write'] },
  readWorkflowRuns: { roles: ROLES, scopes: ['conversations:read', 'admin'] },
} as const satisfies Record<string, Access>;
