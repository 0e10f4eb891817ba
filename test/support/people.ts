import type { ObjectId } from '../../models/ids.ts';
import type { Role } from '../../models/people/user.ts';
import type { Answer, TestApi } from './api.ts';

export const PASSWORD = 'seven small sandwiches';

let people = 0;

/** A workspace, its owner, and whom they invite. */
export class People {
  private constructor(
    readonly api: TestApi,
    readonly workspaceId: ObjectId,
    readonly owner: { userId: ObjectId; session: string },
  ) {}

  static async of(api: TestApi): Promise<People> {
    const workspaceId = await api.workspace();
    return new People(api, workspaceId, await api.signedIn(workspaceId, 'owner'));
  }

  get path(): string {
    return `/workspaces/${this.workspaceId}`;
  }

  /** An address that nobody has. */
  somebody(): string {
    people += 1;
    return `person${people}-${this.workspaceId}@example.com`;
  }

  asOwner(method: string, path: string, body?: object): Promise<Answer> {
    const { session } = this.owner;
    return this.api.call(method, this.path + path, { session, ...(body && { body }) });
  }

  async invite(email: string, role: Role = 'agent') {
    return (await this.asOwner('POST', '/users', { email, role, name: 'Ada' })).body;
  }

  accept(token: string, password = PASSWORD): Promise<Answer> {
    return this.api.call('POST', '/auth/invitations/accept', { body: { token, password } });
  }

  logIn(email: string, password = PASSWORD): Promise<Answer> {
    return this.api.call('POST', '/auth/login', { body: { email, password } });
  }

  /** A user who was invited and has accepted. */
  async join(email = this.somebody(), role: Role = 'agent') {
    const { invitation } = await this.invite(email, role);
    const session = sessionOf(await this.accept(invitation.token));
    const user = await this.api.models.users.findOne({ email }).lean();
    return { email, session, userId: user?._id as ObjectId };
  }

  async users() {
    return (await this.asOwner('GET', '/users')).body.items;
  }

  /** What the inbox of the workspace answers to a session. */
  async statusOf(session: string, path = this.path): Promise<number> {
    return (await this.api.call('GET', `${path}/conversations`, { session })).status;
  }
}

/** The session's token that an answer sets. */
export function sessionOf({ headers }: { headers: Headers }): string {
  return /videur_session=([^;]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '';
}
