import type { Settings } from '../../config/settings.ts';
import { Types } from '../ids.ts';
import type { Models } from '../index.ts';
import { hashToken } from '../secret-box.ts';
import { hashPassword } from './password.ts';
import { type ApiKey, hintOf, SCOPES, type User } from './user.ts';

type Wanted = Pick<
  Settings,
  'BOOTSTRAP_OWNER_EMAIL' | 'BOOTSTRAP_OWNER_PASSWORD' | 'BOOTSTRAP_API_KEY'
>;

/**
 * The first start of an empty database makes one workspace, its owner and an API key: all of it in
 * one transaction, so a crash leaves nothing behind. Gateways that start together want the same
 * e-mail address and key, which are unique: one of them wins. A database with a workspace is left
 * alone, so what was changed or deleted since does not come back. Nothing set: nothing made, and a
 * later start with the settings makes it.
 */
export async function bootstrap(models: Models, wanted: Wanted): Promise<void> {
  const { BOOTSTRAP_OWNER_EMAIL: email, BOOTSTRAP_OWNER_PASSWORD: password } = wanted;
  const key = wanted.BOOTSTRAP_API_KEY;
  if (!email && !key) return;
  if (await models.workspaces.exists({})) return;
  if (!email !== !password)
    throw new Error('BOOTSTRAP_OWNER_EMAIL and BOOTSTRAP_OWNER_PASSWORD go together');

  const workspaceId = new Types.ObjectId();
  const owner = email && password ? await ownerOf(workspaceId, email, password) : undefined;
  try {
    await models.db.transaction(async (session) => {
      await models.workspaces.create([{ _id: workspaceId, name: 'Workspace' }], { session });
      if (owner) await models.users.create([owner], { session });
      if (key) await models.apiKeys.create([keyOf(workspaceId, key)], { session });
    });
  } catch (error) {
    // Another gateway was first.
    if (!(await models.workspaces.exists({}))) throw error;
  }
}

async function ownerOf(workspaceId: Types.ObjectId, email: string, password: string) {
  return {
    email: email.toLowerCase(),
    passwordHash: await hashPassword(password),
    memberships: [{ workspaceId, role: 'owner' }],
  } satisfies Partial<User>;
}

function keyOf(workspaceId: Types.ObjectId, key: string): Partial<ApiKey> {
  return {
    workspaceId,
    name: 'Bootstrap',
    keyHash: hashToken(key),
    hint: hintOf(key),
    scopes: [...SCOPES],
  };
}
